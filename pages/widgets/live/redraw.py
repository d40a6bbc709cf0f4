"""Draws again what it stands in, a fragment or the page, once a run is no longer as it was drawn. Costs nothing before.

The browser sees it in the feed; nobody asks each few seconds whether anything has changed. Is not seen itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.widgets.shared import page
from rnnkit.store import Run

_EYE = page.component("rnnkit_redraw", __file__, "<i></i>")


def when_changed(runs: Sequence[Run], key: str, figures: Sequence[str] = ("status", "epochs_done")) -> None:
    """Look after these runs.

    Args:
        key: a name for this place in the page, of letters and underscores.
        figures: what counts as a change: names in the line of a run in the feed which `Run` has too.
    """
    drawn = {run.id: [getattr(run, name) for name in figures] for run in runs}
    with st.container(key=f"redraw_{key}"):
        _EYE(
            key=f"{key} {' '.join(drawn)}", data={"drawn": drawn, "figures": list(figures)}, on_changed_change=_nothing
        )


def _nothing() -> None:
    """The rerun is all that is wanted."""
