"""A written text symbol by symbol, with the entropy of every step as bars under it; one symbol can be picked.

A component of its own, since nothing of Streamlit's aligns bars with letters, wraps them together on a phone
and goes from one to the next with the arrow keys. Knows no network.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import pandas as pd
import streamlit as st

from pages.widgets.shared import page

_FRAME = '<div class="strip"><div class="prompt"></div><div role="listbox" aria-label="Written tokens"></div></div>'
_STRIP = page.component("rnnkit_symbol_strip", __file__, _FRAME)


def show(
    prompt: str, symbols: pd.DataFrame, *, at: int, overrides: Collection[int], key: str, on_pick: Callable[[int], None]
) -> None:
    """Draw the text of `temperature_lab.symbols`, the symbol at place `at` picked; `on_pick` gets the place of another.

    Args:
        overrides: places where a person has chosen the symbol; they are underlined.
    """

    def picked() -> None:
        place = st.session_state[key].picked  # whatever the browser has sent
        if isinstance(place, int) and 0 <= place < len(symbols):
            on_pick(place)

    columns = {name: symbols[name].tolist() for name in ("before", "after", "gap", "line_end")}
    columns["symbols"] = symbols["symbol"].tolist()
    columns["mark"] = [symbol in "␣⏎⇥" for symbol in columns["symbols"]]
    columns["turn"] = [place in overrides for place in range(len(symbols))]
    most = max(1.0, symbols["before"].max(), symbols["after"].max())
    _STRIP(key=key, data={"prompt": prompt, "at": at, "most": most, **columns}, on_picked_change=picked)
