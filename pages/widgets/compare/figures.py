"""Loss curves, results and settings of the compared runs."""

from __future__ import annotations

import streamlit as st

from pages.widgets.shared import loss_curves, page, reads, status
from rnnkit.runs import comparison
from rnnkit.runs.comparison import Compared
from rnnkit.store import Status, Store

TICK_SECONDS = 2


def losses(store: Store, compared: list[Compared]) -> None:
    """Names, verdict, curves. They move while a run may still change; a finished epoch draws the whole page again."""
    waiting = (Status.PAUSED, Status.STOPPED)  # others may resume it
    moving = any(one.run.live or one.run.status in waiting for one in compared)
    draw = st.fragment(_losses, run_every=TICK_SECONDS if moving else None)
    draw(store, [one.run.id for one in compared], _state(compared))


@page.user_errors()
def _losses(store: Store, run_ids: list[str], drawn: list[tuple]) -> None:
    compared = reads.compared(store, run_ids)
    if _state(compared) != drawn:
        st.rerun()  # also ends the timer: it stops only when the page is drawn without it
    for one in compared:
        st.markdown(status.heading(one))
        if one.run.live:
            status.bar(store, one.run)
    if said := comparison.verdict(compared):
        st.header(said, anchor=False)
    if said := comparison.race(compared):
        page.note(f":material/timer: {said}")
    for caveat in comparison.caveats(compared):
        page.note(f":material/info: {caveat}")
    loss_curves.show(store, compared)


def _state(compared: list[Compared]) -> list[tuple]:
    return [(one.run.status, one.run.epochs_done) for one in compared]


def results(compared: list[Compared]) -> None:
    """The best loss of each run, when it came, and what it cost."""
    st.header("Results", anchor=False)
    table = comparison.results(compared)
    st.dataframe(table, hide_index=True, column_config=_RESULTS, placeholder="", alt="Results of each run")


_RESULTS = {
    "Run": st.column_config.TextColumn(pinned=True),
    "Best loss": status.number("%.4f", "Nats per symbol, on held-out text where the run has some."),
    "Bits/char": status.number("%.3f", "Bits per character."),
    "After s": status.number("%.1f", status.TRAINED),
    "Chars/s": status.number("%,.0f", "Characters per second while training."),
    "Parameters": status.number("%,d"),
}
_FIRST = {"_index": st.column_config.TextColumn(width=220)}


def differences(compared: list[Compared]) -> None:
    """What was set differently, and what each layer costs."""
    st.header("Differences in settings", anchor=False)
    table = comparison.what_differs(compared)
    if table.empty:
        st.write("No differences.")
    else:
        st.dataframe(table, column_config=_FIRST, alt="Settings in which the runs differ")
    st.header("Parameters", anchor=False)
    st.dataframe(comparison.parameters(compared), column_config=_FIRST, alt="Parameters of each layer, run by run")
