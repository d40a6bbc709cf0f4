"""The same duel from several seeds: mean and spread of each network, and how much of a difference is chance.

Knows no trainer, no chart and no page.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from rnnkit import metrics
from rnnkit.config import RunConfig, with_settings
from rnnkit.metrics import UNITS
from rnnkit.runs import comparison
from rnnkit.runs.comparison import LETTERS, Compared
from rnnkit.runs.duel.entrants import Entrant, title
from rnnkit.runs.duel.verdict import usual_unit
from rnnkit.store import Run, Status

_FREE = ("name", "owner", "preset")  # and the seed: what the repeats of a duel may differ in
GRID = 120  # points of a mean curve


class Repeated(NamedTuple):
    """One network over the seeds of a duel: its best loss from each, in the order of the seeds."""

    letter: str
    title: str
    losses: list[float]

    @property
    def mean(self) -> float:
        return statistics.fmean(self.losses)

    @property
    def spread(self) -> float:
        """One standard deviation over the seeds, estimated from them; two of them at least."""
        return statistics.stdev(self.losses)

    def said(self) -> str:
        """Mean and spread in figures."""
        return f"{self.mean:.3f} ± {self.spread:.3f}"


def _settings(config: RunConfig) -> str:
    """The same for two networks that differ in their seed alone."""
    return config.model_dump_json(exclude={**dict.fromkeys(_FREE, True), "training": {"seed"}})


def repeats(duels: Iterable[Sequence[Run]], of: Sequence[Run]) -> list[list[Run]]:
    """The duels with the settings of one, that among them, by their seeds; each seed once, the newest of it.

    `duels`: the newest first.
    """
    wanted = [_settings(run.config) for run in of]
    by_seed: dict[int, list[Run]] = {}
    for runs in (of, *duels):
        seeds = {run.config.training.seed for run in runs}
        if len(seeds) == 1 and [_settings(run.config) for run in runs] == wanted:
            by_seed.setdefault(seeds.pop(), list(runs))
    return [by_seed[seed] for seed in sorted(by_seed)]


def with_seed(entrants: Iterable[Entrant], seed: int) -> list[Entrant]:
    """The same networks from another seed."""
    return [one._replace(config=with_settings(one.config, {"training.seed": seed})) for one in entrants]


def again(duels: Sequence[Sequence[Run]], more: int = 1) -> list[list[Entrant]]:
    """The same networks once more, from so many seeds that none of these duels had."""
    entrants = [Entrant(run.config, run.params or 0, 0.0) for run in duels[-1]]
    first = 1 + max(run.config.training.seed for runs in duels for run in runs)
    return [with_seed(entrants, seed) for seed in range(first, first + more)]


def _ended(duels: Sequence[Sequence[Compared]]) -> list[Sequence[Compared]]:
    """Those in which all have run to their end: no other can be set beside them."""
    return [
        duel for duel in duels if all(one.run.status == Status.FINISHED and metrics.best(one.epochs) for one in duel)
    ]


def over_seeds(duels: Sequence[Sequence[Compared]], unit: str | None = None) -> list[Repeated]:
    """Each network over the seeds, the lowest mean first; nothing before two duels have run to their end."""
    ended = _ended(duels)
    if len(ended) < 2:
        return []
    unit = unit or usual_unit(ended[0])
    networks = []
    for letter, runs in zip(LETTERS, zip(*ended, strict=True), strict=False):
        losses = [comparison.best_figure(one.epochs, unit) for one in runs]
        networks.append(
            Repeated(letter, title(runs[0].run.config), [math.inf if loss is None else loss for loss in losses])
        )
    return sorted(networks, key=lambda one: one.mean)


def seeds_verdict(networks: Sequence[Repeated], unit: str) -> str | None:
    """Which network is lower in how many of the seeds, by mean and spread; or that the difference is within it."""
    if len(networks) < 2:
        return None
    first, second, *others = networks
    seeds, words = len(first.losses), UNITS[unit].words
    lower = sum(a < b for a, b in zip(first.losses, second.losses, strict=True))
    figures = f"{first.said()} against {second.said()} {words}"
    rest = f" Then {', '.join(f'the {one.title} {one.said()}' for one in others)}." if others else ""
    if first.mean + first.spread < second.mean - second.spread:
        return f"The {first.title} is lower than the {second.title} in {lower} of {seeds} seeds: {figures}.{rest}"
    return (
        f"{first.title} and {second.title} differ by no more than their spread over {seeds} seeds: {figures}. "
        f"The {first.title} is lower in {lower} of {seeds}.{rest}"
    )


def seeds_table(networks: Sequence[Repeated], seeds: Sequence[int]) -> pd.DataFrame:
    """One row per network, the lowest mean first: mean, spread, and the loss from each seed."""
    rows: list[Mapping[str, Any]] = [
        {"Network": f"{one.letter} · {one.title}", "Mean": one.mean, "±": one.spread}
        | {f"Seed {seed}": loss for seed, loss in zip(seeds, one.losses, strict=True)}
        for one in networks
    ]
    return pd.DataFrame(rows)


def ended_seeds(duels: Sequence[Sequence[Compared]]) -> list[int]:
    """The seeds of those duels that `over_seeds` counts."""
    return [duel[0].run.config.training.seed for duel in _ended(duels)]


def band(duels: Sequence[Sequence[Compared]], axis: str, unit: str) -> pd.DataFrame:
    """The held-out curves over the seeds: letter, at, value (their mean), low and high (a spread below and above).

    At places that all seeds have reached; between two measurements a straight line is drawn. `axis`: epochs or seconds.
    """
    tables = []
    for letter, runs in zip(LETTERS, zip(*_ended(duels), strict=True), strict=False):
        curves = [curve for one in runs if len(curve := _curve(one, axis, unit)) > 1]
        if len(curves) < 2:
            continue
        start, stop = max(curve[0, 0] for curve in curves), min(curve[-1, 0] for curve in curves)
        measured = np.unique(np.concatenate([curve[:, 0] for curve in curves]))
        at = measured if len(measured) <= GRID else np.linspace(start, stop, GRID)
        at = at[(at >= start) & (at <= stop)]
        values = np.array([np.interp(at, *curve.T) for curve in curves])  # (seeds, places)
        mean, spread = values.mean(axis=0), values.std(axis=0, ddof=1)
        found = {"at": at, "value": mean, "low": mean - spread, "high": mean + spread}
        tables.append(pd.DataFrame({"letter": letter, "label": f"{letter} · {title(runs[0].run.config)}", **found}))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _curve(one: Compared, axis: str, unit: str) -> np.ndarray:
    """(n, 2): places and losses of what was measured, inside epochs too, after the first step."""
    every = sorted([*one.epochs, *one.moments], key=lambda entry: entry["step"])
    place = "elapsed_seconds" if axis == "seconds" else "epoch"
    found = [(entry.get(place), metrics.shown(entry, UNITS[unit].metric)) for entry in every if entry["step"]]
    return np.array([pair for pair in found if None not in pair], float).reshape(-1, 2)
