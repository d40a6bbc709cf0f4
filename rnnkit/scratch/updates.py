"""From gradients to changes of the weights: clipping by value and by norm, plain descent, Adagrad. Knows no network."""

from __future__ import annotations

import numpy as np

from rnnkit.scratch.cell import Weights


def unclipped(gradients: Weights, limit: float) -> Weights:
    """As they are."""
    return gradients


def clip_by_value(gradients: Weights, limit: float) -> Weights:
    """Every number into -limit … limit; bends the direction."""
    return {name: np.clip(array, -limit, limit) for name, array in gradients.items()}


def norm(gradients: Weights) -> float:
    """The length of all gradients together, as of one long arrow."""
    return float(np.sqrt(sum((array**2).sum() for array in gradients.values())))


def clip_by_norm(gradients: Weights, limit: float) -> Weights:
    """All shortened together when too long."""
    shorter = min(1.0, limit / max(norm(gradients), np.finfo(float).tiny))
    return {name: array * shorter for name, array in gradients.items()}


def descend(w: Weights, gradients: Weights, rate: float) -> Weights:
    """Gradient descent: one step downhill."""
    return {name: array - rate * gradients[name] for name, array in w.items()}


def adagrad(w: Weights, gradients: Weights, rate: float, squares: Weights) -> Weights:
    """Smaller steps for what was pushed most (Duchi et al., 2011).

    `squares` grow in place.
    """
    for name, array in gradients.items():
        squares[name] += array**2
    return {name: array - rate * gradients[name] / np.sqrt(squares[name] + 1e-8) for name, array in w.items()}


UPDATES = {"Adagrad": adagrad, "Gradient descent": lambda w, gradients, rate, _: descend(w, gradients, rate)}
