"""Who a process is, in one line of text, and whether it still lives.

A token names host, process id and start time, so that a process id used again is never
taken for the old process; and how one lets others go first. Knows nothing of what the processes do.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil


class Token(NamedTuple):
    """`str` of it goes into the store; `note` is free text for people who read it there."""

    host: str
    pid: int
    started: int  # hundredths of a second since 1970
    note: str

    def __str__(self) -> str:
        return f"{self.host}|{self.pid}|{self.started}|{self.note}"


def token(pid: int | None = None, note: str = "") -> Token:
    """The token of a process on this machine, this one by default. Raises psutil.NoSuchProcess."""
    process = psutil.Process(pid)
    return Token(socket.gethostname(), process.pid, round(process.create_time() * 100), note)


def parse(text: str) -> Token:
    """A token back from its text."""
    host, pid, started, note = text.split("|", 3)
    return Token(host, int(pid), int(started), note)


def lives(text: str) -> bool | None:
    """Whether the process of a token lives; None when it is on another machine and cannot be seen.

    A child that has ended and was not waited for (a zombie) does not live.
    """
    known = parse(text)
    if known.host != socket.gethostname():
        return None
    try:
        process = psutil.Process(known.pid)
        same = abs(round(process.create_time() * 100) - known.started) <= 100
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def kill(text: str) -> None:
    """End the process of a token at once, if it lives on this machine."""
    if lives(text):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(parse(text).pid, signal.SIGKILL)


class Heartbeats:
    """Notices processes that live and no longer beat: stopped, or waiting for a driver that does not answer.

    Counted by the clock of this process alone, which stands still while the machine sleeps.
    """

    def __init__(self, seconds: float):
        self.seconds = seconds
        self._seen: dict[str, tuple[float, float]] = {}  # token -> its last heartbeat, and when it was first seen here

    def stopped(self, token: str, heartbeat_at: float) -> bool:
        """Whether the process has shown the same heartbeat for too long."""
        beat, since = self._seen.get(token, (None, 0.0))
        if beat != heartbeat_at:
            self._seen[token] = heartbeat_at, time.monotonic()
            return False
        return time.monotonic() - since > self.seconds


def step_back(nice: int) -> None:
    """Let other processes go first, by so many steps of niceness.

    Linux shares the processor between sessions before it looks at niceness (autogroup), and a trainer has a
    session of its own: there the group's niceness is what counts.
    """
    os.nice(nice)
    with suppress(OSError):  # no Linux, or none with autogroups
        Path("/proc/self/autogroup").write_text(str(os.nice(0)))
