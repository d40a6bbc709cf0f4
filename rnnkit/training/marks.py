"""Which run a trainer is at, in a small file: who looks there after it has died knows what it has died of.

A file and not the store, as it changes at each turn; it need not outlive the machine. Knows no run.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from rnnkit import settings, system
from rnnkit.training import processes

CHARS = 40  # of a run's id at most


def _path(token: str) -> Path:
    process = processes.parse(token)
    return settings.home() / "turns" / f"{process.pid}-{process.started}"


def found(token: str) -> str | None:
    """The run that the trainer was at last; None where it has left no word, or trained on another machine."""
    with suppress(OSError):
        return _path(token).read_text()[:CHARS].strip() or None
    return None


def turns() -> dict[str, int]:
    """How many turns the trainers of this machine have given that left no other word; by the number of the process."""
    found = {}
    for path in (settings.home() / "turns").glob("*-*"):
        with suppress(OSError, ValueError):
            found[path.name.partition("-")[0]] = int(path.read_text()[CHARS:] or 0)
    return found


def forget(token: str) -> None:
    """Nobody will ask any more."""
    with suppress(OSError):
        _path(token).unlink()


class Mark:
    """The trainer's own hand on its file; it is gone when the trainer ends by itself."""

    def __init__(self, token: str):
        self._token, self._file, self._turns = token, -1, 0

    def write(self, run_id: str) -> None:
        """The run whose turn begins, and how many turns there were with it."""
        self._turns += 1
        if self._file >= 0:
            with suppress(OSError):
                os.lseek(self._file, 0, os.SEEK_SET)
                os.write(self._file, f"{run_id.ljust(CHARS)}{self._turns}".encode())

    def __enter__(self) -> Mark:
        with suppress(OSError):
            path = _path(self._token)
            path.parent.mkdir(exist_ok=True)
            self._file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, system.PRIVATE_FILE)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._file >= 0:
            os.close(self._file)
        if error is None or isinstance(error, SystemExit):
            forget(self._token)
