"""What waits and trains, read whole and as what has changed."""

from __future__ import annotations

import dataclasses

from pretend import ME, OTHER, in_charge, training

from rnnkit.config import RunConfig
from rnnkit.store import LiveRun, Order, Status, Store
from rnnkit.store.live import SHARED_SECONDS


def ids(runs) -> set[str]:
    return {run.id for run in runs}


def test_what_lives_is_what_waits_or_trains_and_what_ended_within_the_hour(any_store: Store):
    waiting, busy, ended, long_ago = any_store.create_run(RunConfig()), *(training(any_store) for _ in range(3))
    for run in (ended, long_ago):
        any_store.lease(run, ME).end(Status.STOPPED)
    with any_store._database.write() as tx:
        tx.exec_driver_sql(f"UPDATE runs SET ended_at = ended_at - {SHARED_SECONDS + 1} WHERE id = '{long_ago}'")
    found = any_store.live()
    assert ids(found.runs) == {waiting, busy, ended}
    whole = {run.id: run for run in any_store.runs()}
    for run in found.runs:
        assert run == LiveRun.of(whole[run.id])
        assert run.person == whole[run.id].person
    assert found.read_at >= max(run.created_at for run in whole.values())


def test_what_has_changed_is_told_once_it_is_past_and_what_is_held_each_time(any_store: Store):
    before, busy = any_store.create_run(RunConfig()), training(any_store)
    since = any_store.live().read_at
    assert any_store.changed(since).runs == []
    assert ids(any_store.changed(since, [ME]).runs) == {busy}
    new = any_store.create_run(RunConfig())
    any_store.delete_run(before)
    assert ids(any_store.changed(since).runs) == {new, before}
    assert [run.waits for run in any_store.live_of([before, new, "nobody23"])].count(True) == 1
    since = any_store.live().read_at
    in_charge(any_store).assign([Order(new, OTHER, "cpu")])
    any_store.lease(busy, ME).progress(step=1, loss=1.0, chars_per_second=1.0, train_seconds=9.0, point=None)
    [given] = any_store.changed(since).runs
    assert (given.id, given.status, given.trainer, given.device_id) == (new, Status.STARTING, OTHER, "cpu")
    [held] = any_store.changed(since, [ME]).runs[1:]
    assert held.train_seconds == 9.0


def test_a_trainer_reads_its_own_runs_and_those_that_go_first(any_store: Store):
    mine, others = training(any_store), training(any_store, trainer=OTHER)
    [first] = any_store.create_runs([RunConfig()], goes_first=True)
    assert ids(any_store.held_by(ME)) == {mine}
    any_store.lease(first, OTHER).claim()
    assert ids(any_store.held_by(ME)) == {mine, first}
    assert ids(any_store.held_by(OTHER)) == {others, first}
    now = any_store.runs(ids=[mine])[0]
    assert [dataclasses.replace(run, read_at=0.0) for run in any_store.held_by(ME) if run.id == mine] == [
        dataclasses.replace(now, read_at=0.0)
    ]
