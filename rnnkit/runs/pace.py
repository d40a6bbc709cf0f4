"""How fast a trainer goes through the runs that it holds, as one sees who reads their rows again and again.

Of a second of a trainer its runs do not get a second of training: they are validated, they write, they begin, they are
stored; and a step takes longer while others use the machine. Knows no page and no trainer's inside.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from rnnkit.store import Run

USUAL_SHARE, USUAL_SECONDS = 0.8, 4.0  # of training in a second of a trainer, and for how many seconds this is believed
BEGINS_SECONDS, USUAL_BEGINNINGS = 0.3, 3.0  # from the first point of one small network to that of the next, and so on
WINDOW_SECONDS = 30.0  # what is older is forgotten
STILL_SECONDS = 5.0  # without any training: all is paused


class Pace(NamedTuple):
    """Seconds of training, of all its runs together, in a second of a trainer; seconds that each beginning takes.

    A second of training of a run is as many steps as it took in one so far.
    """

    share: float = USUAL_SHARE
    begins: float = BEGINS_SECONDS


class _Seen(NamedTuple):
    at: float
    steps: dict[str, int]  # that each run has taken
    each: dict[str, float]  # seconds of training that each of them took
    waiting: frozenset[str]  # those that have still to begin


class Paces:
    """Of each trainer at work. Threads do not share it."""

    def __init__(self) -> None:
        self._seen: defaultdict[str, deque[_Seen]] = defaultdict(deque)

    def look(self, runs: Iterable[Run]) -> None:
        """Runs as they stand now, at least all that are trained."""
        held: defaultdict[str, list[Run]] = defaultdict(list)
        for run in runs:
            if run.active and run.trainer:
                held[run.trainer].append(run)
        self._seen = defaultdict(deque, {one: seen for one, seen in self._seen.items() if one in held})
        for trainer, its in held.items():
            seen, at = self._seen[trainer], its[0].read_at
            waiting = frozenset(run.id for run in its if not run.params)
            steps = {run.id: run.epochs_done * run.steps + run.step for run in its}
            each = {run.id: run.train_seconds / max(1, steps[run.id]) for run in its}
            seen.append(_Seen(at, steps, each, waiting))
            while seen[0].at < at - WINDOW_SECONDS:
                seen.popleft()

    def of(self, trainer: str | None) -> Pace:
        """That of a trainer at work, or of any."""
        trained, seconds = USUAL_SHARE * USUAL_SECONDS, USUAL_SECONDS
        begun, beginning = USUAL_BEGINNINGS, USUAL_BEGINNINGS * BEGINS_SECONDS
        seen = list(self._seen.get(trainer or "", ()))
        since = seen[0].at if seen else 0.0
        for before, now in pairwise(seen):
            if before.waiting:
                begun += len(before.waiting - now.waiting)
                beginning += now.at - before.at
                since = now.at
            elif more := _more(before, now, seen[-1].each):
                trained += more
                seconds += min(STILL_SECONDS, now.at - since)
                since = now.at
        return Pace(trained / seconds, beginning / begun)


def _more(before: _Seen, now: _Seen, each: dict[str, float]) -> float:
    """Seconds of training between two looks, of runs whose steps took so long `each` so far."""
    return sum(
        max(0, now.steps[run] - taken) * each.get(run, now.each[run])
        for run, taken in before.steps.items()
        if run in now.steps
    )
