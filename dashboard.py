"""Home: what trains now, the trained networks, where to go next. `streamlit run dashboard.py` opens it."""

import streamlit as st

from pages.widgets import cards, page

LINE = "Pick a text and a network, watch it learn, read what it writes after every epoch."
NEXT = {
    "pages/1_Train.py": ("Train a network", ":material/play_circle:", "Any text, any of four architectures."),
    "pages/2_Compare.py": ("Compare runs", ":material/compare:", "Curves, settings and texts beside each other."),
    "pages/6_Corpora.py": ("Look at the texts", ":material/menu_book:", "Known ones, built-in ones, or one of yours."),
}

with page.start("Networks that learn to write", LINE, icon=":material/home:") as store:
    with st.grid(3, min_column_width=240):
        for target, (label, icon, sentence) in NEXT.items():
            with st.container(border=True, height="stretch"):
                st.page_link(target, label=f"**{label}**", icon=icon)
                page.note(sentence)

    training = cards.training_now(store)
    trained = cards.gallery(store)
    if trained:
        st.header("Trained networks", anchor=False)
    for run in trained:
        cards.network(store, run)
    if not (training or trained):
        st.info(
            "No network has been trained here yet. The first one takes a minute or two and needs no download: "
            "it learns to write recipes.",
            title="Begin here",
            icon=":material/lightbulb:",
        )
        if st.button("Train the first network", type="primary", icon=":material/play_arrow:"):
            st.switch_page("pages/1_Train.py")
