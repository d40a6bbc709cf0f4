"""The end of a class: collect all of it in one file, then end it, with a dialog that says what will be gone."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import streamlit as st

from pages.widgets.classroom import closed
from pages.widgets.classroom.memory import COLLECTED
from pages.widgets.shared import page
from rnnkit.people import collect, ending
from rnnkit.store import Store


def show(store: Store) -> None:
    """Two steps side by side."""
    with st.grid(2, min_column_width=300, gap="medium"):
        with st.container(border=True, height="stretch"):
            st.markdown("**1. Collect**")
            st.markdown("One ZIP: a page with everybody's curves, a table, and every run's report and export.")
            _collect(store)
        with st.container(border=True, height="stretch"):
            st.markdown("**2. End the class**")
            st.markdown("Members, their texts, runs and logs are deleted for good. Your own texts and runs stay.")
            if st.button("End the class", icon=":material/logout:"):
                _ask(store)


def _collect(store: Store, key: str = "collect") -> None:
    if st.button("Make the file", icon=":material/inventory_2:", key=f"{key}/make"):
        with page.user_errors(), tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "class.zip"
            with page.progress("Runs are collected") as moved:
                made = collect.collect(store, path, moved)
            st.session_state[COLLECTED] = (path.read_bytes(), made)
    if kept := st.session_state.get(COLLECTED):
        data, made = kept
        name = f"class-{time.strftime('%Y-%m-%d')}.zip"
        st.download_button(
            f"Download {made.runs} runs, {len(data) / 1e6:,.1f} MB", data, name, "application/zip", key=f"{key}/take",
            icon=":material/download:", type="primary", on_click="ignore",
        )  # fmt: skip


@st.dialog("End the class?", icon=":material/logout:")
def _ask(store: Store) -> None:
    members = store.members()
    runs = sum(run.member is not None for run in store.listed())
    st.markdown(f"Gone for good: {len(members)} members, {runs} runs, all texts of pupils, what they did, and logs.")
    if st.session_state.get(COLLECTED) is None and runs:
        st.markdown("Nothing has been collected yet.")
        _collect(store, "end")
    if st.button("End it for good", type="primary", icon=":material/delete_forever:"):
        with page.user_errors():
            with st.spinner("Trainings are stopped, everything is deleted and searched for …"):
                ended = ending.end(store)
            st.session_state.clear()  # with what was chosen: names of members
            st.session_state[closed.ENDED] = ending.sentences(ended)
            st.rerun()
