"""The tabs of a run: its tools. Only the open one is computed; the address names it as ?tab=.

To add a tab: a function of the store and a run, and its entry in the table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import streamlit as st

from pages.widgets.inside import view as inside_view
from pages.widgets.run import compare_with, export, gradients, sample, temperature, try_it, write
from pages.widgets.shared import page
from pages.widgets.watch import screen
from rnnkit import tasks
from rnnkit.store import Run, Store
from rnnkit.tasks import Does

_OPEN, _BAR = "run_tab", "run_tab_bar"
_OTHERS = (Does.CLASSIFIES, Does.FORECASTS, Does.TRANSLATES)


class Tab(NamedTuple):
    """Its label, what it draws, and the runs that have it."""

    label: str
    show: Callable[[Store, Run], None]
    of: tuple[Does, ...] = tuple(Does)


TABS = {
    "watch": Tab("Watch", screen.show),
    "try": Tab("Try it out", try_it.show, _OTHERS),
    "sample": Tab("Sample", sample.show, (Does.WRITES,)),
    "temperature": Tab("Temperature", temperature.show, (Does.WRITES,)),
    "write": Tab("Write", write.show, (Does.WRITES,)),
    "inside": Tab("Inside", inside_view.show, (Does.WRITES, Does.TRANSLATES)),
    "gradients": Tab("Gradients", gradients.show, (Does.WRITES,)),
    "compare": Tab("Compare with …", compare_with.show),
    "export": Tab("Export", export.show),
}


def needs(name: str) -> Does | None:
    """What a run does that has this tab, where not all have it: the first of the kinds."""
    tab = TABS.get(name)
    return None if tab is None or tab.of == tuple(Does) else tab.of[0]


def show(store: Store, run: Run) -> None:
    """The tabs of this run, and what the open one holds."""
    task = tasks.of(run.config)
    here = {name: tab for name, tab in TABS.items() if task.does in tab.of}
    asked = st.query_params.get("tab", "watch")
    if asked in TABS and asked not in here:
        does = "writes" if task.writes else "does not write"
        st.warning(f"Run {run.id} {does}. It was trained for another task: {task.title}.")
        asked = "sample" if task.writes else "try"
    # The address is the one truth: a link, Back and the hand all go through it. A browser that was interrupted while it
    # drew what the hand chose does not hear of a change back: where the address says another tab, the bar is a new one.
    wanted, bar = here[asked if asked in here else "watch"].label, st.session_state.get(_BAR, 0)
    if st.session_state.get(f"{_OPEN}{bar}", wanted) != wanted:
        bar = st.session_state[_BAR] = bar + 1
    st.session_state.setdefault(f"{_OPEN}{bar}", wanted)
    labels = {tab.label: name for name, tab in here.items()}
    places = st.tabs(list(labels), key=f"{_OPEN}{bar}", on_change=_open, args=(f"{_OPEN}{bar}", run.id, labels))
    for tab, place in zip(here.values(), places, strict=True):
        if place.open:
            with place, page.user_errors():
                tab.show(store, run)


def _open(bar: str, run_id: str, labels: dict[str, str]) -> None:
    """What the old tab had in the address goes with it, in one step of the browser's history."""
    if name := labels.get(st.session_state[bar]):
        st.query_params.from_dict({"run": run_id, "tab": name})
