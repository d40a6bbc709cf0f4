"""What was deleted: an Undo right after the act, and the list of what can be brought back for a day."""

from __future__ import annotations

import time
from collections.abc import Mapping

import streamlit as st

from pages.widgets.shared import page, reads
from rnnkit.store import Deleted, Store
from rnnkit.training import queueing, scheduler

_LAST = "_last_deleted"  # what this session deleted last: ids and names
LISTED, NAMED = 20, 5  # of what was deleted, in the list and in a sentence
FOR_A_DAY = "It can be brought back for a day: by *Undo*, or from the list on Home."


def remember(names: Mapping[str, str]) -> None:
    """Offer to undo this deletion on the page that is drawn next; ids with what people call them."""
    st.session_state[_LAST] = dict(names)


def undo(store: Store) -> None:
    """One line for what was deleted last, until somebody answers it."""
    _say_notes()
    names = st.session_state.get(_LAST)
    if not names:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"Deleted: {page.plain(_few(names))}.", width="content")
        if st.button("Undo", icon=":material/undo:"):
            st.session_state.pop(_LAST)
            with page.user_errors():
                _bring_back(store, names)
                _again()
        if st.button("Dismiss", icon=":material/close:", type="tertiary"):
            _again()


def show(store: Store) -> None:
    """A folded list of all that was deleted within a day, each to be restored or deleted for good."""
    _say_notes()
    found = reads.trash(store)
    if not found:
        return
    with st.expander(f"Deleted in the last day ({len(found)})", icon=":material/restore_from_trash:"):
        page.note("It still takes room on the disk. After a day it is deleted for good.")
        for one in found[:LISTED]:
            _row(store, one)
        if len(found) > LISTED and st.button(f"Restore all {len(found):,}", icon=":material/undo:"):
            with page.user_errors():
                _bring_back(store, {one.id: one.name for one in found})
                _again()


def _row(store: Store, one: Deleted) -> None:
    hours = max(0.0, one.until - time.time()) / 3600
    what = "Run" if one.kind == "run" else "Text"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{what} **{page.plain(one.name)}**, {one.id}: {hours:.0f} h left")
        if st.button("Restore", icon=":material/undo:", key=f"restore {one.id}"):
            with page.user_errors():
                _bring_back(store, {one.id: one.name})
                _again()
        with st.popover("Delete for good", icon=":material/delete_forever:"):
            st.markdown("Nothing brings it back then.")
            if st.button("Delete it for good", type="primary", key=f"purge {one.id}"):
                with page.user_errors():
                    (store.delete_run if one.kind == "run" else store.delete_text)(one.id, now=True)
                    _again()


def _bring_back(store: Store, names: Mapping[str, str]) -> None:
    quickly = set(store.undelete_runs(list(names))) if len(names) > NAMED else set()
    notes = [note for name in names if name not in quickly for note in queueing.undelete(store, name).notes]
    st.session_state["_notes_of_trash"] = [f"Restored: {_few(names)}.", *notes[:NAMED]]
    scheduler.ensure_running(store)


def _few(names: Mapping[str, str]) -> str:
    more = len(names) - NAMED
    return ", ".join([*names.values()][:NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _say_notes() -> None:
    for said in st.session_state.pop("_notes_of_trash", []):
        st.toast(page.plain(said), icon=":material/undo:")


def _again() -> None:
    st.session_state.pop(_LAST, None)
    reads.forget_deleted()
    st.rerun()
