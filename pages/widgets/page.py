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

from rnnkit import scheduler, settings
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
        scheduler.ensure_running(store)
        yield store


@contextmanager
def calm(*known: type[Exception]) -> Iterator[None]:
    """What a person can mend is shown as its sentence; anything else is logged and said without a traceback.

    Also a decorator, for fragments and dialogs, which run outside the page's own frame.

    Args:
        known: errors that were told already and need no words here.
    """
    try:
        yield
    except known:
        return
    except PersonError as error:
        st.error(plain(str(error)), icon=":material/error:")
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


def plain(text: str) -> str:
    """`text` so that Markdown shows it letter by letter: names, titles, symbols that people or networks wrote.

    A backslash takes the meaning from punctuation; a word joiner (invisible) parts what Streamlit
    would still read as an icon, an emoji, an arrow or an address.
    """
    joined = "".join(f"\u2060{letter}" if letter in ":.@->" else letter for letter in text)
    return "".join(f"\\{letter}" if letter in _PUNCTUATION else letter for letter in joined)


_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
