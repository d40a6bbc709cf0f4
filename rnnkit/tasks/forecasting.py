"""Forecasts one step ahead and their errors, beside forecasts that need no network.

In NumPy, from an engine's network; errors are in the unit of the data. Knows no run and no page.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from rnnkit import architectures
from rnnkit.config import SeriesConfig
from rnnkit.engine import Network, Reader
from rnnkit.errors import DamagedCheckpoint
from rnnkit.store import Store
from rnnkit.texts import tables
from rnnkit.texts.tables import Series

MEMORY = 500  # steps that are read before the first forecast; a state hardly depends on what came before them
ROW = 1_000  # forecasts made one after another; longer stretches are cut into rows that go side by side
ROWS = 2_048  # windows read side by side
SAME_SEASON_DAYS = 7  # around the same day of earlier years
PERSISTENCE, SEASON = "tomorrow = today", "the mean of the same days of earlier years"
LAGS, MOST_FITTED = (1, 2, 3, 5, 7, 14, 30), 100_000  # of the linear regression: values it reads, and is fitted on


@lru_cache(maxsize=16)
def read(corpus: str, config: SeriesConfig, store: Store | None) -> Series:
    """A series by name, read as `config` says. Kept, since a million rows take seconds to read."""
    return tables.parse(tables.load(corpus, store), config.column, config.decimal, config.dates)


# ---- one step ahead


def one_step(network: Network, steps: np.ndarray, first: int) -> np.ndarray:
    """What the network answers before it sees steps[first], steps[first + 1], ...: logits (N - first, outputs).

    A network of windows reads the window before each; others read on, from at most MEMORY steps before the first.
    Raises DamagedCheckpoint: the network's numbers are no longer finite.

    Args:
        steps: the whole series as `scale.steps` gives it, (N,). first: at least 1.
    """
    windows = architectures.reads_windows(network.config)
    answers = (_of_windows if windows else _reading_on)(network, steps, first)
    if not np.isfinite(answers).all():
        raise DamagedCheckpoint("network: expected finite numbers, got some that are not")
    return answers


def _of_windows(network: Network, steps: np.ndarray, first: int) -> np.ndarray:
    length = min(network.config.batches.length, first)
    parts = []
    for start in range(first, len(steps), ROWS):
        targets = np.arange(start, min(start + ROWS, len(steps)))
        parts.append(_answers(network, steps[targets[:, None] - length + np.arange(length)], 1)[:, 0])
    return np.concatenate(parts)


def _reading_on(network: Network, steps: np.ndarray, first: int) -> np.ndarray:
    count, before = len(steps) - first, min(MEMORY, first)
    each = min(ROW, count)
    starts = np.arange(first, len(steps), each)
    places = starts[:, None] + np.arange(-before, each - 1)  # (rows, before + each - 1)
    answers = _answers(network, steps[np.minimum(places, len(steps) - 1)], each)
    return answers.reshape(-1, network.outputs)[:count]


def _answers(network: Network, rows: np.ndarray, last: int) -> np.ndarray:
    """Rows of steps (B, T) read from an empty state: the answers after the `last` of them, (B, last, outputs)."""
    reader = Reader(network, len(rows))
    answers = np.empty((len(rows), last, network.outputs), np.float32)
    for t in range(rows.shape[1]):
        reader.read(rows[:, t])
        if t >= rows.shape[1] - last:
            answers[:, t - rows.shape[1] + last] = reader.logits
    return answers


# ---- errors


def mean_absolute(truth: np.ndarray, forecast: np.ndarray) -> float:
    """In the unit of the data."""
    return float(np.abs(truth - forecast).mean())


def root_mean_square(truth: np.ndarray, forecast: np.ndarray) -> float:
    """In the unit of the data; large errors count for more."""
    return float(np.sqrt(np.square(truth - forecast).mean()))


def without_a_network(data: Series, first: int) -> dict[str, np.ndarray]:
    """Forecasts of values[first:] that need no network: the value before; a linear regression on the last few; the mean
    of the same days of the years, where there are dates and at least two years of them before `first`.
    """
    found = {PERSISTENCE: data.values[first - 1 : -1], **_regression(data.values, first)}
    season = _same_season(data, first)
    return found if season is None else found | {SEASON: season}


def _regression(values: np.ndarray, first: int) -> dict[str, np.ndarray]:
    """An autoregression by least squares over what stands before `first`; how many values it reads by BIC."""
    fits = {}
    for lags in (lags for lags in LAGS if first >= 10 * lags + 20):
        rows = np.lib.stride_tricks.sliding_window_view(values[:first][-MOST_FITTED:], lags + 1).astype(np.float64)
        known = np.column_stack([rows[:, :-1], np.ones(len(rows))])
        weights, *_ = np.linalg.lstsq(known, rows[:, -1])
        error = np.square(known @ weights - rows[:, -1]).mean()
        fits[len(rows) * np.log(max(error, 1e-300)) + (lags + 1) * np.log(len(rows))] = lags, weights
    if not fits:
        return {}
    lags, weights = fits[min(fits)]
    before = np.lib.stride_tricks.sliding_window_view(values[first - lags : -1], lags)
    return {f"linear regression on the last {lags} value{'s' * (lags > 1)}": before @ weights[:-1] + weights[-1]}


def _same_season(data: Series, first: int) -> np.ndarray | None:
    if data.times is None or data.times[first - 1] - data.times[0] < np.timedelta64(730, "D"):
        return None
    import pandas as pd

    days = pd.DatetimeIndex(data.times).day_of_year.to_numpy()
    sums = np.bincount(days[:first], data.values[:first], minlength=367)
    counts = np.bincount(days[:first], minlength=367)
    around = np.arange(-SAME_SEASON_DAYS, SAME_SEASON_DAYS + 1)
    near = (days[first:, None] - 1 + around) % 366 + 1  # the last days of a year are near to the first ones
    return sums[near].sum(axis=1) / np.maximum(counts[near].sum(axis=1), 1)
