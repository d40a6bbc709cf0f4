"""From logits to the next symbol: temperature, then rules that leave symbols out, then one draw.

Each rule is a small function and an entry in RULES; every row is a text with settings and
random numbers of its own. Knows no network and no text.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit.errors import ConfigError, DamagedCheckpoint


@dataclass(frozen=True)
class Sampler:
    """How one text is written. Temperature 0, or `greedy`, always takes the likeliest symbol.

    Raises:
        ConfigError: a setting is out of the range that RULES gives it.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    greedy: bool = False

    def __post_init__(self):
        for name, rule in RULES.items():
            value = getattr(self, name)
            if not (math.isfinite(value) and rule.minimum <= value <= rule.maximum):
                raise ConfigError(f"{name}: expected a number from {rule.minimum} to {rule.maximum}, got {value}")

    @property
    def always_likeliest(self) -> bool:
        return self.greedy or self.temperature == 0


def temperature(logits: np.ndarray, settings: np.ndarray) -> np.ndarray:
    """Below 1 the likely becomes likelier, above 1 the unlikely gets its chance."""
    logits /= settings
    return logits


def top_k(logits: np.ndarray, settings: np.ndarray) -> np.ndarray:
    """Leave all but the k likeliest out; of equally likely ones the first in the vocabulary stay."""
    order = np.argsort(-logits, axis=-1, kind="stable")
    rank = np.arange(logits.shape[-1])
    return _leave_out(logits, order, rank >= settings)


def top_p(logits: np.ndarray, settings: np.ndarray) -> np.ndarray:
    """Keep the fewest likeliest symbols that together have probability p (Holtzman et al., 2019)."""
    order = np.argsort(-logits, axis=-1, kind="stable")
    weights = np.exp(np.take_along_axis(logits, order, -1))
    up_to_here = np.cumsum(weights, axis=-1)
    left_out = up_to_here - weights >= settings * up_to_here[:, -1:]
    left_out[:, 0] = False  # even p = 0 leaves the likeliest
    return _leave_out(logits, order, left_out)


def _leave_out(logits: np.ndarray, order: np.ndarray, left_out: np.ndarray) -> np.ndarray:
    ranked = np.where(left_out, -np.inf, np.take_along_axis(logits, order, -1))
    np.put_along_axis(logits, order, ranked, -1)
    return logits


@dataclass(frozen=True)
class Rule:
    """A sampling rule and the control that a page draws for it.

    `apply(logits, settings)` gets the rows that use the rule, (rows, V) float64 with the
    likeliest symbol at 0, and their settings (rows, 1). `neutral` is the setting that changes nothing.
    """

    apply: Callable[[np.ndarray, np.ndarray], np.ndarray]
    neutral: float
    minimum: float
    maximum: float
    title: str
    description: str


RULES: dict[str, Rule] = {
    "temperature": Rule(
        temperature, 1, 0, 10, "Temperature", "0 takes the likeliest token; above 1 writes more wildly."
    ),
    "top_k": Rule(top_k, 0, 0, 1_000_000, "Top k", "Only the k likeliest tokens may be written. 0: all of them."),
    "top_p": Rule(top_p, 1, 0, 1, "Top p", "Only the likeliest tokens that together have this probability."),
}


class BatchedSampler:
    """The samplers of several texts as one computation over all rows."""

    def __init__(self, samplers: Sequence[Sampler]):
        self.likeliest = np.flatnonzero([sampler.always_likeliest for sampler in samplers])
        self.steps = []
        for name, rule in RULES.items():
            # A row that takes the likeliest needs no rule at all.
            values = [rule.neutral if one.always_likeliest else getattr(one, name) for one in samplers]
            settings = np.array(values, np.float64)
            rows = np.flatnonzero(settings != rule.neutral)
            if len(rows):
                everywhere = len(rows) == len(samplers)
                self.steps.append((rule.apply, slice(None) if everywhere else rows, settings[rows, None]))

    def weights(self, logits: np.ndarray) -> np.ndarray:
        """Logits (rows, V) to what the draw gives each symbol, (rows, V) float64; 0 for what is left out.

        Raises:
            DamagedCheckpoint: a logit is not finite, so no probability can be computed.
        """
        scaled = finite(logits).astype(np.float64)
        scaled -= scaled.max(axis=-1, keepdims=True)  # exp() of what follows is at most 1
        with np.errstate(over="ignore"):  # a temperature near 0 sends the unlikely to minus infinity
            for apply, rows, settings in self.steps:
                scaled[rows] = apply(scaled[rows], settings)
        weights = np.exp(scaled, out=scaled)
        if len(self.likeliest):
            weights[self.likeliest] = 0
            weights[self.likeliest, logits[self.likeliest].argmax(axis=-1)] = 1
        return weights

    def __call__(self, logits: np.ndarray, uniforms: np.ndarray) -> np.ndarray:
        """Logits (rows, V) and one number from [0, 1) per row to the ids chosen (rows,). Raises as `weights`."""
        weights = self.weights(logits)
        up_to_here = np.cumsum(weights, axis=-1, out=weights)
        # Strictly above: symbols left out have the same sum as the one before and are never hit.
        return (up_to_here <= (uniforms * up_to_here[:, -1])[:, None]).sum(axis=-1)


def probabilities(sampler: Sampler, logits: np.ndarray) -> np.ndarray:
    """The distributions that `sampler` draws from: logits (N, V) to (N, V) float64, each row summing to 1."""
    weights = BatchedSampler([sampler] * len(logits)).weights(logits)
    return weights / weights.sum(axis=-1, keepdims=True)


def draw(sampler: Sampler, logits: np.ndarray, uniform: float) -> int:
    """The id that `sampler` draws from logits (1, V) with a number from [0, 1). Raises as `BatchedSampler.weights`."""
    return int(BatchedSampler([sampler])(logits, np.array([uniform]))[0])


def finite(logits: np.ndarray) -> np.ndarray:
    """`logits`, if a probability can be computed from them.

    Raises:
        DamagedCheckpoint: one of them is infinite or not a number: the training has diverged.
    """
    if not np.isfinite(logits).all():
        raise DamagedCheckpoint(
            "logits of the network: expected finite numbers, got some that are infinite or no number"
        )
    return logits
