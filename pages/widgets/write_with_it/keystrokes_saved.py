"""How many keystrokes the suggestions of each epoch would have saved, measured beside the page."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pandas as pd
import streamlit as st

from pages.widgets.shared import navigation, page, reads
from rnnkit.charts import curves
from rnnkit.store import Run, Store
from rnnkit.studies import keyboard

LOOK_SECONDS = 1.0  # between two looks at what was measured


def saved(store: Store, run: Run, kept: Sequence[float], at: float) -> None:
    """A curve over the epochs, on request: it takes some seconds for each."""
    st.header("Keystrokes saved", anchor=False)
    page.note(
        f"Simulated typing of the first {keyboard.MEASURED_CHARS:,} held-out characters: the user accepts "
        f"a suggestion with one key whenever the right word is among the first {keyboard.TAKEN_FROM} (temperature 1). "
        "The share of keystrokes saved."
    )
    if not st.toggle("Measure every epoch", key="keystrokes", bind="query-params"):
        return
    if not reads.can_be_read_here(run.corpus):
        st.info("The text of this run is not on this machine: fetch it first.", icon=":material/cloud_download:")
        navigation.link("Texts", "Texts", None, corpus=run.corpus)
        return
    left = len(_measured(store, run.id, kept)) < len(kept)
    st.fragment(_curve, run_every=LOOK_SECONDS if left else None)(store, run.id, tuple(kept), at, left)


@page.user_errors()
def _curve(store: Store, run_id: str, kept: tuple[float, ...], at: float, left: bool) -> None:
    """What is measured by now; the timer stops when the page is drawn again."""
    rows = _measured(store, run_id, kept)
    if left and len(rows) == len(kept):
        st.rerun()
    if left:
        st.progress(len(rows) / len(kept), f"{len(rows)} of {len(kept)} epochs are measured")
    if rows:
        table = pd.DataFrame(rows, columns=["epoch", "saved"])
        st.altair_chart(curves.keystrokes_saved(table, at), height=260, alt="Keystrokes saved against epochs")


def _measured(store: Store, run_id: str, kept: Sequence[float]) -> list[tuple[float, float]]:
    """(epoch, share saved) of those that are done. The next one is begun here, so that only one is ever waited for."""
    rows = []
    for epoch in kept:
        measuring = _keystrokes(store, run_id, epoch)
        if not measuring.done():
            break
        rows.append((epoch, measuring.result()))
    return rows


@st.cache_resource(max_entries=2000, show_spinner=False, hash_funcs=reads.HASHED)
def _keystrokes(store: Store, run_id: str, epoch: float) -> Future[float]:
    """Beside the page, as typing must not wait for it."""
    return _beside().submit(keyboard.saved, store, run_id, epoch)


@st.cache_resource(show_spinner=False)
def _beside() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="keystrokes")
