"""Who a process is, in one line of text, and whether it still lives.

A token names machine, process id and start, so that a process id used again is never taken for the old process,
whatever becomes of the clock; and how one lets others go first. Knows nothing of what the processes do.
"""

from __future__ import annotations

import os
import signal
import socket
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

import psutil

from rnnkit.training.clock import AwakeClock


class Token(NamedTuple):
    """`str` of it goes into the store; `note` is free text for people who read it there."""

    host: str  # and which of its starts: machines may share a name
    pid: int
    started: int  # in steps of the kernel's clock since then
    note: str

    def __str__(self) -> str:
        return f"{self.host}|{self.pid}|{self.started}|{self.note}"


def token(pid: int | None = None, note: str = "") -> Token:
    """The token of a process on this machine, this one by default. Raises psutil.NoSuchProcess."""
    pid = os.getpid() if pid is None else pid
    return Token(_machine(), pid, _started(pid), note)


def parse(text: str) -> Token:
    """A token back from its text."""
    host, pid, started, note = text.split("|", 3)
    return Token(host, int(pid), int(started), note)


def lives(text: str) -> bool | None:
    """Whether the process of a token lives; None when it is on another machine and cannot be seen.

    A child that has ended and was not waited for (a zombie) does not live.
    """
    known = parse(text)
    if known.host != _machine():
        return None
    try:
        return _started(known.pid) == known.started and psutil.Process(known.pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _machine() -> str:
    """The name of this machine with the id of its last start, where the system has one."""
    return f"{socket.gethostname()}/{_boot()}".removesuffix("/")


@cache
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text()[:8]
    except OSError:
        return ""


def _started(pid: int) -> int:
    """When a process began, unmoved by whoever sets the clock. Raises psutil.NoSuchProcess."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[19])
    except OSError:
        return round(psutil.Process(pid).create_time() * 100)


def end_if_stopped(text: str) -> bool:
    """End the process of a token if a signal has stopped it on this machine: it may hold what others wait for."""
    with suppress(psutil.NoSuchProcess):
        states = (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP)
        if lives(text) and psutil.Process(parse(text).pid).status() in states:
            kill(text)
            return True
    return False


def kill(text: str) -> None:
    """End the process of a token at once, if it lives on this machine."""
    if lives(text):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(parse(text).pid, signal.SIGKILL)


class Watch:
    """Notices processes of which nothing new is seen: stopped, waiting for a driver that does not answer, far away.

    Counted in seconds in which this process looked: it may have been stopped itself, with all the others.
    """

    def __init__(self) -> None:
        self._clock = AwakeClock()
        self._seen: dict[str, tuple[object, float]] = {}  # token -> what was seen last, and since when

    def seconds(self, token: str, seen: object) -> float:
        """How long the process has shown the same."""
        now = self._clock.seconds()
        before, since = self._seen.get(token, (None, now))
        if before != seen or token not in self._seen:
            self._seen[token] = seen, now
            return 0.0
        return now - since


def step_back(nice: int) -> None:
    """Let other processes go first, by so many steps of niceness.

    Linux shares the processor between sessions before it looks at niceness (autogroup), and a trainer has a
    session of its own: there the group's niceness is what counts.
    """
    os.nice(nice)
    with suppress(OSError):  # no Linux, or none with autogroups
        Path("/proc/self/autogroup").write_text(str(os.nice(0)))
