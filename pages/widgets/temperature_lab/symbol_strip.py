"""A written text symbol by symbol, with the entropy of every step as bars under it; one symbol can be picked.

A component of its own, since nothing of Streamlit's aligns bars with letters, wraps them together on a phone
and goes from one to the next with the arrow keys. Knows no network.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

import pandas as pd
import streamlit as st

_HERE = Path(__file__)
_STRIP = st.components.v2.component(
    "rnnkit_symbol_strip",
    html='<div class="strip"><div class="prompt"></div><div role="listbox" aria-label="Written symbols"></div></div>',
    css=_HERE.with_suffix(".css").read_text("utf-8"),
    js=_HERE.with_suffix(".js").read_text("utf-8"),
)


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
