"""Tables to figures that take their colours from the page's theme.

Altair on pages that tick: Streamlit puts new rows into a Vega chart in place, and one that
is drawn with `on_select` keeps its zoom and its picked lines (measured: Plotly is mounted
anew, ECharts forgets its legend). Plotly for distributions, which stand still. Knows no
store and no page.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np
import pandas as pd

from rnnkit.runs.comparison import HELD_OUT, REFERENCE, TRAINING
from rnnkit.studies.gradients import AFTER_CLIPPING, BEFORE_CLIPPING, DISTANCE
from rnnkit.texts.corpora import visible

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from rnnkit.texts.tables import Series

FIELD, LETTER = "field", "letter"  # what a row of an attention map is drawn as
CURVE, STANDS, CURSOR = "curve", "stands", "cursor"  # what a row of a film's curves is drawn as
ZIPF_POINTS = 400
SERIES_POINTS = 3_000  # of a series that is only looked at
_PHONE = "width < 420"  # of a Vega chart, in pixels
ZOOM, PICK = "zoom", "pick"  # the names of a chart's selections, which a page keeps from tick to tick


def loss_curves(letters: Sequence[str], *, x_title: str, y_title: str) -> alt.LayerChart:
    """Losses of several runs: one colour and one letter per run, held out in full with dots, training dashed.

    Without its rows, as `loss_curve`. They have letter, label, at, value, part and end, as `with_ends`
    adds it; those of references have no letter. The colours are those of the theme, light or dark, in the
    order of `letters`.
    """
    pick = alt.selection_point(name=PICK, fields=["letter"], bind="legend", toggle="true")
    zoom = alt.selection_interval(name=ZOOM, bind="scales", encodings=["x"])
    y = alt.Y("value:Q", title=y_title, scale=alt.Scale(zero=False, padding=12), axis=_upright())
    base = alt.Chart().encode(
        # Room for the letters at the ends.
        x=_from_zero(x_title, alt.ExprRef(f"{_PHONE} ? 44 : 60"), tickMinStep=1, tickCount=10),
        y=y,
        color=alt.Color("letter:N", scale=alt.Scale(domain=list(letters)), legend=_legend(narrow=4)),
        opacity=alt.condition(pick, alt.value(1.0), alt.value(0.12)),
        tooltip=[
            alt.Tooltip("label:N", title="Run"),
            alt.Tooltip("part:N", title="Measured on"),
            alt.Tooltip("at:Q", title=x_title, format=",.2f"),
            alt.Tooltip("value:Q", title=y_title, format=".4f"),
        ],
    )
    dashes = alt.Scale(domain=[HELD_OUT, TRAINING], range=[[1, 0], [6, 4]])
    runs = base.transform_filter(alt.datum.part != REFERENCE)
    curves = runs.mark_line(strokeWidth=3.5, clip=True).encode(
        strokeDash=alt.StrokeDash("part:N", scale=dashes, legend=None)
    )
    dots = base.transform_filter(alt.datum.part == HELD_OUT).mark_point(filled=True, size=90, clip=True)
    ends = runs.mark_text(align="left", dx=8, fontSize=22, fontWeight="bold", clip=True).encode(text="end:N")
    return alt.layer(*_references(y), curves.add_params(pick, zoom), dots, ends)


def loss_curve(*, x_title: str, y_title: str) -> alt.LayerChart:
    """The loss of one run: held out thick with dots, training thin, each in a colour of its own.

    Without its rows, so that a page can keep the description and send only them: Altair takes 0.15 s
    to build and check it. They have at (on the x axis), value and part (`training`, `held out`, or
    `reference`: a grey line with a label and a name, as `watch.lines` gives them).
    """
    parts = [TRAINING, HELD_OUT]
    zoom = alt.selection_interval(name=ZOOM, bind="scales")
    y = alt.Y("value:Q", title=y_title, scale=alt.Scale(zero=False, padding=20), axis=_upright())
    base = alt.Chart().encode(
        x=_from_zero(x_title, 10, tickCount=8),  # room for the whole of the last dot
        y=y,
        color=alt.Color("part:N", scale=alt.Scale(domain=parts), legend=_legend(symbolType="stroke")),
        tooltip=[
            alt.Tooltip("part:N", title="Measured on"),
            alt.Tooltip("at:Q", title=x_title, format=",.2f"),
            alt.Tooltip("value:Q", title=y_title, format=".4f"),
        ],
    )
    widths = alt.Scale(domain=parts, range=[2, 3.5])
    curves = (
        base.transform_filter(alt.datum.part != REFERENCE)
        .mark_line(clip=True)
        .encode(strokeWidth=alt.StrokeWidth("part:N", scale=widths, legend=None))
    )
    dots = base.transform_filter(alt.datum.part == HELD_OUT).mark_point(filled=True, size=110, opacity=1, clip=True)
    return alt.layer(*_references(y), curves.add_params(zoom), dots)


def _references(y: alt.Y) -> list[alt.Chart]:
    """Thin dashed lines from side to side, their labels at the right end, and room for these beyond the curves."""
    ruled = (
        alt.Chart()
        .transform_filter(alt.datum.part == REFERENCE)
        .encode(y=y, tooltip=[alt.Tooltip("name:N", title="Reference"), alt.Tooltip("value:Q", format=".4f")])
    )
    grey = "#808080"  # as far from paper as from ink
    rules = ruled.mark_rule(color=grey, strokeDash=[3, 5], strokeWidth=2, clip=True)
    names = ruled.mark_text(
        align="right", baseline="bottom", dx=-6, dy=-2, fontSize=17, color="currentColor", clip=True
    ).encode(x=alt.value("width"), text="label:N")
    room = ruled.mark_point(opacity=0).encode(x="at:Q")
    return [rules, room, names]


def film_curves(letters: Sequence[str]) -> alt.LayerChart:
    """Losses of one to four runs over epochs, a rule at one epoch, and a large dot where each run stands there.

    Without its rows, as `loss_curve`: at, value, letter and label; `mark` is CURVE, STANDS or CURSOR (one row,
    nothing but `at`).
    """
    x = alt.X(
        "at:Q",
        title="Epochs",
        scale=alt.Scale(zero=False, nice=False, padding=14),
        axis=_axis(tickMinStep=1, tickCount=10, grid=False, format="d"),
    )
    base = alt.Chart().encode(
        x=x,
        y=alt.Y("value:Q", title="Nats per symbol", scale=alt.Scale(zero=False), axis=_upright(tickCount=5)),
        color=alt.Color("letter:N", scale=alt.Scale(domain=list(letters)), legend=None),
        tooltip=[
            alt.Tooltip("label:N", title="Run"),
            alt.Tooltip("at:Q", title="Epoch"),
            alt.Tooltip("value:Q", title="Nats per symbol", format=".4f"),
        ],
    )
    rule = (
        alt.Chart()
        .transform_filter(alt.datum.mark == CURSOR)
        .mark_rule(color="currentColor", strokeWidth=3)
        .encode(x=x)
    )
    curves = base.transform_filter(alt.datum.mark == CURVE).mark_line(strokeWidth=3.5)
    dots = base.transform_filter(alt.datum.mark == CURVE).mark_point(filled=True, size=60, opacity=1)
    stands = base.transform_filter(alt.datum.mark == STANDS).mark_point(filled=True, size=320, opacity=1)
    names = base.transform_filter(alt.datum.mark == STANDS).mark_text(
        align="left", dx=14, dy=-14, fontSize=20, fontWeight="bold"
    )
    return alt.layer(rule, curves, dots, stands, *([names.encode(text="letter:N")] if len(letters) > 1 else []))


def next_symbols(letters: Sequence[str]) -> alt.LayerChart:
    """Lying bars of the likeliest next symbols of one of the runs `letters`, the whole width being certainty.

    Without its rows, as `loss_curve`: symbol, probability and the run's letter, the likeliest first.
    """
    base = alt.Chart().encode(
        y=alt.Y(
            "symbol:N",
            title=None,
            sort=None,
            axis=_axis(labelOverlap=False, labelLimit=110, ticks=False, domain=False, labelFont="monospace"),
        ),
        x=alt.X("probability:Q", axis=None, scale=alt.Scale(domain=[0, 1.18])),  # room for the words of a full bar
        tooltip=[alt.Tooltip("symbol:N", title="Next"), alt.Tooltip("probability:Q", format=".2%")],
    )
    colour = alt.Color("letter:N", scale=alt.Scale(domain=list(letters)), legend=None)
    bars = base.mark_bar().encode(color=colour)
    words = base.mark_text(align="left", dx=6, fontSize=15, color="currentColor").encode(
        text=alt.Text("probability:Q", format=".1%")
    )
    return alt.layer(bars, words)


def novelty(table: pd.DataFrame, usual: float | None, y_title: str) -> alt.LayerChart:
    """How much is new in what a network writes, against epochs: one line per temperature, dashed what is usual.

    Args:
        table: epoch, temperature (a word) and novelty (0 to 1).
        usual: novelty of the text itself.
    """
    temperatures = sorted(set(table["temperature"]), key=float)
    y = alt.Y("novelty:Q", title=y_title, scale=alt.Scale(domain=[0, 1]), axis=_upright(format="%", tickCount=5))
    lines = (
        alt.Chart(table)
        .mark_line(strokeWidth=3.5, point=alt.OverlayMarkDef(size=110, filled=True))
        .encode(
            x=alt.X("epoch:Q", title="Epochs", axis=_axis(tickMinStep=1, tickCount=10, grid=False)),
            y=y,
            color=alt.Color("temperature:N", scale=alt.Scale(domain=temperatures), legend=_legend(narrow=4)),
            tooltip=[
                alt.Tooltip("epoch:Q", title="Epoch"),
                alt.Tooltip("temperature:N", title="Temperature"),
                alt.Tooltip("novelty:Q", title=y_title, format=".1%"),
            ],
        )
    )
    return alt.layer(*([] if usual is None else _text_itself(y, novelty=usual)), lines)


def missing(table: pd.DataFrame, own: float) -> alt.LayerChart:
    """The share of ingredients that are not on the list against epochs; dashed that of the text itself.

    Args:
        table: epoch, share (0 to 1) and what it rests on: missing, used and recipes.
        own: the share of the training text.
    """
    y = alt.Y(
        "share:Q", title="Not on the list", scale=alt.Scale(domain=[0, 1]), axis=_upright(format="%", tickCount=5)
    )
    lines = (
        alt.Chart(table)
        .mark_line(strokeWidth=3.5, point=alt.OverlayMarkDef(size=110, filled=True))
        .encode(
            x=alt.X("epoch:Q", title="Epochs", axis=_axis(tickMinStep=1, tickCount=10, grid=False)),
            y=y,
            tooltip=[
                alt.Tooltip("epoch:Q", title="Epoch"),
                alt.Tooltip("share:Q", title="Not on the list", format=".1%"),
                alt.Tooltip("missing:Q", title="Missing"),
                alt.Tooltip("used:Q", title="of so many used"),
                alt.Tooltip("recipes:Q", title="Recipes"),
            ],
        )
    )
    return alt.layer(*_text_itself(y, share=own), lines)


def _text_itself(y: alt.Y, **value: float) -> list[alt.Chart]:
    """A dashed line at what the training text itself has, and the words that say so."""
    line = alt.Chart(pd.DataFrame({**{name: [one] for name, one in value.items()}, "said": ["the text itself"]}))
    rule = line.mark_rule(color="currentColor", strokeWidth=2, strokeDash=[6, 4]).encode(y=y)
    words = line.mark_text(color="currentColor", fontSize=16, align="right", dx=-6, dy=-12).encode(
        y=y, x=alt.value("width"), text="said:N"
    )
    return [rule, words]


def keystrokes(table: pd.DataFrame, at: int) -> alt.LayerChart:
    """The share of keystrokes that offers save against epochs, and a rule at the epoch `at`.

    Args:
        table: epoch and saved (0 to 1).
    """
    x = alt.X("epoch:Q", title="Epochs", axis=_axis(tickMinStep=1, tickCount=10, grid=False))
    lines = (
        alt.Chart(table)
        .mark_line(strokeWidth=3.5, point=alt.OverlayMarkDef(size=110, filled=True))
        .encode(
            x=x,
            y=alt.Y(
                "saved:Q", title="Keystrokes saved", scale=alt.Scale(zero=True), axis=_upright(format="%", tickCount=5)
            ),
            tooltip=[
                alt.Tooltip("epoch:Q", title="Epoch"),
                alt.Tooltip("saved:Q", title="Keystrokes saved", format=".1%"),
            ],
        )
    )
    rule = alt.Chart(pd.DataFrame({"epoch": [at]})).mark_rule(color="currentColor", strokeWidth=2).encode(x=x)
    return alt.layer(rule, lines)


def distributions(table: pd.DataFrame, before: str, after: str) -> alt.Chart:
    """Two lying bars for each symbol, its chance before and after the rules; a dot stands before the chosen one.

    Args:
        table: symbol, before, after (probabilities) and chosen, as `lab.distribution` gives them, in their order.
        before, after: what the two are called.
    """
    copies = table.groupby("symbol").cumcount()  # two symbols may look alike: invisible letters part them
    names = [
        f"{'● ' if chosen else ''}{symbol}{chr(0x2060) * copy}"
        for symbol, chosen, copy in zip(table["symbol"], table["chosen"], copies, strict=True)
    ]
    named = table.assign(name=names).rename(columns={"before": before, "after": after})
    rows = named.melt(["name", "chosen"], [before, after], "part", "chance")
    return (
        alt.Chart(rows, height=alt.Step(12))
        .mark_bar()
        .encode(
            y=alt.Y("name:N", sort=names, title=None, axis=_axis(labelLimit=200, labelOverlap=False)),
            yOffset=alt.YOffset("part:N", sort=[before, after]),
            x=alt.X("chance:Q", title="Chance", axis=_axis(format="%", tickCount=5)),
            color=alt.Color("part:N", scale=alt.Scale(domain=[before, after]), legend=_legend(labelLimit=320)),
            tooltip=[
                alt.Tooltip("name:N", title="Symbol"),
                alt.Tooltip("part:N", title="Chance"),
                alt.Tooltip("chance:Q", title="is", format=".3%"),
            ],
        )
    )


def forecast(table: pd.DataFrame, column: str) -> alt.LayerChart:
    """Truth, forecast and persistence over time, and between low and high where the table has them a band.

    Args:
        table: at (a time or a number), truth, forecast, persistence, as `forecast.Backtest` has them.
    """
    names = {"truth": "truth", "forecast": "the network", "persistence": "tomorrow = today"}
    rows = table.rename(columns=names).melt("at", list(names.values()), "line", "value")
    zoom = alt.selection_interval(name=ZOOM, bind="scales", encodings=["x"])
    x = _over_time(table["at"])
    y = alt.Y("value:Q", title=column, scale=alt.Scale(zero=False), axis=_upright(tickCount=6))
    order = list(names.values())
    base = alt.Chart(rows).encode(
        x=x,
        y=y,
        color=alt.Color("line:N", scale=alt.Scale(domain=order), legend=_legend(symbolType="stroke", symbolOpacity=1)),
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
    band = alt.Chart(table).mark_area(color="#808080", opacity=0.25, clip=True)
    return alt.layer(band.encode(x=x, y=alt.Y("low:Q"), y2=alt.Y2("high:Q")), *layers)


def futures(table: pd.DataFrame, truth: pd.DataFrame, column: str) -> alt.LayerChart:
    """The truth before and after a day, and thin lines that go on from there, one for each future; thick their median.

    Args:
        table: future, at, value. truth: at, value.
    """
    zoom = alt.selection_interval(name=ZOOM, bind="scales", encodings=["x"])
    x = _over_time(truth["at"])
    y = alt.Y("value:Q", title=column, scale=alt.Scale(zero=False), axis=_upright(tickCount=6))
    colour = alt.Color(
        "line:N",
        scale=alt.Scale(domain=["truth", "the network"]),
        legend=_legend(symbolType="stroke", symbolOpacity=1),
    )
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
    start = alt.Chart(table.head(1)).mark_rule(color="currentColor", strokeDash=[6, 4], strokeWidth=2).encode(x=x)
    return alt.layer(made.add_params(zoom), real, *([half] if many else []), start)


def series(found: Series) -> alt.Chart:
    """A series as it was read, thinned to what can be seen."""
    every = max(1, len(found.values) // SERIES_POINTS)
    at = np.arange(1, len(found.values) + 1) if found.times is None else found.times
    table = pd.DataFrame({"at": at[::every], "value": found.values[::every]})
    return (
        alt.Chart(table)
        .mark_line(strokeWidth=1.5)
        .encode(
            x=_over_time(table["at"]),
            y=alt.Y("value:Q", title=found.column, scale=alt.Scale(zero=False), axis=_upright(tickCount=5)),
        )
    )


def _over_time(at: pd.Series) -> alt.X:
    """An x axis of dates, or of the numbers of values."""
    if pd.api.types.is_datetime64_any_dtype(at):
        return alt.X("at:T", title=None, axis=_axis(grid=False, tickCount=8))
    return alt.X("at:Q", title="Value", scale=alt.Scale(zero=False, nice=False), axis=_axis(grid=False, tickCount=8))


def _when(at: pd.Series) -> alt.Tooltip:
    if pd.api.types.is_datetime64_any_dtype(at):
        return alt.Tooltip("at:T", title="When", format="%-d %b %Y %H:%M")
    return alt.Tooltip("at:Q", title="Value", format=",")


def attention_map() -> alt.LayerChart:
    """Where a network looked: what it read across, what it wrote down, the stronger the more.

    Without its rows, as `loss_curve`: see `attention_rows`. Altair and not Plotly, as it changes while one types.
    """
    base = alt.Chart().encode(x=alt.X("read:O", axis=None), y=alt.Y("written:O", axis=None))
    fields = (
        base.transform_filter(alt.datum.mark == FIELD)
        .mark_rect(color="#e8590c", stroke="currentColor", strokeOpacity=0.15)
        .encode(
            fillOpacity=alt.FillOpacity("weight:Q", scale=_FAINT_TOO, legend=None),
            tooltip=[
                alt.Tooltip("symbol:N", title="Written"),
                alt.Tooltip("letter:N", title="Looked at"),
                alt.Tooltip("weight:Q", title="How much", format=".1%"),
            ],
        )
    )
    size = alt.ExprRef("max(7, min(22, 1.5 * width / length(domain('x'))))")  # a letter is as wide as its column
    names = base.transform_filter(alt.datum.mark == LETTER).mark_text(font="monospace", color="currentColor", size=size)
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


def shares(table: pd.DataFrame, at: int, y_title: str) -> alt.LayerChart:
    """Shares of runs against epochs, one line per run, and a rule at the epoch `at`.

    Args:
        table: run (its name), epoch and share (0 to 1).
    """
    x = alt.X("epoch:Q", title="Epochs", axis=_axis(tickMinStep=1, tickCount=10, grid=False))
    names = list(dict.fromkeys(table["run"]))
    lines = (
        alt.Chart(table)
        .mark_line(strokeWidth=3.5, point=alt.OverlayMarkDef(size=110, filled=True))
        .encode(
            x=x,
            y=alt.Y("share:Q", title=y_title, scale=alt.Scale(domain=[0, 1]), axis=_upright(format="%", tickCount=5)),
            color=alt.Color("run:N", scale=alt.Scale(domain=names), legend=_legend(labelLimit=420, wide=1, narrow=1)),
            tooltip=[
                alt.Tooltip("run:N", title="Run"),
                alt.Tooltip("epoch:Q", title="Epoch"),
                alt.Tooltip("share:Q", title=y_title, format=".1%"),
            ],
        )
    )
    rule = alt.Chart(pd.DataFrame({"epoch": [at]})).mark_rule(color="currentColor", strokeWidth=2).encode(x=x)
    return alt.layer(rule, lines)


def ranking(table: pd.DataFrame, *, name: str, count: str, upright: bool) -> alt.Chart:
    """Bars in the order of the rows, every name written out: upright for single characters, lying for words."""
    tooltip = [alt.Tooltip(f"{name}:N"), alt.Tooltip(f"{count}:Q", format=",")]
    names, counts = (alt.X, alt.Y) if upright else (alt.Y, alt.X)
    names_axis = _axis(labelAngle=0, labelOverlap=False, labelLimit=240)
    return (
        alt.Chart(table)
        .mark_bar()
        .encode(
            names(f"{name}:N", sort=None, title=None, axis=names_axis),
            counts(f"{count}:Q", axis=_axis(tickCount=5)),
            tooltip=tooltip,
        )
    )


def side_by_side(table: pd.DataFrame, *, x_title: str, y_title: str) -> alt.Chart:
    """Upright bars over whole numbers, for each one a bar per part, as shares of the part.

    Args:
        table: value (a whole number), share (0 to 1), count, and part (a word); the parts in their order.
    """
    parts = list(dict.fromkeys(table["part"]))
    return (
        alt.Chart(table)
        .mark_bar()
        .encode(
            x=alt.X("value:O", title=x_title, axis=_axis(labelAngle=0, labelOverlap=True)),
            xOffset=alt.XOffset("part:N", sort=parts),
            y=alt.Y("share:Q", title=y_title, axis=_upright(format="%", tickCount=5)),
            color=alt.Color("part:N", scale=alt.Scale(domain=parts), legend=_legend(labelLimit=400)),
            tooltip=[
                alt.Tooltip("part:N", title="In"),
                alt.Tooltip("value:O", title=x_title),
                alt.Tooltip("share:Q", title=y_title, format=".1%"),
                alt.Tooltip("count:Q", title="Times", format=","),
            ],
        )
    )


def one_hot(words: Sequence[tuple[str, int]]) -> tuple[alt.LayerChart, int]:
    """The words of a sentence, each with its index, as columns of zeros and a one; and how many rows are drawn.

    Rows are those of the words themselves, in the order of their indices.
    """
    rows = sorted({index: word for word, index in words}.items())
    names = [f"{index:,} {word}" for index, word in rows]
    columns = [f"{place} {word}" for place, (word, _) in enumerate(words, 1)]
    table = pd.DataFrame(
        [
            (column, name, int(index == own))
            for column, (_, own) in zip(columns, words, strict=True)
            for name, (index, _) in zip(names, rows, strict=True)
        ],
        columns=["column", "row", "value"],
    )
    base = alt.Chart(table).encode(
        x=alt.X("column:N", sort=columns, title=None, axis=_axis(orient="top", labelAngle=-90, labelOverlap=False)),
        y=alt.Y("row:N", sort=names, title=None, axis=_axis(labelOverlap=False, labelLimit=220)),
    )
    faint = alt.Scale(domain=[0, 1], range=[0, 0.35])  # letters can be read on it, light and dark
    ones = base.mark_rect(cornerRadius=4).encode(opacity=alt.Opacity("value:Q", scale=faint, legend=None))
    digits = base.mark_text(fontSize=17, color="currentColor").encode(text="value:N")
    return alt.layer(ones, digits), len(rows)


def histogram(table: pd.DataFrame, *, x: str, y: str, width: int, ink: str | None = None) -> go.Figure:
    """Bars over bins, in Plotly: `x` is the first value of each, `width` how many values a bin holds.

    The heights are square roots, or the long lines of a text with many short ones could not be seen. The letters
    have the colour `ink`, as Plotly cannot take that of the page.
    """
    import plotly.graph_objects as go  # a third of a second that only the page of the texts needs

    most = int(table[y].max())
    ticks = sorted({round(most * share * share) for share in (0.0, 0.25, 0.5, 0.75, 1.0)})
    figure = go.Figure(
        go.Bar(
            x=table[x] + width / 2,
            y=np.sqrt(table[y]),
            width=0.92 * width,
            customdata=np.column_stack([table[x], table[x] + width - 1, table[y]]),
            hovertemplate=f"{x}: %{{customdata[0]}} to %{{customdata[1]}}<br>{y}: %{{customdata[2]:,}}<extra></extra>",
        )
    )
    lettering = _lettering(ink)
    figure.update_xaxes(title_text=x, showgrid=False, **lettering)
    figure.update_yaxes(title_text=y, tickvals=np.sqrt(ticks), ticktext=[f"{tick:,}" for tick in ticks], **lettering)
    return figure.update_layout(margin={"l": 10, "r": 10, "t": 10, "b": 10})


def zipf(counts: Sequence[tuple[str, int]], minimum_count: int, ink: str | None = None) -> go.Figure:
    """How often each word is seen against its rank, in Plotly; dashed what Zipf's law makes of the first.

    Args:
        counts: words with how often, the most frequent first. At most ZIPF_POINTS of them are drawn.
        minimum_count: a line where words begin to be too rare; none for 1.
        ink: the colour of the letters, as in `histogram`.
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
    lettering = _lettering(ink)
    figure.update_xaxes(type="log", title_text="Rank of the word", dtick=1, **lettering)
    figure.update_yaxes(type="log", title_text="Times seen", dtick=1, **lettering)
    return figure.update_layout(
        margin={"l": 10, "r": 10, "t": 70, "b": 10},
        legend={"orientation": "h", "y": 1.04, "yanchor": "bottom", "font_size": 16},
    )


def numbers(step: int) -> alt.LayerChart:
    """A matrix with every number written out: the first colour above zero, the second below, fuller the larger.

    Without its rows, as `loss_curve`: row, column, value, in their order. `step`: pixels of a column.
    """
    base = (
        alt.Chart(width=alt.Step(step), height=alt.Step(34))
        .transform_filter("isValid(datum.row)")  # before its rows have come, Vega draws an empty one
        .transform_calculate(size="abs(datum.value)", sign="datum.value < 0 ? 'below' : 'above'")
        .encode(
            x=alt.X("column:O", sort=None, title=None, axis=_axis(orient="top", labelAngle=0, **_BARE)),
            y=alt.Y("row:O", sort=None, title=None, axis=_axis(**_BARE)),
            tooltip=[alt.Tooltip("row:N"), alt.Tooltip("column:N"), alt.Tooltip("value:Q", format=".6g")],
        )
    )
    cells = base.mark_rect(cornerRadius=3).encode(
        color=alt.Color("sign:N", scale=alt.Scale(domain=["above", "below"]), legend=None),
        opacity=alt.Opacity("size:Q", scale=alt.Scale(range=[0.03, 0.6]), legend=None),
    )
    words = base.mark_text(fontSize=16, color="currentColor").encode(text=alt.Text("value:Q", format=".3f"))
    return alt.layer(cells, words)


_BARE = {"ticks": False, "domain": False, "labelFlush": False, "labelOverlap": False, "labelLimit": 240}


def over_steps(labels: Sequence[str], *, x_title: str, y_title: str, log: bool = False) -> alt.LayerChart:
    """One line for each label. Without its rows: at, value, label."""
    scale = alt.Scale(type="log") if log else alt.Scale(zero=False)
    lines = alt.Chart().encode(
        x=alt.X("at:Q", title=x_title, axis=_axis(tickMinStep=1, tickCount=8, grid=False)),
        y=alt.Y("value:Q", title=y_title, scale=scale, axis=_upright(tickCount=6)),
        color=alt.Color("label:N", scale=alt.Scale(domain=list(labels)), legend=_legend() if labels[1:] else None),
        tooltip=[
            alt.Tooltip("label:N", title="Line"),
            alt.Tooltip("at:Q", title=x_title),
            alt.Tooltip("value:Q", title=y_title, format=".4g"),
        ],
    )
    return alt.layer(lines.mark_line(strokeWidth=3.5, clip=True))


def clipped(labels: Sequence[str]) -> alt.LayerChart:
    """Lengths of gradients, batch by batch: what they were thin and dashed, what clipping leaves in full.

    Without its rows, as `loss_curve`: at, value, label and part, as `gradients.clipped` gives them.
    """
    parts = [BEFORE_CLIPPING, AFTER_CLIPPING]
    lines = alt.Chart().encode(
        x=alt.X("at:Q", title="Batches", axis=_axis(tickMinStep=1, grid=False)),
        y=alt.Y("value:Q", title="Length of the gradient", scale=alt.Scale(zero=True), axis=_upright(tickCount=6)),
        color=alt.Color("label:N", scale=alt.Scale(domain=list(labels)), legend=_legend(labelLimit=320)),
        strokeDash=alt.StrokeDash("part:N", scale=alt.Scale(domain=parts, range=[[5, 5], [1, 0]]), legend=None),
        strokeWidth=alt.StrokeWidth("part:N", scale=alt.Scale(domain=parts, range=[2, 4]), legend=None),
        tooltip=["label:N", "part:N", "at:Q", alt.Tooltip("value:Q", title="Length", format=".3f")],
    )
    return alt.layer(lines.mark_line())


def gradient_sizes(labels: Sequence[str], lowest: int, highest: int) -> alt.LayerChart:
    """Gradients against steps back in time, a line with a band for each label, on a scale of powers of ten.

    Without its rows, as `loss_curve`: at, value, low, high, label, as `gradients.against_distance` gives them.
    What lies outside 10^lowest … 10^highest is cut off.
    """
    scale = alt.Scale(type="log", domain=[10.0**lowest, 10.0**highest], nice=False)
    powers = range(lowest, highest + 1, max(1, round((highest - lowest) / 6)))
    words = {str(power): f"10{str(power).translate(_RAISED)}" for power in powers} | {"0": "1"}
    axis = _upright(
        values=[10.0**power for power in powers], labelExpr=f"({words})[toString(round(log(datum.value) / LN10))]"
    )
    base = alt.Chart().encode(
        x=alt.X(
            "at:Q", title="Steps back in time", scale=alt.Scale(domain=[0, DISTANCE], nice=False),
            axis=_axis(grid=False, tickCount=10),
        ),
        color=alt.Color(
            "label:N", scale=alt.Scale(domain=list(labels)),
            legend=_legend(labelLimit=320, symbolType="stroke", symbolOpacity=1),
        ),
    )  # fmt: skip
    y = alt.Y("value:Q", title="What is left of the gradient", scale=scale, axis=axis)
    within = f"datum.value >= {10.0**lowest} && datum.value <= {10.0**highest}"  # a mark's own clip leaves some over
    bands = base.transform_filter(within).transform_calculate(
        bottom=f"max(datum.low, {10.0**lowest})", top=f"min(datum.high, {10.0**highest})"
    )
    bands = bands.mark_area(opacity=0.2).encode(y=alt.Y("bottom:Q", scale=scale), y2="top:Q")
    lines = (
        base.transform_filter(within)
        .mark_line(strokeWidth=4)
        .encode(
            y=y,
            tooltip=[
                alt.Tooltip("label:N", title="Cell"),
                alt.Tooltip("at:Q", title="Steps back"),
                alt.Tooltip("value:Q", title="Left", format=".2e"),
            ],
        )
    )
    return alt.layer(bands, lines)


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def verdict_course(table: pd.DataFrame, named: dict[int, str], y_title: str) -> alt.Chart | alt.LayerChart:
    """What a classifier believed after each word: one line for two classes, bands that fill the height for more.

    Args:
        table: place, word, label and chance, as `verdict.course` gives them. named: the words to write under it.
    """
    labels = list(dict.fromkeys(table["label"]))
    x = alt.X(
        "place:Q",
        title="Words read",
        scale=alt.Scale(nice=False),
        axis=_axis(
            values=list(named), labelExpr=f"({json.dumps({str(place): word for place, word in named.items()})})"
            "[datum.value]", labelAngle=-90, labelOverlap="greedy", labelLimit=120, grid=False,
        ),
    )  # fmt: skip
    base = alt.Chart(table).encode(
        x=x,
        tooltip=[
            alt.Tooltip("word:N", title="After"),
            alt.Tooltip("label:N", title="Class"),
            alt.Tooltip("chance:Q", title="Chance", format=".1%"),
        ],
    )
    axis = _upright(format="%", tickCount=5)
    if len(labels) > 1:
        return base.mark_area(opacity=0.9).encode(
            y=alt.Y("chance:Q", title=y_title, stack="zero", scale=alt.Scale(domain=[0, 1]), axis=axis),
            color=alt.Color("label:N", scale=alt.Scale(domain=labels), legend=_legend(labelLimit=320, wide=2)),
            order=alt.Order("rank:Q"),
        ).transform_calculate(rank=f"indexof({json.dumps(labels)}, datum.label)")  # fmt: skip
    y = alt.Y("chance:Q", title=y_title, scale=alt.Scale(domain=[0, 1]), axis=axis)
    even = (
        alt.Chart(pd.DataFrame({"chance": [0.5]}))
        .mark_rule(strokeDash=[6, 4], strokeWidth=2, color="#808080")
        .encode(y=y)
    )
    line = base.mark_line(strokeWidth=3.5, point=alt.OverlayMarkDef(size=60, filled=True)).encode(y=y)
    return alt.layer(even, line)


def confusion(counts: np.ndarray, labels: Sequence[str], ink: str | None = None) -> go.Figure:
    """How often each class (down) was taken for which (across), in Plotly; the colour is the share of the row.

    The letters of the axes have the colour `ink`.
    """
    import plotly.graph_objects as go

    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    names = [f"{label}{chr(0x2060) * i}" for i, label in enumerate(labels)]  # two titles may be alike
    figure = go.Figure(
        go.Heatmap(
            z=shares, x=names, y=names, text=counts, texttemplate="%{text}", textfont_size=17, showscale=False,
            zmin=0, zmax=1, hovertemplate="%{y} taken for %{x}: %{text} (%{z:.0%})<extra></extra>", xgap=2, ygap=2,
        )
    )  # fmt: skip
    lettering = _lettering(ink) | {"type": "category"}
    figure.update_xaxes(title_text="The network said", **lettering)
    figure.update_yaxes(title_text="It was", autorange="reversed", **lettering)
    return figure.update_layout(margin={"l": 10, "r": 10, "t": 10, "b": 10}, height=120 + 60 * len(labels))


_FAINT_TOO = alt.Scale(type="sqrt", domain=[0, 1], range=[0, 1])  # a tenth of the attention can be seen

# As wide as a letter. It begins with a word joiner, as Vega trims what begins with a space.
_ONE_LETTER = "\u2060\u00a0\u00a0\u00a0"


def with_ends(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of `loss_curves` with the column `end`: each run's letter where its curve ends, else nothing.

    That is the held-out curve, or the only one. Letters that would lie on one another stand side by side.
    """
    part = table.groupby("letter")["part"].transform("min")  # "held out" comes before "training"
    ends = table.loc[table[table["part"] == part].groupby("letter")["at"].idxmax()]
    near = 0.05 * (table["value"].max() - table["value"].min())
    texts = pd.Series("", index=table.index)
    for place, (row, end) in enumerate(ends.iterrows()):
        before = ends.iloc[:place]
        covered = before[(before["at"] == end["at"]) & ((before["value"] - end["value"]).abs() <= near)]
        texts[row] = len(covered) * _ONE_LETTER + end["letter"]
    return table.assign(end=texts)


def _axis(**options) -> alt.Axis:
    # The page's own text colour, light or dark: the theme's grey is too pale for a projector.
    ink = "currentColor"
    return alt.Axis(labelFontSize=16, titleFontSize=18, labelColor=ink, titleColor=ink, **options)


def _from_zero(title: str, room: Any, **axis) -> alt.X:
    """`at` from 0 to its last value, with so many pixels of room beyond, and before 0 as many with nothing in them."""
    unsaid = "datum.value < 0 ? '' : datum.label"
    scale = alt.Scale(nice=False, zero=True, padding=room)
    return alt.X("at:Q", title=title, scale=scale, axis=_axis(grid=False, labelExpr=unsaid, **axis))


def _upright(**options) -> alt.Axis:
    """Of y: the first and the last number stand at their lines, as all others do."""
    return _axis(labelFlush=False, **options)


def _lettering(ink: str | None) -> dict[str, Any]:
    """Of an axis in Plotly."""
    return {"tickfont_size": 16, "title_font_size": 17, "tickfont_color": ink, "title_font_color": ink}


def _legend(*, wide: int = 0, narrow: int = 2, **options) -> alt.Legend:
    """Names in `wide` columns, 0 for as many as there are; on a phone, which would cut them off, in `narrow` ones."""
    return alt.Legend(
        title=None, orient="top", direction="horizontal", labelFontSize=alt.ExprRef(f"{_PHONE} ? 16 : 20"),
        labelColor="currentColor", symbolSize=alt.ExprRef(f"{_PHONE} ? 200 : 350"), symbolStrokeWidth=4,
        columns=alt.ExprRef(f"{_PHONE} ? {narrow} : {wide}"), **options,
    )  # fmt: skip
