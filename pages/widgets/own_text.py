"""Bring a text of one's own: a file or a paste, shown as it was read before it is kept."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.widgets import page
from rnnkit import corpora, settings
from rnnkit.decoding import Decoded, decode, normalise
from rnnkit.store import Store

PREVIEW_CHARS = 1_500


def show(store: Store) -> str | None:
    """The name of the text just kept, else None."""
    st.session_state.setdefault("own_text_round", 0)  # a new round has empty widgets
    turn = st.session_state["own_text_round"]
    limit = settings.number("RNNKIT_MAX_TEXT_MB")
    file = st.file_uploader(
        "A text file", key=f"own_file_{turn}", max_upload_size=limit, help="Any plain text; its encoding is found."
    )
    pasted = st.text_area("or paste a text", key=f"own_paste_{turn}", height=160, disabled=file is not None)
    if file is None and not pasted:
        return None
    with page.calm():
        decoded = decode(file.getvalue()) if file else Decoded(normalise(pasted), "pasted")
        corpora.check_text(decoded.text)
        _preview(decoded)
        title = st.text_input(
            "Title", Path(file.name).stem if file else "", key=f"own_title_{turn}_{file.name if file else ''}",
            max_chars=corpora.MAX_TITLE_CHARS, placeholder="Untitled text",
        )  # fmt: skip
        if st.button("Keep this text", type="primary", icon=":material/bookmark_add:", key="keep"):
            name = corpora.add(store, decoded.text, title)
            st.session_state["own_text_round"] += 1
            return name
    return None


def _preview(decoded: Decoded) -> None:
    how = "Pasted" if decoded.encoding == "pasted" else f"Read as **{decoded.encoding}**"
    st.markdown(f"{how}: {len(decoded.text):,} characters, {len(set(decoded.text)):,} different ones.")
    if decoded.replaced:
        st.warning(f"{decoded.replaced:,} places could not be read and are shown as {chr(0xFFFD)}.")
    st.code(decoded.text[:PREVIEW_CHARS], language=None, wrap_lines=True, height=240)
