"""Who may read a text of one's own in a class: oneself and the teacher, until it is shared. Nothing without a class.

Where people sign in with accounts it holds without a class too."""

from __future__ import annotations

import streamlit as st

from pages.widgets.shared import page, reads
from rnnkit.people import acting, known
from rnnkit.store import Store
from rnnkit.texts.corpora import CorpusInfo

MEANS = (
    "Everybody {where} can then read all of it, train networks on it, and see what networks write that learned "
    "from it. You can take it back at any time; who has trained on it meanwhile keeps what they trained."
)


def show(store: Store, info: CorpusInfo) -> None:
    """Who may read it, and the switch for those who may share it."""
    now = known.known(acting.plain(store))
    text = now.texts.get(info.name)
    if not now.asks or text is None:
        return
    me, maker = acting.person(store), now.members.get(text.member or "")
    group, where = ("the class", "in the class") if now.open_class else ("all who sign in", "who signs in here")
    if not acting.may(store, "share_text", text):
        page.note(f"Shared with {group} by {page.plain(maker.nickname) if maker else 'the teacher'}.")
        return
    key = f"shared {info.name}"
    st.session_state[key] = text.shared  # the store says it, others may change it too
    with st.container(horizontal=True, vertical_alignment="center"):
        st.toggle(
            f"Share with {group}",
            key=key,
            help=MEANS.format(where=where),
            on_change=_switch,
            args=(store, info.name, key),
            width=260,
        )
        st.markdown(f"Who may read it: **{_readers(text.shared, where, me.leads, maker.nickname if maker else '')}**")
    others = sum(name in now.runs and now.runs[name].member != text.member for name in _runs_on(store, info.name))
    if others and not text.shared:
        page.note(
            f"{others:,} {'network' if others == 1 else 'networks'} of others learned from it while it was shared: "
            "only who made them, you and the teacher see them now."
        )


def before_it_is_kept(store: Store) -> None:
    """One line beside the button that keeps a text; where people are told apart only."""
    if known.known(acting.plain(store)).asks:
        who = "you" if acting.person(store).leads else "you and your teacher"
        page.note(f":material/lock: Only {who} can read it, until you share it with the class.")


def _readers(shared: bool, where: str, leads: bool, maker: str) -> str:
    if shared:
        return f"everybody {where}"
    if maker:
        return f"{page.plain(maker)} and you" if leads else "only you and the teacher"
    return "only you"


def _runs_on(store: Store, name: str) -> list[str]:
    return [need.run for need in acting.plain(store).needs(name)]


@page.user_errors()
def _switch(store: Store, name: str, key: str) -> None:
    store.share_text(name, st.session_state[key])
    reads.forget_deleted()
