"""The sidebar: which section a page stands in, under which name and icon. The one table of all pages.

Knows no page's content.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import streamlit as st

HOME = "Home"
# Section -> name -> icon. The name is that of the file, without its number and with spaces.
SECTIONS = {
    "": {HOME: ":material/home:"},
    "Learn": {"Train": ":material/play_circle:", "Compare": ":material/compare:", "Duel": ":material/swords:"},
    "Write": {
        "Sample": ":material/edit_note:",
        "Write with it": ":material/keyboard:",
        "Temperature lab": ":material/experiment:",
    },
    "Classify, forecast, translate": {
        "Verdict": ":material/gavel:",
        "Forecast": ":material/insights:",
        "Translate": ":material/translate:",
    },
    "Understand": {"From scratch": ":material/function:", "Gradients": ":material/trending_down:"},
    "Texts": {"Corpora": ":material/menu_book:", "Words and verse": ":material/segment:"},
}
ICONS = {name: icon for pages in SECTIONS.values() for name, icon in pages.items()}
# A falling loss curve. Without one the browser fetches the page's icon from a stranger's server.
_FAVICON = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7"
fill="#14213d"/><path d="M6 6c1 14 7 18 20 19" fill="none" stroke="#ffa24d" stroke-width="4" stroke-linecap="round"/>
</svg>"""
_PAGES = Path(__file__).parents[2]


def sidebar(home: Callable[[], None]) -> st.Page:
    """The page that the address asks for, after the sidebar is drawn; `home` is the one without a file.

    A page that no section names comes last.
    """
    # Before the sidebar comes: its first width stays, and the page's icon would be the favicon.
    st.set_page_config(page_icon=_FAVICON, layout="wide", initial_sidebar_state=290)
    pages = {name: st.Page(_files().get(name, home), title=name, icon=icon(name), default=name == HOME)
             for names in _sections().values() for name in names}  # fmt: skip
    return st.navigation({section: [pages[name] for name in names] for section, names in _sections().items()},
                         expanded=True)  # fmt: skip


def icon(name: str) -> str:
    """A page's icon, a sheet of paper where the table has none."""
    return ICONS.get(name, ":material/article:")


def link(name: str, label: str, icon: str | None = "", **address: str) -> None:
    """A way to the page called `name`; `address` is what stands behind the question mark.

    Args:
        icon: without one it is the page's own; None for none.
    """
    shown = icon and f":material/{icon}:"
    st.page_link(
        f"pages/{_files()[name].name}", label=label, icon=ICONS[name] if shown == "" else shown, query_params=address
    )


@cache
def _files() -> dict[str, Path]:
    """Name -> file, in the order of the files' numbers."""
    files = sorted(_PAGES.glob("[0-9]*.py"), key=lambda file: int(file.stem.partition("_")[0]))
    return {file.stem.partition("_")[2].replace("_", " "): file for file in files}


@cache
def _sections() -> dict[str, list[str]]:
    unnamed = [name for name in _files() if name not in ICONS]
    return {section: list(names) for section, names in SECTIONS.items()} | ({"More": unnamed} if unnamed else {})
