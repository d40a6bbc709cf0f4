"""What is done with all ticked runs at once: compare, tag, rename, stop, resume, export, delete."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Sequence

import streamlit as st

from pages.widgets.runs import grid
from pages.widgets.shared import navigation, orders, page, reads, trash
from rnnkit.people import acting
from rnnkit.runs.comparison import LETTERS
from rnnkit.sharing import archive
from rnnkit.store import Listed, Store, Wanted
from rnnkit.training import queueing, scheduler

MOST_EXPORTED = 50
NAMED = 5  # runs that a sentence names


def show(store: Store, runs: Sequence[Listed], shown: Sequence[Listed]) -> None:
    """One row: how many are ticked, and what can be done with them.

    Args:
        runs: all there are. shown: those in the tables now.
    """
    here = {run.id: run for run in runs}
    chosen = [here[one] for one in grid.ticked() if one in here]
    with st.container(horizontal=True, vertical_alignment="center", gap="small", height=56, border=False):
        if not chosen:
            st.markdown(f"{_count(shown)}. Tick some to compare, tag or clean up; press a name to open it.")
            if 0 < len(shown) < len(runs):
                st.button("Tick all of them", on_click=grid.tick, args=([run.id for run in shown],))
            return
        st.markdown(f"**{len(chosen):,} ticked**", width="content")
        _links(chosen)
        _acts(store, chosen)
        st.button("Untick", icon=":material/close:", type="tertiary", on_click=grid.untick)


def _count(runs: Sequence[Listed]) -> str:
    return f"{len(runs):,} {'run' if len(runs) == 1 else 'runs'}"


def _links(chosen: Sequence[Listed]) -> None:
    if len(chosen) == 1:
        navigation.run_link(chosen[0].id, "Open")
    elif len(chosen) <= len(LETTERS):
        navigation.link("Compare", "Compare", runs=",".join(run.id for run in chosen))


def _acts(store: Store, chosen: Sequence[Listed]) -> None:
    everything, chosen = chosen, [run for run in chosen if acting.may(store, "rename_run", run)]
    own = [run for run in chosen if not run.pretrained]
    if own and len(chosen) == 1 and st.button("Rename", icon=":material/edit:"):
        orders.rename(store, own[0])
    if chosen and st.button("Tag", icon=":material/label:"):
        _tag(store, chosen)
    stopping = [run for run in chosen if run.live and run.wanted != Wanted.STOP]
    if stopping and st.button("Stop", icon=":material/stop:"):
        _sure_stop(store, stopping)
    resuming = [run for run in chosen if run.resumable]
    if resuming and st.button("Resume", icon=":material/play_arrow:"):
        _sure_resume(store, resuming)
    if any(run.epochs_done for run in everything) and st.button("Export", icon=":material/download:"):
        _export(store, [run for run in everything if run.epochs_done])
    deleting = [run for run in own if not run.active]
    if deleting and st.button("Delete", icon=":material/delete:"):
        _sure_delete(store, deleting, len(everything) - len(deleting))


def _named(runs: Sequence[Listed]) -> str:
    """The runs, for a sentence."""
    more = f" and {len(runs) - NAMED:,} more" if len(runs) > NAMED else ""
    return ", ".join(f"**{page.plain(run.name)}**" for run in runs[:NAMED]) + more


@st.dialog("Tags", icon=":material/label:")
@page.user_errors()
def _tag(store: Store, runs: Sequence[Listed]) -> None:
    st.markdown(_named(runs))
    known = sorted({tag for run in reads.listed(store) for tag in run.tags})
    theirs = list(dict.fromkeys(tag for run in runs for tag in run.tags))
    add = st.multiselect("Add", known, accept_new_options=True, placeholder="Choose or write a tag")
    remove = st.multiselect("Take away", theirs, placeholder="None") if theirs else []
    if st.button("Save", type="primary", disabled=not (add or remove)):
        store.tag_runs([run.id for run in runs], add=add, remove=remove)
        orders.again()


@st.dialog("Stop these runs?", icon=":material/stop:")
@page.user_errors()
def _sure_stop(store: Store, runs: Sequence[Listed]) -> None:
    st.markdown(f"{_named(runs)} will stop after the batch in training. Stopped runs can be resumed.")
    if st.button(f"Stop {_count(runs)}", type="primary", icon=":material/stop:"):
        for run in runs:
            store.ask(run.id, Wanted.STOP)
        orders.again()


@st.dialog("Resume these runs?", icon=":material/play_arrow:")
@page.user_errors()
def _sure_resume(store: Store, runs: Sequence[Listed]) -> None:
    st.markdown(f"{_named(runs)} will wait in the queue and go on where they ended.")
    if st.button(f"Resume {_count(runs)}", type="primary", icon=":material/play_arrow:"):
        for run in runs:
            queueing.resume(store, run.id)
        scheduler.ensure_running(store)
        orders.again()


@st.dialog("Delete these runs?", icon=":material/delete:")
@page.user_errors()
def _sure_delete(store: Store, runs: Sequence[Listed], others: int) -> None:
    st.markdown(f"{_named(runs)} will be deleted, with all epochs, weights and samples. {trash.FOR_A_DAY}")
    if others:
        page.note(f"{others:,} ticked that train, came with the program or are somebody else's stay.")
    if st.button(f"Delete {_count(runs)}", type="primary", icon=":material/delete:"):
        gone = set(store.delete_runs([run.id for run in runs]))
        trash.remember({run.id: run.name for run in runs if run.id in gone})
        grid.untick(gone)
        reads.forget_deleted()
        st.rerun()


@st.dialog("Export these runs", icon=":material/download:")
@page.user_errors()
def _export(store: Store, runs: Sequence[Listed]) -> None:
    if len(runs) > MOST_EXPORTED:
        st.info(f"At most {MOST_EXPORTED} runs go into one file, {len(runs)} are ticked. `rnnkit backup` takes all.")
        return
    st.markdown(f"{_named(runs)}: one zip file with an exported run for each, which *Import a run* takes one by one.")
    st.download_button(
        f"Download {_count(runs)}", lambda: _zipped(store, runs), "rnnkit-runs.zip", "application/zip", type="primary",
        icon=":material/download:", on_click="ignore",
    )  # fmt: skip


def _zipped(store: Store, runs: Sequence[Listed]) -> bytes:
    data = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(data, "w") as together:
        for run in runs:
            together.write(archive.export_run(store, run.id, f"{folder}/{run.id}.rnnkit"), f"rnnkit-{run.id}.rnnkit")
    return data.getvalue()
