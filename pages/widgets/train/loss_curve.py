"""The loss curve of one run while it grows. Zoom and position stay when new points come.

Streamlit resets a zoom that is bound to the scales at every change of data, unless the zoom is
one of the chart's selections (tried in a browser with 1.67; ECharts and Plotly lose it always).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages.widgets.shared import choices, page, reads, reference_lines
from rnnkit.charts import curves, look
from rnnkit.metrics import UNITS
from rnnkit.runs import comparison, progress
from rnnkit.store import Run, Store


def show(store: Store, run: Run) -> None:
    """The switches, the curve, and what its loss is worth."""
    with st.container(horizontal=True, vertical_alignment="center"):
        axis = _switch("Along", progress.AXES)
        units = {name: unit.title for name, unit in comparison.units([run.config]).items()}
        unit = _switch("Loss in", units, of=list(units))
        wanted = reference_lines.switch([run], key=f"references_{run.id}", persist_state="session")
    table = reads.curve(store, run.id, axis, unit)
    if table.empty:
        st.info("The curve begins with the first batches.", icon=":material/show_chart:")
        return
    lines = reference_lines.rows(store, run, table, unit) if wanted else None
    along, words = progress.AXES[axis], UNITS[unit].words.capitalize()
    st.vega_lite_chart(
        table if lines is None else pd.concat([table, lines[lines["shown"]].drop(columns="shown")]),
        page.described(curves.loss_curve, x_title=along, y_title=words), height=400, on_select="rerun",
        selection_mode=[look.ZOOM], key=f"curve_{run.id}_{axis}_{unit}",
        alt=f"{words} over {along.lower()}, {len(table)} points, the last {table['value'].iloc[-1]:.3f}",
    )  # fmt: skip
    if lines is not None:
        reference_lines.say(store, {"": run}, lines, unit)
    page.note("Wheel: zoom. Drag: move. Double click: all of it.")


def _switch(label: str, options: dict[str, str], of: Sequence[str] = ()) -> str:
    """One of the options, kept while one looks at other runs that have the same ones (`of`)."""
    kept: dict[str, Any] = {"bind": None, "persist_state": "session", "label_visibility": "collapsed"}
    key = " ".join(["curve", label, *of])
    return choices.one_of(label, options, key=key, format_func=options.__getitem__, **kept)
