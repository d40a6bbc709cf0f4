"""What a scheduler knows of the store between its ticks, and what a tick asks of the database."""

from __future__ import annotations

import pytest
from counted import statements
from launched import CPU, Trainers
from pretend import in_charge

from benchmarks import school
from rnnkit.config import RunConfig, with_settings
from rnnkit.store import Status, Store
from rnnkit.training import scheduler
from rnnkit.training.line import Line


def at_work(store: Store, slots: int = 1) -> scheduler.Scheduler:
    return scheduler.Scheduler(store, Trainers(CPU._replace(slots=slots)), in_charge(store))


def orders(store: Store, count: int, owner: str = "ada") -> list[str]:
    return store.create_runs([with_settings(RunConfig(), {"owner": owner})] * count)


def known(one: scheduler.Scheduler) -> tuple:
    line = one._line
    assert line is not None
    return {run.id: (run.status, run.trainer) for run in line.runs.values() if run.waits or run.active}, line.waiting


def as_it_is(store: Store) -> tuple:
    line, found = Line(), store.live()
    line.pass_time(found.read_at)
    for run in found.runs:
        line.put(run)
    return {run.id: (run.status, run.trainer) for run in line.runs.values() if run.waits or run.active}, line.waiting


def test_whatever_others_do_between_two_ticks_is_known_at_the_next(any_store: Store):
    store, one = any_store, at_work(any_store)
    [first, *rest] = orders(store, 8)
    one.tick()
    trainer = store.run(first).trainer
    lease = store.lease(first, trainer)
    lease.claim()
    whatever = [
        lambda: store.ask(rest[0], "stop"),
        lambda: store.delete_run(rest[1]),
        lambda: store.undelete(rest[1]),
        lambda: store.delete_runs([rest[2], rest[3]]),
        lambda: store.undelete(rest[2]),
        lambda: store.resume_run(rest[0]),
        lambda: lease.end(Status.QUEUED),
        lambda: store.ask(first, "pause"),
        lambda: orders(store, 2, "bob"),
    ]
    for change in whatever:
        change()
        one.tick()
        one.tick()
        assert known(one) == as_it_is(store)


def test_a_run_that_ends_makes_room_at_the_next_tick(any_store: Store):
    one = at_work(any_store)
    first, second = orders(any_store, 2)
    one.tick()
    trainer = any_store.run(first).trainer
    any_store.lease(first, trainer).claim()
    any_store.lease(first, trainer).end(Status.FINISHED)
    one.tick()
    assert any_store.run(second).status == Status.STARTING


def test_a_run_that_is_gone_or_locked_when_its_turn_comes_is_looked_at_again(any_store: Store, monkeypatch):
    one = at_work(any_store)
    [first, gone, locked] = orders(any_store, 3)
    one.tick()
    any_store.delete_run(gone, now=True)
    lease = any_store.lease(first, any_store.run(first).trainer)
    lease.claim()
    lease.end(Status.FINISHED)
    one.tick()
    assert [run.id for run in one._line.runs.values() if run.waits] == [locked]
    assert (any_store.run(locked).status, len(one.launcher.back)) == (Status.QUEUED, 1)
    with monkeypatch.context() as patch:
        patch.setattr(one.lease, "assign", lambda orders: set())
        one.tick()
    assert any_store.run(locked).status == Status.QUEUED
    one.tick()
    assert any_store.run(locked).status == Status.STARTING


def test_what_was_changed_without_a_word_is_found_when_all_is_read_again(any_store: Store, monkeypatch):
    monkeypatch.setattr(scheduler, "OVERLAP_SECONDS", 0.0)
    one = at_work(any_store)
    [first, second] = orders(any_store, 2)
    one.tick()
    with any_store._database.write() as tx:
        tx.exec_driver_sql(f"UPDATE runs SET status = 'stopped' WHERE id = '{second}'")
    one.tick()
    assert second in known(one)[0]
    one._loaded_at -= scheduler.RELOAD_SECONDS
    one.tick()
    assert known(one) == as_it_is(any_store)
    assert set(known(one)[0]) == {first}


@pytest.mark.parametrize("free", [0, 5])
def test_a_tick_asks_and_reads_as_much_with_a_thousand_that_wait_as_with_twenty(
    any_store: Store, monkeypatch, free: int
):
    monkeypatch.setattr(scheduler, "OVERLAP_SECONDS", 0.0)
    asked, read, changed = [], [], any_store.changed
    monkeypatch.setattr(any_store, "changed", lambda *given: read.append(found := changed(*given)) or found)
    one = at_work(any_store, slots=5)
    one._purged_at = float("inf")
    for more in (20, 980):
        orders(any_store, more)
        one.tick()
        for run in any_store.runs(statuses=["starting"])[:free]:
            lease = any_store.lease(run.id, run.trainer)
            lease.claim()
            lease.end(Status.FINISHED)
        one._beat_at = float("inf")  # no heartbeat in this one
        with statements() as said:
            one.tick()
        asked.append((len(said), len(read.pop().runs)))
        read.clear()
    assert asked[1] <= asked[0] <= (8, 15)


def test_a_small_school_by_simulation_lets_nobody_wait_for_those_who_order_much():
    """The benchmark itself, at a size of seconds: people who come for one small run begin at once."""
    found = school.simulate(people=10, orders=200, trainers=5, seconds=40.0, pages=False)
    assert found["waiting_at_the_end"] > 100
    assert found["one_small_run"]["people"] > 4
    assert found["one_small_run"]["wait_s"]["p99"] <= 1.0
    assert found["each_step"]["scheduler"]["statements"] < 15
