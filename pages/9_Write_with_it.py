"""Write with it: a network offers the next words and symbols while one types, for any run, epoch and temperature."""

import streamlit as st

from pages.widgets.shared import page, run_chooser
from pages.widgets.write_with_it import keystrokes_saved, suggestions

LINE = "Type, and the network offers how it would go on. Move the epoch to see what it has learned."

with page.start("Write with it", LINE) as store:
    run, kept = run_chooser.one_that_writes(store)
    how = suggestions.settings(kept)
    suggestions.show(store, run.id, how)
    st.page_link(
        "pages/6_Corpora.py",
        label="Bring a chat of your own to learn from",
        icon=":material/forum:",
        query_params={"bring": "A chat"},
    )
    keystrokes_saved.saved(store, run, kept, how.epoch)
