"""Compare: two to four runs beside each other, how they learned, what they cost and what they write."""

import streamlit as st

from pages.widgets.compare import figures, samples
from pages.widgets.shared import epoch_timeline, navigation, page, reads, run_chooser
from rnnkit.runs import comparison

LINE = "Compare two to four runs: loss, speed and samples."

with page.start("Compare", LINE) as store:
    chosen = run_chooser.several(store)
    if len(chosen) < 2:
        st.info("Choose two to four runs. The address of this page is then a link to the comparison.")
        if not chosen:
            run_chooser.begin_with_several(store)
        navigation.link("Train", "Train another network")
        st.stop()
    compared = reads.compared(store, chosen)
    figures.losses(store, compared)
    writers = comparison.that_write(compared)
    if writers:
        epoch_timeline.show(store, [one.run.id for one in writers])
    figures.results(compared)
    figures.differences(compared)
    if writers:
        samples.show(store, writers)
