"""Trained networks in an order to look at: those of people here, then one shelf for each text.

Knows no page; what a shelf looks like is not its business.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from rnnkit import metrics, tasks
from rnnkit.runs import comparison
from rnnkit.store import Run, Status

NEWEST = 4  # networks of people here that are shown


class Shelf(NamedTuple):
    """A network, and others that came with the program and learned the same text; the best first."""

    first: Run
    also: tuple[Run, ...] = ()


class Gallery(NamedTuple):
    """Networks that write, on shelves; and those that do something else with what they learned."""

    writing: list[Shelf]
    other: list[Run]


def gallery(runs: Sequence[Run], epochs: Callable[[str], list[dict]]) -> Gallery:
    """What there is to look at among `runs` (newest first), of which `epochs(run_id)` gives the metrics.

    The newest few of people here, those that finished first, each on a shelf of its own; then what came with the
    program, the text that was learned first in front.
    """
    trained = [run for run in runs if run.epochs_done and not run.live]
    own = [run for run in trained if not run.pretrained]
    newest = sorted(own, key=lambda run: run.status != Status.FINISHED)[:NEWEST]
    came_along = [run for run in reversed(trained) if run.pretrained]
    shown = [*newest, *came_along]
    shelves = [Shelf(run) for run in newest if _writes(run)]
    for corpus in dict.fromkeys(run.corpus for run in came_along if _writes(run)):
        same = [run for run in came_along if _writes(run) and run.corpus == corpus]
        first, *also = sorted(same, key=lambda run: _rank(run, epochs(run.id)))
        shelves.append(Shelf(first, tuple(also)))
    return Gallery(shelves, [run for run in shown if not _writes(run)])


def _writes(run: Run) -> bool:
    return tasks.of(run.config).writes


def _rank(run: Run, epochs: list[dict]) -> tuple[bool, bool, float]:
    """The best is the least. A loss of the training text says less than one of text that was held out.

    Bits per character of a network of words are none that one of characters could be measured by: see `caveats`.
    """
    best = metrics.best(epochs)
    recalled = best is None or not metrics.is_unseen(best)
    bits = comparison.best_figure(epochs, "bits")
    return run.config.tokenizer.kind == "words", recalled, math.inf if bits is None else bits
