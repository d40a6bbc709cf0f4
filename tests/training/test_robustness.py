"""What goes wrong on real machines, done to real processes: frozen trainers and schedulers, databases, a full disk.

`python -m pytest -n 0 -m slow tests/training/test_robustness.py` shows all of it in ten minutes. Each time no run
fails, no epoch is lost or trained twice, the weights are those of a run left in peace, bit for bit, and the run's page
says what is wrong while it lasts.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import apptest
import numpy as np
import psutil
import pytest
import sqlalchemy as sa
from short_run import SHORT

from pages.widgets.shared import page as frame
from pages.widgets.shared import reads
from rnnkit.config import with_settings
from rnnkit.errors import StoreError
from rnnkit.feed import cache
from rnnkit.store import Status, Store
from rnnkit.training import launchers, processes, scheduler

EPOCHS = 10  # so few that the checkpoints of all are kept
CONFIG = with_settings(SHORT, {"training.epochs": EPOCHS})
PATIENCE = 300.0  # of these tests with busy machines

# A scheduler in this process goes while its trainers still end: nobody waits for those, and Python says so.
pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in. <function Popen.__del__")


class InPeace(NamedTuple):
    """What a run leaves that nobody disturbs."""

    losses: list[float]
    weights: dict[int, dict[str, np.ndarray]]


def wait_for(condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"waited {seconds} s for {what}"
        time.sleep(0.05)


def left(store: Store, run: str) -> InPeace:
    return InPeace(
        [metrics["loss"] for metrics in store.epochs(run)],
        {epoch: store.checkpoint(run, epoch) for epoch in range(1, EPOCHS + 1)},
    )


@contextlib.contextmanager
def scheduling(store: Store) -> Iterator[None]:
    """A scheduler in this process."""
    token = str(processes.token(note="scheduler"))
    lease = store.take_scheduler(token, stale_seconds=0.0)
    assert lease is not None
    thread = threading.Thread(target=scheduler.Scheduler(store, launchers.LocalLauncher(), lease).run, daemon=True)
    thread.start()
    yield
    lease.leave()
    thread.join(timeout=10)


@pytest.fixture(scope="module")
def in_peace(tmp_path_factory: pytest.TempPathFactory) -> InPeace:
    home = tmp_path_factory.mktemp("peace")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNKIT_HOME", str(home))
        with contextlib.closing(Store()) as store, scheduling(store):
            run = store.create_run(CONFIG)
            wait_for(lambda: not store.run(run).live, "the run left in peace")
            assert store.run(run).status == Status.FINISHED, store.run(run).message
            return left(store, run)


@pytest.fixture(autouse=True)
def _nobody_is_left_behind(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RNNKIT_WARM", "1")
    yield
    here = os.environ["RNNKIT_HOME"]
    for process in psutil.process_iter(["pid"]):
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            if process.environ().get("RNNKIT_HOME") == here and "rnnkit." in " ".join(process.cmdline()):
                process.kill()


def begun(store: Store) -> str:
    """A run that trains, with an epoch behind it."""
    scheduler.ensure_running(store)
    run = store.create_run(CONFIG)
    wait_for(lambda: store.run(run).epochs_done >= 1, "the first epoch")
    return run


def send(token: str | None, what: signal.Signals) -> None:
    assert token is not None
    os.kill(processes.parse(token).pid, what)


def freeze(store: Store, token: str | None) -> None:
    """Stop a process with no lock of the file in its hands; that is another test."""
    for _ in range(100):
        send(token, signal.SIGSTOP)
        with contextlib.closing(sqlite3.connect(store.place, timeout=0.1, isolation_level=None)) as file:
            try:
                file.execute("BEGIN EXCLUSIVE")
                return
            except sqlite3.OperationalError:
                send(token, signal.SIGCONT)
                time.sleep(0.1)
    pytest.fail("it always has the lock")


def page(run: str, store: Store) -> str:
    """All that the run's page says beside its figures: what Python says where it cannot be drawn, else the feed."""
    for read in (reads.run, reads.runs, reads.epochs, frame.ensure_scheduler):
        read.clear()
    app = apptest.visit("7_Run", run=run)
    said = " ".join(element.value for kind in (app.error, app.warning, app.info) for element in kind)
    with contextlib.suppress(StoreError):
        line = json.loads(cache.Feeds(store).run(run)[1].body)["run"]
        said += " ".join(filter(None, [*line["says"], line["message"], *line["troubles"]]))
    return said.replace("\\", "").replace("\u2060", "")


def is_said(store: Store, run: str, pattern: str, seconds: float = PATIENCE) -> None:
    """The page says it now, or soon."""
    seen: list[str] = []
    until = time.monotonic() + seconds
    while not re.search(pattern, seen[-1] if seen else ""):
        assert time.monotonic() < until, f"waited {seconds} s for {pattern!r} on the page, which said {seen[-1]!r}"
        seen.append(page(run, store))


def finishes_as_in_peace(store: Store, run: str, in_peace: InPeace) -> None:
    wait_for(lambda: not store.run(run).live, "the end of the run")
    row = store.run(run)
    assert row.status == Status.FINISHED, (row.message, row.log)
    assert [metrics["epoch"] for metrics in store.epochs(run)] == list(range(1, EPOCHS + 1))
    found = left(store, run)
    assert found.losses == in_peace.losses
    for epoch, weights in in_peace.weights.items():
        assert weights.keys() == found.weights[epoch].keys()
        assert all(np.array_equal(weights[name], found.weights[epoch][name]) for name in weights), f"epoch {epoch}"
    assert store.check() == []


# ---- frozen processes


def test_a_trainer_that_is_frozen_is_replaced(store, in_peace, monkeypatch):
    monkeypatch.setattr(scheduler, "FROZEN_SECONDS", 6.0)  # one beat may be late
    monkeypatch.setattr(scheduler, "MOST_ATTEMPTS", 10**9)  # and more, on a busy machine
    with scheduling(store):
        run = begun(store)
        frozen = store.run(run).trainer
        freeze(store, frozen)
        wait_for(lambda: store.run(run).trainer != frozen, "another trainer")
        finishes_as_in_peace(store, run, in_peace)
    assert not processes.lives(frozen)


@pytest.mark.slow
def test_a_trainer_that_is_frozen_is_said_and_replaced_after_a_minute(store, in_peace):
    run = begun(store)
    frozen = store.run(run).trainer
    freeze(store, frozen)
    since = time.monotonic()
    is_said(store, run, r"No sign of the trainer for \d\d s", 45)
    wait_for(lambda: store.run(run).trainer != frozen, "another trainer")
    assert 50 < time.monotonic() - since < 100
    wait_for(lambda: not processes.lives(frozen), "the end of the frozen one")
    finishes_as_in_peace(store, run, in_peace)
    assert "No sign" not in page(run, store)


@pytest.mark.slow
def test_a_trainer_that_is_stopped_for_a_while_goes_on_and_has_not_trained_meanwhile(store, in_peace):
    run = begun(store)
    trainer, before = store.run(run).trainer, time.monotonic()
    freeze(store, trainer)
    is_said(store, run, r"No sign of the trainer for \d\d s", 45)
    send(trainer, signal.SIGCONT)
    away = time.monotonic() - before
    assert store.run(run).trainer == trainer
    finishes_as_in_peace(store, run, in_peace)
    assert sum(metrics["seconds"] for metrics in store.epochs(run)) < away
    assert max(metrics["seconds"] for metrics in store.epochs(run)) < 10


@pytest.mark.slow
def test_stop_ends_a_trainer_that_is_frozen(store, in_peace):
    run = begun(store)
    frozen = store.run(run).trainer
    freeze(store, frozen)
    store.ask(run, "stop")
    wait_for(lambda: store.run(run).status == Status.STOPPED, "the stop", 40)
    wait_for(lambda: not processes.lives(frozen), "the end of the trainer", 10)
    store.resume_run(run)
    finishes_as_in_peace(store, run, in_peace)


WITH_THE_LOCK = """
import sys, time
from rnnkit.store import Store
from rnnkit.training import processes
store = Store()
store.lease(sys.argv[1], str(processes.token(note="cpu"))).claim()
print(flush=True)
sys.stdin.readline()
with store._write():
    print(flush=True)
    time.sleep(3600)
"""


@pytest.mark.slow
def test_a_trainer_that_is_frozen_with_the_lock_of_the_file_in_its_hands_is_ended(store, in_peace):
    run = store.create_run(CONFIG)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", WITH_THE_LOCK, run], **pipes) as trainer:
        trainer.stdout.readline()
        with scheduling(store):
            time.sleep(2)  # the scheduler has seen who trains
            trainer.stdin.write(b"\n")
            trainer.stdin.flush()
            trainer.stdout.readline()
            trainer.send_signal(signal.SIGSTOP)
            assert trainer.wait(120) == -signal.SIGKILL
            finishes_as_in_peace(store, run, in_peace)


@pytest.mark.slow
def test_a_scheduler_that_is_frozen_is_said_and_replaced(store, in_peace):
    first = begun(store)
    frozen, second = store.scheduler()["token"], store.create_run(CONFIG)
    freeze(store, frozen)
    is_said(store, second, r"No sign of the scheduler for \d\d s", 45)
    assert store.run(first).status in (Status.TRAINING, Status.FINISHED)  # nobody disturbs it
    while store.scheduler()["token"] in (frozen, None):
        page(second, store)  # somebody looks
    assert not processes.lives(frozen)
    for run in (first, second):
        finishes_as_in_peace(store, run, in_peace)
    assert "No sign" not in page(second, store)


# ---- the database


@pytest.fixture
def server_store(postgres_url: str, open_store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store on PostgreSQL, the one that all processes open."""
    monkeypatch.setenv("RNNKIT_STORE", postgres_url)
    return open_store(postgres_url)


@pytest.mark.slow
def test_connections_that_are_cut_every_second_for_a_minute_cost_nothing(server_store, postgres_url, in_peace):
    store, over, cuts = server_store, threading.Event(), []
    engine = sa.create_engine(postgres_url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)

    def cut() -> None:
        others = "pid <> pg_backend_pid() AND backend_type = 'client backend'"
        while not over.wait(1.0):
            with engine.connect() as connection:
                query = f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE {others}"
                cuts.append(connection.exec_driver_sql(query).scalar())

    runs = [begun(store)]
    thread, until = threading.Thread(target=cut), time.monotonic() + 60
    thread.start()
    said = ""
    try:
        while time.monotonic() < until:
            with contextlib.suppress(Exception):  # this test's own connections are cut too
                said += page(runs[-1], store)
                if not store.run(runs[-1]).live:
                    runs.append(store.create_run(CONFIG))
    finally:
        over.set()
        thread.join()
    assert sum(cuts) > 30  # a page that is drawn keeps the processor for a while
    assert "The database has cut or refused" in said
    for run in runs:
        finishes_as_in_peace(store, run, in_peace)
    print(f"{sum(cuts)} connections cut in 60 s, {len(runs)} runs")


@pytest.mark.slow
def test_a_database_that_is_away_for_half_a_minute_costs_nothing(server_store, order_postgres, in_peace):
    run = begun(server_store)
    order_postgres("stop")
    try:
        since = time.monotonic()
        is_said(server_store, run, "expected a database that answers at .* What trains goes on and waits", 25)
        time.sleep(max(0.0, 30 - (time.monotonic() - since)))
    finally:
        order_postgres("again")
    finishes_as_in_peace(server_store, run, in_peace)
    assert server_store.run(run).attempts == 0
    assert "database" not in page(run, server_store)


# ---- the disk


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A disk of eight megabytes with RNNKIT_HOME on it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", folder], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"no disk of its own may be mounted here: {mounted.stderr.strip()}")
    monkeypatch.setenv("RNNKIT_HOME", str(folder / "home"))
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(disk: Path) -> None:
    """To the last byte."""
    with (disk / "filler").open("ab", buffering=0) as filler, contextlib.suppress(OSError):
        while filler.write(b"\0" * 4096):
            pass


@pytest.mark.slow
def test_a_disk_that_is_full_for_more_than_a_minute_costs_nothing(small_disk, open_store, in_peace):
    store = open_store(None)
    run = begun(store)
    trainer, at_work = store.run(run).trainer, store.scheduler()["token"]
    fill(small_disk)
    since = time.monotonic()
    is_said(store, run, "The disk that holds the store is full", 45)
    assert psutil.disk_usage(str(small_disk)).free == 0
    while time.monotonic() - since < 80:
        assert "disk that holds the store is full" in page(run, store)
        time.sleep(5)
    assert (store.run(run).status, store.run(run).trainer) == (Status.TRAINING, trainer)
    assert (store.scheduler()["token"], processes.lives(at_work)) == (at_work, True)
    (small_disk / "filler").unlink()
    finishes_as_in_peace(store, run, in_peace)
    assert store.run(run).attempts == 0
    assert "disk" not in page(run, store)
