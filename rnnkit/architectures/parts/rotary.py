"""What attention needs to know where a step stands: rotary positions (Su et al., 2021), in NumPy. Knows no network."""

from __future__ import annotations

import numpy as np

from rnnkit.config import RunConfig

EPSILON = 1e-6  # added to the mean square of a norm
NEVER = -1e9  # the score of what must not be looked at: its weight is 0 exactly
BASE = 10_000.0


def head_size(config: RunConfig) -> int:
    """Numbers of each head's queries and keys: even, and together at least the units."""
    return 2 * -(-config.model.units // (2 * config.model.heads))


def angles(places: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Cosines and sines (n, size / 2) float32 by which a step at each of `places` (n,) is turned."""
    turns = places[:, None] * BASE ** (-2 * np.arange(size // 2) / size)
    return np.cos(turns).astype(np.float32), np.sin(turns).astype(np.float32)


def rotated(x: np.ndarray, turns: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """x (n, heads, size), the first half of each head turned against its second."""
    cosine, sine = (one[:, None] for one in turns)
    half = x.shape[-1] // 2
    first, second = x[..., :half], x[..., half:]
    return np.concatenate((first * cosine - second * sine, second * cosine + first * sine), axis=-1)
