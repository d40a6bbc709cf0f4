"""Who a process is, in one line of text, and whether it still lives.

A token names machine, process id and start, so that a process id used again is never taken for the old process,
whatever becomes of the clock. Knows nothing of what the processes do.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Container
from functools import cache
from typing import NamedTuple

import psutil

from rnnkit import settings, system
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
    return Token(machine(), pid, system.began(pid), note)


def parse(text: str) -> Token:
    """A token back from its text."""
    host, pid, started, note = text.split("|", 3)
    return Token(host, int(pid), int(started), note)


def lives(text: str) -> bool | None:
    """Whether the process of a token lives; None when it is on another machine and cannot be seen.

    A child that has ended and was not waited for (a zombie) does not live.
    """
    known = parse(text)
    if known.host != machine():
        return None
    try:
        return system.began(known.pid) == known.started and not system.has_ended(known.pid)
    except psutil.NoSuchProcess:
        return False


def machine() -> str:
    """The name of this machine with the id of its last start, where the system has one."""
    return f"{socket.gethostname()}/{_boot()}".removesuffix("/")


@cache
def _boot() -> str:
    return system.boot()


def end_if_stopped(text: str) -> bool:
    """End the process of a token if a signal has stopped it on this machine: it may hold what others wait for."""
    if lives(text) and system.is_stopped(parse(text).pid):
        kill(text)
        return True
    return False


def kill(text: str) -> None:
    """End the process of a token at once, if it lives on this machine."""
    if lives(text):
        system.kill(parse(text).pid)


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

    def forget_others(self, tokens: Container[str]) -> None:
        """Only these are still looked at."""
        self._seen = {token: seen for token, seen in self._seen.items() if token in tokens}


def on_this_machine(device: str) -> str:
    """The name of a device, with that of this machine where runs are trained on several."""
    node = settings.value("RNNKIT_NODE")
    return f"{device} on {node}" if node else device
