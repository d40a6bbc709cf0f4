"""Where the program's own files are: beside the package in a checkout, below it where it was installed.

Also how another Python is started that imports this same rnnkit. Knows nothing of the store and of what people keep.
"""

from __future__ import annotations

import os
from pathlib import Path

from rnnkit import system

PACKAGE = Path(__file__).resolve().parent
_INSTALLED = (PACKAGE / "app").is_dir()  # pyproject.toml puts the pages and the trained networks into the wheel
DASHBOARD = (PACKAGE / "app" if _INSTALLED else PACKAGE.parent) / "dashboard.py"
PRETRAINED = (PACKAGE if _INSTALLED else PACKAGE.parent) / "pretrained"


def python(*arguments: str) -> list[str]:
    """A command for this Python, e.g. `python("-m", "rnnkit")`, to be run in the `environment` below.

    The folder it is started in is not imported from.
    """
    return [system.python()[0], "-P", *arguments]


def environment(**changes: str) -> dict[str, str]:
    """The environment of such a process: this one's, with the checkout to import from where nothing is installed.

    What it writes into a log or a pipe is UTF-8 on every system.
    """
    found = {**os.environ, "PYTHONUTF8": "1", **system.python()[1], **changes}
    if not _INSTALLED:
        found["PYTHONPATH"] = os.pathsep.join(filter(None, [str(PACKAGE.parent), found.get("PYTHONPATH")]))
    return found
