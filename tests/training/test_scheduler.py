"""Whose turn it is, where there is room, and what a scheduler does when it is not the only one."""

from __future__ import annotations

import dataclasses
import time

import pytest

from rnnkit.config import RunConfig, with_settings
from rnnkit.errors import StoreFull
from rnnkit.store import Run, Status, Store
from rnnkit.training import launchers, processes, scheduler
from rnnkit.training.launchers import Device


class Trainers:
    """A launcher that starts nothing: trainers live until somebody says otherwise."""

    def __init__(self, *devices: Device):
        self.devices = list(devices)
        self.told: list[str] = []
        self.dead: set[str] = set()

    def trainer_for(self, device: str) -> launchers.Trainer:
        token = processes.Token("elsewhere", len(self.told) + 1, 0, device)
        return launchers.Trainer(process=None, orders=None, token=token, device=device)

    def tell(self, trainer: launchers.Trainer, run_id: str) -> None:
        self.told.append(run_id)

    def keep_warm(self, free) -> None:
        self.free = list(free)

    def warm(self) -> int:
        return 0

    def lives(self, token: str) -> bool:
        return token not in self.dead


CPU = Device("cpu", "2 cores", 1)


GPU = Device("gpu0", "a GPU", 1)


@pytest.fixture
def scheduling(store: Store):
    def with_devices(*devices: Device) -> scheduler.Scheduler:
        assert store.take_scheduler("me", stale_seconds=60)
        return scheduler.Scheduler(store, Trainers(*devices), "me")

    return with_devices


def a_run(store: Store, owner: str, **changes) -> Run:
    run = store.run(store.create_run(with_settings(RunConfig(), {"owner": owner})))
    return dataclasses.replace(run, **changes)


def test_an_owner_with_nothing_in_training_goes_before_one_who_came_first(store):
    training = a_run(store, "ada", status=Status.TRAINING)
    early, late = a_run(store, "ada", queued_at=1.0), a_run(store, "bob", queued_at=2.0)
    assert scheduler.next_run([early, late], [training, early, late], now=10.0) == late


def test_of_two_owners_with_as_much_in_training_the_one_who_trained_less_in_the_last_hour_goes_first(store):
    had = a_run(store, "ada", status=Status.FINISHED, ended_at=900.0, train_seconds=60.0)
    early, late = a_run(store, "ada", queued_at=1.0), a_run(store, "bob", queued_at=2.0)
    assert scheduler.next_run([early, late], [had, early, late], now=1000.0) == late
    long_ago = dataclasses.replace(had, ended_at=900.0 - 3600)
    assert scheduler.next_run([early, late], [long_ago, early, late], now=1000.0) == early


def test_runs_of_one_owner_go_in_the_order_of_the_queue(store):
    second, first = a_run(store, "ada", queued_at=2.0), a_run(store, "ada", queued_at=1.0)
    assert scheduler.next_run([second, first], [second, first], now=10.0) == first


def test_nobody_goes_when_nobody_waits():
    assert scheduler.next_run([], [], now=0.0) is None


def test_no_more_runs_are_started_than_there_are_slots(store, scheduling):
    runs = [a_run(store, "ada").id for _ in range(3)]
    at_work = scheduling(CPU._replace(slots=2))
    at_work.tick()
    at_work.tick()
    assert at_work.launcher.told == runs[:2]
    assert [store.run(run).status for run in runs] == [Status.STARTING, Status.STARTING, Status.QUEUED]


def test_two_owners_share_two_slots_although_one_came_first_with_many_runs(store, scheduling):
    for _ in range(3):
        a_run(store, "ada")
    bobs = a_run(store, "bob").id
    at_work = scheduling(CPU._replace(slots=2))
    at_work.tick()
    assert bobs in at_work.launcher.told


def test_auto_takes_the_gpu_first_and_cpu_is_taken_by_who_asks_for_it(store, scheduling):
    asked = store.create_run(with_settings(RunConfig(), {"training.device": "cpu"}))
    auto = store.create_run(RunConfig())
    at_work = scheduling(GPU, CPU)
    at_work.tick()
    devices = {run: processes.parse(store.run(run).trainer).note for run in (asked, auto)}
    assert devices == {asked: "cpu", auto: "gpu0"}


def test_a_run_that_wants_the_busy_gpu_waits_although_the_processor_is_free(store, scheduling):
    first, second = (store.create_run(with_settings(RunConfig(), {"training.device": "gpu"})) for _ in range(2))
    at_work = scheduling(GPU, CPU)
    at_work.tick()
    assert [store.run(run).status for run in (first, second)] == [Status.STARTING, Status.QUEUED]


def test_a_run_whose_trainer_died_goes_to_another_trainer(store, scheduling):
    run = store.create_run(RunConfig())
    at_work = scheduling(CPU)
    at_work.tick()
    at_work.launcher.dead.add(store.run(run).trainer)
    at_work.tick()
    at_work.tick()
    row = store.run(run)
    assert (row.status, row.attempts) == (Status.STARTING, 1)
    assert at_work.launcher.told == [run, run]


def test_a_scheduler_whose_place_was_taken_ends(store, scheduling):
    at_work = scheduling(CPU)
    assert at_work.tick()
    assert store.take_scheduler("another", stale_seconds=0.0)
    at_work._heartbeat_at = 0.0
    assert not at_work.tick()
    assert store.scheduler()["token"] == "another"


def test_a_scheduler_outlives_a_store_that_cannot_be_written_for_a_while(store, scheduling, monkeypatch, capsys):
    at_work, answers = scheduling(CPU), iter([StoreFull("store: full"), StoreFull("store: full"), True, False])
    monkeypatch.setattr(scheduler, "HEARTBEAT_SECONDS", 0.0)

    def tick() -> bool:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(at_work, "tick", tick)
    monkeypatch.setattr(at_work.launcher, "close", lambda: None, raising=False)
    at_work.run()
    assert capsys.readouterr().err.count("store: full") == 2
    assert next(answers, None) is None


def test_a_scheduler_that_nobody_has_needed_for_long_ends_and_leaves_its_place(store, scheduling, monkeypatch):
    monkeypatch.setenv("RNNKIT_IDLE_MINUTES", "1")
    at_work = scheduling(CPU)
    assert at_work.tick()
    later = time.time() + 120
    monkeypatch.setattr(time, "time", lambda: later)
    assert not at_work.tick()
    assert store.scheduler()["token"] is None


def test_the_scheduler_says_on_which_devices_it_trains(store, scheduling):
    scheduling(GPU, CPU).tick()
    assert [device["title"] for device in store.scheduler()["state"]["devices"]] == ["a GPU", "2 cores"]


def test_the_last_lines_of_a_log_are_text_whatever_was_written(home):
    home.mkdir(exist_ok=True)
    (home / "logs").mkdir()
    (home / "logs" / "abc.log").write_bytes(b"\n".join(b"line %d" % i for i in range(100)) + b"\n\xff\x00end")
    assert scheduler.last_lines("abc").splitlines()[-2:] == ["line 99", "�end"]
    assert len(scheduler.last_lines("abc").splitlines()) == scheduler.LOG_LINES
    assert scheduler.last_lines("none") == ""
