"""Runs: all of them in a list; a press on a row opens one."""

import pandas as pd
import streamlit as st

from pages.widgets.shared import navigation, page, reads, status, trash

LINE = "All runs: yours, other people's, and the networks that came with the program. Press a row to open it."

with page.start("Runs", LINE) as store:
    trash.undo(store)
    runs = reads.runs(store)
    columns = ["Name", "Status", "Text", "Owner", "Epochs", "Parameters", "Run"]
    rows = [
        (run.name, status.STATUSES[run.status][2], run.corpus, run.owner, run.epochs_done, run.params, run.id)
        for run in runs
    ]
    if not runs:
        st.info("No network has been trained here yet.", icon=":material/lightbulb:")
        navigation.link("Train", "Train a network")
    else:
        table = pd.DataFrame(rows, columns=columns)
        picked = st.dataframe(
            table, hide_index=True, on_select="rerun", selection_mode="single-row", height=640, alt="All runs"
        )
        if picked.selection.rows:
            navigation.leave_for("Run", run=runs[picked.selection.rows[0]].id, tab="watch")
    trash.show(store)
