"""Grey lines in a loss chart: what counting and xz make of the same held-out text. The switch, the rows, the words.

Counted once for a text and a vocabulary, when the switch is on. Knows no chart.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.widgets.shared import reads
from rnnkit import tasks
from rnnkit.runs import progress
from rnnkit.store import Run
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
