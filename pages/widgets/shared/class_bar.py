"""The class in the frame of every page: what the teacher shows and whether all is paused, and the teacher's presses.

Lives from the feed and costs no rerun. Knows no page.
"""

from __future__ import annotations

import time
from typing import Any

import streamlit as st

from pages.widgets.shared import navigation
from rnnkit.config import one_line
from rnnkit.errors import ConfigError
from rnnkit.people import classes
from rnnkit.store import Store

MOST_ADDRESS, MOST_LABEL = 1500, 80  # characters
_KEY, _ORDER = "class_bar", "_class_bar_order"


def show(component: Any, store: Store) -> None:
    """The bar; nothing is seen of it while no class is open, or it has nothing to say. Raises as what was pressed does.

    Args:
        component: the one that `page.component` makes of this file.
    """
    order = st.session_state.pop(_ORDER, None)
    with st.container(key=_KEY):
        component(key=f"{_KEY}_says", data={"order": str(order)}, on_order_change=_heard)
        if order is not None:
            classes.change(store, **wanted(order))


def _heard() -> None:
    st.session_state[_ORDER] = st.session_state[f"{_KEY}_says"].order


def wanted(order: Any) -> dict[str, Any]:
    """What a press changes in the class; a browser may send anything. Raises ConfigError."""
    act = order.get("act") if isinstance(order, dict) else None
    if act in ("pause", "go"):
        return {"paused": act == "pause"}
    if act == "stop":
        return {"shown": None}
    if act != "show":
        raise ConfigError(f"class: expected to show, stop, pause or go, got {str(act)[:40]!r}")
    address, label = str(order.get("address", "")), one_line(str(order.get("label", "")))[:MOST_LABEL]
    page = address.partition("?")[0].replace("_", " ")
    if (page and page not in navigation.PAGES) or len(address) > MOST_ADDRESS:
        raise ConfigError(f"class: expected the address of a page to show, got {address[:60]!r}")
    shown = {"address": address, "label": label or page or navigation.HOME, "take": order.get("take") is True}
    return {"shown": shown | {"at": round(time.time(), 2)}}
