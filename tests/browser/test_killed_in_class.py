"""A class goes on whatever is killed in the middle of it: the dashboard, the scheduler, the trainer of all."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import numpy as np
import pytest
from app import App, wait_for
from joining import Browser
from short_run import SHORT
from trained import trained

from rnnkit.config import RunConfig, with_settings
from rnnkit.store import Status, Store
from rnnkit.training import processes, scheduler


class Watching:
    """Pupils whose browsers ask for their runs again and again, as the page of a run does, until all is over."""

    def __init__(self, pupils: dict[Browser, str]):
        self._pupils, self._over = pupils, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.5):
            for browser, run in self._pupils.items():
                with suppress(OSError):  # the dashboard is away
                    browser.get(f"feed/run/{run}")


def config(seed: int, epochs: int) -> RunConfig:
    """Without checkpoints inside an epoch: how many of those are kept is a matter of the clock."""
    changes = {"training.epochs": epochs, "training.seed": seed, "training.moments": False}
    return with_settings(SHORT, {"model.units": 48, **changes})


def steps(store: Store, runs: list[str]) -> int:
    return sum(run.epochs_done * (run.steps or 0) + run.step for run in store.runs(ids=runs))


def left(store: Store, run: str) -> list[tuple]:
    """What it has learned: losses and weights of every epoch that is kept."""
    losses = [(one["epoch"], one["loss"], one["val_loss"]) for one in store.epochs(run)]
    kept = {one.step: store.weights(run, one.step) for one in store.kept(run)}
    return losses + [
        (step, name, np.asarray(found[name]).tobytes()) for step, found in kept.items() for name in sorted(found)
    ]


def kill_dashboard(app: App, start: Callable[..., App], runs: list[str]) -> App:
    app.process.kill()
    app.process.wait()
    return start(port=int(app.url.rpartition(":")[2]))


def kill_scheduler(app: App, start: Callable[..., App], runs: list[str]) -> App:
    token = app.store.scheduler()["token"]
    os.kill(processes.parse(token).pid, signal.SIGKILL)
    wait_for(lambda: app.store.scheduler()["token"] not in (token, None), "another scheduler")
    return app


def kill_trainer(app: App, start: Callable[..., App], runs: list[str]) -> App:
    token = next(run.trainer for run in app.store.runs(ids=runs) if run.active)
    os.kill(processes.parse(token).pid, signal.SIGKILL)
    wait_for(lambda: all(run.trainer != token for run in app.store.runs(ids=runs) if run.live), "another trainer")
    return app


KILLS = (kill_dashboard, kill_scheduler, kill_trainer)


@pytest.mark.parametrize(
    ("persons", "epochs", "rounds"), [(3, 10, 1), pytest.param(12, 40, 2, marks=pytest.mark.slow)], ids=["3", "12"]
)
def test_a_class_goes_on_whatever_is_killed(start, store, teacher, persons, epochs, rounds):
    app = start()
    class_ = app.store  # the same, whatever becomes of the dashboard
    code = class_.open_class().code
    browsers = [Browser(app.url) for _ in range(persons)]
    with ThreadPoolExecutor(4) as at_once:
        list(at_once.map(lambda place: browsers[place].join(code, f"Pimpernel {place}"), range(persons)))
    who = {browser: browser.get("feed/class")["name"] for browser in browsers}
    assert sorted(who.values()) == sorted(f"Pimpernel {place}" for place in range(persons))

    configs = [config(place, epochs) for place in range(persons)]
    # By epochs: the seconds that a class asks for become a number of steps by the speed of that moment.
    runs = [
        class_.create_run(one, member=browser.member(class_)) for browser, one in zip(browsers, configs, strict=True)
    ]
    scheduler.ensure_running(class_)
    with Watching(dict(zip(browsers, runs, strict=True))):
        for kill in KILLS * rounds:
            before = steps(class_, runs)
            wait_for(lambda before=before: steps(class_, runs) > before, "what trains")
            assert any(run.live for run in class_.runs(ids=runs)), f"all had ended before {kill.__name__}"
            app = kill(app, start, runs)
            assert {browser: browser.get("feed/class")["name"] for browser in browsers} == who
        wait_for(lambda: not any(run.live for run in class_.runs(ids=runs)), "the end of all runs", 600)
    rows = {run.id: run for run in class_.runs(ids=runs)}
    assert [rows[run].status for run in runs] == [Status.FINISHED] * persons, [row.message for row in rows.values()]
    assert [rows[run].member for run in runs] == [browser.member(class_) for browser in browsers]
    for run, one in zip(runs, configs, strict=True):
        assert left(class_, run) == left(store, trained(store, one))
