"""Who a process is and whether it lives."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import psutil

from rnnkit.training import clock, processes


def test_a_process_lives_under_its_token_until_it_has_ended():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    token = str(processes.token(child.pid, note="a note | with a bar"))
    assert processes.parse(token).note == "a note | with a bar"
    assert processes.lives(token)
    child.communicate(b"\n")
    assert not processes.lives(token)


def test_a_process_id_used_again_and_a_machine_elsewhere_are_not_taken_for_it():
    mine = processes.token()
    assert not processes.lives(str(mine._replace(started=mine.started - 1000)))
    assert processes.lives(str(mine._replace(host="elsewhere"))) is None


def test_a_token_is_that_of_the_living_process_and_of_no_other_with_its_id():
    mine = str(processes.token(note="test"))
    assert processes.lives(mine)
    old = processes.parse(mine)._replace(started=1)
    assert not processes.lives(str(old))
    assert processes.lives(str(old._replace(host="elsewhere"))) is None


def test_a_child_that_ended_and_was_not_waited_for_does_not_live():
    child = subprocess.Popen(["true"])
    token = str(processes.token(child.pid))
    while psutil.Process(child.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    assert not processes.lives(token)
    child.wait()


def test_how_long_a_process_has_shown_the_same_is_counted_while_somebody_looks(monkeypatch):
    now = {"now": 0.0}
    monkeypatch.setattr(clock, "time", SimpleNamespace(perf_counter=lambda: now["now"]))
    watch, shown = processes.Watch(), []
    for seconds, beat in [(0.0, 5.0), (1.0, 6.0), (1.5, 6.0), (1.5, 6.0), (3600.0, 6.0), (1.0, 7.0), (1.0, 7.0)]:
        now["now"] += seconds
        shown.append(watch.seconds("a trainer", beat))
    assert shown == [0.0, 0.0, 1.5, 3.0, 3.0 + clock.LONGEST_SECONDS, 0.0, 1.0]  # for an hour nobody looked
    assert watch.seconds("another", 7.0) == 0.0


def test_a_process_is_the_same_after_the_clock_of_its_machine_was_set(monkeypatch):
    mine = str(processes.token())
    create_time = psutil.Process.create_time
    monkeypatch.setattr(psutil.Process, "create_time", lambda process: create_time(process) + 3600.0)
    assert processes.lives(mine)
    assert str(processes.token()) == mine


def test_a_machine_of_the_same_name_or_after_a_new_start_is_another(monkeypatch):
    mine = str(processes.token())
    monkeypatch.setattr(processes, "_boot", lambda: "another")
    assert processes.lives(mine) is None


def test_a_process_that_is_frozen_can_be_ended():
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    token = str(processes.token(sleeper.pid))
    sleeper.send_signal(signal.SIGSTOP)
    assert processes.lives(token)
    processes.kill(token)
    assert sleeper.wait(10) == -signal.SIGKILL
    processes.kill(token)  # nothing is there any more


def test_a_process_is_ended_if_a_signal_has_stopped_it_and_not_if_it_only_waits():
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    token = str(processes.token(sleeper.pid))
    assert not processes.end_if_stopped(token)
    sleeper.send_signal(signal.SIGSTOP)
    while psutil.Process(sleeper.pid).status() != psutil.STATUS_STOPPED:
        time.sleep(0.01)
    assert processes.end_if_stopped(token)
    assert sleeper.wait(10) == -signal.SIGKILL
    assert not processes.end_if_stopped(token)
    assert not processes.end_if_stopped("|0|0|")


def test_nobody_ends_a_process_of_another_machine_or_another_start():
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    known = processes.token(sleeper.pid)
    for other in (known._replace(host="elsewhere"), known._replace(started=known.started - 10_000)):
        processes.kill(str(other))
    assert sleeper.poll() is None
    sleeper.kill()
    sleeper.wait()
