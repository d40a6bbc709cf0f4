"""Curves: whatever changes over epochs, steps or distance.

Altair, as these move: Streamlit puts new rows into a Vega chart in place, and one that is drawn with `on_select`
keeps its selected lines (measured: Plotly is mounted anew, ECharts forgets its legend). Knows no store and no page.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import altair as alt
import pandas as pd

from rnnkit.charts import look

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def novelty(table: pd.DataFrame, usual: float | None, y_title: str) -> look.Layers:
    """How much is new in what a network writes, against epochs: one line per temperature, dashed the text's own.

    Args:
        table: epoch, temperature (a word) and novelty (0 to 1).
        usual: novelty of the text itself.
    """
    y = _share("novelty:Q", y_title)
    color = look.color("temperature:N", sorted(set(table["temperature"]), key=float), look.legend(narrow=4))
    lines = _over_epochs(table, y, ("temperature:N", "Temperature"), color=color)
    return alt.layer(*([] if usual is None else _text_itself(y, novelty=usual)), lines)


def missing_ingredients(table: pd.DataFrame, own: float) -> look.Layers:
    """The share of ingredients that are not on the list against epochs; dashed that of the text itself.

    Args:
        table: epoch, share (0 to 1) and its counts: missing, used and recipes.
        own: the share of the training text.
    """
    y = _share("share:Q", "Not on the list")
    counts = (("missing:Q", "Missing"), ("used:Q", "Ingredients used"), ("recipes:Q", "Recipes"))
    return alt.layer(*_text_itself(y, share=own), _over_epochs(table, y, *counts))


def keystrokes_saved(table: pd.DataFrame, at: float) -> look.Layers:
    """The share of keystrokes that suggestions save against epochs, and a rule at the epoch `at`.

    Args:
        table: epoch and saved (0 to 1).
    """
    y = _share("saved:Q", "Keystrokes saved", alt.Scale(zero=True))
    return alt.layer(_rule_at(at), _over_epochs(table, y))


def shares(table: pd.DataFrame, at: float, y_title: str) -> look.Layers:
    """Shares of runs against epochs, one line per run, and a rule at the epoch `at`.

    Args:
        table: run (its name), epoch and share (0 to 1).
    """
    color = look.color("run:N", dict.fromkeys(table["run"]), look.legend(labelLimit=420, wide=1, narrow=1))
    return alt.layer(_rule_at(at), _over_epochs(table, _share("share:Q", y_title), ("run:N", "Run"), color=color))


def _over_epochs(table: pd.DataFrame, y: alt.Y, *tips: tuple[str, ...], **encoding: alt.Color) -> alt.Chart:
    """Lines with dots, `epoch` across."""
    said = look.tips(("epoch:Q", "Epoch"), *tips, (y["shorthand"], y["title"], ".1%"))
    line = alt.Chart(table).mark_line(strokeWidth=3.5, point=alt.OverlayMarkDef(size=110, filled=True))
    return line.encode(x=_epochs(), y=y, tooltip=said, **encoding)


def _epochs() -> alt.X:
    return alt.X("epoch:Q", title="Epochs", axis=look.axis(tickMinStep=1, tickCount=10, grid=False))


def _share(field: str, title: str, scale: alt.Scale | None = None) -> alt.Y:
    """In percent; from none to all where no scale is given."""
    scale = scale or alt.Scale(domain=[0, 1])
    return alt.Y(field, title=title, scale=scale, axis=look.upright(format="%", tickCount=5))


def _rule_at(epoch: float) -> alt.Chart:
    return alt.Chart(pd.DataFrame({"epoch": [epoch]})).mark_rule(color=look.TEXT, strokeWidth=2).encode(x=_epochs())


def _text_itself(y: alt.Y, **value: float) -> list[alt.Chart]:
    """A dashed line at the value of the training text itself, and its label."""
    line = alt.Chart(pd.DataFrame({**{name: [one] for name, one in value.items()}, "label": ["the text itself"]}))
    rule = line.mark_rule(color=look.TEXT, strokeWidth=2, strokeDash=[6, 4]).encode(y=y)
    words = line.mark_text(color=look.TEXT, fontSize=16, align="right", dx=-6, dy=-12)
    return [rule, words.encode(y=y, x=alt.value("width"), text="label:N")]


def around(rows: pd.DataFrame) -> tuple[float, float, float, float]:
    """The least and the most of `at` and of `value`, the latter in whole tenths."""
    low, high = math.floor(10 * rows["value"].min()) / 10, math.ceil(10 * rows["value"].max()) / 10
    return float(rows["at"].min()), float(rows["at"].max()), low, high


def lines_over_steps(
    labels: Sequence[str], *, x_title: str, y_title: str, log: bool = False,
    within: tuple[float, float, float, float] | None = None,
) -> look.Layers:  # fmt: skip
    """One line for each label. Without its rows: at, value, label.

    Args:
        within: as `around` gives it, of rows that do not change: Vega warns of axes that it has no rows for yet.
    """
    scale = alt.Scale(type="log") if log else alt.Scale(zero=False)
    across = alt.Scale()
    if within:
        across, scale = alt.Scale(domain=within[:2], nice=False), alt.Scale(domain=within[2:])
    lines = alt.Chart().encode(
        x=alt.X("at:Q", title=x_title, scale=across, axis=look.axis(tickMinStep=1, tickCount=8, grid=False)),
        y=alt.Y("value:Q", title=y_title, scale=scale, axis=look.upright(tickCount=6)),
        color=look.color("label:N", labels, look.legend() if labels[1:] else None),
        tooltip=look.tips(("label:N", "Line"), ("at:Q", x_title), ("value:Q", y_title, ".4g")),
    )
    return alt.layer(lines.mark_line(strokeWidth=3.5, clip=True))


def gradient_lengths(
    labels: Sequence[str], before: str, after: str, within: tuple[float, float, float, float]
) -> look.Layers:
    """Lengths of gradients, batch by batch: thin and dashed before clipping, solid after it.

    Without its rows: at, value, label and part (`before` or `after`).

    Args:
        within: as `around` gives it, of these rows: Vega warns of axes that it has no rows for yet.
    """
    across, up = alt.Scale(domain=within[:2], nice=False), alt.Scale(domain=[0, within[3]])
    lines = alt.Chart().encode(
        x=alt.X("at:Q", title="Batches", scale=across, axis=look.axis(tickMinStep=1, grid=False)),
        y=alt.Y("value:Q", title="Gradient norm", scale=up, axis=look.upright(tickCount=6)),
        color=look.color("label:N", labels, look.legend(labelLimit=320)),
        tooltip=["label:N", "part:N", "at:Q", alt.Tooltip("value:Q", title="Length", format=".3f")],
    )
    return alt.layer(
        lines.transform_filter(alt.datum.part == before).mark_line(strokeWidth=2, strokeDash=[5, 5]),
        lines.transform_filter(alt.datum.part == after).mark_line(strokeWidth=4),
    )


def seed_bands(labels: Sequence[str], *, x_title: str, y_title: str) -> look.Layers:
    """One line for each label, and a band around it from low to high. Without its rows: at, value, low, high, label."""
    scale, axis = alt.Scale(zero=False), look.upright(tickCount=6)
    base = alt.Chart().encode(
        x=alt.X("at:Q", title=x_title, axis=look.axis(tickMinStep=1, tickCount=8, grid=False)),
        color=look.color("label:N", labels, look.legend(labelLimit=320)),
    )
    figures = (("value:Q", "Mean", ".4f"), ("low:Q", "Lower", ".4f"), ("high:Q", "Upper", ".4f"))
    lines = base.mark_line(strokeWidth=3.5).encode(
        y=alt.Y("value:Q", title=y_title, scale=scale, axis=axis),
        tooltip=look.tips(("label:N", "Network"), ("at:Q", x_title, ",.2f"), *figures),
    )
    bands = base.mark_area(opacity=0.2).encode(y=alt.Y("low:Q", title=y_title, scale=scale, axis=axis), y2="high:Q")
    return alt.layer(bands, lines)


def gradient_sizes(labels: Sequence[str], steps: int, lowest: int, highest: int) -> look.Layers:
    """Gradients over 0 to `steps` steps back in time, a line with a band for each label, on a scale of powers of ten.

    Without its rows: at, value, low, high, label. Values outside 10^lowest … 10^highest are cut off.
    """
    scale = alt.Scale(type="log", domain=[10.0**lowest, 10.0**highest], nice=False)
    powers = range(lowest, highest + 1, max(1, round((highest - lowest) / 6)))
    words = {str(power): f"10{str(power).translate(_RAISED)}" for power in powers} | {"0": "1"}
    axis = look.upright(
        values=[10.0**power for power in powers], labelExpr=f"({words})[toString(round(log(datum.value) / LN10))]"
    )
    across = alt.Scale(domain=[0, steps], nice=False)
    base = alt.Chart().encode(
        x=alt.X("at:Q", title="Steps back in time", scale=across, axis=look.axis(grid=False, tickCount=10)),
        color=look.color("label:N", labels, look.legend(labelLimit=320, symbolType="stroke", symbolOpacity=1)),
    )
    within = f"datum.value >= {10.0**lowest} && datum.value <= {10.0**highest}"  # a mark's own clip leaves some over
    bands = base.transform_filter(within).transform_calculate(
        bottom=f"max(datum.low, {10.0**lowest})", top=f"min(datum.high, {10.0**highest})"
    )
    bands = bands.mark_area(opacity=0.2).encode(y=alt.Y("bottom:Q", scale=scale), y2="top:Q")
    lines = base.transform_filter(within).mark_line(strokeWidth=4).encode(
        y=alt.Y("value:Q", title="Relative gradient norm", scale=scale, axis=axis),
        tooltip=look.tips(("label:N", "Cell"), ("at:Q", "Steps back"), ("value:Q", "Left", ".2e")),
    )  # fmt: skip
    return alt.layer(bands, lines)
