"""Signing in with an account, and out: the two buttons, who one is meanwhile, and why it did not work.

Nothing is drawn where nobody signs in. Knows no provider.
"""

from __future__ import annotations

from typing import Literal

import streamlit as st

from rnnkit import settings
from rnnkit.people import known
from rnnkit.people.acting import ActingStore
from rnnkit.store import Store
from rnnkit.texts.symbols import harmless

SAID = "sign_in"  # in the address: why nobody is signed in
REFUSED, FAILED = "refused", "failed"
_ROLES = {"teacher": "a teacher", "pupil": "a pupil", "guest": "a guest, who looks on"}


def way_in(*, primary: bool = True) -> None:
    """The button that leads to the provider."""
    kind: Literal["primary", "secondary"] = "primary" if primary else "secondary"
    if st.button("Sign in with your account", type=kind, icon=":material/login:", width="stretch", key="sign_in"):
        st.login()


def say_why_not() -> None:
    """What went wrong, to who comes back from the provider without being signed in."""
    why = st.query_params.get(SAID)
    if not known.accounts_are_used() or why not in (REFUSED, FAILED):
        return
    claim = harmless(settings.value("RNNKIT_OIDC_ROLE_CLAIM")).replace("`", "")
    said = {
        REFUSED: f"Your account is not admitted here: its claim `{claim}` names no role of this dashboard. Ask whoever "
        "runs it, or sign in with another account.",
        FAILED: "You are not signed in: the sign-in was not finished, or the store could not be reached. Try again.",
    }
    st.error(said[why], icon=":material/no_accounts:")


def in_sidebar(store: Store) -> None:
    """Who one is, and the button that signs one out; of somebody who looks on the one that signs in."""
    if not known.accounts_are_used() or not isinstance(store, ActingStore):
        return
    account = known.known(store.plain).account(store.browser or "")
    with st.sidebar.container(key="account"):
        if account is None:
            way_in(primary=False)
            return
        st.markdown(f":small[Signed in as **{_plain(account.nickname)}**, {_ROLES[account.role]}]")
        if st.button("Sign out", icon=":material/logout:", key="sign_out"):
            st.logout()


def _plain(text: str) -> str:
    from pages.widgets.shared import page  # here: it imports this module

    return page.plain(text)
