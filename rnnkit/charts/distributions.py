"""How often, and how likely: bars of probabilities, counts and shares, and a classifier's probabilities word by word.

Plotly for the two that stand still and have axes which Vega lacks, loaded only for them. Knows no store and no page.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd

from rnnkit.charts import look

if TYPE_CHECKING:
    import plotly.graph_objects as go

ZIPF_POINTS = 400


def before_and_after(table: pd.DataFrame, before: str, after: str) -> alt.Chart:
    """Two horizontal bars for each symbol, its probability before and after the rules; a dot marks the chosen one.

    Args:
        table: symbol, before, after (probabilities) and chosen, in their order.
        before, after: what the two are called.
    """
    copies = table.groupby("symbol").cumcount()  # two symbols may look alike: invisible letters part them
    names = [
        f"{'● ' if chosen else ''}{symbol}{chr(0x2060) * copy}"
        for symbol, chosen, copy in zip(table["symbol"], table["chosen"], copies, strict=True)
    ]
    named = table.assign(name=names).rename(columns={"before": before, "after": after})
    rows = named.melt(["name", "chosen"], [before, after], "part", "probability")
    return alt.Chart(rows, height=30 * len(named)).mark_bar().encode(
        y=alt.Y("name:N", sort=names, title=None, axis=look.axis(labelLimit=200, labelOverlap=False)),
        yOffset=alt.YOffset("part:N", sort=[before, after]),
        x=alt.X("probability:Q", title="Probability", axis=look.axis(format="%", tickCount=5)),
        color=look.color("part:N", [before, after], look.legend(labelLimit=320, narrow=1, wide=1)),
        tooltip=look.tips(
            ("name:N", "Token"), ("part:N", "Distribution"), ("probability:Q", "Probability", ".3%")),
    )  # fmt: skip


def class_probabilities(table: pd.DataFrame, named: dict[int, str], y_title: str) -> alt.Chart | look.Layers:
    """A classifier's probabilities after each word: one line for two classes, bands that fill the height for more.

    Args:
        table: place, word, label and probability. named: the words to write under the axis.
    """
    labels = list(dict.fromkeys(table["label"]))
    words = json.dumps({str(place): word for place, word in named.items()})
    names = look.axis(values=list(named), labelExpr=f"({words})[datum.value]", labelAngle=-90, labelOverlap="greedy",
                      labelLimit=120, grid=False)  # fmt: skip
    base = alt.Chart(table).encode(
        x=alt.X("place:Q", title="Words read", scale=alt.Scale(nice=False), axis=names),
        tooltip=look.tips(("word:N", "After"), ("label:N", "Class"), ("probability:Q", "Probability", ".1%")),
    )
    y = alt.Y(
        "probability:Q", title=y_title, scale=alt.Scale(domain=[0, 1]), axis=look.upright(format="%", tickCount=5)
    )
    if len(labels) > 1:
        return base.mark_area(opacity=0.9).encode(
            y=y.stack("zero"), order=alt.Order("rank:Q"),
            color=look.color("label:N", labels, look.legend(labelLimit=320, wide=2)),
        ).transform_calculate(rank=f"indexof({json.dumps(labels)}, datum.label)")  # fmt: skip
    even = alt.Chart(pd.DataFrame({"probability": [0.5]})).encode(y=y)
    even = even.mark_rule(strokeDash=[6, 4], strokeWidth=2, color=look.GREY)
    line = base.mark_line(strokeWidth=3.5, point=alt.OverlayMarkDef(size=60, filled=True)).encode(y=y)
    return alt.layer(even, line)


def ranking(table: pd.DataFrame, *, name: str, count: str, upright: bool) -> alt.Chart:
    """Bars in the order of the rows, every name written out: upright for single characters, horizontal for words."""
    names, counts = (alt.X, alt.Y) if upright else (alt.Y, alt.X)
    return alt.Chart(table).mark_bar().encode(
        names(f"{name}:N", sort=None, title=None, axis=look.axis(labelAngle=0, labelOverlap=False, labelLimit=240)),
        counts(f"{count}:Q", axis=look.axis(tickCount=5)),
        tooltip=[alt.Tooltip(f"{name}:N"), alt.Tooltip(f"{count}:Q", format=",")],
    )  # fmt: skip


def side_by_side(table: pd.DataFrame, *, x_title: str, y_title: str) -> alt.Chart:
    """Upright bars over whole numbers, for each one a bar per part, as shares of the part.

    Args:
        table: value (a whole number), share (0 to 1), count, and part (a word); the parts in their order.
    """
    parts = list(dict.fromkeys(table["part"]))
    return alt.Chart(table).mark_bar().encode(
        x=alt.X("value:O", title=x_title, axis=look.axis(labelAngle=0, labelOverlap=True)),
        xOffset=alt.XOffset("part:N", sort=parts),
        y=alt.Y("share:Q", title=y_title, axis=look.upright(format="%", tickCount=5)),
        color=look.color("part:N", parts, look.legend(labelLimit=400)),
        tooltip=look.tips(
            ("part:N", "In"), ("value:O", x_title), ("share:Q", y_title, ".1%"), ("count:Q", "Times", ",")),
    )  # fmt: skip


def histogram(table: pd.DataFrame, *, x: str, y: str, width: int, text_color: str | None = None) -> go.Figure:
    """Bars over bins, in Plotly: `x` is the first value of each, `width` how many values a bin holds.

    The heights are square roots, or the long lines of a text with many short ones could not be seen. The letters
    have the colour `text_color`, as Plotly cannot take that of the page.
    """
    import plotly.graph_objects as go  # a third of a second that only the page of the texts needs

    most = int(table[y].max())
    ticks = sorted({round(most * share * share) for share in (0.0, 0.25, 0.5, 0.75, 1.0)})
    said = f"{x}: %{{customdata[0]}} to %{{customdata[1]}}<br>{y}: %{{customdata[2]:,}}<extra></extra>"
    bars = go.Bar(
        x=table[x] + width / 2, y=np.sqrt(table[y]), width=0.92 * width, hovertemplate=said,
        customdata=np.column_stack([table[x], table[x] + width - 1, table[y]]),
    )  # fmt: skip
    figure = go.Figure(bars)
    lettering = look.lettering(text_color)
    figure.update_xaxes(title_text=x, showgrid=False, **lettering)
    figure.update_yaxes(title_text=y, tickvals=np.sqrt(ticks), ticktext=[f"{tick:,}" for tick in ticks], **lettering)
    return figure.update_layout(margin={"l": 10, "r": 10, "t": 10, "b": 10})


def zipf(counts: Sequence[tuple[str, int]], minimum_count: int, text_color: str | None = None) -> go.Figure:
    """How often each word is seen against its rank, in Plotly; dashed what Zipf's law makes of the first.

    Args:
        counts: words with how often, the most frequent first. At most ZIPF_POINTS of them are drawn.
        minimum_count: a line where words begin to be too rare; none for 1.
        text_color: the colour of the letters, as in `histogram`.
    """
    import plotly.graph_objects as go

    ranks = np.unique(np.geomspace(1, max(len(counts), 1), ZIPF_POINTS).astype(int))[: len(counts)]
    words, times = zip(*(counts[rank - 1] for rank in ranks), strict=True) if counts else ((), ())
    law = np.array([1, max(len(counts), 1)])
    figure = go.Figure()
    figure.add_scatter(
        x=ranks, y=times, mode="markers", marker={"size": 8}, name="words", customdata=[repr(word) for word in words],
        hovertemplate="%{customdata}<br>rank %{x:,}, %{y:,} times<extra></extra>",
    )  # fmt: skip
    lines = {"Zipf's law": (times or (1,))[0] / law}
    if minimum_count > 1:
        lines[f"seen {minimum_count} times"] = np.full(2, minimum_count)
    for name, y in lines.items():
        figure.add_scatter(x=law, y=y, mode="lines", line={"dash": "dash", "width": 3}, name=name, hoverinfo="skip")
    lettering = look.lettering(text_color)
    figure.update_xaxes(type="log", title_text="Rank", dtick=1, **lettering)
    figure.update_yaxes(type="log", title_text="Frequency", dtick=1, **lettering)
    return figure.update_layout(
        margin={"l": 10, "r": 10, "t": 70, "b": 10},
        legend={"orientation": "h", "y": 1.04, "yanchor": "bottom", "font_size": 16},
    )
