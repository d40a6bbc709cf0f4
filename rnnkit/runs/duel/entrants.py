"""A duel before it starts: two to four architectures on one text, that differ in the cell and its units alone.

Solves for the units that make parameters equal, and queues all runs or none. Knows no trainer, no chart and no page.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Literal, NamedTuple, TypeVar

from rnnkit import architectures
from rnnkit.architectures import ARCHITECTURES
from rnnkit.config import ModelConfig, RunConfig, TrainingConfig, with_settings
from rnnkit.errors import ConfigError
from rnnkit.runs.comparison import LETTERS
from rnnkit.store import Listed, Run, Store, new_run_id
from rnnkit.tasks import Measure
from rnnkit.training import cost, queueing

FEWEST, MOST = 2, len(LETTERS)
MOST_UNITS, MOST_EPOCHS = (
    next(rule.le for rule in part.model_fields[name].metadata if hasattr(rule, "le"))
    for part, name in ((ModelConfig, "units"), (TrainingConfig, "epochs"))
)
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
    base: RunConfig, names: Sequence[str], vocab_size: int, *, params: int | None = None, seconds: int | None = None,
    equal: Literal["parameters", "units"] | None = None,
) -> list[Entrant]:  # fmt: skip
    """The networks of a duel: all settings the same but the architecture and what it takes to make them equal.

    Raises ConfigError: too few or too many, one twice, one that is unknown or does not go with the batches, or a number
    of parameters that one of them cannot have.

    Args:
        base: all other settings, and the units of the first.
        names: of two to four architectures.
        params: that each should have, near enough; None: those of the first.
        seconds: of training that each gets; None: all have the epochs of `base`.
        equal: whether all have as many parameters, or the units of `base`; None: parameters, or with `seconds` units.
    """
    _check_names(names)
    if seconds is not None and seconds < 1:
        raise ConfigError(f"training.seconds: expected at least 1 for a duel at equal seconds, got {seconds}")
    configs = [_entering(base, name) for name in names]
    target = cost.params(configs[0], vocab_size) if params is None else params
    if (equal or ("units" if seconds else "parameters")) == "parameters":
        configs = [with_units(config, units_for(config, target, vocab_size)) for config in configs]
    if seconds is not None:
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
    """Of training, all together. `slower`: how much longer this machine takes, as `progress.slowness` finds."""
    total = 0.0
    for config in (one.config for one in entrants):
        expected = cost.estimate(config, measured.vocab_size, measured.symbols, measured.plan, slower)
        total += min(expected.seconds_per_epoch * config.training.epochs, config.training.seconds or math.inf)
    return total


def takes_turns(entrants: Sequence[Entrant], measured: Measure) -> bool:
    """Whether one trainer can hold all of them in the memory that is free now; else they train one after the other."""
    return cost.fit_together([one.config for one in entrants], measured.vocab_size)


def order(store: Store, entrants: Sequence[Entrant]) -> list[str]:
    """Queue all of them, under names that belong together; their ids. The caller makes sure a scheduler is running.

    Raises what `queueing.check` raises for any of them: nothing is queued then.
    """
    return order_each(store, [entrants])[0]


def order_each(store: Store, duels: Sequence[Sequence[Entrant]]) -> list[list[str]]:
    """Queue several duels, all or none, as `order` does; the ids of each."""
    configs, races = list[RunConfig](), list[str | None]()
    for entrants in duels:
        measured = [queueing.check(one.config, store) for one in entrants]
        mark = new_run_id()[:4]
        for one in entrants:
            name = f"Duel {mark}: {one.title}, {one.config.model.units} units"
            configs.append(with_settings(one.config, {"name": name}))
            races.append(mark if takes_turns(entrants, measured[0]) else None)
    ids = iter(queueing.order(store, configs, races))
    return [list(islice(ids, len(entrants))) for entrants in duels]


Row = TypeVar("Row", Run, Listed)


def found(runs: Iterable[Row]) -> dict[str, list[Row]]:
    """Duels among runs, the newest first, by the mark that `order` gives them; each in the order it was queued."""
    duels: dict[str, list[Row]] = {}
    for run in sorted(runs, key=lambda run: run.created_at, reverse=True):
        if mark := run.race or ((named := _NAMED.match(run.name)) and named[1]):
            duels.setdefault(mark, []).insert(0, run)
    return {mark: fought for mark, fought in duels.items() if FEWEST <= len(fought) <= MOST}
