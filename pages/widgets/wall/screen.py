"""The wall: a component that lives from the feed. A viewer costs no rerun.

What is hidden, nameless and frozen is kept by the class where there is one, which its teacher changes by a press; else
by the address of the page.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from pages.widgets.shared import navigation, page
from rnnkit.errors import ConfigError
from rnnkit.feed import wall as walls
from rnnkit.people import acting, classes
from rnnkit.store import Store

MOST_HIDDEN = 60
_SORTS = ("name", "progress", "gain")
_SCREEN = page.component("rnnkit_wall", __file__)
_KEY, _ORDER = "wall", "_wall_order"


@st.fragment
@page.user_errors()
def show(store: Store) -> None:
    """The screen of all tiles; what was pressed on it changes the class before it is drawn."""
    order = st.session_state.pop(_ORDER, None)
    if order is not None and (opened := store.open_class()):
        places = partial(walls.places, acting.plain(store))
        classes.change(store, wall=wanted(order, opened.settings.get("wall") or {}, places))
    leads, turn = acting.person(store).leads, str(order) if order else None
    data = {"leads": leads, "has_class_page": "Class" in navigation.PAGES, "order": turn}
    _SCREEN(key=_KEY, data=data, on_order_change=_heard)


def _heard() -> None:
    st.session_state[_ORDER] = st.session_state[_KEY].order


def wanted(order: Any, now: dict[str, Any], places: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What a press changes of the wall, which is `now`; a browser may send anything. Raises ConfigError.

    Args:
        places: says where all runs are at this moment, which is what a frozen wall shows.
    """
    given = order if isinstance(order, dict) else {}
    found: dict[str, Any] = {name: given[name] is True for name in ("anonymous", "open") if name in given}
    if "frozen" in given:
        found["frozen"] = places() if given["frozen"] is True else None
    if given.get("sort") in _SORTS:
        found["sort"] = given["sort"]
    if isinstance(run := given.get("hide"), str):
        found["hidden"] = [*[one for one in now.get("hidden") or () if one != run[:40]], run[:40]][-MOST_HIDDEN:]
    elif given.get("show_all") is True:
        found["hidden"] = []
    if not found:
        raise ConfigError(f"wall: expected what to hide, name, freeze, open or sort, got {str(order)[:60]!r}")
    return found
