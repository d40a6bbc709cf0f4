"""Choose runs: one's own, other people's and those that came with the program. The address holds what is chosen."""

from __future__ import annotations

import streamlit as st

from rnnkit.comparison import LETTERS
from rnnkit.store import Run, Store


def several(store: Store) -> list[str]:
    """Ids of up to four runs, in the order chosen; they live in the address as ?runs=a,b."""
    runs = {run.id: run for run in store.runs()}
    asked = [name for name in st.query_params.get("runs", "").split(",") if name]
    # The address is the one truth: a link, the back button and the widget all go through it.
    st.session_state["_runs"] = [name for name in dict.fromkeys(asked) if name in runs][: len(LETTERS)]
    _say_unknown(name for name in asked if name not in runs)
    return st.multiselect(
        "Runs", list(runs), format_func=lambda name: _line(runs[name]), max_selections=len(LETTERS), key="_runs",
        placeholder="Choose two to four runs", on_change=_to_address,
    )  # fmt: skip


def one(store: Store) -> str | None:
    """The id of one run, in the address as ?run=ID; None while nothing is chosen."""
    runs = {run.id: run for run in store.runs()}
    asked = st.query_params.get("run", "")
    st.session_state["_run"] = asked if asked in runs else None
    _say_unknown(name for name in [asked] if name and name not in runs)
    return st.selectbox(
        "Run", list(runs), format_func=lambda name: _line(runs[name]), index=None, key="_run",
        placeholder="Choose a run", on_change=_to_address,
    )  # fmt: skip


def _to_address() -> None:
    if "_runs" in st.session_state:
        st.query_params["runs"] = ",".join(st.session_state["_runs"])
    if "_run" in st.session_state:
        st.query_params["run"] = st.session_state["_run"] or ""


def _line(run: Run) -> str:
    whose = "came with the program" if run.pretrained else run.owner
    said = [run.name, run.corpus, whose, run.status, run.id]
    return " · ".join(part for part in said if part)


def _say_unknown(names) -> None:
    for name in names:
        st.warning(f"There is no run `{''.join(filter(str.isalnum, name))[:40]}` here: it may have been deleted.")
