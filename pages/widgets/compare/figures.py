"""Results, differing settings and parameters of the compared runs: a column for each run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from pages.widgets.shared import page
from rnnkit.runs import comparison
from rnnkit.runs.comparison import Compared

HEIGHT, ROOM = 260, 175  # pixels: of a table, and of its columns without the first

WORDS = ("State", "Measured on", "Device")  # said under the table where they are the same for all


def show(compared: list[Compared]) -> None:
    """The three tables, one behind the other."""
    results, differ, parameters = st.tabs(["Results", "What differs", "Parameters"])
    with results:
        table = _results(compared)
        alike = (table.nunique(axis="columns") == 1) & table.index.isin(WORDS)
        _table(table[~alike], compared, "Results of each run")
        same = "; ".join(f"{str(name).lower()}: {row.iloc[0]}" for name, row in table[alike].iterrows())
        page.note(page.plain(f"The same for all: {same}.") if same else "")
    with differ:
        table = comparison.what_differs(compared)
        _table(table, compared, "Settings in which the runs differ", "No setting differs.")
    with parameters:
        table = comparison.parameters(compared)
        _table(table, compared, "Parameters of each layer, run by run", "Known once a run has read its text.")


def _table(table: pd.DataFrame, compared: list[Compared], alt: str, nothing: str = "") -> None:
    """The columns are headed by letters: the names stand in the list beside them, and would be cut here.

    Args:
        nothing: what is said where the table has no row.
    """
    if table.empty and nothing:
        st.markdown(nothing)
        return
    names = {one.label: one.letter for one in compared}
    shown = table.rename(columns=names).astype(str)
    first = st.column_config.TextColumn(width=120, pinned=True)
    each = st.column_config.TextColumn(width=max(66, ROOM // len(compared)))
    columns = {"_index": first} | dict.fromkeys(names.values(), each)
    st.dataframe(shown, height=HEIGHT, row_height=32, column_config=columns, placeholder="", alt=alt)


# Figure -> how it is written.
_WRITTEN: dict[str, tuple[str, Callable[[Any], str]]] = {
    "State": ("State", str),
    "Bits/char": ("Best, bits/char", "{:.3f}".format),
    "Best loss": ("Best, as trained", "{:.4f}".format),
    "Measured on": ("Measured on", lambda said: said.partition(",")[0]),
    "At epoch": ("At epoch", "{:.0f}".format),
    "After s": ("After seconds", "{:,.1f}".format),
    "Epochs": ("Epochs", "{:,}".format),
    "Chars/s": ("Chars/s", "{:,.0f}".format),
    "Parameters": ("Parameters", "{:,.0f}".format),
    "Device": ("Device", str),
}


def _results(compared: list[Compared]) -> pd.DataFrame:
    """A row for each figure that one of them has."""
    table = comparison.results(compared).set_index("Run")
    rows = {
        title: ["" if pd.isna(value) else write(value) for value in table[name]]
        for name, (title, write) in _WRITTEN.items() if table[name].notna().any()
    }  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index", columns=table.index.to_list()).rename_axis("Figure")
