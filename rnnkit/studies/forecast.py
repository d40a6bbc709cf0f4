"""Forecasts by checkpoints: one step ahead over the held-out part, and freely into the future.

In NumPy; errors are in the unit of the data, beside those of forecasts that
need no network. Knows no page and no chart.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from rnnkit import engine
from rnnkit.engine import Network
from rnnkit.errors import ConfigError, DamagedCheckpoint
from rnnkit.store import Run, Store
from rnnkit.studies.checkpoint import Checkpoint
from rnnkit.tasks import forecasting
from rnnkit.tasks.forecasting import PERSISTENCE, mean_absolute, root_mean_square
from rnnkit.tasks.scales import Bins, Scale
from rnnkit.texts import batches
from rnnkit.texts.tables import Series

STRETCH = 2_000  # held-out values that are drawn at once
MOST_STEPS, MOST_FUTURES = 2_000, 50
Forecaster = Checkpoint[Scale]


# ---- a run


class Backtest(NamedTuple):
    """The held-out part and what was forecast for it, each value from all before it.

    `table`: at (a time, or the number of the value), truth, forecast, persistence; low and high, between which the
    network saw a probability of 80 %, where it gives a distribution. `errors`: forecast (a name), mae, rmse.
    """

    column: str
    table: pd.DataFrame
    errors: pd.DataFrame
    note: str | None

    @property
    def stretches(self) -> int:
        """Parts of at most STRETCH values, which is as much as one chart can show."""
        return math.ceil(len(self.table) / STRETCH)

    def stretch(self, number: int) -> pd.DataFrame:
        """One of these parts of the table, counted from 0."""
        return self.table.iloc[number * STRETCH : (number + 1) * STRETCH]

    @property
    def verdict(self) -> str:
        """One sentence: whether the network is better than the best baseline, and by how much."""
        network, *others = map(float, self.errors["mae"])
        if not others[0]:
            return f"The held-out values never change: nothing can be better than “{PERSISTENCE}” there."
        lowest = min(others)
        name, share = self.errors["forecast"].iloc[1 + others.index(lowest)], 1 - network / lowest if lowest else -1.0
        word = "better" if share > 0 else "worse"
        return f"The network is {abs(share):.0%} {word} than “{name}”: {network:.3g} against {lowest:.3g}."


def data_of(store: Store, run: Run) -> Series:
    """The series that a run has read. Raises CorpusError: it can no longer be had."""
    return forecasting.read(run.corpus, run.config.series, store)


def backtest(store: Store, checkpoint: Forecaster) -> Backtest:
    """The held-out part, forecast by a checkpoint.

    Raises:
        ConfigError: nothing is held out. CorpusError: as `data_of`.
    """
    run, scale = checkpoint.run, checkpoint.codec
    data, first = data_of(store, run), span(store, run).held_out
    if first == len(data.values):
        raise ConfigError(f"run {run.id}: expected a part that is held out to forecast, got none")
    answers = forecasting.one_step(checkpoint.network, scale.steps(data.values), first)
    truth, forecast = data.values[first:], scale.forecast(answers)
    others = forecasting.without_a_network(data, first)
    columns = {"at": _at(data)[first:], "truth": truth, "forecast": forecast, "persistence": others[PERSISTENCE]}
    table = pd.DataFrame(columns)
    if isinstance(scale, Bins):
        table = table.assign(low=scale.quantiles(answers, 0.1), high=scale.quantiles(answers, 0.9))
    made = {"the network": forecast, **others}
    rows = [(name, mean_absolute(truth, values), root_mean_square(truth, values)) for name, values in made.items()]
    return Backtest(data.column, table, pd.DataFrame(rows, columns=["forecast", "mae", "rmse"]), data.note)


def _at(data: Series) -> np.ndarray:
    return np.arange(1, len(data.values) + 1) if data.times is None else data.times


# ---- into the future


class Span(NamedTuple):
    """Values of a run's series, and how many of them come before the held-out part."""

    values: int
    held_out: int


def span(store: Store, run: Run) -> Span:
    """How long a run's series is. Raises as `data_of`."""
    values = data_of(store, run).values
    return Span(len(values), len(batches.split(values, run.config.batches.validation_fraction)[0]))


class Futures(NamedTuple):
    """What a network lets follow after a day. `table`: future (0, 1, ...), at, value; `truth`: at, value.

    `truth` begins before the day and goes on as far as there is one.
    """

    column: str
    table: pd.DataFrame
    truth: pd.DataFrame

    @property
    def fan(self) -> pd.DataFrame:
        """At each time the median of the futures, and between which values four of five lie: at, low, median, high."""
        parts = self.table.groupby("at")["value"].quantile(np.array([0.1, 0.5, 0.9])).unstack()
        return parts.set_axis(["low", "median", "high"], axis=1).reset_index()


def futures(
    store: Store, checkpoint: Forecaster, *, start: int, length: int = 60, count: int = 20,
    temperature: float = 1.0, seed: int = 0,
) -> Futures:  # fmt: skip
    """The `length` values after the first `start` of the series, each following those forecast before it.

    A network with classes draws `count` futures from its distributions, as text is drawn; one with
    regression has a single one.

    Raises:
        ConfigError: a number out of range. CorpusError: as `data_of`.
    """
    network, scale = checkpoint.network, checkpoint.codec
    data = data_of(store, checkpoint.run)
    most_of = {"start": (start, len(data.values)), "length": (length, MOST_STEPS), "count": (count, MOST_FUTURES)}
    for name, (value, most) in most_of.items():
        if not 1 <= value <= most:
            raise ConfigError(f"{name}: expected 1 to {most:,}, got {value:,}")
    before = scale.steps(data.values[:start])[-forecasting.MEMORY :]
    if isinstance(scale, Bins):
        sampler = engine.Sampler(temperature)
        requests = [engine.Request(network, before, sampler, seed + i) for i in range(count)]
        drawn = np.stack(engine.generate(requests, length))  # (count, length)
    else:
        drawn = _feeding_back(network, before, length)
    at = _at_after(data, start, length)
    rows = [pd.DataFrame({"future": i, "at": at, "value": values}) for i, values in enumerate(scale.values(drawn))]
    shown = slice(max(0, start - 2 * length), start + length)
    truth = pd.DataFrame({"at": _at(data)[shown], "value": data.values[shown]})
    return Futures(data.column, pd.concat(rows, ignore_index=True), truth)


def _feeding_back(network: Network, before: np.ndarray, length: int) -> np.ndarray:
    """Each forecast is what is read next: (1, length)."""
    reader, made = engine.Reader(network), np.empty((1, length), np.float32)
    for step in before:
        reader.read(np.array([step]))
    for i in range(length):
        made[:, i] = reader.logits[:, 0]
        reader.read(made[:, i])
    if not np.isfinite(made).all():
        raise DamagedCheckpoint("network: expected finite forecasts, got some that are not")
    return made


def _at_after(data: Series, start: int, length: int) -> np.ndarray:
    """When the values after the first `start` are: as the series says, and then on at its usual pace."""
    at = _at(data)
    known = at[start : start + length]
    pace = np.median(np.diff(at).astype(np.int64)).astype(np.int64)
    further = np.arange(1, length - len(known) + 1) * pace
    last = at[-1] if len(known) else at[start - 1]
    return np.concatenate([known, last + (further.astype("timedelta64[s]") if data.times is not None else further)])
