"""Where everything is: the pages of the sidebar, those that have an address only, and where old addresses lead.

Knows no page's content.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, NoReturn
from urllib.parse import parse_qs, urlencode

import streamlit as st

HOME, RUN = "Home", "Run"
_LAST = "_last_run"  # id of the run that this session looked at last
_HOME_PAGE = "_home_page"  # has no file to be named by


class Place(NamedTuple):
    """A page: its icon, and for one that has no entry in the sidebar the page that leads to it."""

    icon: str
    of: str = ""

    @property
    def hidden(self) -> bool:
        return bool(self.of)


# The name is that of the file, without its number and with spaces. A page that is not here comes last in the sidebar.
PAGES = {
    HOME: Place(":material/home:"),
    "Train": Place(":material/play_circle:"),
    "Runs": Place(":material/list:"),
    "Compare": Place(":material/compare:"),
    "Other tasks": Place(":material/category:"),
    "Lessons": Place(":material/school:"),
    "Texts": Place(":material/menu_book:"),
    "Class": Place(":material/co_present:"),
    RUN: Place(":material/show_chart:", of="Runs"),
    "Duel": Place(":material/swords:", of="Train"),
    "From scratch": Place(":material/function:", of="Lessons"),
    "Gradients": Place(":material/trending_down:", of="Lessons"),
    "Words and verse": Place(":material/segment:", of="Lessons"),
    "Memory": Place(":material/psychology:", of="Lessons"),
    "Wall": Place(":material/grid_view:", of="Runs"),
    "What is stored": Place(":material/privacy_tip:", of="Class"),
    "Quiz": Place(":material/quiz:", of="Lessons"),
}


class Move(NamedTuple):
    """Where an old address leads now: a page, and what its address has besides all that the old one had."""

    page: str
    fixed: Mapping[str, str] = MappingProxyType({})


# Old name -> where it leads with a run in the address, and where without one; None where it is still a page.
MOVED: dict[str, tuple[Move, Move | None]] = {
    "Train": (Move(RUN, {"tab": "watch"}), None),
    "Sample": (Move(RUN, {"tab": "sample"}),) * 2,
    "Temperature_lab": (Move(RUN, {"tab": "temperature"}),) * 2,
    "Write_with_it": (Move(RUN, {"tab": "write"}),) * 2,
    "Verdict": (Move(RUN, {"tab": "try"}), Move("Other tasks", {"do": "classify"})),
    "Forecast": (Move(RUN, {"tab": "try"}), Move("Other tasks", {"do": "forecast"})),
    "Translate": (Move(RUN, {"tab": "try"}), Move("Other tasks", {"do": "translate"})),
    "Corpora": (Move("Texts"),) * 2,
}
# A falling loss curve. Without one the browser fetches the page's icon from a stranger's server.
_FAVICON = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7"
fill="#14213d"/><path d="M6 6c1 14 7 18 20 19" fill="none" stroke="#ffa24d" stroke-width="4" stroke-linecap="round"/>
</svg>"""
# The product's name, in the letters of the headings; the sidebar is dark in both themes.
_NAME = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 118 32" width="118" height="32"><path
d="M6 6c1 14 7 18 20 19" fill="none" stroke="#ffa24d" stroke-width="4" stroke-linecap="round"/><text x="36" y="24"
font-family="serif" font-weight="700" font-size="24" fill="#fdf6e3">rnnkit</text></svg>"""
# The run stands in the address of its page, which is no new step for Back, and in a cookie of this dashboard.
_MEMORY = """const here = new URL(location)
if (/\\/Run$/.test(here.pathname) && !here.searchParams.get("run")) {
  here.searchParams.set("run", run)
  history.replaceState(history.state, "", here)
}
document.cookie = `rnnkit_run=${run}; path=${new URL(".", document.baseURI).pathname}; max-age=2592000; samesite=lax`"""
_PAGES = Path(__file__).parents[2]


def moved(name: str, query: str) -> str | None:
    """Where an old address leads now, relative to it and with all its parameters; None where it is no old one.

    Args:
        name: the last part of its path.
        query: what stands behind the question mark.
    """
    with_run, without = MOVED.get(name, (None, None))
    to = with_run if parse_qs(query).get("run") else without
    if to is None:
        return None
    asked = "&".join(filter(None, [urlencode(to.fixed), query]))
    return _path(to.page) + (f"?{asked}" if asked else "")


def sidebar(home: Callable[[], None]) -> st.Page:
    """The page that the address asks for, after the sidebar is drawn; `home` is the one without a file."""
    # Before the sidebar comes: its first width stays, and the page's icon would be the favicon.
    st.set_page_config(page_icon=_FAVICON, layout="wide", initial_sidebar_state=290)
    st.logo(_NAME, size="large", icon_image=_FAVICON)
    names = [*PAGES, *(name for name in _files() if name not in PAGES)]
    pages = [
        st.Page(
            _files().get(name, home), title=name, icon=icon(name), default=name == HOME,
            visibility="hidden" if name in PAGES and PAGES[name].hidden else "visible",
        )
        for name in names
    ]  # fmt: skip
    st.session_state[_HOME_PAGE] = pages[0]
    return st.navigation(pages, expanded=True)


def exists(name: str) -> bool:
    """Whether there is a page of this name."""
    return name in _files()


def icon(name: str) -> str:
    """A page's icon, a sheet of paper where the table has none."""
    return PAGES[name].icon if name in PAGES else ":material/article:"


def link(name: str, label: str, icon: str | None = "", **address: str) -> None:
    """A way to the page called `name`; `address` is what stands behind the question mark.

    Args:
        icon: without one it is the page's own; None for none.
    """
    shown = icon and f":material/{icon}:"
    st.page_link(_file(name), label=label, icon=PAGES[name].icon if shown == "" else shown, query_params=address)


def back(name: str) -> None:
    """The way to the page that leads to this one, where the sidebar has no entry for it."""
    if name in PAGES and PAGES[name].of:
        link(PAGES[name].of, PAGES[name].of, "arrow_back")


def run_link(run_id: str, label: str, tab: str = "watch", icon: str | None = "arrow_forward", **address: str) -> None:
    """A way to a tab of a run."""
    link(RUN, label, icon, run=run_id, tab=tab, **address)


def race(corpus: str = "") -> None:
    """A way to a race of networks, on this text where one is named."""
    link("Duel", "Race two networks", **({"corpus": corpus} if corpus else {}))


def leave_for(name: str, **address: str | list[str]) -> NoReturn:
    """Show another page, from its top."""
    st.switch_page(st.session_state[_HOME_PAGE] if name == HOME else _file(name), query_params=address)


def look_at(run_id: str, label: str) -> None:
    """Remember the run: pages that need one and were not told which begin with it, also after the page was loaded anew.

    Args:
        label: its name, as Markdown.
    """
    st.session_state[_LAST] = run_id
    with st.container(key="run_memory"):
        st.html(f"<script>{{ const run = {json.dumps(run_id)}\n{_MEMORY} }}</script>", unsafe_allow_javascript=True)
    last_looked_at(run_id, label)


def last_looked_at(run_id: str, label: str) -> None:
    """The way back to the run that was looked at last, in the sidebar."""
    with st.sidebar:
        st.markdown(":small[Last looked at]")
        run_link(run_id, label, icon="show_chart")


def last_run() -> str:
    """The id of the run that was looked at last in this window, else in this browser; it may be deleted by now."""
    return st.session_state.get(_LAST) or st.context.cookies.get("rnnkit_run", "")


def _path(name: str) -> str:
    return name.replace(" ", "_")


def _file(name: str) -> str:
    return f"pages/{_files()[name].name}"


@cache
def _files() -> dict[str, Path]:
    """Name -> file, in the order of the files' numbers."""
    files = sorted(_PAGES.glob("[0-9]*.py"), key=lambda file: int(file.stem.partition("_")[0]))
    return {file.stem.partition("_")[2].replace("_", " "): file for file in files}
