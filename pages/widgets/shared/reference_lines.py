"""Grey lines in a loss chart: what counting and xz make of the same held-out text. The switch, the rows, the words.

Counted once for a text and a vocabulary, when the switch is on. Knows no chart.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from pages.widgets.shared import page, reads
from rnnkit import tasks
from rnnkit.metrics import UNITS
from rnnkit.runs import progress
from rnnkit.store import Run, Store
from rnnkit.studies import baselines

QUICK = 700_000  # symbols that are counted within a second
HELP = (
    "Baselines on the same held-out text: a uniform distribution over all tokens, 1- to 5-grams (modified "
    "Kneser-Ney) counted in the training text, and the file compressor xz."
)


def switch(runs: list[Run], **options: Any) -> bool:
    """Whether lines are wanted; on by itself where they cost little. No switch where no lines hold for all runs.

    Args:
        options: the toggle's `key`, and where its value lives.
    """
    if not possible(runs):
        return False
    return st.toggle("Reference lines", value=quick(runs[0]), help=HELP, **options)


def quick(run: Run) -> bool:
    """Whether they are counted within a second."""
    return progress.symbols(run) <= QUICK and reads.can_be_read_here(run.corpus)


def possible(runs: list[Run]) -> bool:
    """All have read the same text with the same vocabulary, and their loss is measured on the same symbols of it."""
    if not all(tasks.of(run.config).writes for run in runs):
        return False
    measured = all(run.steps and run.tokenizer_json and run.config.batches.validation_fraction for run in runs)
    return measured and len({baselines.ground(run) for run in runs}) == 1


def rows(store: Store, run: Run, table: pd.DataFrame, unit: str) -> pd.DataFrame:
    """The lines for a chart of `table`, as `watch.lines` gives them; counted the first time that somebody asks."""
    bits = progress.bits_per_nat(reads.epochs(store, run.id))
    return progress.lines(table, reads.counted(store, run.id).references, unit, bits)


def say(store: Store, runs: dict[str, Run], lines: pd.DataFrame, unit: str) -> None:
    """Which lines each run has passed and when, by what it is called; and where the lines are, shown or not."""
    for name, run in runs.items():
        found = reads.counted(store, run.id)
        if found.problem:
            page.note(f"No reference lines. {page.plain(found.problem)}")
            return
        if sentence := progress.worth(found.references, reads.epochs(store, run.id)):
            st.markdown(f"{name} · {sentence}" if name else sentence)
    if lines.empty:
        return
    values = ", ".join(f"{name} {value:.3f}" for name, value in zip(lines["name"], lines["value"], strict=True))
    page.note(f"In {UNITS[unit].words}: {values}.")
