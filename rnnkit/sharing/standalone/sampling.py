"""From a network's answer to a token."""

from collections.abc import Callable

import numpy as np

from .settings import *


def probabilities(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Logits (..., N) to probabilities (..., N)."""
    powers = np.exp((logits - logits.max(axis=-1, keepdims=True)).astype(float) / temperature)
    return powers / powers.sum(axis=-1, keepdims=True)


def sampler(temperature: float) -> Callable[[np.ndarray], int]:
    """Draws one token from the network's distribution."""
    random = np.random.default_rng(SEED)

    def sample(logits: np.ndarray) -> int:
        return int(random.choice(len(logits), p=probabilities(logits, temperature)))

    return sample
