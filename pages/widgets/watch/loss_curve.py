"""The loss curve of one run while it grows. What is shown of it stays when new points come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages.widgets.shared import choices, page, reads, reference_lines, zoom
from rnnkit.charts import curves, look
from rnnkit.metrics import UNITS
from rnnkit.runs import comparison, progress
from rnnkit.store import Run, Store


def show(store: Store, run: Run, *, baselines: bool) -> None:
    """The switches, the curve, and what its loss is worth where `baselines` may be counted by now."""
    with st.container(horizontal=True, vertical_alignment="center"):
        axis = _switch("Along", progress.AXES)
        units = {name: unit.title for name, unit in comparison.units([run.config]).items()}
        unit = _switch("Loss in", units, of=list(units))
        wanted = reference_lines.switch([run], key=f"references_{run.id}", persist_state="session")
    table = reads.curve(store, run.id, axis, unit)
    if table.empty:
        st.info("The curve begins with the first batches.", icon=":material/show_chart:")
        return
    near = zoom.of(f"curve {run.id} {axis} {unit}", table["at"])
    table = near.rows(table, "part")
    lines = reference_lines.rows(store, run, table, unit) if wanted and baselines else None
    along, words = progress.AXES[axis], UNITS[unit].heading
    st.vega_lite_chart(
        table if lines is None else pd.concat([table, lines[lines["shown"]].drop(columns="shown")]),
        page.described(curves.loss_curve, x_title=along, y_title=words, within=near.shown), height=400,
        selection_mode=[look.ZOOM], **near.drawn,
        alt=f"{words} over {along.lower()}, {len(table)} points, the last {table['value'].iloc[-1]:.3f}",
    )  # fmt: skip
    near.buttons()
    if lines is not None:
        reference_lines.say(store, {"": run}, lines, unit)
    page.note(zoom.NOTE)


def _switch(label: str, options: dict[str, str], of: Sequence[str] = ()) -> str:
    """One of the options, kept while one looks at other runs that have the same ones (`of`)."""
    kept: dict[str, Any] = {"bind": None, "persist_state": "session", "label_visibility": "collapsed"}
    key = " ".join(["curve", label, *of])
    return choices.one_of(label, options, key=key, format_func=options.__getitem__, **kept)
