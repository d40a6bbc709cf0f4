"""The page on which one signs in or joins the class, at every address: whoever has done neither sees nothing else.

Made for a phone first: large fields, Enter sends them. The address stays what it was, and is shown afterwards.
"""

from __future__ import annotations

import streamlit as st

from pages.widgets.shared import account, page
from rnnkit.errors import PersonError, Taken
from rnnkit.people import class_settings, classes, identity, known
from rnnkit.store import Store

_LINE = "In rnnkit networks learn to write, and one watches them. Your texts and networks are kept as yours."
_TAKEN = "_taken_nickname"
# Nothing of the dashboard leads anywhere yet. Fields are large enough for a thumb.
_LOOK = """<style>
[data-testid="stSidebar"], [data-testid="stExpandSidebarButton"] { display: none }
.st-key-join input { font-size: 1.25rem; padding-block: 0.7rem }
.st-key-join input[aria-label^="Code"] { text-transform: uppercase; letter-spacing: 0.2em }
.st-key-join [data-testid="stFormSubmitButton"] button { min-height: 3rem }
</style>"""


def show(store: Store) -> None:
    """The form. Draws the page that was asked for once it is filled in. `store` is the plain one.

    Who is signed in with an account joins without it.
    """
    row, here, joined = store.open_class(), known.known(store), False
    with page.user_errors():
        joined = classes.join_signed_in(store, identity.browser_of(st.context.cookies, store))
    if joined or not here.asks:
        st.rerun()
    st.html(_LOOK)
    with st.container(key="join", horizontal_alignment="center"), st.container(width=460):
        st.title("Join the class" if row else "Sign in", anchor=False)
        account.say_why_not()
        if known.accounts_are_used():
            st.markdown(_LINE)
            account.way_in(primary=here.required)
            page.note("Kept of your account are a nickname and your role, and a checksum that tells it from others.")
        if row and not here.required:
            _by_code(store, guests=class_settings.parse(row.settings).guests)
        if row:
            _by_pin(store)


def _by_code(store: Store, guests: bool) -> None:
    with st.form("join", border=False, enter_to_submit=True):
        code = st.text_input(
            "Code on the wall", st.query_params.get("class", "")[:8], max_chars=8, autocomplete="off",
            placeholder="Four letters",
        )  # fmt: skip
        nickname = st.text_input(
            "Nickname", max_chars=40, autocomplete="nickname", placeholder="The others see it", key="join/nickname"
        )
        pressed = st.form_submit_button("Join", type="primary", width="stretch")
        watch = guests and st.form_submit_button("Only watch, without a name", width="stretch")
    if watch:
        _enter(store, code, "")
    elif pressed and not nickname.strip():
        st.error("nickname: expected 1 to 20 characters, got none", icon=":material/error:")
    elif pressed:
        st.session_state.pop(_TAKEN, None)
        _enter(store, code, nickname)
    _others(store, code)
    page.note("Nickname, texts and runs are kept on the teacher's computer, until the class ends.")


def _by_pin(store: Store) -> None:
    with st.expander("I am the teacher", icon=":material/key:"), st.form("teacher", border=False):
        pin = st.text_input("PIN in the terminal", type="password", autocomplete="off", max_chars=100)
        if st.form_submit_button("Continue") and pin:
            _enter(store, "", "", pin)


def _others(store: Store, code: str) -> None:
    """Nicknames that are free, where the one that was asked for is not."""
    if names := st.session_state.get(_TAKEN):
        st.markdown("These are free:")
        with st.container(horizontal=True):
            for name in names:
                if st.button(page.plain(name), key=f"join/{name}"):
                    _enter(store, code, name)


def _enter(store: Store, code: str, nickname: str, pin: str = "") -> None:
    browser = identity.browser_of(st.context.cookies, store)
    if not browser:
        st.error("This browser keeps no cookies for this page: allow them, and load the page again.")
        return
    try:
        classes.join(store, browser, code, nickname, pin)
    except Taken as error:
        st.session_state[_TAKEN] = classes.suggestions(store, nickname)
        st.error(page.plain(str(error)), icon=":material/error:")
    except PersonError as error:
        st.error(page.plain(str(error)), icon=":material/error:")
    else:
        st.session_state.pop(_TAKEN, None)
        st.query_params.pop("class", None)
        st.rerun()
