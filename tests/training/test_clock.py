"""A clock of a process that may be stopped: it counts what the process was awake for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

from rnnkit.training import clock
from rnnkit.training.clock import LONGEST_SECONDS, AwakeClock, WorkClock


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """The time of the machine, moved by the test."""
    now = {"now": 100.0}
    monkeypatch.setattr(clock, "time", SimpleNamespace(perf_counter=lambda: now["now"]))
    return now


def test_time_that_passes_between_two_looks_counts(at):
    awake = AwakeClock()
    for _ in range(3):
        at["now"] += 1.5
        awake.seconds()
    assert awake.seconds() == 4.5


def test_a_stop_counts_for_two_seconds_at_most_however_long_it_was(at):
    awake = AwakeClock()
    at["now"] += 3600.0
    assert awake.seconds() == LONGEST_SECONDS
    at["now"] += 1.0
    assert awake.seconds() == LONGEST_SECONDS + 1.0


def test_a_step_that_takes_longer_counts_whole_as_the_process_was_awake(monkeypatch):
    monkeypatch.setattr(clock, "LONGEST_SECONDS", 0.2)
    monkeypatch.setattr(clock, "LOOK_SECONDS", 0.02)
    with AwakeClock() as awake:
        time.sleep(0.6)
        assert 0.4 < awake.seconds() < 0.9


def test_a_process_that_is_stopped_counts_only_what_it_was_awake_for():
    code = (
        "import sys, time; from rnnkit.training import clock; clock.LONGEST_SECONDS = 0.2; clock.LOOK_SECONDS = 0.02\n"
        "with clock.AwakeClock() as awake:\n"
        "    print(flush=True); sys.stdin.readline(); print(awake.seconds(), flush=True)"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", code], **pipes) as process:
        process.stdout.readline()
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(1.5)
        os.kill(process.pid, signal.SIGCONT)
        said, _ = process.communicate("\n")
    assert float(said) < 1.0


def test_a_process_at_work_is_counted_and_one_that_waits_is_not():
    clock = WorkClock()
    until = time.process_time() + 0.2
    while time.process_time() < until:
        pass
    worked = clock.seconds()
    assert worked == pytest.approx(0.2, abs=0.05)
    time.sleep(0.5)
    assert clock.seconds() - worked < 0.05


@pytest.mark.parametrize(("wall", "cpu", "counts"), [(1.0, 1.9, 1.0), (1.0, 0.2, 0.2), (1.0, 0.0, 0.0)])
def test_two_threads_at_work_are_one_process_at_work(monkeypatch, wall, cpu, counts):
    now = {"wall": 5.0, "cpu": 3.0}
    both = SimpleNamespace(perf_counter=lambda: now["wall"], process_time=lambda: now["cpu"])
    monkeypatch.setattr(clock, "time", both)
    work = WorkClock()
    for _ in range(3):
        now["wall"] += wall
        now["cpu"] += cpu
        work.seconds()
    assert work.seconds() == pytest.approx(3 * counts)
