"""What a person asks of one or more runs: to pause, stop, resume, be deleted. Then the page is drawn anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from pages.widgets.shared import navigation, page, reads, trash
from rnnkit.config import MAX_NAME_CHARS
from rnnkit.people import acting
from rnnkit.store import Listed, Run, Store, Wanted
from rnnkit.training import queueing, scheduler


def button(label: str, icon: str, ids: Sequence[str], ask: Callable[[str], object], **look: Any) -> None:
    """A button that asks something of those runs that can do it now; none where there is no such run."""
    if ids and st.button(label, icon=f":material/{icon}:", **look):
        for run_id in ids:
            ask(run_id)
        again()


def stop(store: Store, runs: Sequence[Run], label: str) -> None:
    """A button to stop those that train or wait, or take too long to pause."""
    live = [run.id for run in runs if run.live and run.wanted != Wanted.STOP and acting.may(store, "ask", run)]
    button(label, "stop", live, partial(store.ask, wanted=Wanted.STOP))


def resume(store: Store, runs: Sequence[Run], label: str, **look: Any) -> None:
    """A button to resume those that ended early, with somebody to train them."""
    ended = [run.id for run in runs if run.resumable and acting.may(store, "resume_run", run)]
    button(label, "play_arrow", ended, partial(_resume, store), **look)


def _resume(store: Store, run_id: str) -> None:
    queueing.resume(store, run_id)
    scheduler.ensure_running(store)


def obey(store: Store, run_id: str, order: object) -> None:
    """Do what a component of ours asks of a run; of all else that a browser may send nothing."""
    if order == "resume":
        _resume(store, run_id)
    elif order in ("pause", "stop"):
        store.ask(run_id, Wanted(str(order)))
    reads.run.clear()


def delete(store: Store, runs: Sequence[Run], label: str) -> None:
    """The last word of a dialog; the list of all runs, which comes then, offers to undo it."""
    st.markdown(trash.FOR_A_DAY)
    if st.button(label, type="primary", icon=":material/delete:"):
        for run in runs:
            store.delete_run(run.id)
        trash.remember({run.id: run.name for run in runs})
        reads.forget_deleted()
        navigation.leave_for("Runs")


@st.dialog("Rename this run", icon=":material/edit:")
@page.user_errors()
def rename(store: Store, run: Run | Listed) -> None:
    """A dialog that asks for the run's new name."""
    name = st.text_input("Name", run.name, max_chars=MAX_NAME_CHARS)
    if st.button("Rename", type="primary", disabled=not name.strip()):
        store.rename_run(run.id, name)
        again()


def again() -> None:
    """Draw the page anew; its next reading must not be the one of a second ago."""
    for read in (reads.run, reads.runs, reads.recent, reads.listed, reads.compared):
        read.clear()
    st.rerun()
