"""The wall: a component that lives from the feed. A viewer costs no rerun.

The browser keeps what is hidden and nameless in the address of the page.
"""

from __future__ import annotations

from pages.widgets.shared import navigation, page
from rnnkit.store import Store

_SCREEN = page.component("rnnkit_wall", __file__)


def show(store: Store) -> None:
    """The screen of all tiles."""
    data = {"leads": store.open_class() is None, "has_class_page": "Class" in navigation.PAGES}
    _SCREEN(key="wall", data=data)
