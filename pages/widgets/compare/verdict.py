"""What the comparison comes to in a sentence, and how far runs are that train; drawn again when one has changed."""

from __future__ import annotations

import streamlit as st

from pages.widgets.live import redraw, training_now
from pages.widgets.shared import page
from rnnkit.runs import comparison
from rnnkit.runs.comparison import Compared
from rnnkit.store import Status


def show(compared: list[Compared]) -> None:
    """Which is lower, and what is to be known of it. A finished epoch draws the whole page again."""
    waiting = (Status.PAUSED, Status.STOPPED)  # others may resume it
    moving = [one.run for one in compared if one.run.live or one.run.status in waiting]
    if moving:
        redraw.when_changed(moving, "verdict")
    if said := comparison.verdict(compared):
        st.header(said, anchor=False)
    if live := [run for run in moving if run.live]:
        training_now.show(live, "", only=[run.id for run in live], compact=True, key="compared_now")
    notes = [comparison.race(compared), *comparison.caveats(compared)]
    if any(notes):
        page.note(" \u2003".join(filter(None, notes)))
