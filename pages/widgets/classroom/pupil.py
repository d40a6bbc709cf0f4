"""A pupil's or guest's part of the page Class: who I am, my runs and texts, and where to go."""

from __future__ import annotations

import streamlit as st

from pages.widgets.classroom import forget_mine
from pages.widgets.shared import navigation, page, status
from rnnkit.metrics import spoken
from rnnkit.people import acting, class_settings
from rnnkit.people.person import Role
from rnnkit.store import Store

LINKS = ("Wall", "Quiz", "Lessons", "What is stored")


def show(store: Store) -> None:
    """One's own things in the class."""
    me, row = acting.person(store), store.open_class()
    if row is None:
        st.rerun()
    settings = class_settings.parse(row.settings)
    if me.role is Role.GUEST:
        st.markdown("You look on as a guest: nothing here is yours to change.")
    else:
        st.markdown(f"You are **{page.plain(me.name)}**.")
        if settings.paused:
            st.info("All trainings are paused by the teacher.", icon=":material/pause:")
        _runs(store, me.id)
        budget = settings.budget
        page.note(
            f"Your runs may train {spoken(budget.seconds)} in all, {budget.runs} at once, with up to {budget.units:,} "
            f"units; a text of yours may have {budget.text_kb * 1000:,} characters."
        )
    with st.container(horizontal=True):
        for name in LINKS:
            if navigation.exists(name):
                navigation.link(name, name)
    forget_mine.button(store)


def _runs(store: Store, member: str) -> None:
    runs = [run for run in store.runs() if run.member == member]
    if not runs:
        st.info("You have no run yet: pick a text, and train a network on it.", icon=":material/lightbulb:")
        navigation.link("Train", "**Train a network**")
        return
    st.subheader("My runs", anchor=False)
    with st.grid(3, min_column_width=230, gap="small"):
        for run in runs:
            with st.container(border=True, gap="xsmall", height="stretch"):
                navigation.run_link(run.id, f"**{page.plain(run.name)}**", icon=None)
                status.badge(run)
                page.note(page.plain(f"{run.epochs_done} epochs · {spoken(run.train_seconds) or '0 s'}"))
