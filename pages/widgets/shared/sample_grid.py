"""Texts as a grid, epochs across and temperatures down, and the choice of the epochs.

What a network wrote is shown letter by letter, never as Markdown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.widgets.shared import generated_text, page
from rnnkit.metrics import epoch_number
from rnnkit.studies import sampling
from rnnkit.studies.checkpoint import LAST
from rnnkit.studies.sampling import WrittenText


class GridCell(NamedTuple):
    """A place for one text."""

    epoch: float
    temperature: float
    place: DeltaGenerator


def choose_epochs(kept: Sequence[Sequence[float]], count: int) -> list[str]:
    """Epochs of the runs whose kept epochs are given, and "last"; in the address as ?epochs=.

    `count` of them to begin with: early ones that every run has kept, and the last of each.
    """
    every = sorted(set().union(*kept))
    common = [epoch for epoch in every if all(epoch in of_run for of_run in kept)]
    options = list(dict.fromkeys(map(epoch_number, every)))
    return st.pills(
        "Epochs", [*options, LAST], selection_mode="multi", key="epochs", bind="query-params",
        default=[*map(epoch_number, sampling.spread(common, count)[: count - 1]), LAST], wrap=True,
    )  # fmt: skip


def columns(kept: Sequence[float], chosen: Sequence[str]) -> dict[str, float | None]:
    """Heading -> epoch of one run, None where it has not kept the epoch; in order, the last at the end."""
    known, last = {epoch_number(epoch): epoch for epoch in reversed(kept)}, epoch_number(kept[-1])
    names = sorted((name for name in chosen if name != LAST), key=float)
    named = [name for name in names if name != last or LAST not in chosen]
    found: dict[str, float | None] = {f"Epoch {name}": known.get(name) for name in named}
    return found | ({f"Epoch {last}, the last": kept[-1]} if LAST in chosen else {})


def open_cells(headings: Mapping[str, float | None], temperatures: Sequence[float]) -> list[GridCell]:
    """Draw an empty grid with one column for each heading; each cell is a place where `fill` writes."""
    cells = []
    grid = st.grid(len(headings), min_column_width=280, wrap=len(headings) < 2, gap="small")
    for temperature in temperatures:
        for heading, epoch in headings.items():
            with grid.cell():
                st.markdown(f"**{heading}** · temperature {temperature:g}")
                if epoch is None:
                    page.note("This run has not kept this epoch.")
                else:
                    cells.append(GridCell(epoch, temperature, st.empty()))
    return cells


def fill(cells: Iterable[GridCell], texts: Iterable[WrittenText], prompt: str, *, to_copy: bool) -> None:
    """Write the texts into their cells, each after the prompt: all of it where one copies texts, else its end."""
    written = {(text.epoch, text.temperature): text.text for text in texts}
    for cell in cells:
        text = written[cell.epoch, cell.temperature]
        if to_copy:
            cell.place.code(prompt + text, language=None, wrap_lines=True)
        else:
            generated_text.show(text, prompt=prompt, place=cell.place)
