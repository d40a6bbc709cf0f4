"""What came of a duel: who is ahead where all have run equally far, who won in the end, and how far one may trust it.

Reads runs and their metrics as the store gives them. Knows no trainer, no other seed and no page.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from rnnkit import metrics
from rnnkit.metrics import UNITS, EpochMetrics
from rnnkit.runs import comparison
from rnnkit.runs.comparison import Compared
from rnnkit.runs.duel.entrants import title
from rnnkit.store import FAILURES, Status

TIE = 0.01  # of the loss: nearer than this are two networks whose losses no longer move
NEAR = 0.02  # parameters that differ by less are called equal


class Place(NamedTuple):
    """One network of a duel with a loss, in the unit that all can be compared in; infinite where there is none."""

    compared: Compared
    title: str
    loss: float


class Standing(NamedTuple):
    """The networks where all have run equally far, the best first; `at` says where. None: all have run to their end."""

    places: list[Place]
    at: str | None


def usual_unit(compared: Sequence[Compared]) -> str:
    """A key of UNITS to read a duel in: bits where the networks write, else what all of them have."""
    return (
        "bits" if "bits" in comparison.units(one.run.config for one in compared) else comparison.common_unit(compared)
    )


def ranking(compared: Sequence[Compared], unit: str | None = None) -> list[Place]:
    """By their best losses, the best first; those without a finished epoch last."""
    unit = unit or comparison.common_unit(compared)
    found = [comparison.best_figure(one.epochs, unit) for one in compared]
    return _placed(compared, [math.inf if loss is None else loss for loss in found])


def _placed(compared: Sequence[Compared], losses: Sequence[float]) -> list[Place]:
    """The best first. Networks of one architecture have their letters too."""
    titles = [title(one.run.config) for one in compared]
    full = [
        name if titles.count(name) == 1 else f"{name} {one.letter}" for one, name in zip(compared, titles, strict=True)
    ]
    return sorted(map(Place, compared, full, losses), key=lambda place: place.loss)


def standing(compared: Sequence[Compared], unit: str | None = None) -> Standing | None:
    """How the networks stand where all have run equally far; None before there is such a place with a loss of each.

    That is the end of all runs where all have finished. Else it is the last step that all have measured, or, where all
    were given seconds, the last second up to which all have: between two measurements a straight line is drawn. A
    network that has diverged or failed has left the duel.
    """
    unit = unit or comparison.common_unit(compared)
    running = [one for one in compared if one.run.status not in FAILURES]
    if len(running) < 2:
        return None
    if all(one.run.status == Status.FINISHED for one in running):
        places = [place for place in ranking(running, unit) if place.loss < math.inf]
        return Standing(places, None) if len(places) > 1 else None
    if all(one.run.config.training.seconds for one in running):
        return _after_equal_seconds(running, unit)
    return _after_equal_steps(running, unit)


def _measured(one: Compared, unit: str) -> list[tuple[EpochMetrics, float]]:
    """All that was measured of a network, inside epochs too, in order; and its loss. Not before the first step."""
    every = sorted([*one.epochs, *one.moments], key=lambda measured: measured["step"])
    found = ((entry, metrics.shown(entry, UNITS[unit].metric)) for entry in every if entry["step"])
    return [(entry, loss) for entry, loss in found if loss is not None]


def _after_equal_steps(running: Sequence[Compared], unit: str) -> Standing | None:
    """At the last step that all have measured."""
    losses = [{entry["step"]: loss for entry, loss in _measured(one, unit)} for one in running]
    shared = set.intersection(*map(set, losses))
    if not shared:
        return None
    step = max(shared)
    entry = next(entry for entry, _ in _measured(running[0], unit) if entry["step"] == step)
    return Standing(_placed(running, [known[step] for known in losses]), metrics.moment(entry["epoch"], step))


def _after_equal_seconds(running: Sequence[Compared], unit: str) -> Standing | None:
    """After the most seconds of training up to which all were measured."""
    curves = [[(entry.get("elapsed_seconds"), loss) for entry, loss in _measured(one, unit)] for one in running]
    timed = [[(seconds, loss) for seconds, loss in curve if seconds is not None] for curve in curves]
    if not all(timed):
        return None
    seconds = min(curve[-1][0] for curve in timed)
    if any(curve[0][0] > seconds for curve in timed):
        return None
    losses = [float(np.interp(seconds, *np.array(curve, float).T)) for curve in timed]
    return Standing(_placed(running, losses), f"{seconds:.1f} s of training")


def before_anybody_leads(compared: Sequence[Compared]) -> str:
    """What happens while there is no verdict, in one sentence."""
    statuses = {one.run.status for one in compared}
    if not any(one.run.live for one in compared):
        return "Nobody has won: the networks did not run equally far."
    if statuses == {Status.QUEUED}:
        return "The race waits for its turn in the queue."
    if all(one.run.live and not (one.run.step or one.run.epochs_done) for one in compared):
        return "The text is read and the networks are built. Then all begin together."
    return "They train by turns. Nobody leads before all have run equally far."


def results(compared: Sequence[Compared], unit: str | None = None) -> pd.DataFrame:
    """One row per network, the winner first: its best held-out loss, how far it is behind, what it cost.

    "Behind, %" is how much lower the winner's loss is, as a share of this one's. "Loss at equal time" is the best
    loss when the shortest training of all was over; "Time to the worst's best" the seconds of training until it was
    as low as the last of the table ever was.
    """
    unit = unit or comparison.common_unit(compared)
    places = ranking(compared, unit)
    measured = [place for place in places if place.loss < math.inf]
    rows = [_row(place) for place in places]
    if measured:
        shortest = min(_seconds(place.compared) for place in measured)
        worst = comparison.best_figure(measured[-1].compared.epochs)
        for row, place in zip(rows, measured, strict=False):
            epochs, behind = place.compared.epochs, place.loss - measured[0].loss
            by_then = [epoch for epoch, elapsed in metrics.timed(epochs) if elapsed <= shortest]
            row |= {
                "Best loss": place.loss,
                "Behind": behind,
                "Behind, %": 100 * behind / place.loss,
                "Loss at equal time": comparison.best_figure(by_then, unit),
                "Time to the worst's best": None if worst is None else comparison.seconds_to(epochs, worst),
            }
    return pd.DataFrame(rows)


def _row(place: Place) -> dict[str, Any]:
    """What is known of any network; columns that need a loss are filled in by `results`."""
    run, epochs = place.compared.run, place.compared.epochs
    speeds = [speed for epoch in epochs if (speed := metrics.value(epoch, "chars_per_second"))]
    return {
        "Network": f"{place.compared.letter} · {title(run.config)}",
        "Units": run.config.model.units,
        "Parameters": run.params,
        **dict.fromkeys(("Best loss", "Behind", "Behind, %")),
        "Perplexity": comparison.best_figure(epochs, "perplexity"),
        **dict.fromkeys(("Loss at equal time", "Time to the worst's best")),
        "Trained": _seconds(place.compared) if epochs else None,
        "Chars/s": statistics.fmean(speeds) if speeds else None,
        "State": run.status,
    }


def _seconds(compared: Compared) -> float:
    """Of training, up to its last epoch."""
    return metrics.timed(compared.epochs)[-1][1]


def verdict(compared: Sequence[Compared], unit: str | None = None) -> str | None:
    """Who won and by how much, in one sentence; who leads, and where, until all have run to their end.

    None while there is no place up to which all have run: nobody leads then.
    """
    unit = unit or comparison.common_unit(compared)
    found = standing(compared, unit)
    if found is None:
        return None
    first, second, *others = found.places
    gap, words = second.loss - first.loss, UNITS[unit].words
    behind = "".join(f", {place.title} {place.loss:.3f}" for place in others)
    after = found.at and f"After {found.at}".replace("After epoch", "At epoch").replace("After step", "At step")
    if gap / second.loss < (TIE if after else _noise(found.places)):  # who leads now is no guess about who wins
        said = f"{first.title} {first.loss:.3f} {words}, {second.title} {second.loss:.3f}{behind}"
        return f"{f'{after} a tie' if after else 'A tie'}: {said}."
    won = f"{after} the {first.title} leads by" if after else f"The {first.title} won by"
    losses = f"{first.loss:.3f}, {second.title} {second.loss:.3f}{behind}"
    return f"{won} {gap:.3f} {words} ({gap / second.loss:.1%}): {losses}."


def explanations(compared: Sequence[Compared], unit: str | None = None) -> list[str]:
    """What the verdict of those that have run to their end means, and how far it may be trusted: a sentence each."""
    found = standing(compared, unit)
    if found is None or found.at:
        return []
    seeds = (
        f"All started from one seed. Another seed could change a loss by {_noise(found.places):.0%}: "
        "a smaller difference is called a tie."
    )
    said = [_in_perplexity(found), _race(compared, found), seeds]
    return [sentence for sentence in said if sentence]


def _in_perplexity(found: Standing) -> str | None:
    first, last = found.places[0], found.places[-1]
    low, high = (comparison.best_figure(place.compared.epochs, "perplexity") for place in (first, last))
    if low is None or high is None:
        return None
    return (
        f"In perplexity: at each token the {first.title} is as uncertain as a uniform choice among {low:.2f} tokens, "
        f"the {last.title} as one among {high:.2f}."
    )


def _race(compared: Sequence[Compared], found: Standing) -> str | None:
    """How long the first took to what the last reached at its best."""
    first, last = found.places[0], found.places[-1]
    if comparison.common_unit(compared) != "nats" or first.loss == last.loss:
        return None
    reached = comparison.best_figure(last.compared.epochs)
    if reached is None:
        return None
    ahead, needed = (comparison.seconds_to(place.compared.epochs, reached) for place in (first, last))
    if ahead is None or not needed:
        return None
    return (
        f"The {first.title} reached the best loss of the {last.title} after {ahead:.1f} s of training, "
        f"{ahead / needed:.0%} of the {needed:.1f} s that the {last.title} took."
    )


def _noise(places: Sequence[Place]) -> float:
    """What another seed may change the losses of the first two by, as a share.

    About as much as one more epoch does: so it was measured on the cookbook, where over four seeds the best loss
    of a GRU differed by 5 % and that of an LSTM by 18 %, their last epochs having changed them by 5 % and 8 %.
    """
    return max(TIE, *(_fall(place.compared.epochs) for place in places[:2]))


def _fall(epochs: Sequence[EpochMetrics]) -> float:
    """By how much an epoch lowered the best loss in the end, as a share: the mean of the last two."""
    ends = range(max(1, len(epochs) - 2), len(epochs) + 1)
    reached = [best for end in ends if (best := comparison.best_figure(epochs[:end])) is not None]
    return (1 - reached[-1] / reached[0]) / max(1, len(reached) - 1) if reached else 0.0


def terms(compared: Sequence[Compared]) -> str:
    """What was made equal, and what is the same for all, in one sentence."""
    sizes = sorted(one.run.params for one in compared if one.run.params)
    seeds = {one.run.config.training.seed for one in compared}
    seconds = {one.run.config.training.seconds for one in compared}
    if len(sizes) < len(compared):
        equal = "Parameters are counted when all have begun"
    elif sizes[-1] <= sizes[0] * (1 + NEAR):
        equal = f"Equal parameters: {sizes[0]:,} to {sizes[-1]:,}"
    else:
        equal = f"Parameters are not equal: {sizes[0]:,} to {sizes[-1]:,}"
    if len(seconds) == 1 and None not in seconds:
        equal = f"Equal seconds: {seconds.pop()} s of training each; {equal[0].lower()}{equal[1:]}"
    seed = f"seed {seeds.pop()}, the same batches in the same order" if len(seeds) == 1 else "different seeds"
    return f"{equal}; {seed}."


def unfinished(compared: Sequence[Compared]) -> list[str]:
    """Those that ended before they had trained all they should, a sentence each."""
    ended = [
        (place.title, place.compared.run)
        for place in ranking(compared)
        if not place.compared.run.live and place.compared.run.status != Status.FINISHED
    ]
    return [f"The {name} is {run.status} after {run.epochs_done} epochs." for name, run in ended]
