"""How long a run that waits or trains still has to wait: the seconds of one are shared with all who train beside it.

Reads rows as the store gives them, and how fast trainers go (pace.py). Knows no page and no trainer's inside.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from rnnkit.runs.pace import Pace
from rnnkit.store import Run, Status
from rnnkit.training import line as the_line
from rnnkit.training import planning

USUAL_SECONDS = 60.0  # of a run of which nothing is known, where nothing is known of the others either


class Wait(NamedTuple):
    """What one run has before it. `place` in the queue and `moves_in`, seconds to its next batch, of one that waits.

    `ends_in`: seconds until it has ended; None where that cannot be known yet. `beside`: persons who share its trainer.
    """

    place: int | None = None
    moves_in: float | None = None
    ends_in: float | None = None
    beside: int = 0


def waits(runs: Iterable[Run], pace_of: Callable[[str | None], Pace] = lambda trainer: Pace()) -> dict[str, Wait]:
    """Of every run that waits or trains, by its id. `runs`: at least those, and the ones of the last hour.

    Turns are shared alike: when somebody has had so many seconds, each of the others has had as many, or all he wanted.

    `pace_of`: that of a trainer; the usual one where nobody has looked.
    """
    everything = list(runs)
    queue, lines = _queue(everything), _lines(everything)
    found = {}
    for trainer, company in lines.items():
        pace = pace_of(trainer)
        usual = statistics.median([left for line in company.values() for left in map(left_of, line) if left] or [60.0])
        wanted = {person: [left_of(run) or usual for run in line] for person, line in company.items()}
        totals = {person: sum(seconds) for person, seconds in wanted.items()}
        first = sum(left_of(run) or usual for line in company.values() for run in line if run.active and run.goes_first)
        begin = 0.0  # until those before him have begun
        for person, line in sorted(company.items(), key=lambda each: min(queue.get(run.id, 0) for run in each[1])):
            had, together = 0.0, [run for run in line if run.active]
            for place, run in enumerate(line):
                begin += pace.begins * (place == 0 and not run.params)
                moves = begin if place == 0 else _past(had, person, totals) / pace.share
                had = sum(wanted[person][: max(place + 1, len(together))])  # what races ends together
                before = 0.0 if run.goes_first else first / pace.share
                known = left_of(run) is not None or run.status == Status.QUEUED
                ends = _past(had, person, totals) / pace.share + begin + before
                waiting = run.status == Status.QUEUED or not run.params
                found[run.id] = Wait(
                    queue.get(run.id), moves + before if waiting else None,
                    ends if known else None, len(company) - 1,
                )  # fmt: skip
    return found


def left_of(run: Run) -> float | None:
    """Seconds of training that a run has before it, as its row says; None where nothing was measured yet."""
    plan, asked = planning.stored(run), run.config.training
    done = run.epochs_done * run.steps + run.step
    if plan and (plan.steps_per_second or (done and run.train_seconds)):
        return plan.seconds_left(done, run.train_seconds)
    if asked.seconds is not None:
        return max(0.0, asked.seconds - run.train_seconds)
    return run.train_seconds / done * (run.steps * asked.epochs - done) if done and run.train_seconds else None


def _past(had: float, person: str, totals: dict[str, float]) -> float:
    """Seconds of the trainer until this person has had so many of it."""
    return had + sum(min(had, total) for other, total in totals.items() if other != person)


def _lines(everything: Sequence[Run]) -> dict[str | None, dict[str, list[Run]]]:
    """What each person has before him at each trainer, in order: what is at work, then what waits."""
    lines: dict[str | None, dict[str, list[Run]]] = defaultdict(lambda: defaultdict(list))
    for run in sorted((one for one in everything if one.active), key=lambda one: one.queued_at or 0.0):
        lines[run.trainer][run.person].append(run)
    for run in sorted((one for one in everything if one.status == Status.QUEUED), key=lambda one: one.queued_at or 0.0):
        own = next((trainer for trainer, company in lines.items() if run.person in company), None)
        least = min(lines, key=lambda trainer: len(lines[trainer]), default=None)
        lines[own or least][run.person].append(run)
    return lines


def _queue(everything: Sequence[Run]) -> dict[str, int]:
    """The place of every queued run, by its id: 1 for the one that is started next, by the scheduler's own rule."""
    return {run_id: place for place, run_id in enumerate(the_line.order(everything), start=1)}
