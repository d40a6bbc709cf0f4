"""A slider over named places that only a hand moves.

A component of its own: where the options of Streamlit's slider grow while it is drawn, the browser sends the old value
back as if somebody had chosen it (1.67). Knows no epoch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from pages.widgets.shared import page

_FRAME = """<div class="places"><label for="place"></label><output for="place"></output>
<input id="place" type="range" min="0" step="1"></div>"""
_SLIDER = page.component("rnnkit_places_slider", __file__, _FRAME)


def show(label: str, places: Sequence[str], at: str, *, key: str, on_move: Callable[[str], None]) -> None:
    """The slider, standing at one of `places`; `on_move` gets the one to which a person has moved it."""

    def moved() -> None:
        place = st.session_state[key].moved  # whatever the browser has sent
        if place in places:
            on_move(place)

    data = {"label": label, "places": list(places), "at": list(places).index(at)}
    _SLIDER(key=key, data=data, on_moved_change=moved)
