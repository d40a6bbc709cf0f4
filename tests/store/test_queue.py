"""Runs given to trainers and taken back, and one scheduler at a time."""

from __future__ import annotations

import time

import pytest
from at_once import in_threads
from pretend import ME, OTHER, in_charge, lose, training, whole

from rnnkit.config import RunConfig
from rnnkit.store import LostPlace, LostRun, Order, SchedulerLease, Store, schema


def test_a_run_is_assigned_once_and_claimed_by_that_trainer_only(any_store: Store):
    run = any_store.create_run(RunConfig())
    assert in_charge(any_store).assign([Order(run, ME)]) == {run}
    assert in_charge(any_store).assign([Order(run, OTHER)]) == set()
    with pytest.raises(LostRun):
        any_store.lease(run, OTHER).claim()
    assert any_store.lease(run, ME).claim().status == "training"
    with pytest.raises(LostRun):
        any_store.lease(run, ME).claim()


def test_of_schedulers_that_start_at_once_one_becomes_the_scheduler(any_store: Store):
    for _ in range(10):
        got = in_threads(8, lambda i: any_store.take_scheduler(f"scheduler {i}", stale_seconds=60))
        [lease] = filter(None, got)
        lease.leave()


def test_a_lost_trainer_gives_the_run_back_and_after_three_it_fails_with_its_log(any_store: Store):
    run = training(any_store, epochs=1)
    for attempt, status in enumerate(("queued", "queued", "failed"), 1):
        assert lose(any_store, run, ME, f"line {attempt}\n\0\ud800") == status
        assert any_store.run(run).attempts == attempt
        if status == "queued":
            any_store.lease(run, ME).claim()
    assert any_store.run(run).log == "line 3\n\ufffd\ufffd"
    assert any_store.check() == []
    any_store.resume_run(run)
    assert (any_store.run(run).attempts, any_store.run(run).log) == (0, None)


def test_a_lost_trainer_that_was_asked_to_stop_has_stopped(any_store: Store):
    run = training(any_store)
    any_store.ask(run, "stop")
    assert lose(any_store, run, ME) == "stopped"
    assert lose(any_store, run, ME) is None
    assert any_store.check() == []


def test_one_scheduler_at_a_time(any_store: Store):
    a = any_store.take_scheduler("a", stale_seconds=60)
    assert a is not None
    assert not any_store.take_scheduler("b", stale_seconds=60)
    assert any_store.take_scheduler("a", stale_seconds=60)
    b = any_store.take_scheduler("b", stale_seconds=60, dead="a")
    with pytest.raises(LostPlace):
        a.heartbeat({})
    b.heartbeat({"slots": {"cpu": 1}, "load": float("nan")})
    assert any_store.scheduler()["state"] == {"slots": {"cpu": 1}, "load": None}
    in_charge(any_store, "c").leave()
    assert any_store.scheduler()["token"] is None
    any_store.want_scheduler()
    row = any_store.scheduler()
    assert 0.0 <= row["read_at"] - row["wanted_at"] < 60


WRITES = {
    "heartbeat": lambda lease, run: lease.heartbeat({"warm": 1}),
    "assign": lambda lease, run: lease.assign([Order(run["queued"], OTHER, "cpu")]),
    "trainer_lost": lambda lease, run: lease.trainer_lost(run["training"], ME, "", most_attempts=3),
    "leave": lambda lease, run: lease.leave(),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize("now", ["another", "nobody"])
def test_a_scheduler_that_lost_its_place_can_write_nothing(any_store: Store, write, now: str):
    runs = {"queued": any_store.create_run(RunConfig()), "training": training(any_store, epochs=1)}
    old = in_charge(any_store, "frozen")
    new = in_charge(any_store, "new")
    if now == "nobody":
        new.leave()

    def everything():
        row = any_store.scheduler()
        return [whole(any_store, run) for run in runs.values()], {**row, "read_at": None}

    before = everything()
    with pytest.raises(LostPlace):
        write(old, runs)
    assert everything() == before
    assert any_store.check() == []


def test_every_write_of_a_scheduler_is_tried_by_one_that_has_lost_its_place():
    assert {name for name in vars(SchedulerLease) if not name.startswith("_")} == set(WRITES)


@pytest.mark.parametrize("off", [-3600.0, -60.0, 60.0])
def test_times_are_those_of_the_database_whatever_the_clock_of_who_writes(any_store: Store, monkeypatch, off: float):
    before, real = any_store.scheduler()["read_at"], time.time
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: real() + off)
        run = training(any_store, epochs=1)
        any_store.want_scheduler()
        lose(any_store, run)
        any_store.ask(run, "stop")
        in_charge(any_store)
    row, found = any_store.scheduler(), any_store.run(run)
    times = [found.created_at, found.queued_at, found.started_at, found.ended_at, row["wanted_at"], row["heartbeat_at"]]
    assert all(before <= at <= row["read_at"] for at in times)
    assert times[:4] == sorted(times[:4])
    assert any_store.take_scheduler("another", stale_seconds=30.0) is None


def test_a_scheduler_whose_heartbeat_lies_in_the_future_is_stale(any_store: Store):
    in_charge(any_store, "before the clock of the database was set back")
    with any_store._write() as tx:
        tx.execute(schema.scheduler.update().values(heartbeat_at=schema.scheduler.c.heartbeat_at + 3600))
    assert any_store.take_scheduler("after", stale_seconds=60)
