"""The frame of every page: title, one line, the open store, errors as calm sentences.

    with page.start("Compare", "Loss, speed and samples of two to four runs.") as store:
        ...

Knows no page and no run.
"""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages.widgets.shared import account, class_bar, hidden, lesson_strip, named_runs, navigation, reads
from rnnkit import settings
from rnnkit.errors import PersonError, StoreAway
from rnnkit.lessons import glossary
from rnnkit.people import identity
from rnnkit.people.acting import ActingStore
from rnnkit.people.person import Role
from rnnkit.sharing import archive
from rnnkit.store import Store
from rnnkit.texts.symbols import harmless
from rnnkit.training import scheduler

_LOOK, _SCRIPT = (Path(__file__).with_suffix(kind).read_text("utf-8") for kind in (".css", ".js"))

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

    from rnnkit.charts.look import Layers

_log = logging.getLogger("rnnkit.pages")
LOOK_AGAIN_SECONDS = 5.0
WAITS = (
    "What trains goes on and waits for the store at the end of its epoch; finished epochs are safe. "
    "This page looks again by itself."
)


@contextmanager
def start(name: str, line: str, *, title: str | None = None, heading: bool = True) -> Iterator[Store]:
    """Open a page: its header, then its body with the store. What goes wrong in the body becomes a sentence.

    Args:
        name: what the sidebar calls the page; its icon is there too.
        line: one sentence under the title; empty where the page has better things to say.
        title: of the page and of the browser's tab, where it is another than its name.
        heading: without it the body writes the title.
    """
    title = title or name
    st.set_page_config(f"{title} · rnnkit", layout="wide")
    st.html(f"<style>{_LOOK}</style>")
    _only_members()
    account.say_why_not()
    with st.container(key="page_script"):
        st.html(f"<script>{_SCRIPT}</script>", unsafe_allow_javascript=True)  # ours, and the same on every page
        _lesson(name)
    hidden.hide(name)
    above = st.container()  # the bar of a class, once the store is open
    if heading:
        with st.container(horizontal=True, vertical_alignment="center"):
            navigation.back(name)
            st.title(f"{navigation.icon(name)} {title}", anchor=False, width="stretch")
    if line:
        st.markdown(line)
    store = _opened()
    account.in_sidebar(store)
    with above:
        _class_bar(store)
    named_runs.resolve(store)
    if heading:
        _last_run(store)
    with user_errors():
        yield store


def slim_title(name: str, store: Store) -> None:
    """The title of a page that needs all of the screen, which `start` has left to it: one slim row, narrow margins."""
    _last_run(store)
    with st.container(key="slim_header"):
        st.title(f"{navigation.icon(name)} {name}", anchor=False)


def _last_run(store: Store) -> None:
    with suppress(PersonError):  # none, or one that is gone
        last = reads.run(store, navigation.last_run())
        navigation.last_looked_at(last.id, plain(last.name))


def _opened() -> Store:
    """The store, with somebody who trains; the page ends with a sentence where there is none."""
    with user_errors():
        store = open_store(settings.store_url())
        scheduler.ensure_running(store)
        return _in_hands_of_this_browser(store)
    st.fragment(_look_again, run_every=LOOK_AGAIN_SECONDS)()
    st.stop()


def _in_hands_of_this_browser(store: Store) -> ActingStore:
    return ActingStore(store, _browser(store))


def _browser(store: Store) -> str:
    return identity.browser_of(st.context.cookies, store)


def _lesson(name: str) -> None:
    store = None
    with suppress(PersonError):  # said below, with the header of the page
        store = _in_hands_of_this_browser(open_store(settings.store_url()))
    lesson_strip.show(_STRIP, name, store)


def _only_members() -> None:
    """A stranger sees one page at every address: the one to sign in, or to join the class."""
    stranger = False
    with suppress(PersonError):  # said below, with the header of the page
        store = open_store(settings.store_url())
        stranger = _in_hands_of_this_browser(store).person.role is Role.STRANGER
    if stranger:
        from pages.widgets.classroom import join  # here: it is a page of its own, which imports this module

        with user_errors():
            join.show(store)
        st.stop()


def _look_again() -> None:
    """A store that was away for a moment is opened without anybody's doing."""
    with suppress(PersonError):
        open_store(settings.store_url()).scheduler()
        st.rerun()


scheduler.pages_wait = True  # one that a page has needed stays for the next run


@st.cache_data(ttl=2, show_spinner=False, max_entries=4)
def ensure_scheduler(url: str) -> None:
    """See to it that a scheduler lives, every two seconds at most however many people look on.

    Called by every page when it opens, and by what is drawn again while a run trains.
    """
    scheduler.ensure_running(open_store(url))


def note(text: str) -> None:
    """A remark in small letters, as dark as the rest: captions are too pale for a projector."""
    st.markdown(f":small[{text}]")


def term(word: str) -> str:
    """What a word of the field means, in a sentence, as the `help` of a control or a figure."""
    found = glossary.term(word)
    return f"**{found.name[0].upper()}{found.name[1:]}**: {found.meaning}"


def component(name: str, module: str, html: str | None = None) -> ComponentRenderer:
    """A component of our own: style and script, and the frame where none is given, lie beside the file `module`."""
    css, js = (Path(module).with_suffix(suffix).read_text("utf-8") for suffix in (".css", ".js"))
    frame = html or Path(module).with_suffix(".html").read_text("utf-8")
    return st.components.v2.component(name, html=frame, css=css, js=js)


@contextmanager
def progress(words: str) -> Iterator[Callable[[int, int], object]]:
    """A bar, and what moves it when told how much is done, and of how much. It goes with what it stands for."""
    bar = st.progress(0.0, words)
    try:
        yield lambda done, total: bar.progress(min(1.0, done / max(1, total, done)), words)
    finally:
        bar.empty()


def text_color() -> str:
    """The colour of letters, light or dark, for a chart that cannot take it from the page by itself."""
    return st.get_option(f"theme.{st.context.theme.type or 'light'}.textColor")


@lru_cache(maxsize=256)
def described(figure: Callable[..., Layers], *args: Hashable, **options: Hashable) -> dict[str, Any]:
    """A chart without its rows, made once for everybody: Altair takes 0.15 s to build and check one.

    Args:
        figure: a function of `rnnkit.charts`, with its arguments.
    """
    return figure(*args, **options).to_dict()


@contextmanager
def user_errors(*known: type[Exception]) -> Iterator[None]:
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
        said = f"{error}. {WAITS}" if isinstance(error, StoreAway) else str(error)
        st.error(plain(said), icon=":material/error:")
    except Exception:
        if settings.logs_are_json():
            _log.exception("a page failed")
        else:  # somebody reads the log in a terminal
            _log.error("a page failed\n%s", harmless(traceback.format_exc()))
        st.error(
            "Something went wrong in rnnkit. Nothing is lost: training goes on and every finished epoch is kept. "
            "Load the page again; the details are in the server's log.",
            icon=":material/error:",
        )


@st.cache_resource(show_spinner=False, max_entries=4)
def open_store(url: str) -> Store:
    """The store, opened once for all sessions; the trained networks that came with the program are in it."""
    store = Store(url)
    archive.import_pretrained(store)
    return store


def plain(text: str) -> str:
    """`text` so that Markdown shows it letter by letter: names, titles, symbols that people or networks wrote.

    A backslash takes the meaning from punctuation; a word joiner (invisible) parts what Streamlit
    would still read as an icon, an emoji, an arrow or an address.
    """
    joined = "".join(f"\u2060{letter}" if letter in ":.@->" else letter for letter in text)
    return "".join(f"\\{letter}" if letter in _PUNCTUATION else letter for letter in joined)


def lines(text: str, mark: str = "{}") -> str:
    """`text` as Markdown that shows it letter by letter and line by line; `mark` is put round the words of each line.

    Spaces stay as they are: Markdown would take many for one, and drop those at an end.
    """
    return _LINE_END.join(mark.format(_spaces(line)) if line else "" for line in text.split("\n"))


_LINE_END = "\u00a0\\\n"  # a hard line break; the space keeps an empty line from ending the paragraph


def _spaces(line: str) -> str:
    return plain(re.sub(r"^ | $| (?= )", "\u00a0", line.replace("\t", "    ")))


_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")


@st.fragment
@user_errors()
def _class_bar(store: Store) -> None:
    class_bar.show(_BAR, store)


_BAR = component("rnnkit_class_bar", class_bar.__file__)
_STRIP = component("rnnkit_lesson_strip", lesson_strip.__file__)
