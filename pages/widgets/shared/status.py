"""How a run stands, in one badge, one bar and four figures. Knows no control and no page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import streamlit as st

from pages.widgets.shared import page, reads
from rnnkit import metrics, tasks
from rnnkit.runs import comparison, progress, standing
from rnnkit.runs.comparison import Compared
from rnnkit.store import Run, Status, Store

if TYPE_CHECKING:
    from streamlit.elements.lib.column_types import ColumnConfig

Colour = Literal["orange", "blue", "gray", "green", "red"]
# status -> colour, icon, words
STATUSES: dict[str, tuple[Colour, str, str]] = {
    Status.QUEUED: ("orange", ":material/hourglass_top:", "In the queue"),
    Status.STARTING: ("orange", ":material/rocket_launch:", "Starting"),
    Status.TRAINING: ("blue", ":material/model_training:", "Training"),
    Status.PAUSED: ("orange", ":material/pause_circle:", "Paused"),
    Status.STOPPED: ("gray", ":material/stop_circle:", "Stopped"),
    Status.FINISHED: ("green", ":material/check_circle:", "Finished"),
    Status.DIVERGED: ("red", ":material/trending_up:", "Diverged"),
    Status.FAILED: ("red", ":material/error:", "Failed"),
}
TRAINED = "Seconds of training, excluding sampling and validation."
COLOURS = ("blue", "orange", "green", "violet")  # Markdown's names of the theme's chart colours, in their order


def number(format: str, help: str | None = None) -> ColumnConfig:
    """A column of figures, and what its heading says of them."""
    return st.column_config.NumberColumn(format=format, help=help)


def heading(one: Compared) -> str:
    """The run's letter in its colour, and its name, as Markdown."""
    return f"{mark(one.letter)} {page.plain(one.run.name)}"


def mark(letter: str) -> str:
    """The letter of a compared run in its colour, as Markdown."""
    return f":{COLOURS[comparison.LETTERS.index(letter)]}[**● {letter}**]"


def loss(store: Store, run: Run) -> str:
    """Its last loss in words, on unseen text where there is some; nothing before the first epoch."""
    for last in reads.epochs(store, run.id)[-1:]:
        unit = tasks.of(run.config).units(run.config)[0]
        found = metrics.figure(last, unit)
        if found is not None:
            return f"{metrics.said(found, unit)} after epoch {metrics.epoch_number(last['epoch'])}"
    return ""


def badge(run: Run) -> None:
    """The status as one coloured word."""
    colour, icon, words = STATUSES[run.status]
    st.badge(words, icon=icon, color=colour)


def bar(store: Store, run: Run) -> None:
    """How far the run is, with what is left, or its place in the queue. While it is drawn, it is taken care of."""
    st.progress(progress.progress(run, reads.epochs(store, run.id)).share, text=said(store, run))


def said(store: Store, run: Run) -> str:
    """The same as a sentence."""
    if run.live:
        page.ensure_scheduler(store.url)
    done = progress.progress(run, reads.epochs(store, run.id))
    return standing.sentence(run, done, reads.wait(store, run.id) if run.live else None)
