"""Home: what trains now, the trained networks, where to go next. `streamlit run dashboard.py` opens it."""

import streamlit as st

from pages.widgets import page

with page.start("Home", "Pick a text and a network, watch it learn, read what it writes.", icon=":material/home:"):
    st.info("Nothing here yet.")
