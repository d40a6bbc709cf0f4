"""Are the gradients right? Each weight pushed a little both ways, and the error looked at. Knows no training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from rnnkit.scratch.cell import Array, ManualCell, Weights
from rnnkit.scratch.through_time import backward, forward

NUDGE = {np.dtype(np.float64): 1e-5, np.dtype(np.float32): 1e-2}  # small enough to be a slope, large enough to be seen


class Checked(NamedTuple):
    """One weight matrix: the length of its gradient, and how far the numerical one is from it, relative to both."""

    name: str
    shape: tuple[int, ...]
    length: float
    error: float


def numerical_gradient(error: Callable[[Weights], float], w: Weights, name: str) -> Array:
    """The slope of `error` along each number of the weight `name`, by central differences."""
    slopes = np.zeros_like(w[name])
    nudge = NUDGE[slopes.dtype]
    for place in np.ndindex(slopes.shape):
        push = np.zeros_like(w[name])
        push[place] = nudge
        higher, lower = (error(w | {name: w[name] + sign * push}) for sign in (1, -1))
        slopes[place] = (higher - lower) / (2 * nudge)
    return slopes


def relative_error(one: Array, other: Array) -> float:
    """The distance of two arrays, relative to their lengths: 0 when equal, 1 when they have nothing in common."""
    lengths = np.linalg.norm(one) + np.linalg.norm(other)
    return float(np.linalg.norm(one - other) / lengths) if lengths else 0.0


def check(cell: ManualCell, w: Weights, inputs: Sequence[Array], targets: Sequence[Array]) -> list[Checked]:
    """Every weight matrix of a network on one text."""
    gradients = backward(cell, w, forward(cell, w, inputs, targets), targets)

    def error(weights: Weights) -> float:
        return forward(cell, weights, inputs, targets).errors.sum()

    errors = {name: relative_error(array, numerical_gradient(error, w, name)) for name, array in gradients.items()}
    lengths = {name: float(np.linalg.norm(array)) for name, array in gradients.items()}
    return [Checked(name, array.shape, lengths[name], errors[name]) for name, array in gradients.items()]
