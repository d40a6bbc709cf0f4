"""What is stored of somebody: their own numbers just now, and the answers that are the same for everybody."""

from __future__ import annotations

import time

import streamlit as st

from pages.widgets.shared import page
from rnnkit.people import acting, stored
from rnnkit.people.person import Role
from rnnkit.store import Store


def show(store: Store) -> None:
    """Who one is here, how much there is of one's own, and when it goes."""
    me, row = acting.person(store), store.open_class()
    if row is None and me.role is Role.PUPIL:
        st.markdown(f"You are **{page.plain(me.name)}** here. What is yours stays until you delete it.")
        _figures(store, me.id)
        return
    if row is None:
        st.info("No class is open: everything here belongs to whoever owns this machine. In a class this holds:")
        return
    until = time.strftime("%H:%M on %d %B", time.localtime(row.closes_at))
    if me.role is Role.GUEST:
        st.markdown(f"You look on as a guest: all that is stored of you is that you do. At {until} it is deleted.")
        return
    if me.leads:
        st.markdown(f"The class and all that its members made is deleted when you end it, or by itself at {until}.")
        return
    st.markdown(f"You are **{page.plain(me.name)}** here. At {until} at the latest all of this is deleted.")
    _figures(store, me.id)


def _figures(store: Store, member: str) -> None:
    mine = store.of_member(member)
    figures = {
        "Networks": len(mine.runs), "Texts": len(mine.texts), "Texts shared with the class": len(mine.shared),
        "Things you did": mine.acts,
    }  # fmt: skip
    with st.grid(len(figures), min_column_width=150, gap="small"):
        for label, count in figures.items():
            st.metric(label, f"{count:,}", border=True)


def explain() -> None:
    """The questions and answers."""
    with st.grid(2, min_column_width=330, gap="medium"):
        for part in stored.PARTS:
            with st.container(border=True, height="stretch"):
                st.header(f":material/{part.icon}: {part.title}", anchor=False)
                st.markdown("\n".join(f"* {answer}" for answer in part.answers))
