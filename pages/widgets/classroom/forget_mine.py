"""Delete all of mine: a pupil's own button, with what will be gone, the last word, and the proof."""

from __future__ import annotations

import streamlit as st

from pages.widgets.shared import page
from rnnkit.people import acting, ending
from rnnkit.people.forget import forget
from rnnkit.people.person import Person, Role
from rnnkit.store import Store

STAY, LEAVE = "Stay in the class", "Leave it too: my nickname goes as well"


def button(store: Store) -> None:
    """Nothing for others than pupils: what is the teacher's goes by other ways."""
    pupil = acting.person(store).role is Role.PUPIL
    if pupil and st.button("Delete all of mine", icon=":material/delete_forever:", key="forget_mine"):
        _asked(store)


@st.dialog("Delete all of mine?", icon=":material/delete_forever:")
@page.user_errors()
def _asked(store: Store) -> None:
    me, plain = acting.person(store), acting.plain(store)
    if me.role is not Role.PUPIL:  # the class has ended meanwhile
        st.rerun()
    question = st.empty()
    with question.container():
        done, choice = _question(plain, me)
    if done:
        question.empty()
        _forget(plain, me, stay=choice == STAY)


def _question(plain: Store, me: Person) -> tuple[bool, str]:
    mine = plain.of_member(me.id)
    st.markdown(
        f"Gone for good, also from the trash: **{_count(len(mine.runs), 'network')}**, "
        f"**{_count(len(mine.texts), 'text')}**, what you did and your votes. What trains is stopped. "
        "Nothing brings it back."
    )
    if mine.others:
        st.markdown(
            f"{_count(len(mine.others), 'network')} of others that learned from a text of yours "
            f"{'goes' if len(mine.others) == 1 else 'go'} too."
        )
    choice = st.radio("And then?", [STAY, LEAVE], key="forget_and")
    pressed = st.button("Delete it for good", type="primary", icon=":material/delete_forever:", key="forget_for_good")
    return pressed, choice


def _forget(plain: Store, me: Person, *, stay: bool) -> None:
    with st.spinner("What trains is stopped, everything is deleted and searched for …"):
        ended = forget(plain, [me.id], stay=stay)
    for sentence in ending.sentences(ended):
        st.markdown(page.plain(sentence))
    if st.button("Close", key="forget_close"):
        st.rerun()


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
