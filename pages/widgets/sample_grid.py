"""Texts as a grid, epochs across and temperatures down.

What a network wrote is shown letter by letter, never as Markdown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from rnnkit.sampling import Written

Cells = dict[tuple[int, float], DeltaGenerator]


def open_cells(epochs: Sequence[int], temperatures: Sequence[float]) -> Cells:
    """Draw an empty grid; each cell is a place where `fill` writes."""
    cells = {}
    grid = st.grid(len(epochs), min_column_width=280, wrap=len(epochs) < 2, gap="small")
    for temperature in temperatures:
        for epoch in epochs:
            with grid.cell():
                st.markdown(f"**Epoch {epoch}** · temperature {temperature:g}")
                cells[epoch, temperature] = st.empty()
    return cells


def fill(cells: Cells, texts: Iterable[Written], prompt: str) -> None:
    """Write the texts into their cells, each after the prompt."""
    for text in texts:
        cells[text.epoch, text.temperature].code(prompt + text.text, language=None, wrap_lines=True)
