"""Runs: all of them in a table, to be searched, sorted, filtered, grouped, tagged, compared and cleaned up."""

import streamlit as st

from pages.widgets.live import training_now
from pages.widgets.runs import bulk, filters, grid
from pages.widgets.shared import navigation, page, reads, trash
from rnnkit.runs import table

with page.start("Runs", "", heading=False) as store:
    page.slim_title("Runs", store)
    trash.undo(store)
    runs = reads.listed(store)
    if not runs:
        st.info("No network has been trained here yet.", icon=":material/lightbulb:")
        navigation.link("Train", "Train a network")
    else:
        training_now.show([run for run in runs if run.live], "", most=3, compact=True)
        titles = reads.titles(store)
        asked, sort, by = filters.show(runs, titles)
        grid.follow(store, lambda now: table.found(now, asked, titles, sort), by, titles, bulk.show)
    navigation.link("Wall", "All on one screen")
    navigation.race()
    trash.show(store)
