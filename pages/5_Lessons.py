"""Lessons: guided steps through the pages, workshops to try things on, and the words of the field."""

import streamlit as st

from pages.widgets.lessons import cards
from pages.widgets.shared import page

LINE = "A lesson leads through the pages in a strip at the top: what to do, what to notice, a question."
# Page -> what one learns there, and about how long it takes.
WORKSHOPS = {
    "From scratch": ("A recurrent network in plain NumPy: read it, step through it, check it, train it.", 20),
    "Memory": ("How far back a simple RNN, a GRU and an LSTM remember, while they learn it.", 5),
    "Gradients": ("Why gradients vanish or explode on their way back through time, and what clipping does.", 10),
    "Words and verse": ("How a text becomes words, how words become numbers, and what verses are made of.", 10),
    "Quiz": ("Which of these texts did a person write, and which a network?", 5),
}

with page.start("Lessons", LINE):
    cards.lessons()
    st.header("Workshops", anchor=False)
    cards.workshops(WORKSHOPS)
    st.header("Words", anchor=False)
    cards.words()
