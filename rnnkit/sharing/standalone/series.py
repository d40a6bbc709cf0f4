"""Trains the network of one rnnkit run again, without rnnkit.

    python -m venv keras && keras/bin/pip install tensorflow
    keras/bin/python THIS_FILE SERIES_FILE

The series is a file with one number in each line. That of the run is written by: python -m rnnkit take RUN series.txt
"""

import sys

import numpy as np

from .sampling import probabilities, sampler
from .settings import *
from .training import shown, train

if STREAMS:
    from .streams import answers, batches_in, learn, measure, write
else:
    from .windows import answers, batches_in, learn, measure, write


def check(values: np.ndarray) -> None:
    """Say so where these are not the values that the run was trained on."""
    if NUMBERS:
        same = np.allclose((values.mean(), values.std()), RUN_SCALE)
    else:
        same = np.allclose((values.min(), values.max()), RUN_RANGE)
    if not same:
        print("This is not the series that the run was trained on: the losses will be others.")


def bins_of(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Edges of the bins that the values are cut into, (bins + 1,), and the mean value in each, (bins,)."""
    cuts = np.linspace(0, 1, BINS + 1)
    low, high = values.min(), values.max()
    if QUANTILES:
        edges = np.unique(np.quantile(values, cuts))
        if len(edges) < 3:  # values that are nearly always the same
            edges = np.array([low, (low + high) / 2, high])
    else:
        edges = np.unique(low + cuts * (high - low))
    numbers = numbers_of(values, edges)
    counts = np.bincount(numbers, minlength=len(edges) - 1)
    means = np.bincount(numbers, values, minlength=len(edges) - 1) / np.maximum(counts, 1)
    return edges, np.where(counts > 0, means, (edges[:-1] + edges[1:]) / 2)


def numbers_of(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The number of the bin of each value; what lies outside all bins belongs to the first or the last one."""
    return np.searchsorted(edges[1:-1], values, side="right").astype(np.int32)


def main(series_file: str) -> None:
    """Read the series, train, forecast what was held out, and what follows."""
    values = np.loadtxt(series_file, ndmin=1)
    cut = len(values) - int(len(values) * VALIDATION_FRACTION)
    check(values[:cut])
    if NUMBERS:
        mean, deviation = values[:cut].mean(), values[:cut].std()
        steps, vocab_size = ((values - mean) / deviation).astype(np.float32), 1
    else:
        edges, centres = bins_of(values[:cut])
        steps, vocab_size = numbers_of(values, edges), len(centres)
    print(f"{len(values):,} values, the last {len(values) - cut:,} held out")

    model = train(
        vocab_size,
        batches_in(steps[:cut]),
        lambda model, epoch: learn(model, steps[:cut], epoch),
        lambda model: measure(model, steps, cut),
    )
    if VALIDATION_FRACTION:
        made = answers(model, steps, cut)
        if NUMBERS:
            expected = made[:, 0] * deviation + mean
        else:
            expected = probabilities(made) @ centres
        error = np.abs(values[cut:] - expected).mean()
        today = np.abs(values[cut:] - values[cut - 1 : -1]).mean()
        print(f"held-out values one step ahead, mean absolute error: {error:.4f} (run: {shown(RUN_ERROR)});", end=" ")
        print(f"with tomorrow = today: {today:.4f}")
    if NUMBERS:
        following = np.array(write(model, steps[-MEMORY:], 14, lambda forecast: forecast[0])) * deviation + mean
    else:
        following = centres[write(model, steps[-MEMORY:], 14, sampler(temperature=1.0))]
    print("the next values:", ", ".join(f"{value:.4g}" for value in following))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Give the file of the series to train on")
    main(sys.argv[1])
