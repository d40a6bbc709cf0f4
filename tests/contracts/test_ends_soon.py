"""What a command starts ends soon after it: real processes, looked for by the home that they were given."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from left_behind import alive, end

from rnnkit.store import Store
from rnnkit.training import scheduler

SMALL = {
    "corpus": "cookbook-40000",
    "batches.length": 16,
    "model.units": 24,
    "sampling.length": 40,
    "training.epochs": 1,
}
ENDS_IN = scheduler.LINGER_SECONDS + 10.0  # on a machine that is busy


def waited(home: Path, seconds: float) -> list:
    until = time.monotonic() + seconds
    while alive(home) and time.monotonic() < until:
        time.sleep(0.2)
    return alive(home)


@pytest.fixture
def kept(home: Path):
    """Whatever is left behind is ended."""
    yield
    end(home)


def train(*more: str) -> subprocess.CompletedProcess:
    settings = [part for name, value in SMALL.items() for part in ("--set", f"{name}={value}")]
    command = [sys.executable, "-m", "rnnkit", "train", "--preset", "cookbook-gru", *settings, *more]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ, timeout=120)


@pytest.mark.usefixtures("kept")
def test_a_command_that_waits_leaves_no_process_behind(store: Store, home: Path):
    done = train("--wait")
    assert done.returncode == 0, done.stderr
    assert waited(home, ENDS_IN) == []
    assert store.scheduler()["token"] is None


@pytest.mark.usefixtures("kept")
def test_a_scheduler_that_a_page_has_needed_stays(store: Store, home: Path):
    store.want_scheduler()
    assert train("--wait").returncode == 0
    time.sleep(scheduler.LINGER_SECONDS + 2.0)
    assert any("scheduler" in " ".join(process.cmdline()) for process in alive(home))
