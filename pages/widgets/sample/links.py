"""Ways from texts that a run has written to the pages that show more of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import streamlit as st

from rnnkit.engine import RULES
from rnnkit.store import Run
from rnnkit.studies.checkpoint import LAST
from rnnkit.studies.sampling import SampleSettings


def to_temperature_lab(run: Run, epoch: str, settings: SampleSettings) -> None:
    """A way to the lab for a text written with these settings."""
    written = asdict(settings) | {"temperature": 0.0 if settings.greedy else settings.temperatures[-1]}
    same = {f"lab_{name}": f"{written[name]}" for name in ("prompt", "seed", *RULES)}
    st.page_link(
        "pages/4_Temperature_lab.py", label="Open in the temperature lab",
        icon=":material/experiment:",
        query_params={"run": run.id, "epoch": epoch, **same},
    )  # fmt: skip


def to_suggestions(run: Run, kept: Sequence[int], epochs: Sequence[str]) -> None:
    """A way from texts that a run has written at these epochs to the keyboard, at the last of them."""
    epoch = epochs[-1] if epochs[-1] != LAST else str(kept[-1])
    st.page_link(
        "pages/9_Write_with_it.py", label="Write with it as you type",
        icon=":material/keyboard:", query_params={"run": run.id, "keyboard_epoch": epoch},
    )  # fmt: skip
