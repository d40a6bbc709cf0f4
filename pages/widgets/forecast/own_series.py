"""Bring a table of one's own: a CSV, shown as it was read before it is kept, and a way to train on it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.widgets.shared import navigation, page, reads
from rnnkit import settings
from rnnkit.charts import series
from rnnkit.store import Store
from rnnkit.texts import own, tables
from rnnkit.texts.tables import Series

PRESETS = {"series-rnn": "Train with classes", "series-regression": "Train with regression"}


def show(store: Store) -> None:
    """Upload, look, keep; then train."""
    file = st.file_uploader(
        "A CSV with a number in each row", type=["csv", "tsv", "txt"], key="own_series",
        max_upload_size=settings.integer("RNNKIT_MAX_TEXT_MB"),
        help="One row per time step, in order. Dates are optional; delimiter, decimal comma and encoding are detected.",
    )  # fmt: skip
    if file is None:
        page.note("It is kept with the texts and stays on this machine.")
        _kept(store)
        return
    with page.user_errors():
        brought = own.read(file.getvalue())
        found = tables.parse(brought.text)
        if len(found.columns) > 1:
            found = tables.parse(brought.text, st.selectbox("Column", found.columns, found.columns.index(found.column)))
        _preview(found)
        title = st.text_input("Title", Path(file.name).stem, max_chars=own.MAX_TITLE_CHARS, key=f"title {file.name}")
        if st.button("Keep this table", type="primary", icon=":material/bookmark_add:"):
            name = own.add(store, brought, title)
            reads.forget_texts()
            st.success("Kept.", icon=":material/check:")
            for preset, label in PRESETS.items():
                navigation.link("Train", label, preset=preset, corpus=name, column=found.column)


def _preview(found: Series) -> None:
    begins = f", from {found.times[0]!s:.10} to {found.times[-1]!s:.10}" if found.times is not None else ""
    low, high = found.values.min(), found.values.max()
    read = f"Read as {len(found.values):,} values of “{found.column}”{begins}, between {low:g} and {high:g}."
    st.markdown(page.plain(read))
    if found.note:
        st.warning(page.plain(found.note))
    st.altair_chart(series.as_read(found), height=260, key="own_series_chart")


def _kept(store: Store) -> None:
    """Tables that somebody has brought before."""
    own = [info for info in reads.texts(store, "series").values() if info.own]
    if not own:
        return
    st.subheader("Kept tables", anchor=False)
    for info in own:
        navigation.link("Train", page.plain(info.title), "table_rows", preset="series-rnn", corpus=info.name)
