"""Choosing among the duels that were started here. The chosen one stands in the address as `?runs=A,B`."""

from __future__ import annotations

from collections.abc import Set

import streamlit as st

from pages.widgets.shared import reads
from rnnkit.runs import duel
from rnnkit.store import Run, Store


def show(store: Store) -> list[str]:
    """Ids of the runs in the address, none while a new duel is being chosen."""
    duels = {
        ",".join(run.id for run in runs): _line(mark, runs) for mark, runs in duel.found(reads.runs(store)).items()
    }
    chosen = st.query_params.get("runs", "")
    st.session_state["duel_choice"] = chosen if chosen in duels else None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if duels:
            st.selectbox(
                "Open a duel", list(duels), index=None, format_func=duels.__getitem__, key="duel_choice",
                placeholder="Open a duel: " + (f"{len(duels)} are here" if len(duels) > 1 else "one is here"),
                label_visibility="collapsed", on_change=_open, args=(duels.keys(),),
            )  # fmt: skip
        if chosen:
            st.button("New duel", icon=":material/add:", on_click=st.query_params.clear)
    return [name for name in chosen.split(",") if name]


def _line(mark: str, runs: list[Run]) -> str:
    """Nothing that changes by itself: a browser names options by their lines."""
    first = runs[0].config
    titles = ", ".join(duel.title(run.config) for run in runs)
    return " · ".join([mark, titles, first.corpus, f"seed {first.training.seed}"])


def _open(known: Set[str]) -> None:
    chosen = st.session_state["duel_choice"]
    if chosen is None or chosen in known:
        st.query_params.from_dict({"runs": chosen} if chosen else {})
