"""What the comparison comes to in a sentence, and how far runs are that train; drawn again while one may change."""

from __future__ import annotations

import streamlit as st

from pages.widgets.shared import page, reads, status
from rnnkit.runs import comparison
from rnnkit.runs.comparison import Compared
from rnnkit.store import Status, Store

TICK_SECONDS = 2


def show(store: Store, compared: list[Compared]) -> None:
    """Which is lower, and what is to be known of it. A finished epoch draws the whole page again."""
    waiting = (Status.PAUSED, Status.STOPPED)  # others may resume it
    moving = any(one.run.live or one.run.status in waiting for one in compared)
    draw = st.fragment(_draw, run_every=TICK_SECONDS if moving else None)
    draw(store, [one.run.id for one in compared], _state(compared))


@page.user_errors()
def _draw(store: Store, run_ids: list[str], drawn: list[tuple]) -> None:
    compared = reads.compared(store, run_ids)
    if _state(compared) != drawn:
        st.rerun()  # also ends the timer: it stops only when the page is drawn without it
    if said := comparison.verdict(compared):
        st.subheader(said, anchor=False)
    lines = [f"{status.mark(one.letter)} {status.said(store, one.run)}" for one in compared if one.run.live]
    notes = [*lines, comparison.race(compared), *comparison.caveats(compared)]
    if any(notes):
        page.note(" \u2003".join(filter(None, notes)))


def _state(compared: list[Compared]) -> list[tuple]:
    return [(one.run.status, one.run.epochs_done) for one in compared]
