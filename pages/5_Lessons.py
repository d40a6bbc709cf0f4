"""Lessons: how recurrent networks work, step by step, with numbers that one can change."""

import streamlit as st

from pages.widgets.shared import navigation, page

LINE = "How recurrent networks work, step by step, with numbers that you can change."
# Page -> what one learns there, and about how long it takes.
LESSONS = {
    "From scratch": (
        "A recurrent network in plain NumPy: read it, step through it, check it, train it.",
        20,
    ),
    "Memory": ("How far back a simple RNN, a GRU and an LSTM remember, while they learn it.", 5),
    "Gradients": ("Why gradients vanish or explode on their way back through time, and what clipping does.", 10),
    "Words and verse": ("How a text becomes words, how words become numbers, and what verses are made of.", 10),
}

with page.start("Lessons", LINE), st.grid(3, min_column_width=280, gap="medium"):
    for name, (line, minutes) in LESSONS.items():
        with st.container(border=True, height="stretch"):
            navigation.link(name, f"**{name}**")
            st.markdown(line)
            page.note(f"About {minutes} minutes")
