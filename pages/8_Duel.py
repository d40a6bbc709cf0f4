"""Duel: two to four architectures on one text, started with one click; `?runs=A,B` is a duel, alike in any browser."""

import streamlit as st

from pages.widgets.duel import duel_form, duel_list, duel_view
from pages.widgets.shared import page

LINE = "" if "runs" in st.query_params else "Which network learns more: with as many parameters, in as many seconds?"

with page.start("Duel", LINE, icon=":material/swords:") as store:
    runs = duel_list.show(store)
    if runs:
        duel_view.show(store, runs)
        st.stop()

    choose, see = st.columns([3, 2], gap="large")
    with choose:
        base = duel_form.settings(store)
        names = duel_form.architectures(base)
        terms = duel_form.terms()

    with see:
        entrants = duel_form.plan(store, base, names, terms)
        if st.button(
            "Start the duel", type="primary", icon=":material/swords:", disabled=not entrants, width="stretch"
        ):
            st.query_params.from_dict({"runs": ",".join(duel_form.order(store, entrants))})
            st.rerun()
