"""Duel: two to four networks race on one text, started with one click; `?runs=A,B` is a duel, alike in any browser."""

import streamlit as st

from pages.widgets.duel import form, view
from pages.widgets.shared import equations, page, trash

QUESTION = "Which network reaches the lower loss with equal parameters, in equal time? They train by turns and race."

chosen = "runs" in st.query_params
with page.start("Duel", "" if chosen else QUESTION, heading=not chosen) as store:
    trash.undo(store)
    runs = view.chosen(store)
    if runs:
        view.show(store, runs)
        st.stop()

    choose, see = st.columns([3, 2], gap="large")
    with choose:
        base = form.settings(store)
        names = form.architectures(base)
        shared, terms = form.terms(base)
        equations.show(names)

    with see:
        start = st.empty()
        entrants = form.plan(store, shared, names, terms)
        if start.button("Start the race", type="primary", icon=":material/swords:", disabled=not entrants,
                        width="stretch"):  # fmt: skip
            [ids] = form.order(store, [entrants])
            st.query_params.from_dict({"runs": ",".join(ids)})
            st.rerun()
    form.drawn(store, entrants)
