"""The frame of every page: title, one line, the open store, errors as calm sentences.

    with page.start("Compare", "Two to four runs beside each other.", icon=":material/compare:") as store:
        ...

Knows no page and no run.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import streamlit as st

from rnnkit import settings
from rnnkit.errors import PersonError
from rnnkit.store import Store

_log = logging.getLogger("rnnkit.pages")


@contextmanager
def start(title: str, line: str, *, icon: str = ":material/neurology:") -> Iterator[Store]:
    """Open a page: its header, then its body with the store. What goes wrong in the body becomes a sentence.

    Args:
        title: what the sidebar and the browser's tab say.
        line: one sentence under the title.
        icon: a Material icon, `:material/...:`.
    """
    st.set_page_config(page_title=f"{title} · rnnkit", page_icon=icon, layout="wide")
    st.title(f"{icon} {title}", anchor=False)
    st.markdown(line)
    with calm():
        store = open_store(settings.store_url())
        with suppress(ImportError):
            from rnnkit import scheduler

            scheduler.ensure_running(store)
        yield store


@contextmanager
def calm() -> Iterator[None]:
    """What a person can mend is shown as its sentence; anything else is logged and said without a traceback.

    Also a decorator, for fragments and dialogs, which run outside the page's own frame.
    """
    try:
        yield
    except PersonError as error:
        st.error(markdown_safe(str(error)), icon=":material/error:")
    except Exception:
        _log.exception("a page failed")
        st.error(
            "Something went wrong on our side. Nothing is lost: training goes on and every finished epoch is kept. "
            "Load the page again; the details are in the server's log.",
            icon=":material/error:",
        )


@st.cache_resource(show_spinner=False, max_entries=4)
def open_store(url: str) -> Store:
    """The store, opened once for all sessions; the trained networks that came with the program are in it."""
    store = Store(url)
    with suppress(ImportError):
        from rnnkit import exports

        exports.import_pretrained(store)
    return store


def markdown_safe(text: str) -> str:
    """`text` so that Markdown shows it letter by letter: names, titles, symbols that people or networks wrote."""
    return "".join(f"\\{letter}" if letter in _MARKDOWN else letter for letter in text)


_MARKDOWN = frozenset("\\`*_{}[]()<>#+-.!|~$:&^=\"'@/")
