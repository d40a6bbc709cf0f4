"""Compare: two to four runs beside each other on one screen, what they write and how they learned."""

import streamlit as st

from pages.widgets.compare import curves, figures, memorisation, run_list, texts, verdict
from pages.widgets.shared import navigation, page, reads, run_chooser
from rnnkit.runs import comparison

with page.start("Compare", "", heading=False) as store:
    st.html(f"<style>{run_list.SCREEN}</style>")
    listing, beside = st.columns([1, 4], gap="medium")
    with listing:
        page.slim_title("Compare", store)
        chosen = run_list.show(store)
    with beside, st.container(key="beside"):
        if len(chosen) < 2:
            st.info("Choose two to four runs. The address of this page is then a link to the comparison.")
            if not chosen:
                run_chooser.begin_with_several(store)
            navigation.link("Train", "Train another network")
            navigation.race()
            st.stop()
        compared = reads.compared(store, chosen)
        writers = comparison.that_write(compared)
        verdict.show(compared)
        if writers:
            texts.show(store, writers)
        left, right = st.columns([5, 3], gap="medium")
        with left:
            curves.show(store, compared, texts.moment(store, [one.run.id for one in writers]))
        with right:
            figures.show(compared)
        if writers:
            memorisation.show(store, writers)
