"""Choosing among all runs, one's own first. The chosen one stands in the address as `?run=ID`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Set

import streamlit as st

from pages.widgets.shared import reads
from pages.widgets.shared.status import STATUSES
from rnnkit.store import Run, Store


def show(store: Store) -> str | None:
    """The id of the run in the address, None while a new one is being made."""
    runs = {run.id: run for run in _mine_first(reads.runs(store))}
    chosen = st.query_params.get("run")
    if not runs and chosen is None:
        return None
    st.session_state["run_choice"] = chosen if chosen in runs else None
    lines = _lines(runs.values())
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Open a run", list(runs), index=None, format_func=lines.__getitem__, key="run_choice",
            placeholder="Open a run: " + (f"{len(runs)} are here" if len(runs) > 1 else "one is here"),
            label_visibility="collapsed", on_change=_open, args=(runs.keys(),),
        )  # fmt: skip
        if chosen is not None:
            st.button("New run", icon=":material/add:", on_click=st.query_params.clear)
    return chosen


def _mine_first(runs: list[Run]) -> list[Run]:
    """Those of the person at the keyboard, then those that train, then the others."""
    me = st.session_state.get("owner") or st.query_params.get("owner")
    return sorted(runs, key=lambda run: (not me or run.owner != me, not run.live))


def _lines(runs: Iterable[Run]) -> dict[str, str]:
    """What the list says of each run; those that would look alike with their ids."""
    lines = {run.id: " · ".join(filter(None, [run.name, STATUSES[run.status][2].lower(), run.owner])) for run in runs}
    alike = Counter(lines.values())
    return {run_id: f"{line} · {run_id}" if alike[line] > 1 else line for run_id, line in lines.items()}


def _open(known: Set[str]) -> None:
    """Open what was chosen. A line says the status too: while that changes, the browser may still send the old line,
    which Streamlit takes for a new value. That is nobody's choice."""
    chosen = st.session_state["run_choice"]
    if chosen is None or chosen in known:
        st.query_params.from_dict({"run": chosen} if chosen else {})
