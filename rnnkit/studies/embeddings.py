"""What a token is to a network: the row of numbers it reads for it, drawn as a map, and its nearest neighbours.

An embedding, or the first layer's kernel where tokens come in one-hot. Knows no page.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnnkit.engine import Network
from rnnkit.errors import ConfigError


class Neighbour(NamedTuple):
    """Another token, and the cosine of the angle between the two rows: 1 where they point the same way."""

    token: int
    cosine: float


def rows(network: Network) -> np.ndarray:
    """What the network reads for each token: (V, D) float32. Raises ConfigError: it reads numbers."""
    if network.config.model.inputs == "numbers":
        raise ConfigError("model.inputs: expected symbols, each with a row of weights, got numbers")
    for name, array in network.arrays.items():  # from below
        if name == "embedding/embeddings" or (name.endswith("kernel") and array.shape[0] == network.vocab_size):
            return array
    raise ConfigError("network: expected one with a row of weights for each token, got one without")


def flat(table: np.ndarray) -> tuple[np.ndarray, float]:
    """Rows (V, D) on a plane (V, 2) by principal component analysis, and the share of the variance that it shows."""
    centred = table.astype(np.float64) - table.mean(axis=0)
    directions, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    places = directions[:, :2] * sizes[:2]
    if places.shape[1] < 2:
        places = np.pad(places, ((0, 0), (0, 2 - places.shape[1])))
    total = float(np.square(sizes).sum())
    return places, float(np.square(sizes[:2]).sum()) / total if total else 1.0


def neighbours(table: np.ndarray, token: int, most: int = 8) -> list[Neighbour]:
    """The tokens whose rows point most nearly the same way as this one's, the nearest first."""
    lengths = np.linalg.norm(table, axis=1)
    cosines = table @ table[token] / np.maximum(lengths * lengths[token], 1e-12)
    cosines[token] = -np.inf
    nearest = np.argsort(-cosines, kind="stable")[: min(most, len(table) - 1)]
    return [Neighbour(int(one), float(cosines[one])) for one in nearest]
