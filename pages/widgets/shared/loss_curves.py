"""Loss curves of several runs, and the choice of what they run along and what they count.

Keeps the zoom and the picked lines when a run that trains brings new points.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from pages.widgets.shared import page, reads, reference_lines
from rnnkit.charts import curves, look
from rnnkit.metrics import UNITS
from rnnkit.runs import comparison, progress
from rnnkit.runs.comparison import Compared
from rnnkit.store import Store


def show(store: Store, compared: list[Compared]) -> None:
    """Draw the curves of `compared`; the choices live in the address as ?along= and ?unit=."""
    runs = {one.letter: one.run for one in compared}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        axis = _choose("Along", progress.AXES, next(iter(progress.AXES)), key="along")
        shared = comparison.units(run.config for run in runs.values())
        titles = {name: unit.title for name, unit in shared.items()}
        unit = _choose("Loss in", titles, comparison.common_unit(compared), key="unit")
        wanted = reference_lines.switch(list(runs.values()), key="references", bind="query-params")
    tables = [reads.curve(store, one.run.id, axis, unit).assign(letter=one.letter, label=one.label) for one in compared]
    table = pd.concat(tables, ignore_index=True)
    if table.empty:
        st.info("The curves begin with the first batches.", icon=":material/hourglass_top:")
        return
    words = UNITS[unit].words.capitalize()
    lines = reference_lines.rows(store, compared[0].run, table, unit) if wanted else None
    shown = None if lines is None else lines[lines["shown"]]
    # on_select makes Streamlit keep the zoom when new points come; what is selected is not used.
    st.vega_lite_chart(
        pd.concat([curves.with_ends(table), shown]), _description(tuple(runs), progress.AXES[axis], words), height=480,
        key=f"curves-{axis}-{unit}", on_select="rerun", selection_mode=[look.ZOOM, look.PICK],
        alt=f"{words} of {', '.join(one.label for one in compared)}",
    )  # fmt: skip
    if lines is not None:
        reference_lines.say(store, {f"**{letter}**": run for letter, run in runs.items()}, lines, unit)
    page.note(
        "Solid, with dots: held-out text. Dashed: training text. Click a letter in the legend to show only this run. "
        "Wheel: zoom. Drag: move. Double click: all of it."
    )


@st.cache_resource(max_entries=32, show_spinner=False)
def _description(letters: tuple[str, ...], along: str, words: str) -> dict[str, Any]:
    return curves.loss_curves(letters, x_title=along, y_title=words).to_dict()


def _choose(label: str, options: dict[str, str], default: str, *, key: str) -> str:
    return st.segmented_control(
        label, list(options), format_func=options.__getitem__, default=default, required=True, key=key,
        bind="query-params",
    )  # fmt: skip
