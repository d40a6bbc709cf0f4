"""Who may read what a run shows: its curve, its texts, its line in a list.

The one place that decides. Today everybody may read everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from rnnkit.store import Run


class Viewer(NamedTuple):
    """Somebody who asks, by what their browser sends along."""

    cookies: Mapping[str, str]


def may_read(viewer: Viewer, run: Run) -> bool:
    """Whether this viewer may read this run. Who may not is told what is told of a run that is not there."""
    return True
