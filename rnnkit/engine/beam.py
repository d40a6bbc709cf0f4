"""Beam search: of all texts of a length, the likeliest that one finds by keeping a few at each step.

All beams are one computation per step. Draws nothing at random; knows no store and no page.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnnkit.engine.generation import Request, checked_prompt
from rnnkit.engine.reader import Reader
from rnnkit.engine.samplers import finite
from rnnkit.engine.tracing import log_softmax
from rnnkit.errors import ConfigError

MAX_WIDTH = 64


class Beam(NamedTuple):
    """A text, ids (length,) int32, and the sum of the logarithms of its symbols' probabilities, in nats."""

    ids: np.ndarray
    log_probability: float


def beam_search(request: Request, length: int, width: int, end: int | None = None) -> list[Beam]:
    """The likeliest `width` texts of `length` symbols that continue the prompt, the likeliest first.

    Width 1 is greedy. A width of V ** (length - 1) or more finds the very best text. The request's sampler
    and seed change nothing: nothing is drawn. A text that has come to the symbol `end` is finished: it is filled
    up with that symbol, at no cost.

    Raises:
        ConfigError: the width is not 1 to MAX_WIDTH, or the network is a classifier.
        PromptError: the prompt is empty.
        DamagedCheckpoint: the network's numbers are no longer finite.
    """
    if not 1 <= width <= MAX_WIDTH:
        raise ConfigError(f"width: expected 1 to {MAX_WIDTH} beams, got {width}")
    network, prompt = request.network, checked_prompt(request)
    state = Reader(network).read_all([prompt]).state
    beams = Reader(network, width, [array[np.zeros(width, int)] for array in state])
    scores = np.full(width, -np.inf)
    scores[0] = 0.0  # all beams are still the same text: the others take part once they differ
    parents, symbols = np.empty((length, width), np.int64), np.empty((length, width), np.int32)
    for n in range(length):
        steps = log_softmax(finite(beams.logits))  # (width, V)
        if n and end is not None:
            steps[symbols[n - 1] == end] = np.where(np.arange(network.outputs) == end, 0.0, -np.inf)
        candidates = (scores[:, None] + steps).ravel()
        best = _largest(candidates, width)
        parents[n], symbols[n] = np.divmod(best, network.outputs)
        scores = candidates[best]
        beams.state = [array[parents[n]] for array in beams.state]
        beams.read(symbols[n])
    return [
        Beam(ids, float(score)) for ids, score in zip(_texts(parents, symbols), scores, strict=True) if score > -np.inf
    ]


def _largest(values: np.ndarray, count: int) -> np.ndarray:
    """Indices of the `count` largest, the largest first; of equal ones the first."""
    if len(values) <= count:
        return np.argsort(-values, kind="stable")
    border = np.partition(values, len(values) - count)[len(values) - count]
    near = np.flatnonzero(values >= border)
    return near[np.argsort(-values[near], kind="stable")][:count]


def _texts(parents: np.ndarray, symbols: np.ndarray) -> np.ndarray:
    """The ids of each beam, (width, length): walk back from where it ended to what it came from."""
    length, width = symbols.shape
    texts, at = np.empty((width, length), np.int32), np.arange(width)
    for n in reversed(range(length)):
        texts[:, n] = symbols[n, at]
        at = parents[n, at]
    return texts
