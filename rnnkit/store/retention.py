"""Which checkpoints of a run are kept: a rule over its losses, of which nothing wanted is ever gone.

Knows no database.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rnnkit import metrics
from rnnkit.metrics import EpochMetrics

FIRST = 3
SPACED = 12


def kept_epochs(epochs: Sequence[EpochMetrics]) -> set[int]:
    """The epochs whose checkpoints are kept: the first three, the best, the last, and at most twelve spaced ones.

    An epoch that is no longer wanted is never wanted again, whatever comes after it: the best
    only ever passes to a newer epoch, and each spacing divides the next.
    """
    if not epochs:
        return set()
    numbers, best = [epoch["epoch"] for epoch in epochs], metrics.best(epochs)
    last = max(numbers)
    spacing = next(s for s in _spacings() if last / s <= SPACED)
    chosen = (last, best and best["epoch"])
    return {number for number in numbers if number <= FIRST or number in chosen or number % spacing == 0}


def epochs_with_state(epochs: Sequence[EpochMetrics]) -> set[int]:
    """Those after which the optimizer's state is kept, that forks begin with: the last and the best."""
    chosen = (*epochs[-1:], metrics.best(epochs))
    return {one["epoch"] for one in chosen if one}


def _spacings() -> Iterator[int]:
    """1, 5, 10, 50, 100, ...: each divides the next."""
    power = 1
    while True:
        yield power
        yield 5 * power
        power *= 10
