"""Which symbols of the held-out part val_loss is a mean over, and the rows that read them.

A function of the held-out part's length and the kind of batches alone: neither the batch size nor the network changes
it. Rows of streams begin a little before what counts, so that none of it is predicted from an empty state. Knows no
text and no network.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from rnnkit.config import BatchConfig

MOST = 2**16  # symbols of streams that are predicted; a larger held-out part is measured in pieces spread over it
MOST_READ = 2**19  # symbols that windows read: each prediction costs a whole window
WARM = 128  # symbols read before a row counts
SHORTEST, LONGEST, ROWS = 128, 1024, 32  # of a row that counts, in symbols; and how many rows a short part is cut into
SEED = 0


class Rows(NamedTuple):
    """Rows that read side by side: inputs, targets (B, T) as the ids are, weights (B, T) float32, 0 where nothing
    counts; and whether they begin here, from an empty state."""

    inputs: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    begin: bool


def places(symbols: int, config: BatchConfig, *, whole: bool = False) -> np.ndarray:
    """Places of the held-out part (of so many symbols) that are predicted, in order.

    In streams every symbol with one before it, in windows the symbol after each window: of a large part, unless the
    `whole` is asked for, those of pieces that a fixed seed draws.
    """
    if config.kind == "windows":
        all_of_them = np.arange(config.length, symbols, config.step)
        return all_of_them if whole else _drawn(all_of_them, MOST_READ // config.length)
    pieces = _pieces(symbols, whole)
    return np.concatenate([np.arange(start, stop) for start, stop in pieces]) if pieces else np.arange(0)


def streams(before: np.ndarray, held_out: np.ndarray, config: BatchConfig, *, whole: bool = False) -> Iterator[Rows]:
    """Batches of rows, at most `batch_size` of them and `length` columns; those that follow carry the states on.

    Args:
        before: what stands before the held-out part; its end warms the first row up.
    """
    before = before[-WARM:]
    ids, pieces = np.concatenate([before, held_out]), _pieces(len(held_out), whole)
    for first in range(0, len(pieces), config.batch_size):
        inputs, targets, weights = _rows(ids, len(before), pieces[first : first + config.batch_size], config.length)
        for column in range(0, inputs.shape[1], config.length):
            part = np.s_[:, column : column + config.length]
            yield Rows(inputs[part], targets[part], weights[part], begin=column == 0)


def _pieces(symbols: int, whole: bool) -> list[tuple[int, int]]:
    """From and to which place of the held-out part each row predicts."""
    length = int(np.clip(-(-symbols // ROWS), SHORTEST, LONGEST))
    starts = np.arange(1, symbols, length)
    if not whole and symbols > MOST:
        starts = _drawn(starts[:-1], MOST // length)
    return [(start, min(start + length, symbols)) for start in starts.tolist()]


def _drawn(places: np.ndarray, most: int) -> np.ndarray:
    """At most so many of them, in order."""
    if len(places) <= most:
        return places
    return places[np.sort(np.random.default_rng(SEED).choice(len(places), max(1, most), replace=False))]


def _rows(
    ids: np.ndarray, offset: int, pieces: list[tuple[int, int]], length: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Inputs, targets and weights of some pieces; columns are filled up to a whole number of `length`."""
    starts = [max(0, offset + start - 1 - WARM) for start, _ in pieces]
    widest = max(offset + stop - 1 - begin for (_, stop), begin in zip(pieces, starts, strict=True))
    inputs, targets = np.zeros((2, len(pieces), -(-widest // length) * length), ids.dtype)
    weights = np.zeros(inputs.shape, np.float32)
    for row, ((start, stop), begin) in enumerate(zip(pieces, starts, strict=True)):
        end = offset + stop
        inputs[row, : end - 1 - begin], targets[row, : end - 1 - begin] = ids[begin : end - 1], ids[begin + 1 : end]
        weights[row, offset + start - 1 - begin : end - 1 - begin] = 1.0
    return inputs, targets, weights
