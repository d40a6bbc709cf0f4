"""What one can do with a run: pause, stop, resume, fork, rename, download, delete."""

from __future__ import annotations

import streamlit as st

from pages.widgets.shared import page, reads
from pages.widgets.train import downloads
from rnnkit.config import MAX_NAME_CHARS
from rnnkit.store import Run, Store, Wanted
from rnnkit.training import scheduler


def show(store: Store, run: Run) -> None:
    """One row of buttons, those that make sense now."""
    with st.container(horizontal=True):
        if run.live and run.wanted == Wanted.RUN:
            _button("Pause", "pause", store.ask, run.id, Wanted.PAUSE)
            _button("Stop", "stop", store.ask, run.id, Wanted.STOP)
        if run.resumable:
            _button("Resume", "play_arrow", _resume, store, run.id, type="primary")
        kept = store.checkpoint_epochs(run.id)
        if kept and st.button("Fork from an epoch", icon=":material/call_split:"):
            _fork(run, kept)
        if kept:
            downloads.show(store, run)
        if not run.pretrained:
            if st.button("Rename", icon=":material/edit:"):
                _rename(store, run)
            if not run.active and st.button("Delete", icon=":material/delete:"):
                _delete(store, run)


def _button(label: str, icon: str, do, *args, **look) -> None:
    """A button that asks the store for something and shows what came of it."""
    if st.button(label, icon=f":material/{icon}:", **look):
        do(*args)
        _show_again()


def _resume(store: Store, run_id: str) -> None:
    store.resume_run(run_id)
    scheduler.ensure_running(store)


def _show_again() -> None:
    """The next reading must not be the one of a second ago."""
    for read in (reads.run, reads.runs):
        read.clear()
    st.rerun()


@st.dialog("Fork from an epoch", icon=":material/call_split:")
@page.user_errors()
def _fork(run: Run, kept: list[int]) -> None:
    st.markdown("The new run starts from the weights of this epoch. You can change its settings first.")
    epoch = st.selectbox("Epoch", kept, index=len(kept) - 1)
    if st.button("Choose settings", type="primary", icon=":material/arrow_forward:"):
        st.query_params.from_dict({"fork": run.id, "epoch": str(epoch)})
        st.rerun()


@st.dialog("Rename this run", icon=":material/edit:")
@page.user_errors()
def _rename(store: Store, run: Run) -> None:
    name = st.text_input("Name", run.name, max_chars=MAX_NAME_CHARS)
    if st.button("Rename", type="primary", disabled=not name.strip()):
        store.rename_run(run.id, name)
        _show_again()


@st.dialog("Delete this run?", icon=":material/delete:")
@page.user_errors()
def _delete(store: Store, run: Run) -> None:
    st.text(run.name)
    st.markdown(f"Its {run.epochs_done} epochs, weights and samples will be deleted permanently.")
    if st.button("Delete permanently", type="primary", icon=":material/delete_forever:"):
        store.delete_run(run.id)
        st.query_params.clear()
        _show_again()
