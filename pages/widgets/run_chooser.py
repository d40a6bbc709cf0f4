"""Choose runs: one's own, other people's and those that came with the program. The address holds what is chosen."""

from __future__ import annotations

import streamlit as st

from pages.widgets import data, page
from rnnkit.comparison import LETTERS
from rnnkit.store import Run, Store


def several(store: Store) -> list[str]:
    """Ids of up to four runs, in the order chosen; they live in the address as ?runs=a,b."""
    asked = [name for name in st.query_params.get("runs", "").split(",") if name]
    runs = _runs(store, asked)
    # The address is the one truth: a link, the back button and the widget all go through it.
    st.session_state["chosen_runs"] = [name for name in dict.fromkeys(asked) if name in runs][: len(LETTERS)]
    return st.multiselect(
        "Runs", list(runs), format_func=lambda name: _line(runs[name]), max_selections=len(LETTERS),
        key="chosen_runs", placeholder="Choose two to four runs", on_change=_several_to_address,
    )  # fmt: skip


def one(store: Store) -> str | None:
    """The id of one run, in the address as ?run=ID; None while nothing is chosen."""
    asked = st.query_params.get("run", "")
    runs = _runs(store, [asked] if asked else [])
    st.session_state["chosen_run"] = asked if asked in runs else None
    return st.selectbox(
        "Run", list(runs), format_func=lambda name: _line(runs[name]), index=None, key="chosen_run",
        placeholder="Choose a run", on_change=_one_to_address,
    )  # fmt: skip


def _several_to_address() -> None:
    st.query_params["runs"] = ",".join(st.session_state["chosen_runs"])


def _one_to_address() -> None:
    st.query_params["run"] = st.session_state["chosen_run"] or ""


def _runs(store: Store, asked: list[str]) -> dict[str, Run]:
    """All runs by id. What is asked for and not there is said, after a look that is newer than a second."""
    runs = {run.id: run for run in data.runs(store)}
    if not set(asked) <= runs.keys():
        runs = {run.id: run for run in store.runs()}
    for name in asked:
        if name not in runs:
            st.warning(f"There is no run “{page.plain(name[:40])}” here: it may have been deleted.")
    return runs


def _line(run: Run) -> str:
    whose = "came with the program" if run.pretrained else run.owner
    said = [run.name, run.corpus, whose, run.status, run.id]
    return " · ".join(part for part in said if part)
