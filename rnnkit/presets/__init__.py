"""The named experiments: those of the five source documents with their own sizes, and ours.

A preset is a whole RunConfig under a name. Knows no text, no network and no store.
"""

from __future__ import annotations

from rnnkit.errors import ConfigError, did_you_mean
from rnnkit.presets.documents import DOCUMENTS
from rnnkit.presets.ours import FIRST, OURS
from rnnkit.presets.preset import Preset

__all__ = ["ONE_MINUTE", "PRESETS", "Preset", "preset"]

ONE_MINUTE = "one-minute"  # the one whose sizes are chosen for a text
PRESETS: dict[str, Preset] = {one.name: one for one in (*FIRST, *DOCUMENTS, *OURS)}


def preset(name: str) -> Preset:
    """The preset of this name. Raises ConfigError: there is none."""
    if name not in PRESETS:
        raise ConfigError(
            f"preset: expected one of {', '.join(PRESETS)}, got {name[:80]!r}{did_you_mean(name, PRESETS)}"
        )
    return PRESETS[name]
