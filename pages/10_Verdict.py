"""Verdict: what a trained classifier says of a text, how every word moved it, and how often it is right."""

import streamlit as st

from pages.widgets.shared import page
from pages.widgets.verdict import classification

LINE = "A good review or a bad one? Who wrote this line? What a network says, and how every word moves it."

with page.start("Verdict", LINE) as store:
    at = classification.chosen(store)
    text, truth = classification.text(store, at)
    if text.strip():
        classification.show(store, at, text, truth)
    else:
        st.info("Type or paste a text above, or draw one that the network has never seen.", icon=":material/edit_note:")
    classification.how_often_right(store, at)
