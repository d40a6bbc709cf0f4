"""What decides the numbers on a machine, its code and its packages, and how another one differs, in sentences.

Knows no cluster and no store.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from typing import Any

from rnnkit import paths

PACKAGES = ("numpy", "scipy", "numba", "keras", "tensorflow")
_NOT_TRAINING = ("app", "pretrained")  # what a wheel has beside the library


def here() -> dict[str, str]:
    """What this machine computes with: the version of each, and the first letters of a checksum of our own code."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"rnnkit": code_sum(), "Python": python, **{name: _version(name) for name in PACKAGES}}


@cache
def code_sum() -> str:
    """Ten letters that another version of our code does not have, whatever it says of itself."""
    found = hashlib.sha256()
    for path in sorted(paths.PACKAGE.rglob("*.py")):
        name = path.relative_to(paths.PACKAGE)
        if name.parts[0] not in _NOT_TRAINING:
            found.update(name.as_posix().encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return found.hexdigest()[:10]


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "none"


def differences(there: Mapping[str, str], ours: Mapping[str, str]) -> list[str]:
    """One sentence for each thing that another machine has in another version than this one; none where it has all."""
    return [
        f"{name}: expected {version} as where the scheduler runs, got {there.get(name, 'none')}"
        for name, version in ours.items()
        if there.get(name, "none") != version
    ]


def refusals(facts: Mapping[str, Any], ours: Mapping[str, str], machine: str, *, sqlite: bool) -> list[str]:
    """Why a node gets no run, in sentences.

    Args:
        facts: its versions and its machine, as it says. ours, machine: those of the scheduler.
        sqlite: whether the store is a file.
    """
    said = differences(facts["versions"], ours)
    if sqlite and facts["machine"] != machine:
        said.append(
            "RNNKIT_STORE: expected PostgreSQL, as this node is another machine than the scheduler's, got an SQLite "
            "file"
        )
    return said
