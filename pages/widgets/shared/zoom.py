"""Looking closer at a chart: drag across it, or press a button. The wheel is the page's; no way leads out of the data.

What is shown lives in the session and not in the chart, so that it stays when a run that trains brings new points.
Knows no chart and no run.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from rnnkit.charts import look

NOTE = "Drag across the chart to look closer."
LEAST = 1e-4  # of the whole: nothing narrower is shown
Span = tuple[float, float]


class Zoom(NamedTuple):
    """What a chart shows of its x axis, from `whole` on its data; `shown` is None for all of it."""

    name: str
    whole: Span
    shown: Span | None

    @property
    def drawn(self) -> dict[str, Any]:
        """How the chart is drawn: each part with a key of its own, or the browser keeps what was dragged across."""
        key = f"{self.name} {self.shown}"
        return {"key": key, "on_select": lambda: self._selected(key)}

    def rows(self, table: pd.DataFrame, *lines: str) -> pd.DataFrame:
        """Those that are shown, with a neighbour on either side, so that the lines (a column each) reach the edges."""
        if self.shown is None:
            return table
        inside = table["at"].between(*self.shown)
        of_lines = inside.groupby([table[name] for name in lines])
        return table[inside | of_lines.shift(1, fill_value=False) | of_lines.shift(-1, fill_value=False)]

    def buttons(self) -> None:
        """For who does not drag: closer, further, along, and all of it."""
        start, end = self.shown or self.whole
        half, quarter = (end - start) / 2, (end - start) / 4
        ways = (
            ("Zoom in", "zoom_in", (start + quarter, end - quarter), True),
            ("Zoom out", "zoom_out", (start - half, end + half), self.shown),
            ("Earlier", "chevron_left", (start - half, end - half), self.shown and start > self.whole[0]),
            ("Later", "chevron_right", (start + half, end + half), self.shown and end < self.whole[1]),
            ("Show all", "zoom_out_map", self.whole, self.shown),
        )
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            for label, icon, to, possible in ways:
                st.button(
                    label, icon=f":material/{icon}:", type="tertiary", key=f"{self.name} {label}",
                    disabled=not possible, on_click=self._show, args=(to,),
                )  # fmt: skip

    def _selected(self, key: str) -> None:
        """What somebody has dragged across; the browser may send anything."""
        dragged = st.session_state[key]["selection"].get(look.ZOOM, {}).get("at")
        if isinstance(dragged, list) and len(dragged) == 2:
            start, end = sorted(map(float, dragged))
            self._show((start, end))

    def _show(self, to: Span) -> None:
        st.session_state[self.name] = _within(to, self.whole)


def of(name: str, at: pd.Series) -> Zoom:
    """The zoom of the chart called `name`, whose x axis has the values `at`: numbers, or times."""
    whole = _numbers(at)
    shown = st.session_state.get(name)
    return Zoom(name, whole, shown and _within(shown, whole))


def _numbers(at: pd.Series) -> Span:
    """From the first to the last; of times in milliseconds, as the browser counts them."""
    if pd.api.types.is_datetime64_any_dtype(at):
        behind = 60_000 * (st.context.timezone_offset or 0)  # the browser reads times without a zone as its own
        at = at.astype("datetime64[ms]").astype("int64") + behind
    return float(at.min()), float(at.max())


def _within(span: Span, whole: Span) -> Span | None:
    """The span moved and cut to lie within the whole; None where that is all of it."""
    size = max(span[1] - span[0], LEAST * (whole[1] - whole[0]))
    start = max(whole[0], min(span[0], whole[1] - size))
    end = min(whole[1], start + size)
    return None if (start, end) == whole else (start, end)
