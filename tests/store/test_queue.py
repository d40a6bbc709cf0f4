"""Runs given to trainers and taken back, and one scheduler at a time."""

from __future__ import annotations

import time

import pytest
from at_once import in_threads
from pretend import ME, OTHER, training

from rnnkit.config import RunConfig
from rnnkit.store import LostRun, Store


def test_a_run_is_assigned_once_and_claimed_by_that_trainer_only(any_store: Store):
    run = any_store.create_run(RunConfig())
    assert any_store.assign(run, ME)
    assert not any_store.assign(run, OTHER)
    with pytest.raises(LostRun):
        any_store.lease(run, OTHER).claim()
    assert any_store.lease(run, ME).claim().status == "training"
    with pytest.raises(LostRun):
        any_store.lease(run, ME).claim()


def test_of_schedulers_that_start_at_once_one_becomes_the_scheduler(any_store: Store):
    for _ in range(10):
        got = in_threads(8, lambda i: any_store.take_scheduler(f"scheduler {i}", stale_seconds=60))
        assert sum(got) == 1
        any_store.leave_scheduler(f"scheduler {got.index(True)}")


def test_a_lost_trainer_gives_the_run_back_and_after_three_it_fails_with_its_log(any_store: Store):
    run = training(any_store, epochs=1)
    for attempt, status in enumerate(("queued", "queued", "failed"), 1):
        assert any_store.trainer_lost(run, ME, f"line {attempt}\n\0\ud800", most_attempts=3) == status
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
    assert any_store.trainer_lost(run, ME, "", most_attempts=3) == "stopped"
    assert any_store.trainer_lost(run, ME, "", most_attempts=3) is None
    assert any_store.check() == []


def test_one_scheduler_at_a_time(any_store: Store):
    assert any_store.take_scheduler("a", stale_seconds=60)
    assert not any_store.take_scheduler("b", stale_seconds=60)
    assert any_store.take_scheduler("a", stale_seconds=60)
    assert any_store.take_scheduler("b", stale_seconds=60, dead="a")
    assert not any_store.scheduler_heartbeat("a", {})
    assert any_store.scheduler_heartbeat("b", {"slots": {"cpu": 1}, "load": float("nan")})
    assert any_store.scheduler()["state"] == {"slots": {"cpu": 1}, "load": None}
    assert any_store.take_scheduler("c", stale_seconds=0.0)
    any_store.leave_scheduler("c")
    assert any_store.scheduler()["token"] is None
    any_store.want_scheduler()
    assert any_store.scheduler()["wanted_at"] > time.time() - 60


def test_a_scheduler_whose_heartbeat_lies_in_the_future_is_stale(any_store: Store, monkeypatch: pytest.MonkeyPatch):
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3600)
    any_store.take_scheduler("before the clock was set back", stale_seconds=60)
    monkeypatch.setattr(time, "time", lambda: now)
    assert any_store.take_scheduler("after", stale_seconds=60)
