"""One text with the distributions it was drawn from, and texts in which a person has chosen a symbol.

Writes as generation.py does, symbol for symbol. Knows no store and no page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rnnkit.engine.generation import Request, checked_prompt, uniforms
from rnnkit.engine.reader import Reader
from rnnkit.engine.samplers import BatchedSampler, Sampler, probabilities
from rnnkit.errors import ConfigError


@dataclass(frozen=True, eq=False)
class Trace:
    """What was written and from what: ids (N,) int32, and the logits (N, V) float32 each was drawn from."""

    ids: np.ndarray
    logits: np.ndarray
    sampler: Sampler

    @cached_property
    def before(self) -> np.ndarray:
        """The network's own distribution at each step, (N, V): no temperature, no rule."""
        return probabilities(Sampler(), self.logits)

    @cached_property
    def after(self) -> np.ndarray:
        """What each symbol was drawn from, (N, V): after temperature, top-k and top-p."""
        return probabilities(self.sampler, self.logits)

    @property
    def log_probability(self) -> float:
        """Of the whole text in nats, by the network's own distributions: the sum over its symbols."""
        return float(np.take_along_axis(log_softmax(self.logits), self.ids[:, None].astype(np.int64), -1).sum())


def trace(request: Request, length: int, overrides: Mapping[int, int] | None = None) -> Trace:
    """Write `length` symbols as `generate` does, and keep what each was drawn from.

    Args:
        overrides: place (0 is the first symbol written) -> id that is written there whatever was drawn. Every other
            symbol still takes its own number of the seed.

    Raises:
        ConfigError: an override is outside the text or the vocabulary.
    """
    network, overrides = request.network, dict(overrides or {})
    for place, symbol in overrides.items():
        if not (0 <= place < length and 0 <= symbol < network.outputs):
            most = f"a place from 1 to {length} and a token from 0 to {network.outputs - 1}"
            raise ConfigError(f"branch: expected {most}, got {place + 1}:{symbol}")
    reader = Reader(network).read_all([checked_prompt(request)])
    numbers, sampler = uniforms(request.seed, length), BatchedSampler([request.sampler])
    ids, logits = np.empty(length, np.int32), np.empty((length, network.outputs), np.float32)
    for n in range(length):
        logits[n] = reader.logits[0]
        ids[n] = overrides[n] if n in overrides else sampler(logits[n : n + 1], numbers[n : n + 1])[0]
        reader.read(ids[n : n + 1])
    return Trace(ids, logits, request.sampler)


def entropy(probabilities: np.ndarray) -> np.ndarray:
    """Bits of each row, (N, V) to (N,): 0 where one symbol is certain, log2(V) where all are alike (Shannon, 1948)."""
    logs = np.log2(probabilities, where=probabilities > 0, out=np.zeros_like(probabilities))
    return np.abs((probabilities * logs).sum(axis=-1))  # abs: a certain symbol gives -0.0


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Logarithms of probabilities in nats, float64, of logits (N, V)."""
    shifted = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
