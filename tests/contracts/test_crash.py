"""Nothing is lost: trainers and schedulers are killed at random moments, as the kernel kills them.

The short forms run always; `python -m pytest -m slow tests/contracts/test_crash.py` kills 200 times.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
import pytest
from left_behind import end
from short_run import SHORT

from rnnkit.config import with_settings
from rnnkit.store import Status, Store
from rnnkit.training import launchers, processes, scheduler

CONFIG = with_settings(SHORT, {"training.epochs": 12})  # so few that the checkpoints of all are kept
PATIENCE = 600.0  # with a busy machine

# A scheduler in this process goes while its trainers still end: nobody waits for those, and Python says so.
pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in. <function Popen.__del__")


@pytest.fixture(autouse=True)
def _nobody_is_left_behind(home: Path) -> Iterator[None]:
    yield
    end(home)


@contextmanager
def scheduling(store: Store, monkeypatch: pytest.MonkeyPatch, warm: int = 1) -> Iterator[None]:
    """A scheduler in this process that never gives a run up for failed."""
    monkeypatch.setattr(scheduler, "MOST_ATTEMPTS", 10**9)
    monkeypatch.setenv("RNNKIT_WARM", str(warm))
    token = str(processes.token(note="scheduler"))
    lease = store.take_scheduler(token, stale_seconds=scheduler.STALE_SECONDS)
    at_work = scheduler.Scheduler(store, launchers.LocalLauncher(), lease)
    thread = threading.Thread(target=at_work.run, daemon=True)
    thread.start()
    yield
    lease.leave()
    thread.join(timeout=10)


def wait_for(condition: Callable[[], bool], seconds: float, what: str) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"waited {seconds} s for {what}"
        time.sleep(0.02)


def kill_trainer(store: Store, run: str) -> None:
    trainer = store.run(run).trainer
    if trainer:
        try:
            psutil.Process(processes.parse(trainer).pid).kill()
        except psutil.NoSuchProcess:
            return


def place(store: Store, run: str) -> tuple[str, int, int]:
    row = store.run(run)
    return row.status, row.epochs_done, row.step


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


def kill_again_and_again(store: Store, monkeypatch: pytest.MonkeyPatch, kills: int, seed: int) -> None:
    """Kill the trainer of one run `kills` times; compare every epoch with those of a run left in peace."""
    moments = random.Random(seed)
    with scheduling(store, monkeypatch):
        peaceful = store.create_run(CONFIG)
        wait_for(lambda: store.run(peaceful).status == Status.FINISHED, PATIENCE, "the run left in peace")
        killed = 0
        while killed < kills:
            run = store.create_run(CONFIG)
            while killed < kills and store.run(run).status != Status.FINISHED:
                before = store.run(run).trainer
                wait_for(
                    lambda run=run: store.run(run).status in (Status.TRAINING, Status.FINISHED),
                    PATIENCE,
                    "a trainer that takes over",
                )
                if moments.random() < 0.5:  # also where a busy machine trains nothing within a second
                    trained = place(store, run)
                    wait_for(lambda run=run, trained=trained: place(store, run) != trained, PATIENCE, "training")
                time.sleep(moments.uniform(0.0, 1.5))
                kill_trainer(store, run)
                killed += 1
                wait_for(
                    lambda run=run, before=before: (
                        store.run(run).status in (Status.QUEUED, Status.TRAINING, Status.FINISHED)
                        and (store.run(run).trainer != before or store.run(run).status == Status.FINISHED)
                    ),
                    PATIENCE,
                    "a death that is noticed",
                )
                assert store.check() == []
            wait_for(lambda run=run: store.run(run).status == Status.FINISHED, PATIENCE, "the killed run")
            assert store.check() == []
            assert [m["epoch"] for m in store.epochs(run)] == list(range(1, 13))
            assert [m["loss"] for m in store.epochs(run)] == [m["loss"] for m in store.epochs(peaceful)]
            # All epochs, and those inside them that both had time to keep.
            steps = {one.step: one.epoch for one in store.kept(peaceful)}
            compared = {one.step: one.epoch for one in store.kept(run) if one.step in steps}
            assert {*range(1, 13)} <= {*compared.values()}
            for step, epoch in compared.items():
                assert same(store.weights(run, step), store.weights(peaceful, step)), f"epoch {epoch}"


def test_a_trainer_killed_at_6_random_moments_loses_no_epoch_and_trains_none_twice(store, monkeypatch):
    kill_again_and_again(store, monkeypatch, kills=6, seed=20)


@pytest.mark.slow
def test_a_trainer_killed_at_200_random_moments_loses_no_epoch_and_trains_none_twice(store, monkeypatch):
    kill_again_and_again(store, monkeypatch, kills=200, seed=int(time.time()))


def test_a_dead_trainer_is_noticed_within_3_seconds_and_replaced(store, monkeypatch):
    with scheduling(store, monkeypatch):
        run = store.create_run(CONFIG)
        wait_for(lambda: store.run(run).status == Status.TRAINING and store.points(run), 60, "the first point")
        first = store.run(run).trainer
        kill_trainer(store, run)
        since = time.monotonic()
        wait_for(lambda: store.run(run).trainer != first, 3, "a death that is noticed")
        assert time.monotonic() - since < 3
        wait_for(lambda: store.run(run).status == Status.FINISHED, 60, "the run")
        assert store.check() == []


def test_a_killed_scheduler_touches_no_training_and_a_new_one_finds_everything(store):
    scheduler.ensure_running(store)
    first = store.create_run(with_settings(CONFIG, {"training.epochs": 30}))
    wait_for(lambda: store.run(first).epochs_done > 0, 60, "the first epoch")
    trainer, token = store.run(first).trainer, store.scheduler()["token"]
    psutil.Process(processes.parse(token).pid).kill()
    second = store.create_run(with_settings(CONFIG, {"training.epochs": 1}))
    done = store.run(first).epochs_done
    wait_for(lambda: store.run(first).epochs_done > done + 1, 30, "training that goes on without a scheduler")
    assert store.run(second).status == Status.QUEUED
    scheduler.ensure_running(store)
    wait_for(lambda: store.scheduler()["token"] not in (None, token), 10, "the new scheduler")
    assert store.run(first).trainer in (trainer, None)
    store.ask(first, "stop")
    wait_for(lambda: store.run(second).status == Status.FINISHED, 60, "the queued run")
    assert store.run(first).status == Status.STOPPED
    assert store.check() == []


def test_of_two_schedulers_started_at_once_one_works_and_the_other_leaves(store):
    store.want_scheduler()
    started = [scheduler.start() for _ in range(3)]
    wait_for(lambda: sum(process.poll() is None for process in started) == 1, 15, "all but one to leave")
    wait_for(lambda: store.scheduler()["token"] is not None, 15, "the one that stays")
    assert processes.parse(store.scheduler()["token"]).pid in [p.pid for p in started if p.poll() is None]
    for process in started:
        process.kill()
        process.wait()


def test_a_trainer_that_dies_three_times_in_one_epoch_fails_with_its_last_lines(store, monkeypatch, tmp_path):
    with scheduling(store, monkeypatch):
        monkeypatch.setattr(scheduler, "MOST_ATTEMPTS", 3)
        run = store.create_run(with_settings(CONFIG, {"corpus": "cookbook-4000000"}))
        for _ in range(3):
            wait_for(lambda: store.run(run).status == Status.TRAINING and store.run(run).step > 0, 60, "the trainer")
            trainer = store.run(run).trainer
            kill_trainer(store, run)
            wait_for(lambda trainer=trainer: store.run(run).trainer != trainer, 5, "the death noticed")
        row = store.run(run)
        assert row.status == "failed"
        assert "3 times" in row.message
        store.resume_run(run)
        wait_for(lambda: store.run(run).status == Status.TRAINING, 60, "a resumed run")
        store.ask(run, "stop")
        wait_for(lambda: store.run(run).status == Status.STOPPED, 30, "the stop")
