"""How every chart looks: letters as large as a projector needs, in the colour of the page, light or dark.

Knows no table and no page.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import altair as alt

PHONE = "width < 420"  # of a Vega chart, in pixels
ZOOM = "zoom"  # the name of the selection of what was dragged across a chart
TEXT = "currentColor"  # the page's own text colour: the theme's grey is too pale for a projector
Layers = alt.LayerChart | alt.FacetChart  # what `alt.layer` says that it gives
GREY = "#808080"  # as far from a light page as from a dark one


def tips(*fields: tuple[str, ...]) -> list[alt.Tooltip]:
    """What a mark says when one points at it: each field with its title, and its format where one is given."""
    return [
        alt.Tooltip(field, title=title, format=form[0] if form else alt.Undefined) for field, title, *form in fields
    ]


def color(field: str, domain: Iterable[str], legend: alt.Legend | None = None) -> alt.Color:
    """The theme's colours, light or dark, in the order of the values in `domain`."""
    return alt.Color(field, scale=alt.Scale(domain=list(domain)), legend=legend)


def axis(**options) -> alt.Axis:
    """An axis in letters that can be read from the last row."""
    return alt.Axis(labelFontSize=16, titleFontSize=18, labelColor=TEXT, titleColor=TEXT, **options)


Span = tuple[float, float]


def drag() -> alt.Parameter:
    """A part of the x axis that somebody drags across, for the page to show alone. The wheel stays the page's."""
    mark = alt.BrushConfig(fill=GREY, fillOpacity=0.3, stroke=GREY)
    return alt.selection_interval(name=ZOOM, encodings=["x"], zoom=False, translate=False, mark=mark)


def across(within: Span | None, **options: Any) -> alt.Scale:
    """A scale of the x axis, of the part `within`, or of all with these options; of times it has none."""
    if within:
        options = {"domain": list(within)} | ({"zero": False} if options else {})
    return alt.Scale(nice=False, **options)


def upright(**options) -> alt.Axis:
    """Of y: the first and the last number stand at their lines, as all others do."""
    return axis(labelFlush=False, **options)


def lettering(text_color: str | None) -> dict[str, Any]:
    """Of an axis in Plotly."""
    return {"tickfont_size": 16, "title_font_size": 17, "tickfont_color": text_color, "title_font_color": text_color}


def legend(*, wide: int = 0, narrow: int = 2, **options) -> alt.Legend:
    """Names in `wide` columns, 0 for as many as there are; on a phone, which would cut them off, in `narrow` ones."""
    return alt.Legend(
        title=None, orient="top", direction="horizontal", labelFontSize=alt.ExprRef(f"{PHONE} ? 16 : 20"),
        labelColor=TEXT, symbolSize=alt.ExprRef(f"{PHONE} ? 200 : 350"), symbolStrokeWidth=4,
        columns=alt.ExprRef(f"{PHONE} ? {narrow} : {wide}"), **options,
    )  # fmt: skip
