"""Ways from texts that a run has written to the tabs that show more of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from pages.widgets.shared import navigation
from rnnkit.engine import RULES
from rnnkit.metrics import epoch_number
from rnnkit.store import Run
from rnnkit.studies.checkpoint import LAST
from rnnkit.studies.sampling import SampleSettings


def to_temperature_lab(run: Run, epoch: str, settings: SampleSettings) -> None:
    """A way to the tab Temperature for a text written with these settings."""
    written = asdict(settings) | {"temperature": 0.0 if settings.greedy else settings.temperatures[-1]}
    same = {f"lab_{name}": f"{written[name]}" for name in ("prompt", "seed", *RULES)}
    navigation.run_link(run.id, "Open in Temperature", "temperature", "experiment", epoch=epoch, **same)


def to_suggestions(run: Run, kept: Sequence[float], epochs: Sequence[str]) -> None:
    """A way from texts that a run has written at these epochs to the keyboard, at the last of them."""
    epoch = epochs[-1] if epochs[-1] != LAST else epoch_number(kept[-1])
    navigation.run_link(run.id, "Write with it as you type", "write", "keyboard", keyboard_epoch=epoch)
