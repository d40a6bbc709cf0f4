"""The first weights of a network, with Keras's distributions, from NumPy's random numbers: the same for both learners.

Knows names and shapes only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from rnnkit.architectures.architecture import Arrays
from rnnkit.architectures.parts.cell import Cell

SMALL = 0.05  # Keras's RandomUniform: embeddings and peepholes


def first_arrays(
    shapes: Mapping[str, tuple[int, ...]], cell: Cell | None, seed: int, dtype: type[np.floating]
) -> Arrays:
    """Arrays for `shapes` ("layer/weight" -> shape), each from a generator of its own.

    Args:
        cell: that of the stack, which may have a gate whose bias begins at 1.
    """
    seeds = np.random.SeedSequence(seed).spawn(len(shapes))
    arrays = {
        name: _weight(name.rpartition("/")[2], shape, np.random.default_rng(own)).astype(dtype)
        for (name, shape), own in zip(shapes.items(), seeds, strict=True)
    }
    for name, array in arrays.items():
        layer, _, weight = name.rpartition("/")
        if cell and cell.opened is not None and layer.startswith(cell.name) and weight == "bias":
            array.reshape(cell.gates, -1)[cell.opened] = 1
    return arrays


def _weight(name: str, shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
    if name == "bias":
        return np.zeros(shape)
    if name == "recurrent_kernel":
        return _orthogonal(shape, random)
    limit = math.sqrt(6 / sum(shape)) if name == "kernel" else SMALL  # Glorot and Bengio, 2010
    return random.uniform(-limit, limit, shape)


def _orthogonal(shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
    """Rows that are orthogonal to one another and of length 1 (Saxe et al., 2014)."""
    rows, columns = shape
    q, r = np.linalg.qr(random.standard_normal((max(shape), min(shape))))
    q *= np.sign(np.diag(r))
    return np.ascontiguousarray(q if rows >= columns else q.T)
