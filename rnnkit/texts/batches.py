"""Ids to inputs and targets: windows (many-to-one) and contiguous streams (sequence-to-sequence).

Everything is a pure function of the ids, the config, a seed and the epoch: there is no
random state to save. Ids only (int32, or float32 for the values of a series), gathered per
batch; no array of all windows, nothing one-hot. Knows no text and no network.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from rnnkit.config import BatchConfig
from rnnkit.errors import TooShort


@dataclass(frozen=True)
class BatchPlan:
    """What one epoch of a text is: batches trained on, and symbols read by them."""

    steps: int
    symbols_per_epoch: int


def split(ids: np.ndarray, fraction: float) -> tuple[np.ndarray, np.ndarray]:
    """(training ids, validation ids): the last `fraction` is held out; both are views."""
    cut = len(ids) - int(len(ids) * fraction)
    return ids[:cut], ids[cut:]


def plan(ids: np.ndarray | int, config: BatchConfig) -> BatchPlan:
    """The epoch of a whole text (its ids, or how many): the validation part is split off here.

    Raises:
        TooShort: the training or the held-out part is too short for one row.
    """
    total = ids if isinstance(ids, int) else len(ids)
    held_out = int(total * config.validation_fraction)
    trained = total - held_out
    if config.kind == "windows":
        rows = _window_count(trained, config, "text") * config.passes
        steps, read = math.ceil(rows / config.batch_size), rows * config.length
    else:
        steps = _columns(trained, config) // config.length * config.passes
        read = steps * config.batch_size * config.length
    if config.validation_fraction:
        _check_held_out(held_out, config)
    return BatchPlan(steps, read)


class Windows:
    """Every `step`-th window of `length` symbols and the one symbol after it.

    `seed` shuffles the windows anew in each pass of each epoch; None keeps the order of the text, once, for
    validation.
    The last batch of an epoch may have fewer rows.

    Raises:
        TooShort: no window with a symbol after it fits.
    """

    def __init__(self, ids: np.ndarray, config: BatchConfig, seed: int | None = None, what: str = "text"):
        self.count = _window_count(len(ids), config, what)
        self.steps = math.ceil(self.count * (1 if seed is None else config.passes) / config.batch_size)
        self._ids, self._config, self._seed = ids, config, seed

    def epoch(self, epoch: int = 0) -> WindowEpoch:
        """The batches of one epoch, in its order."""
        starts = np.arange(0, len(self._ids) - self._config.length, self._config.step)
        if self._seed is not None:
            random = np.random.default_rng((self._seed, epoch))
            starts = np.concatenate([random.permutation(starts) for _ in range(self._config.passes)])
        return WindowEpoch(self._ids, starts, self._config.length, self._config.batch_size)


@dataclass(frozen=True)
class WindowEpoch:
    """One epoch of windows: `batch(i)` for i in range(len(self))."""

    ids: np.ndarray
    starts: np.ndarray
    length: int
    batch_size: int

    def __len__(self) -> int:
        return math.ceil(len(self.starts) / self.batch_size)

    def batch(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        """Inputs (B, T) and targets (B,), of the kind of the ids; B is smaller in the last batch."""
        starts = self.starts[i * self.batch_size : (i + 1) * self.batch_size]
        inputs = self.ids[starts[:, None] + np.arange(self.length)]  # (B, T)
        return inputs, self.ids[starts + self.length]


class Streams:
    """The text cut into `batch_size` contiguous rows, read side by side; row b of batch i goes on in batch i + 1.

    The columns that do not fill a batch are left out, and the text is read `passes` times in an epoch. With
    `random_offset` each pass begins at a place of its own, that follows from `seed` and the epoch; the text goes on
    from its end to its beginning.

    Raises:
        TooShort: not one full batch.
    """

    def __init__(self, ids: np.ndarray, config: BatchConfig, seed: int = 0):
        self._config, self._ids, self._seed = config, ids, seed
        columns = _columns(len(ids), config)
        self._steps = columns // config.length
        self.steps = self._steps * config.passes
        size = config.batch_size * columns
        self._inputs = ids[:size].reshape(config.batch_size, columns)
        self._targets = ids[1 : size + 1].reshape(config.batch_size, columns)

    def batch(self, i: int, epoch: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Inputs (B, T) and targets (B, T), both as the ids are."""
        reading, i = divmod(i, self._steps)
        if self._config.random_offset:
            return self._elsewhere(i, epoch, reading)
        part = slice(i * self._config.length, (i + 1) * self._config.length)
        return self._inputs[:, part], self._targets[:, part]

    def _elsewhere(self, i: int, epoch: int, reading: int) -> tuple[np.ndarray, np.ndarray]:
        """Batch `i` of a pass over the text that begins at a random place."""
        rows, columns = self._inputs.shape
        offset = np.random.default_rng((self._seed, epoch, reading)).integers(len(self._ids))
        starts = offset + np.arange(rows) * columns + i * self._config.length
        places = starts[:, None] + np.arange(self._config.length + 1)
        block = self._ids.take(places, mode="wrap")  # (B, T + 1)
        return block[:, :-1], block[:, 1:]


def _window_count(symbols: int, config: BatchConfig, what: str) -> int:
    if symbols <= config.length:
        raise TooShort(
            f"{what} of {symbols:,} tokens is too short for windows of {config.length:,} tokens and the one after; "
            f"needs at least {config.length + 1:,}{_HELD_OUT_HINT if what != 'text' else ''}"
        )
    return len(range(0, symbols - config.length, config.step))


def _columns(symbols: int, config: BatchConfig) -> int:
    """Columns of the training streams; each row's last target is the symbol after it."""
    columns = (symbols - 1) // config.batch_size
    if columns < config.length:
        fits = (symbols - 1) // config.length
        hint = f", or batches.batch_size {fits} or less" if fits else ""
        raise TooShort(
            f"text of {symbols:,} tokens is too short for {config.batch_size:,} streams of {config.length:,}; "
            f"needs at least {config.batch_size * config.length + 1:,}{hint}"
        )
    return columns


def _check_held_out(symbols: int, config: BatchConfig) -> None:
    if config.kind == "windows":
        _window_count(symbols, config, "held-out part")
    elif symbols < 2:
        raise TooShort(f"held-out part of {symbols:,} tokens is too short; needs at least 2{_HELD_OUT_HINT}")


_HELD_OUT_HINT = ": set batches.validation_fraction larger, or to 0 to hold nothing out"
