"""A small network that overfits a few hundred characters on purpose, with dropout and without, in seconds.

By the cells of rnnkit.scratch in NumPy: nothing is queued or kept. Knows no page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from rnnkit.errors import CorpusError
from rnnkit.scratch import ManualCell, Weights, updates
from rnnkit.scratch.softmax import cross_entropy, softmax, softmax_backward
from rnnkit.scratch.through_time import add, back_through_time, fresh, one_hot, output_backward, read, scores

SHORTEST, LONGEST = 200, 2_000  # characters
HELD_OUT = 0.2  # of them
ROWS, STEPS = 8, 20  # of a batch
RATE, LIMIT = 0.1, 5.0
EACH = 10  # updates between two measurements


class Progress(NamedTuple):
    """After so many updates: nats per character of what is learned from, and of what is held out."""

    step: int
    training: float
    held_out: float


def learn(text: str, cell: ManualCell, *, units: int = 64, dropout: float = 0.0, seed: int = 0) -> Iterator[Progress]:
    """Train on the beginning of `text` without an end, measured each EACH updates, first before any.

    Args:
        dropout: the share of the hidden state that V does not see, drawn anew at each step of training.

    Raises:
        CorpusError: too few characters, or too many.
    """
    if not SHORTEST <= len(text) <= LONGEST:
        raise CorpusError(f"text: expected {SHORTEST} to {LONGEST:,} characters to overfit here, got {len(text):,}")
    symbols = sorted(set(text))
    ids = np.array([symbols.index(letter) for letter in text])
    cut = int(len(ids) * (1 - HELD_OUT))
    return _steps(ids[:cut], ids[cut:], cell, fresh(cell, len(symbols), units, seed, np.float32), dropout, seed)


def _steps(
    training: np.ndarray, held_out: np.ndarray, cell: ManualCell, w: Weights, dropout: float, seed: int
) -> Iterator[Progress]:
    random, step = np.random.default_rng(seed), 0
    squares = {name: np.zeros_like(array) for name, array in w.items()}
    while True:
        yield Progress(step, loss(cell, w, training), loss(cell, w, held_out))
        for _ in range(EACH):
            starts = random.integers(0, len(training) - STEPS, ROWS)
            rows = training[starts + np.arange(STEPS + 1)[:, None]]  # (T + 1, B)
            gradients = updates.clip_by_norm(_gradients(cell, w, rows, dropout, random), LIMIT)
            w = updates.adagrad(w, gradients, RATE, squares)
        step += EACH


def loss(cell: ManualCell, w: Weights, ids: np.ndarray) -> float:
    """Nats per character of one text, without dropout."""
    codes = one_hot(ids[:, None], len(w["V"]), np.float32)
    steps = read(cell, w, codes[:-1])
    nats = [
        cross_entropy(softmax(scores(w, step[cell.states[0]])), y)[0] for step, y in zip(steps, codes[1:], strict=True)
    ]
    return float(np.mean(nats))


def _gradients(cell: ManualCell, w: Weights, rows: np.ndarray, dropout: float, random: np.random.Generator) -> Weights:
    """Of the mean loss of a batch."""
    codes = one_hot(rows, len(w["V"]), np.float32)
    steps, total = read(cell, w, codes[:-1]), {name: np.zeros_like(array) for name, array in w.items()}
    errors: list[np.ndarray] = []
    for step, y in zip(steps, codes[1:], strict=True):
        s = step[cell.states[0]]
        kept = (random.random(s.shape) >= dropout).astype(np.float32) / np.float32(1 - dropout)
        difference = softmax_backward(softmax(scores(w, s * kept)), y) / np.float32(rows[1:].size)
        part, error = output_backward(w, difference, s * kept)
        add(total, part)
        errors.append(error * kept)
    for back in back_through_time(cell, w, steps, errors):
        add(total, back.gradients)
    return total


def turning_point(seen: Sequence[Progress]) -> Progress:
    """Where the held-out loss was lowest."""
    return min(seen, key=lambda one: one.held_out)
