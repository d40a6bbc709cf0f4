"""What a test leaves in a home: schedulers and trainers that run for it, to be seen and ended, and words in files."""

from __future__ import annotations

from collections.abc import Collection
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


def with_any_of(words: Collection[bytes], home: Path) -> list[str]:
    """Files of the home folder in which one of these stands, whatever kind of file; downloaded texts are nobody's."""
    files = [path for path in home.rglob("*") if path.is_file() and path.parent.name not in ("corpora", "kernels")]
    return [f"{path.name}: {word!r}" for path in files for word in words if word in path.read_bytes()]
