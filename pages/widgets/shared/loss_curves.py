"""Loss curves of several runs, and the choice of what they run along and what they count.

Keeps what is shown and the picked lines when a run that trains brings new points.
"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.widgets.shared import choices, page, reads, reference_lines, zoom
from rnnkit.charts import curves, look
from rnnkit.metrics import UNITS
from rnnkit.runs import comparison, progress
from rnnkit.runs.comparison import Compared
from rnnkit.store import Store


def show(store: Store, compared: list[Compared]) -> None:
    """Draw the curves of `compared`; the choices live in the address as ?along= and ?unit=."""
    runs = {one.letter: one.run for one in compared}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        axis = choices.one_of("Along", progress.AXES, key="along", format_func=progress.AXES.__getitem__)
        units = comparison.units(run.config for run in runs.values())
        usual = comparison.first_unit(compared)
        unit = choices.one_of("Loss in", units, default=usual, key="unit", format_func=lambda name: units[name].title)
        wanted = reference_lines.switch(list(runs.values()), key="references", bind="query-params")
    tables = [reads.curve(store, one.run.id, axis, unit).assign(letter=one.letter, label=one.label) for one in compared]
    table = pd.concat(tables, ignore_index=True)
    if table.empty:
        st.info("The curves begin with the first batches.", icon=":material/hourglass_top:")
        return
    near = zoom.of(f"curves {[one.run.id for one in compared]} {axis} {unit}", table["at"])
    table, words = near.rows(table, "letter", "part"), UNITS[unit].heading
    lines = reference_lines.rows(store, compared[0].run, table, unit) if wanted else None
    shown = None if lines is None else lines[lines["shown"]]
    titles = {"x_title": progress.AXES[axis], "y_title": words}
    # on_select makes Streamlit keep the picked lines when new points come too.
    st.vega_lite_chart(
        pd.concat([curves.with_ends(table), shown]),
        page.described(curves.loss_curves, tuple(runs), **titles, within=near.shown), height=480,
        selection_mode=[look.ZOOM, look.PICK], alt=f"{words} of {', '.join(one.label for one in compared)}",
        **near.drawn,
    )  # fmt: skip
    near.buttons()
    if lines is not None:
        reference_lines.say(store, {f"**{letter}**": run for letter, run in runs.items()}, lines, unit)
    page.note(
        "Solid, with dots: held-out text. Dashed: training text. Click a letter in the legend to show only this run. "
        f"{zoom.NOTE}"
    )
