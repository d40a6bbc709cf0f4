"""Which checkpoints of a run are kept: rules over its losses and steps, of which nothing wanted is ever gone.

Knows no database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rnnkit import metrics
from rnnkit.metrics import EpochMetrics

FIRST = 3
SPACED = 12
INSIDE_FIRST = ((4, "0125"), (6, "012"), (19, "01"))  # up to so many decades of steps, those that begin with these
INSIDE_NEWEST = 3  # of the others, inside the epoch in training


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


def in_series(step: int) -> bool:
    """Whether a number of steps is one of 0, 1, 2, 5, 10, 20, 50, 100, ..."""
    return step == 0 or str(step).rstrip("0") in ("1", "2", "5")


def before_in_series(step: int) -> int:
    """How many numbers of that series are smaller."""
    return (step > 0) + sum(start * 10**power < step for power in range(len(str(step))) for start in (1, 2, 5))


def kept_inside(moments: Iterable[tuple[int, float]], epochs_done: int) -> set[int]:
    """The steps whose checkpoints inside an epoch are kept, of those taken, given as (step, epoch).

    Of the first epoch the series of `in_series`, thinned where it is long: 0, 1, 10, 100, ... stay. Of all others
    the newest three of the epoch in training. As with epochs, what is dropped once is never wanted again.
    """
    series, others = list[tuple[int, float]](), list[tuple[int, float]]()
    for step, epoch in sorted(moments):
        (series if epoch < 1 and in_series(step) else others).append((step, epoch))
    decades = len(str(max((step for step, _ in series), default=0)))
    digits = next(digits for most, digits in INSIDE_FIRST if decades <= most)
    steps = [step for step, _ in series if str(step)[0] in digits]
    return {*steps, *[step for step, epoch in others if epoch > epochs_done][-INSIDE_NEWEST:]}


def _spacings() -> Iterator[int]:
    """1, 5, 10, 50, 100, ...: each divides the next."""
    power = 1
    while True:
        yield power
        yield 5 * power
        power *= 10
