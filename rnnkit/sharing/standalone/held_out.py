"""What a loss is measured on: all that was never trained on, or where that is long, pieces that a fixed seed draws."""

import numpy as np

from .settings import *

MOST_STEPS, MOST_READ = 65536, 524288  # that are predicted; that windows read
WARM_STEPS = 128  # read before a row counts, so that it does not begin from an empty state


def drawn(places: np.ndarray, most: int) -> np.ndarray:
    """At most so many of them, in order."""
    if len(places) <= most:
        return places
    return places[np.sort(np.random.default_rng(0).choice(len(places), max(1, most), replace=False))]


def pieces_of(steps: int) -> list[tuple[int, int]]:
    """From and to which of the held-out steps each row predicts."""
    length = int(np.clip(-(-steps // 32), 128, 1024))
    starts = np.arange(1, steps, length)
    if steps > MOST_STEPS:
        starts = drawn(starts[:-1], MOST_STEPS // length)
    return [(start, min(start + length, steps)) for start in starts.tolist()]


def rows_of(ids: np.ndarray, cut: int, pieces: list[tuple[int, int]]) -> list[np.ndarray]:
    """Inputs, targets and weights of BATCH_SIZE rows, for some pieces of ids[cut:]; weights are 0 where none counts."""
    begun = [max(0, cut + start - 1 - WARM_STEPS) for start, _ in pieces]
    widest = max(cut + stop - 1 - begin for (_, stop), begin in zip(pieces, begun, strict=True))
    inputs, targets = np.zeros((2, BATCH_SIZE, -(-widest // LENGTH) * LENGTH), ids.dtype)
    weights = np.zeros(inputs.shape, np.float32)
    for row, ((start, stop), begin) in enumerate(zip(pieces, begun, strict=True)):
        inputs[row, : cut + stop - 1 - begin] = ids[begin : cut + stop - 1]
        targets[row, : cut + stop - 1 - begin] = ids[begin + 1 : cut + stop]
        weights[row, cut + start - 1 - begin : cut + stop - 1 - begin] = 1.0
    return [inputs, targets, weights]
