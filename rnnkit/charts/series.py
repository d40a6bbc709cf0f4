"""Series of numbers over time: as they were read, forecast, and continued.

Knows no store, no network and no page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd

from rnnkit.charts import look

if TYPE_CHECKING:
    from rnnkit.texts.tables import Series

MOST_POINTS = 3_000  # of a series that is only looked at


def forecast(table: pd.DataFrame, column: str) -> look.Layers:
    """Truth, forecast and persistence over time, and a band between low and high where the table has them.

    Args:
        table: at (a time or a number), truth, forecast, persistence, as `forecast.Backtest` has them.
    """
    names = {"truth": "truth", "forecast": "the network", "persistence": "tomorrow = today"}
    rows = table.rename(columns=names).melt("at", list(names.values()), "line", "value")
    zoom = alt.selection_interval(name=look.ZOOM, bind="scales", encodings=["x"])
    x = _over_time(table["at"])
    y = alt.Y("value:Q", title=column, scale=alt.Scale(zero=False), axis=look.upright(tickCount=6))
    order = list(names.values())
    base = alt.Chart(rows).encode(
        x=x,
        y=y,
        color=alt.Color("line:N", scale=alt.Scale(domain=order), legend=_strokes()),
        tooltip=[alt.Tooltip("line:N", title="Line"), _when(table["at"]), alt.Tooltip("value:Q", format=",.4~g")],
    )
    # The last of the names lies at the bottom: it is the truth of the day before, and would hide both.
    layers = [
        base.transform_filter(alt.datum.line == name).mark_line(strokeWidth=width, opacity=opacity, clip=True)
        for name, width, opacity in reversed([*zip(order, (2, 3.5, 1.5), (1, 1, 0.6), strict=True)])
    ]
    layers[0] = layers[0].add_params(zoom)
    if "low" not in table:
        return alt.layer(*layers)
    band = alt.Chart(table).mark_area(color=look.GREY, opacity=0.25, clip=True)
    return alt.layer(band.encode(x=x, y=alt.Y("low:Q"), y2=alt.Y2("high:Q")), *layers)


def futures(table: pd.DataFrame, truth: pd.DataFrame, column: str) -> look.Layers:
    """The truth before and after a day, and thin lines that continue it, one for each future; thick their median.

    Args:
        table: future, at, value. truth: at, value.
    """
    zoom = alt.selection_interval(name=look.ZOOM, bind="scales", encodings=["x"])
    x = _over_time(truth["at"])
    y = alt.Y("value:Q", title=column, scale=alt.Scale(zero=False), axis=look.upright(tickCount=6))
    colour = alt.Color("line:N", scale=alt.Scale(domain=["truth", "the network"]), legend=_strokes())
    many = table["future"].nunique() > 1
    made = (
        alt.Chart(table.assign(line="the network"))
        .mark_line(strokeWidth=1.2 if many else 3.5, opacity=0.3 if many else 1.0, clip=True)
        .encode(
            x=x,
            y=y,
            color=colour,
            detail="future:N",
            tooltip=[_when(truth["at"]), alt.Tooltip("value:Q", format=",.4~g")],
        )
    )
    middle = table.groupby("at", as_index=False)["value"].median().assign(line="the network")
    half = alt.Chart(middle).mark_line(strokeWidth=3.5, clip=True).encode(x=x, y=y, color=colour)
    real = alt.Chart(truth.assign(line="truth")).mark_line(strokeWidth=2.5, clip=True).encode(x=x, y=y, color=colour)
    start = alt.Chart(table.head(1)).mark_rule(color=look.TEXT, strokeDash=[6, 4], strokeWidth=2).encode(x=x)
    return alt.layer(made.add_params(zoom), real, *([half] if many else []), start)


def as_read(found: Series) -> alt.Chart:
    """A series as it was read, thinned to what can be seen."""
    every = max(1, len(found.values) // MOST_POINTS)
    at = np.arange(1, len(found.values) + 1) if found.times is None else found.times
    table = pd.DataFrame({"at": at[::every], "value": found.values[::every]})
    return (
        alt.Chart(table)
        .mark_line(strokeWidth=1.5)
        .encode(
            x=_over_time(table["at"]),
            y=alt.Y("value:Q", title=found.column, scale=alt.Scale(zero=False), axis=look.upright(tickCount=5)),
        )
    )


def _over_time(at: pd.Series) -> alt.X:
    """An x axis of dates, or of the numbers of values."""
    if pd.api.types.is_datetime64_any_dtype(at):
        return alt.X("at:T", title=None, axis=look.axis(grid=False, tickCount=8))
    scale = alt.Scale(zero=False, nice=False)
    return alt.X("at:Q", title="Value", scale=scale, axis=look.axis(grid=False, tickCount=8))


def _strokes() -> alt.Legend:
    return look.legend(symbolType="stroke", symbolOpacity=1)


def _when(at: pd.Series) -> alt.Tooltip:
    if pd.api.types.is_datetime64_any_dtype(at):
        return alt.Tooltip("at:T", title="When", format="%-d %b %Y %H:%M")
    return alt.Tooltip("at:Q", title="Value", format=",")
