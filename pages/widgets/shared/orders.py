"""What a person asks of one or more runs: to pause, stop, resume, be deleted. Then the page is drawn anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from pages.widgets.shared import navigation, reads, trash
from rnnkit.store import Run, Store, Wanted
from rnnkit.training import queueing, scheduler


def button(label: str, icon: str, ids: Sequence[str], ask: Callable[[str], object], **look: Any) -> None:
    """A button that asks something of those runs that can do it now; none where there is no such run."""
    if ids and st.button(label, icon=f":material/{icon}:", **look):
        for run_id in ids:
            ask(run_id)
        again()


def stop(store: Store, runs: Sequence[Run], label: str) -> None:
    """A button to stop those that train or wait, or take too long to pause."""
    live = [run.id for run in runs if run.live and run.wanted != Wanted.STOP]
    button(label, "stop", live, partial(store.ask, wanted=Wanted.STOP))


def pause(store: Store, run: Run) -> None:
    """A button to pause a run that trains or waits."""
    live = [run.id] if run.live and run.wanted == Wanted.RUN else []
    button("Pause", "pause", live, partial(store.ask, wanted=Wanted.PAUSE))


def resume(store: Store, runs: Sequence[Run], label: str, **look: Any) -> None:
    """A button to resume those that ended early, with somebody to train them."""

    def ask(run_id: str) -> None:
        queueing.resume(store, run_id)
        scheduler.ensure_running(store)

    button(label, "play_arrow", [run.id for run in runs if run.resumable], ask, **look)


def delete(store: Store, runs: Sequence[Run], label: str) -> None:
    """The last word of a dialog; the list of all runs, which comes then, offers to undo it."""
    st.markdown(trash.FOR_A_DAY)
    if st.button(label, type="primary", icon=":material/delete:"):
        for run in runs:
            store.delete_run(run.id)
        trash.remember({run.id: run.name for run in runs})
        reads.forget_deleted()
        navigation.leave_for("Runs")


def again() -> None:
    """Draw the page anew; its next reading must not be the one of a second ago."""
    for read in (reads.run, reads.runs, reads.recent, reads.listed, reads.compared):
        read.clear()
    st.rerun()
