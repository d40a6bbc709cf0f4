"""Deleting a text of one's own: which runs need it, what will not work afterwards, and the button."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.widgets.shared import navigation, page, reads, trash
from rnnkit.store import Need, Store, needs
from rnnkit.texts.corpora import CorpusInfo

SHOWN = 8  # runs that are links


def show(store: Store, info: CorpusInfo) -> bool:
    """A button that unfolds the question; whether the text was just deleted."""
    with st.popover("Delete this text", icon=":material/delete:"), page.user_errors():
        found = reads.needs(store, info.name)
        training = [need for need in found if need.trains]
        if training:
            st.markdown("These runs train on it, or may be resumed. Delete them first.")
            _links(training)
            return False
        if found:
            st.markdown(f"These runs were trained on it: {needs.AFTERWARDS}.")
            _links(found)
        st.markdown(trash.FOR_A_DAY)
        if st.button("Delete", type="primary", key="delete"):
            store.delete_text(info.name)
            trash.remember({info.name: info.title})
            return True
    return False


def _links(found: Sequence[Need]) -> None:
    for need in found[:SHOWN]:
        navigation.run_link(need.run, page.plain(f"{need.name}, {need.status}"), icon=None)
    if len(found) > SHOWN:
        page.note(f"And {len(found) - SHOWN} more.")
