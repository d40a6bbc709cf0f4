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


def forecast(table: pd.DataFrame, column: str, within: look.Span | None = None) -> look.Layers:
    """Truth, forecast and persistence over time, and a band between low and high where the table has them.

    Args:
        table: at (a time or a number), truth, forecast, persistence, as `forecast.Backtest` has them.
        within: the part of `at` that is shown, times in milliseconds; all of it without.
    """
    names = {"truth": "truth", "forecast": "the network", "persistence": "tomorrow = today"}
    rows = table.rename(columns=names).melt("at", list(names.values()), "line", "value")
    x, y = _over_time(table["at"], within), _value(column)
    order = list(names.values())
    said = [alt.Tooltip("line:N", title="Line"), *_read_off(table["at"])]
    base = alt.Chart(rows).encode(x=x, y=y, color=look.color("line:N", order, _strokes()), tooltip=said)
    # The last of the names lies at the bottom: it is the truth of the day before, and would hide both.
    layers = [
        base.transform_filter(alt.datum.line == name).mark_line(strokeWidth=width, opacity=opacity, clip=True)
        for name, width, opacity in reversed([*zip(order, (2, 3.5, 1.5), (1, 1, 0.6), strict=True)])
    ]
    layers[0] = layers[0].add_params(look.drag())
    if "low" not in table:
        return alt.layer(*layers)
    band = alt.Chart(table).mark_area(color=look.GREY, opacity=0.25, clip=True)
    return alt.layer(band.encode(x=x, y=alt.Y("low:Q"), y2=alt.Y2("high:Q")), *layers)


def futures(table: pd.DataFrame, truth: pd.DataFrame, column: str, within: look.Span | None = None) -> look.Layers:
    """The truth before and after a day, and thin lines that continue it, one for each future; thick their median.

    Args:
        table: future, at, value. truth: at, value. within: as in `forecast`.
    """
    x = _over_time(truth["at"], within)
    color = look.color("line:N", ["truth", "the network"], _strokes())
    many = table["future"].nunique() > 1

    def line(rows: pd.DataFrame, name: str, width: float, opacity: float | alt.UndefinedType = alt.Undefined):
        lines = alt.Chart(rows.assign(line=name)).mark_line(strokeWidth=width, opacity=opacity, clip=True)
        return lines.encode(x=x, y=_value(column), color=color)

    made = line(table, "the network", 1.2 if many else 3.5, 0.3 if many else 1.0)
    made = made.encode(detail="future:N", tooltip=_read_off(truth["at"]))
    half = line(table.groupby("at", as_index=False)[["value"]].median(), "the network", 3.5)
    real = line(truth, "truth", 2.5)
    start = alt.Chart(table.head(1)).mark_rule(color=look.TEXT, strokeDash=[6, 4], strokeWidth=2, clip=True).encode(x=x)
    return alt.layer(made.add_params(look.drag()), real, *([half] if many else []), start)


def as_read(found: Series) -> alt.Chart:
    """A series as it was read, thinned to what can be seen."""
    every = max(1, len(found.values) // MOST_POINTS)
    at = np.arange(1, len(found.values) + 1) if found.times is None else found.times
    table = pd.DataFrame({"at": at[::every], "value": found.values[::every]})
    return alt.Chart(table).mark_line(strokeWidth=1.5).encode(x=_over_time(table["at"]), y=_value(found.column, 5))


def _value(title: str, ticks: int = 6) -> alt.Y:
    return alt.Y("value:Q", title=title, scale=alt.Scale(zero=False), axis=look.upright(tickCount=ticks))


def _over_time(at: pd.Series, within: look.Span | None = None) -> alt.X:
    """An x axis of dates, or of the numbers of values."""
    ticks = look.axis(grid=False, tickCount=8)
    if pd.api.types.is_datetime64_any_dtype(at):
        return alt.X("at:T", title=None, scale=look.across(within), axis=ticks)
    return alt.X("at:Q", title="Value", scale=look.across(within, zero=False), axis=ticks)


def _strokes() -> alt.Legend:
    return look.legend(symbolType="stroke", symbolOpacity=1)


def _read_off(at: pd.Series) -> list[alt.Tooltip]:
    """When, and which value."""
    dates = pd.api.types.is_datetime64_any_dtype(at)
    when = ("at:T", "When", "%-d %b %Y %H:%M") if dates else ("at:Q", "Value", ",")
    return [*look.tips(when), alt.Tooltip("value:Q", format=",.4~g")]
