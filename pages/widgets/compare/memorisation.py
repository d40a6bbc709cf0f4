"""How much of what the compared runs write is new, epoch by epoch, searched in the text that each has learned."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.widgets.compare import texts
from pages.widgets.shared import copied_passages, page, status
from rnnkit.runs.comparison import Compared
from rnnkit.store import Store


def show(store: Store, ready: Sequence[Compared]) -> None:
    """Every kept epoch of each run writes, so only when asked for."""
    if not st.toggle(
        "Show novelty", key="novelty", bind="query-params",
        help="Generates text from every kept epoch of each run and searches all of it in the training text.",
    ):  # fmt: skip
        return
    settings = texts.chosen(store, ready[0].run.id)
    if not settings.temperatures:
        page.note("Choose at least one temperature.")
        return
    with st.grid(2, min_column_width=360, gap="large"):
        for one in ready:
            with st.container():
                st.markdown(status.heading(one))
                if searched := copied_passages.search(store, one.run):
                    with page.user_errors():
                        copied_passages.novelty(store, one.run, searched, settings)
