"""Duel: two to four architectures on one text, started with one click; `?runs=A,B` is a duel, alike in any browser."""

import streamlit as st

from pages.widgets.duel import form, view
from pages.widgets.shared import page, trash

QUESTION = "Which architecture reaches the lower loss with equal parameters, or in equal time?"

with page.start("Duel", "" if "runs" in st.query_params else QUESTION) as store:
    trash.undo(store)
    runs = view.chosen(store)
    if runs:
        view.show(store, runs)
        st.stop()

    choose, see = st.columns([3, 2], gap="large")
    with choose:
        base = form.settings(store)
        names = form.architectures(base)
        terms = form.terms()

    with see:
        entrants = form.plan(store, base, names, terms)
        if st.button("Start the duel", type="primary", icon=":material/swords:", disabled=not entrants,
                     width="stretch"):  # fmt: skip
            st.query_params.from_dict({"runs": ",".join(form.order(store, entrants))})
            st.rerun()
