"""Matrices: numbers written out, attention, one-hot vectors, the confusion matrix.

Knows no store and no page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np
import pandas as pd

from rnnkit.charts import look
from rnnkit.texts.symbols import visible

if TYPE_CHECKING:
    import plotly.graph_objects as go

FIELD, LETTER = "field", "letter"  # the `mark` of a row of `attention_map`
_BARE = {"ticks": False, "domain": False, "labelFlush": False, "labelOverlap": False, "labelLimit": 240}
_FAINT_TOO = alt.Scale(type="sqrt", domain=[0, 1], range=[0, 1])  # a tenth of the attention can be seen


def numbers(step: int) -> look.Layers:
    """A matrix with every number written out: the first colour above zero, the second below, fuller the larger.

    Without its rows: row, column, value, in their order. `step`: pixels of a column.
    """
    base = (
        alt.Chart(width=alt.Step(step), height=alt.Step(34))
        .transform_filter("isValid(datum.row)")  # before its rows have come, Vega draws an empty one
        .transform_calculate(size="abs(datum.value)", sign="datum.value < 0 ? 'below' : 'above'")
        .transform_joinaggregate(most="max(size)")
        .transform_calculate(full="0.03 + 0.57 * datum.size / max(datum.most, 1e-300)")  # a scale warns without rows
        .encode(
            x=alt.X("column:O", sort=None, title=None, axis=look.axis(orient="top", labelAngle=0, **_BARE)),
            y=alt.Y("row:O", sort=None, title=None, axis=look.axis(**_BARE)),
            tooltip=[alt.Tooltip("row:N"), alt.Tooltip("column:N"), alt.Tooltip("value:Q", format=".6g")],
        )
    )
    cells = base.mark_rect(cornerRadius=3).encode(
        color=look.color("sign:N", ["above", "below"]),
        opacity=alt.Opacity("full:Q", scale=None, legend=None),
    )
    words = base.mark_text(fontSize=16, color=look.TEXT).encode(text=alt.Text("value:Q", format=".3f"))
    return alt.layer(cells, words, autosize="pad")  # as wide as its columns, whatever the page's width


def attention_map() -> look.Layers:
    """Attention: symbols read across, symbols written down, the stronger the colour the larger the weight.

    Without its rows: see `attention_rows`. Altair and not Plotly, as it changes while one types.
    """
    base = alt.Chart().encode(x=alt.X("read:O", axis=None), y=alt.Y("written:O", axis=None))
    fields = base.transform_filter(alt.datum.mark == FIELD).mark_rect(
        color="#e8590c", stroke=look.TEXT, strokeOpacity=0.15
    )
    fields = fields.encode(
        fillOpacity=alt.FillOpacity("weight:Q", scale=_FAINT_TOO, legend=None),
        tooltip=look.tips(("symbol:N", "Written"), ("letter:N", "Looked at"), ("weight:Q", "Attention", ".1%")),
    )
    size = alt.ExprRef("max(7, min(22, 1.5 * width / length(domain('x'))))")  # a letter is as wide as its column
    names = base.transform_filter(alt.datum.mark == LETTER).mark_text(font="monospace", color=look.TEXT, size=size)
    return alt.layer(fields, names.encode(text="letter:N")).configure_view(strokeWidth=0)


def attention_rows(source: Sequence[str], written: str, weights: np.ndarray) -> pd.DataFrame:
    """The rows of `attention_map`: a FIELD for each pair of symbols, and a LETTER at each end of row and column.

    Args:
        weights: (symbols written, symbols read), each row of sum 1.
    """
    read, wrote = [[visible(one) for one in symbols] for symbols in (source, written)]
    rows: list[dict[str, Any]] = [
        {"mark": LETTER, "read": j, "written": -1, "letter": letter} for j, letter in enumerate(read)
    ]
    for i, symbol in enumerate(wrote):
        rows.append({"mark": LETTER, "read": -1, "written": i, "letter": symbol})
        rows += [
            {"mark": FIELD, "read": j, "written": i, "letter": letter, "symbol": symbol, "weight": float(weights[i, j])}
            for j, letter in enumerate(read)
        ]
    return pd.DataFrame(rows, columns=["mark", "read", "written", "letter", "symbol", "weight"])


def one_hot(words: Sequence[tuple[str, int]]) -> tuple[look.Layers, int]:
    """The words of a sentence, each with its index, as columns of zeros and a one; and how many rows are drawn.

    Rows are those of the words themselves, in the order of their indices.
    """
    rows = sorted({index: word for word, index in words}.items())
    names = [f"{index:,} {word}" for index, word in rows]
    columns = [f"{place} {word}" for place, (word, _) in enumerate(words, 1)]
    cells = [
        (column, name, int(index == own))
        for column, (_, own) in zip(columns, words, strict=True)
        for name, (index, _) in zip(names, rows, strict=True)
    ]
    table = pd.DataFrame(cells, columns=["column", "row", "value"])
    base = alt.Chart(table).encode(
        x=alt.X("column:N", sort=columns, title=None, axis=look.axis(orient="top", labelAngle=-90, labelOverlap=False)),
        y=alt.Y("row:N", sort=names, title=None, axis=look.axis(labelOverlap=False, labelLimit=220)),
    )
    faint = alt.Scale(domain=[0, 1], range=[0, 0.35])  # letters can be read on it, light and dark
    ones = base.mark_rect(cornerRadius=4).encode(opacity=alt.Opacity("value:Q", scale=faint, legend=None))
    digits = base.mark_text(fontSize=17, color=look.TEXT).encode(text="value:N")
    return alt.layer(ones, digits), len(rows)


def confusion(counts: np.ndarray, labels: Sequence[str], text_color: str | None = None) -> go.Figure:
    """True classes (rows) against predicted ones (columns), in Plotly; the colour is the share of the row.

    The letters of the axes have the colour `text_color`.
    """
    import plotly.graph_objects as go

    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    names = [f"{label}{chr(0x2060) * i}" for i, label in enumerate(labels)]  # two titles may be alike
    figure = go.Figure(
        go.Heatmap(
            z=shares, x=names, y=names, text=counts, texttemplate="%{text}", textfont_size=17, showscale=False,
            zmin=0, zmax=1, hovertemplate="%{y} predicted as %{x}: %{text} (%{z:.0%})<extra></extra>", xgap=2, ygap=2,
        )
    )  # fmt: skip
    lettering = look.lettering(text_color) | {"type": "category", "fixedrange": True}
    figure.update_xaxes(title_text="Predicted", **lettering)
    figure.update_yaxes(title_text="True", autorange="reversed", **lettering)
    return figure.update_layout(margin={"l": 10, "r": 10, "t": 10, "b": 10}, height=120 + 60 * len(labels))
