"""Schedulers and trainers that run for a home: to be seen, and to be ended when a test is over."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import psutil


def alive(home: Path) -> list[psutil.Process]:
    """Those that run for this home now."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            mine = process.environ().get("RNNKIT_HOME") == str(home) and "rnnkit." in " ".join(process.cmdline())
            if mine and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def end(home: Path) -> None:
    """End them, schedulers first, as those start others."""
    for process in sorted(alive(home), key=lambda process: "scheduler" not in " ".join(process.cmdline())):
        with suppress(psutil.NoSuchProcess):
            process.kill()
