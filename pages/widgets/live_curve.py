"""The loss curve of one run while it grows. Zoom and position stay when new points come.

Streamlit resets a zoom that is bound to the scales at every change of data, unless the zoom is
one of the chart's selections (tried in a browser with 1.67; ECharts and Plotly lose it always).
"""

from __future__ import annotations

import altair as alt
import streamlit as st

from pages.widgets import data
from rnnkit import watch
from rnnkit.comparison import HELD_OUT, TRAINING, UNITS
from rnnkit.store import Run, Store


def show(store: Store, run: Run) -> None:
    """The two switches and the curve."""
    with st.container(horizontal=True):
        axis = st.segmented_control(
            "Along", list(watch.AXES), format_func=watch.AXES.get, default="epoch", required=True, key="curve_axis"
        )
        unit = st.segmented_control(
            "Loss in",
            list(UNITS),
            format_func=lambda u: UNITS[u].title,
            default="nats",
            required=True,
            key="curve_unit",
        )
    table = data.curve(store, run.id, axis, unit)
    if table.empty:
        st.info("The first point of the curve comes with the first batches.", icon=":material/show_chart:")
        return
    st.altair_chart(
        _chart(table, watch.AXES[axis], UNITS[unit].words.capitalize()),
        on_select="rerun",
        selection_mode=["zoom"],
        key=f"curve_{run.id}_{axis}_{unit}",
        alt=f"Loss over {watch.AXES[axis].lower()}, {len(table)} points, last {table['value'].iloc[-1]:.3f}",
    )
    st.caption("Wheel: zoom. Drag: move. Double click: all of it.")


def _chart(table, along: str, words: str) -> alt.LayerChart:
    colour = alt.Color(
        "part:N",
        scale=alt.Scale(domain=[TRAINING, HELD_OUT]),
        legend=alt.Legend(title=None, orient="top-right", labelFontSize=18, symbolSize=300, symbolStrokeWidth=5),
    )
    base = alt.Chart(table).encode(
        x=alt.X("at:Q", title=along, axis=alt.Axis(labelFontSize=16, titleFontSize=18, tickCount=8)),
        y=alt.Y("value:Q", title=words, scale=alt.Scale(zero=False), axis=alt.Axis(labelFontSize=16, titleFontSize=18)),
        color=colour,
        tooltip=[
            alt.Tooltip("part:N", title="Measured on"),
            alt.Tooltip("at:Q", title=along, format=",.2f"),
            alt.Tooltip("value:Q", title=words, format=".3f"),
        ],
    )
    zoom = alt.selection_interval(name="zoom", bind="scales")
    lines = base.mark_line(strokeWidth=3, clip=True).encode(
        strokeDash=alt.StrokeDash(
            "part:N", scale=alt.Scale(domain=[TRAINING, HELD_OUT], range=[[1, 0], [8, 4]]), legend=None
        )
    )
    dots = base.transform_filter(alt.datum.part == HELD_OUT).mark_point(filled=True, size=110, opacity=1, clip=True)
    return alt.layer(lines.add_params(zoom), dots).properties(height=380)
