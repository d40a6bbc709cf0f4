"""The page Class without a class: what one is, and the button that opens one; after one the proof of its end."""

from __future__ import annotations

import sys

import streamlit as st

from pages.widgets.classroom import listener, settings_of_class
from pages.widgets.shared import page
from rnnkit.errors import NotAllowed
from rnnkit.people import acting, classes, identity
from rnnkit.people.class_settings import ClassSettings
from rnnkit.store import Store

ENDED = "_ended_class"  # the sentences that prove the end of the last one, in this session
LINES = {
    "Join": "Pupils join with a code and a nickname, on their own phones or laptops, at this machine's address.",
    "Train": "Each has texts and runs of their own; all train at once, by turns, within the budget that you set.",
    "Collect and end": "What was trained becomes one file; then everything of the pupils is deleted, which is shown.",
}


def show(store: Store) -> None:
    """Three lines and a button, for whoever may open one."""
    if said := st.session_state.get(ENDED):
        st.success(f"The class has ended. {page.plain(said[0])}", icon=":material/task_alt:")
        with st.container(border=True):
            for sentence in said[1:]:
                st.markdown(page.plain(sentence))
    with st.grid(3, min_column_width=240, gap="medium"):
        for title, line in LINES.items():
            with st.container(border=True, height="stretch"):
                st.markdown(f"**{title}**")
                st.markdown(line)
    if not acting.may(store, "begin_class"):
        st.info("No class is open. A teacher opens one.", icon=":material/co_present:")
        return
    if listener.adds() and not listener.local_addresses():
        st.warning("This machine is in no local network just now: nobody could reach it.", icon=":material/wifi_off:")
    opened = st.button("Open a class", type="primary", icon=":material/co_present:")
    with st.expander("Change settings", icon=":material/tune:"):
        now = ClassSettings()
        values = settings_of_class.lesson(now)
        st.markdown("**What each pupil may use**")
        values["budget"] = settings_of_class.budget(now.budget)
    if opened:
        _open(store, values)


def _open(store: Store, values: dict[str, object]) -> None:
    if not acting.may(store, "begin_class"):  # a browser sends what it likes
        raise NotAllowed("begin_class: expected a teacher, got somebody else")
    plain = acting.plain(store)
    browser = identity.browser_of(st.context.cookies, plain)
    if not browser:
        st.error("This browser keeps no cookies for this page: allow them, and load the page again.")
        return
    made = classes.open_class(plain, browser, **values)
    if sys.stdout.isatty():  # to a terminal, never into a log
        print(f"  Class {made.code} is open. PIN of the teacher: {made.pin}\n", flush=True)
    st.session_state.pop(ENDED, None)
    st.rerun()
