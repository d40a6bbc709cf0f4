"""Bring a table of one's own: a CSV, shown as it was read before it is kept, and a way to train on it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from pages.widgets.shared import choices, navigation, page, personal_data, read_as, reads
from rnnkit import settings
from rnnkit.charts import series
from rnnkit.store import Store
from rnnkit.texts import own, tables
from rnnkit.texts.decoding import Decoded
from rnnkit.texts.tables import Series, Table

PRESETS = {"series-rnn": "Train with classes", "series-regression": "Train with regression"}

# What can be read in two ways: the setting of a series, its label, and the ways.
WAYS = (
    ("decimal", "Decimal sign", {"auto": "Auto", ".": "Point", ",": "Comma"}),
    ("dates", "Order of dates", {"auto": "Auto", "day-first": "Day first", "month-first": "Month first"}),
)


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
        data = file.getvalue()
        brought, _ = read_as.file(lambda encoding: _read(data, encoding), file.file_id)
        chosen = _settings(tables.read(brought.text), file.name)
        _preview(
            brought, tables.parse(brought.text, *(chosen.get(name, "auto") for name in ("column", "decimal", "dates")))
        )
        asked = personal_data.ask(brought.text, file.file_id)
        title = st.text_input("Title", Path(file.name).stem, max_chars=own.MAX_TITLE_CHARS, key=f"title {file.name}")
        keep = st.button("Keep this table", type="primary", icon=":material/bookmark_add:", disabled=not asked.decided)
        if keep and asked.decided:
            decoded, original = own.changed(brought, asked.text, data)
            name = own.add(store, decoded, asked.title(title), original)
            reads.forget_texts()
            st.success("Kept.", icon=":material/check:")
            for preset, label in PRESETS.items():
                navigation.link("Train", label, preset=preset, corpus=name, **chosen)


@lru_cache(maxsize=2)
def _read(data: bytes, encoding: str | None) -> Decoded:
    """Kept, since the page is drawn anew with every choice."""
    return own.read(data, encoding)


def _settings(table: Table, file: str) -> dict[str, Any]:
    """Which column is read, and how where that can be done in two ways, before anything is checked."""
    column = table.chosen
    if len(table.columns) > 1:
        column = st.selectbox("Column", table.columns, table.columns.index(column), key=f"column {file}")
    chosen, ambiguous = {"column": column}, table.ambiguous(column)
    doubtful, surely = st.container(horizontal=True), st.container()
    if len(ambiguous) < len(WAYS):
        surely = surely.expander("Read it otherwise", icon=":material/tune:")
    for name, label, ways in WAYS:
        with doubtful if name in ambiguous else surely:
            way = choices.one_of(label, ways, key=f"{name} {file}", bind=None, format_func=ways.__getitem__)
        if name in ambiguous or way != "auto":
            chosen[name] = way
    return chosen


def _preview(brought: Decoded, found: Series) -> None:
    begins = f", from {found.times[0]!s:.10} to {found.times[-1]!s:.10}" if found.times is not None else ""
    low, high = found.values.min(), found.values.max()
    read = f"Read as {len(found.values):,} values of “{found.column}”{begins}, between {low:g} and {high:g}"
    st.markdown(page.plain(f"{read}; encoding: {brought.encoding}."))
    if notes := (*brought.notes, *found.notes):
        st.warning("\n".join(f"* {page.plain(note)}" for note in notes))
    st.altair_chart(series.as_read(found), height=260, key="own_series_chart")


def _kept(store: Store) -> None:
    """Tables that somebody has brought before."""
    own = [info for info in reads.texts(store, "series").values() if info.own]
    if not own:
        return
    st.header("Kept tables", anchor=False)
    for info in own:
        navigation.link("Train", page.plain(info.title), "table_rows", preset="series-rnn", corpus=info.name)
