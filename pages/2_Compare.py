"""Compare: two to four runs beside each other, how they learned, what they cost and what they write."""

import streamlit as st

from pages.widgets.shared import comparing, film_strip, page, run_chooser
from rnnkit.runs import comparison

LINE = "Two to four runs: which one learned more, how fast, and what each writes."

with page.start("Compare", LINE, icon=":material/compare:") as store:
    chosen = run_chooser.several(store)
    if len(chosen) < 2:
        st.info("Choose two to four runs. The address of this page is then a link to the comparison.")
        if not chosen:
            run_chooser.begin_with_several(store)
        st.page_link("pages/1_Train.py", label="Train one more network", icon=":material/play_circle:")
        st.stop()
    compared = comparing.load(store, chosen)
    comparing.losses(store, compared)
    writers = comparison.that_write(compared)
    if writers:
        film_strip.show(store, [one.run.id for one in writers])
    comparing.results(compared)
    comparing.differences(compared)
    if writers:
        comparing.samples(store, writers)
