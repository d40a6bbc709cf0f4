"""The environment variables, one table. Read at the moment of use, so that tests and shells may change them.

Knows nothing of what the values are for.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from rnnkit.errors import ConfigError


class Setting(NamedTuple):
    """One environment variable: its value when it is not set, and what it is for."""

    default: str
    help: str


SETTINGS: dict[str, Setting] = {
    "RNNKIT_HOME": Setting("~/.rnnkit", "Folder of the store, the downloaded texts and the logs."),
    "RNNKIT_STORE": Setting("", "SQLAlchemy URL of the store. Empty: the SQLite file rnnkit.sqlite in RNNKIT_HOME."),
    "RNNKIT_CORPORA": Setting("", "A folder of texts looked at before the network, e.g. one with sherlock.txt in it."),
    "RNNKIT_MAX_TEXT_MB": Setting("50", "Largest text that may be uploaded or pasted, in megabytes."),
    "RNNKIT_CPU_SLOTS": Setting("1", "Runs trained at once on the processor."),
    "RNNKIT_GPU_SLOTS": Setting("1", "Runs trained at once on each GPU."),
    "RNNKIT_THREADS": Setting("2", "Threads that one trainer may use on the processor."),
    "RNNKIT_WARM": Setting("1", "Trainers kept ready with TensorFlow already imported. 0: none."),
    "RNNKIT_IDLE_MINUTES": Setting("30", "Minutes without a page, a command or a run after which the scheduler ends."),
}


def text(name: str) -> str:
    """The value of a setting, or its default."""
    return os.environ.get(name) or SETTINGS[name].default


def number(name: str) -> int:
    """The value of a setting that counts something.

    Raises:
        ConfigError: it is no whole number of at least 0.
    """
    value = text(name)
    if not value.isdecimal():
        raise ConfigError(f"{name}: expected a whole number of at least 0, got {value!r}")
    return int(value)


def home() -> Path:
    """The folder of everything that is kept, made if missing."""
    folder = Path(text("RNNKIT_HOME")).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"RNNKIT_HOME: expected a folder that can be written, got {str(folder)!r} ({error.strerror})"
        ) from None
    return folder


def store_url() -> str:
    """The SQLAlchemy URL of the store."""
    return text("RNNKIT_STORE") or f"sqlite:///{home() / 'rnnkit.sqlite'}"


def log_path(name: str) -> Path:
    """The log of a run's trainers (by the run's id), of `scheduler` or of `warm` trainers."""
    folder = home() / "logs"
    folder.mkdir(exist_ok=True)
    return folder / f"{name}.log"
