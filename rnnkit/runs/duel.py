"""A duel: two to four architectures on one text, that differ in the cell and its units alone, and which one won.

Solves for the units that make parameters equal, queues all runs or none, and says who won and by how
much. Knows no trainer, no chart and no page.
"""

from __future__ import annotations

import math
import re
import statistics
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import pandas as pd

from rnnkit import architectures, metrics
from rnnkit.architectures import ARCHITECTURES
from rnnkit.config import ModelConfig, RunConfig, TrainingConfig, with_settings
from rnnkit.errors import ConfigError
from rnnkit.metrics import EpochMetrics
from rnnkit.runs import comparison
from rnnkit.runs.comparison import LETTERS, Compared
from rnnkit.store import Run, Status, Store, new_run_id
from rnnkit.tasks import Measure
from rnnkit.training import cost, queueing

FEWEST, MOST = 2, len(LETTERS)
MOST_UNITS, MOST_EPOCHS = (
    next(rule.le for rule in part.model_fields[name].metadata if hasattr(rule, "le"))
    for part, name in ((ModelConfig, "units"), (TrainingConfig, "epochs"))
)
TIE = 0.01  # of the loss: nearer than this are two networks whose losses no longer move
NEAR = 0.02  # parameters that differ by less are called equal
_NAMED = re.compile(r"Duel ([a-z0-9]{4}): ")


class Entrant(NamedTuple):
    """One network of a duel before it starts: its config, its parameters, and how far these are off, as a share."""

    config: RunConfig
    params: int
    difference: float

    @property
    def title(self) -> str:
        """What its architecture is called."""
        return title(self.config)


def title(config: RunConfig) -> str:
    """What the architecture is called; its name where a newer program has written a config that this one reads."""
    name = config.model.architecture
    return ARCHITECTURES[name].title if name in ARCHITECTURES else name


# Before it starts


def candidates(base: RunConfig) -> dict[str, str]:
    """The architectures that go with the batches of `base`: name -> title."""
    fitting = {}
    for name, architecture in ARCHITECTURES.items():
        try:
            _entering(base, name)
        except ConfigError:
            continue
        fitting[name] = architecture.title
    return fitting


def plan(
    base: RunConfig, names: Sequence[str], vocab_size: int, *, params: int | None = None, seconds: int | None = None
) -> list[Entrant]:
    """The networks of a duel: all settings the same but the architecture and what it takes to make them equal.

    Raises ConfigError: too few or too many, one twice, one that is unknown or does not go with the batches, or a number
    of parameters that one of them cannot have.

    Args:
        base: all other settings, and the units of the first.
        names: of two to four architectures.
        params: that each should have, near enough; None: those of the first.
        seconds: of training that each gets, all with the units of `base`, in place of equal parameters.
    """
    _check_names(names)
    if seconds is not None and seconds < 1:
        raise ConfigError(f"training.seconds: expected at least 1 for a duel at equal seconds, got {seconds}")
    configs = [_entering(base, name) for name in names]
    target = cost.params(configs[0], vocab_size) if params is None else params
    if seconds is None:
        configs = [with_units(config, units_for(config, target, vocab_size)) for config in configs]
    else:
        configs = [with_settings(config, {"training.seconds": seconds, **_UNTIL_THEN}) for config in configs]
    sizes = [cost.params(config, vocab_size) for config in configs]
    return [Entrant(config, size, size / target - 1) for config, size in zip(configs, sizes, strict=True)]


# What would end or slow down training in its own way, by epochs.
_UNTIL_THEN = {"training.epochs": MOST_EPOCHS, "training.patience": 0}


def _check_names(names: Sequence[str]) -> None:
    if not FEWEST <= len(names) <= MOST:
        raise ConfigError(f"architectures: expected {FEWEST} to {MOST} of {', '.join(ARCHITECTURES)}, got {len(names)}")
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ConfigError(f"architectures: expected each one once, got {twice[0]} {Counter(names)[twice[0]]} times")


def _entering(base: RunConfig, name: str) -> RunConfig:
    config = with_settings(base, {"model.architecture": name})
    if "units" not in architectures.chosen(config).fields:
        raise ConfigError(f"architectures: expected networks whose units can be chosen, got {name}")
    return config


def with_units(config: RunConfig, units: int) -> RunConfig:
    """`config` with that number of units."""
    return config.model_copy(update={"model": config.model.model_copy(update={"units": units})})


def units_for(config: RunConfig, params: int, vocab_size: int) -> int:
    """The units that bring the network of `config` nearest to `params`: more units, more parameters.

    Raises ConfigError: even one unit has more, or the most have fewer.
    """

    def size(units: int) -> int:
        return cost.params(with_units(config, units), vocab_size)

    least, most = size(1), size(MOST_UNITS)
    if not least <= params <= most:
        raise ConfigError(
            f"parameters: expected {least:,} (1 unit) to {most:,} ({MOST_UNITS:,} units) for "
            f"{config.model.architecture} with these settings, got {params:,}"
        )
    above = 1 + bisect_left(range(1, MOST_UNITS + 1), params, key=size)
    return min((max(1, above - 1), above), key=lambda units: abs(size(units) - params))


def expected_seconds(entrants: Iterable[Entrant], measured: Measure, slower: float) -> float:
    """Of training, one after the other. `slower`: how much longer this machine takes, as `progress.slowness` finds."""
    total = 0.0
    for config in (one.config for one in entrants):
        expected = cost.estimate(config, measured.vocab_size, measured.symbols, measured.plan, slower)
        total += min(expected.seconds_per_epoch * config.training.epochs, config.training.seconds or math.inf)
    return total


def order(store: Store, entrants: Sequence[Entrant]) -> list[str]:
    """Queue all of them, under names that belong together; their ids. The caller makes sure a scheduler is running.

    Raises what `queueing.check` raises for any of them: nothing is queued then.
    """
    for one in entrants:
        queueing.check(one.config, store)
    mark = new_run_id()[:4]
    names = [f"Duel {mark}: {one.title}, {one.config.model.units} units" for one in entrants]
    configs = [with_settings(one.config, {"name": name}) for one, name in zip(entrants, names, strict=True)]
    return queueing.order(store, configs, race=mark)


def again(compared: Sequence[Compared]) -> list[Entrant]:
    """The same networks once more, from another seed: who wins twice hardly won by chance."""
    seed = 1 + max(one.run.config.training.seed for one in compared)
    configs = [with_settings(one.run.config, {"training.seed": seed}) for one in compared]
    return [Entrant(config, one.run.params or 0, 0.0) for config, one in zip(configs, compared, strict=True)]


def found(runs: Iterable[Run]) -> dict[str, list[Run]]:
    """Duels among runs, the newest first, by the mark that `order` gives them; each in the order it was queued."""
    duels: dict[str, list[Run]] = {}
    for run in sorted(runs, key=lambda run: run.created_at, reverse=True):
        if named := _NAMED.match(run.name):
            duels.setdefault(named[1], []).insert(0, run)
    return {mark: fought for mark, fought in duels.items() if FEWEST <= len(fought) <= MOST}


# What came of it


class Place(NamedTuple):
    """One network of a duel with its best loss, in the unit that all can be compared in; infinite before any epoch."""

    compared: Compared
    title: str
    loss: float


def ranking(compared: Sequence[Compared]) -> list[Place]:
    """The best first; those without a finished epoch last. Networks of one architecture have their letters too."""
    titles, unit = [title(one.run.config) for one in compared], comparison.common_unit(compared)
    places = []
    for one, name in zip(compared, titles, strict=True):
        best = comparison.best_figure(one.epochs, unit)
        full = name if titles.count(name) == 1 else f"{name} {one.letter}"
        places.append(Place(one, full, math.inf if best is None else best))
    return sorted(places, key=lambda place: place.loss)


def _measured(compared: Sequence[Compared]) -> list[Place]:
    return [place for place in ranking(compared) if place.loss < math.inf]


def results(compared: Sequence[Compared]) -> pd.DataFrame:
    """One row per network, the winner first: its best held-out loss, how far it is behind, what it cost.

    "Behind, %" is how much lower the winner's loss is, as a share of this one's. "Loss at equal time" is the best
    loss when the shortest training of all was over; "Time to the worst's best" the seconds of training until it was
    as low as the last of the table ever was.
    """
    measured, unit = _measured(compared), comparison.common_unit(compared)
    rows = [_row(place) for place in ranking(compared)]
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


def verdict(compared: Sequence[Compared]) -> str | None:
    """Who won and by how much, in one sentence; who leads while some still train. None before two have an epoch."""
    measured = _measured(compared)
    if len(measured) < 2:
        return None
    first, second, *others = measured
    gap, over = second.loss - first.loss, not any(one.run.live for one in compared)
    words = metrics.UNITS[comparison.common_unit(compared)].words
    behind = "".join(f", {place.title} {place.loss:.3f}" for place in others)
    if gap / second.loss < _noise(measured):
        said = f"{first.title} {first.loss:.3f} {words}, {second.title} {second.loss:.3f}{behind}"
        return f"{'A tie' if over else 'So far a tie'}: {said}."
    won = f"The {first.title} won by" if over else f"So far the {first.title} leads by"
    losses = f"{first.loss:.3f}, {second.title} {second.loss:.3f}{behind}"
    return f"{won} {gap:.3f} {words} ({gap / second.loss:.1%}): {losses}."


def explanations(compared: Sequence[Compared]) -> list[str]:
    """What the verdict means, and how far it may be trusted: a sentence each."""
    measured = _measured(compared)
    if len(measured) < 2:
        return []
    seeds = (
        f"All started from one seed. Another seed could change a loss by {_noise(measured):.0%}: "
        "a smaller difference is called a tie."
    )
    said = [_in_perplexity(measured), _race(compared, measured), seeds]
    return [sentence for sentence in said if sentence]


def _in_perplexity(measured: Sequence[Place]) -> str | None:
    first, last = measured[0], measured[-1]
    low, high = (comparison.best_figure(place.compared.epochs, "perplexity") for place in (first, last))
    if low is None or high is None:
        return None
    return (
        f"In perplexity: at each symbol the {first.title} is as uncertain as a uniform choice among {low:.2f} symbols, "
        f"the {last.title} as one among {high:.2f}."
    )


def _race(compared: Sequence[Compared], measured: Sequence[Place]) -> str | None:
    """How long the first took to what the last reached at its best."""
    first, last = measured[0], measured[-1]
    if comparison.common_unit(compared) != "nats" or first.loss == last.loss:
        return None
    ahead, needed = (comparison.seconds_to(place.compared.epochs, last.loss) for place in (first, last))
    if ahead is None or not needed:
        return None
    return (
        f"The {first.title} reached the best loss of the {last.title} after {ahead:.1f} s of training, "
        f"{ahead / needed:.0%} of the {needed:.1f} s that the {last.title} took."
    )


def _noise(measured: Sequence[Place]) -> float:
    """What another seed may change the losses of the first two by, as a share.

    About as much as one more epoch does: so it was measured on the cookbook, where over four seeds the best loss
    of a GRU differed by 5 % and that of an LSTM by 18 %, their last epochs having changed them by 5 % and 8 %.
    """
    return max(TIE, *(_fall(place.compared.epochs) for place in measured[:2]))


def _fall(epochs: Sequence[EpochMetrics]) -> float:
    """By how much an epoch lowered the best loss in the end, as a share: the mean of the last two."""
    ends = range(max(1, len(epochs) - 2), len(epochs) + 1)
    reached = [best for end in ends if (best := comparison.best_figure(epochs[:end])) is not None]
    return (1 - reached[-1] / reached[0]) / max(1, len(reached) - 1)


def terms(compared: Sequence[Compared]) -> str:
    """What was made equal, and what is the same for all, in one sentence."""
    sizes = sorted(one.run.params for one in compared if one.run.params)
    seeds = {one.run.config.training.seed for one in compared}
    seconds = {one.run.config.training.seconds for one in compared}
    if len(seconds) == 1 and None not in seconds:
        equal = f"Equal seconds: {seconds.pop()} s of training each"
    elif len(sizes) < len(compared):
        equal = "Parameters are counted when all have begun"
    elif sizes[-1] <= sizes[0] * (1 + NEAR):
        equal = f"Equal parameters: {sizes[0]:,} to {sizes[-1]:,}"
    else:
        equal = f"Parameters are not equal: {sizes[0]:,} to {sizes[-1]:,}"
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
