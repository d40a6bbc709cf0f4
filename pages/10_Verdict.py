"""Verdict: how a trained classifier classifies a text, the effect of each word, and its accuracy."""

import streamlit as st

from pages.widgets.shared import page
from pages.widgets.verdict import classification

LINE = "A network classifies a text, a film review or a line of verse, and shows how each word changes its prediction."

with page.start("Verdict", LINE) as store:
    checkpoint = classification.chosen(store)
    text, truth = classification.text(store, checkpoint)
    if text.strip():
        classification.show(checkpoint, text, truth)
    else:
        st.info("Type or paste a text above, or take a random held-out example.", icon=":material/edit_note:")
    classification.how_often_right(store, checkpoint)
