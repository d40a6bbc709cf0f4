"""A cell through time: reading forward, backpropagation through time, the output layer above it. Knows no text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from rnnkit.scratch.cell import Array, Back, ManualCell, States, Step, Weights
from rnnkit.scratch.softmax import cross_entropy, softmax, softmax_backward


class Reading(NamedTuple):
    """A text read: the steps of the cell, its predictions at each (V, B), and the error of each in nats (T,)."""

    steps: list[Step]
    y_hat: list[Array]
    errors: Array


def one_hot(ids: Array, size: int, dtype: type | np.dtype = np.float64) -> list[Array]:
    """Ids (T, B) to T arrays (size, B) with a single 1 in each column."""
    return [np.eye(size, dtype=dtype)[:, row] for row in ids]


def scores(w: Weights, s: Array) -> Array:
    """A number per symbol: the higher, the likelier. (V, B)"""
    return w["V"] @ s + w["c"]


def output_backward(w: Weights, dz: Array, s: Array) -> tuple[Weights, Array]:
    """Gradients of V and c, and what goes down to the state."""
    gradients = {"V": dz @ s.T, "c": dz.sum(axis=1, keepdims=True)}
    return gradients, w["V"].T @ dz


def read(cell: ManualCell, w: Weights, inputs: Sequence[Array], states: States | None = None) -> list[Step]:
    """All steps of a text, from `states`, or from states of zeros."""
    states = states or tuple(np.zeros((cell.units(w), inputs[0].shape[1]), inputs[0].dtype) for _ in cell.states)
    steps = []
    for x in inputs:
        steps.append(cell.forward(w, x, states))
        states = cell.after(steps[-1])
    return steps


def back_through_time(cell: ManualCell, w: Weights, steps: Sequence[Step], errors: Sequence[Array]) -> Iterator[Back]:
    """From the last step to the first: `errors[t]` comes down to the state of step t, the rest from the step after."""
    from_after = tuple(np.zeros_like(state) for state in cell.after(steps[-1]))
    for step, error in zip(reversed(steps), reversed(errors), strict=True):
        back = cell.backward(w, step, (error + from_after[0], *from_after[1:]))
        from_after = back.d_before
        yield back


def forward(cell: ManualCell, w: Weights, inputs: Sequence[Array], targets: Sequence[Array]) -> Reading:
    """Read `inputs`, predict `targets`."""
    steps = read(cell, w, inputs)
    y_hat = [softmax(scores(w, step[cell.states[0]])) for step in steps]
    errors = [cross_entropy(*pair).sum() for pair in zip(y_hat, targets, strict=True)]
    return Reading(steps, y_hat, np.array(errors))


def backward(cell: ManualCell, w: Weights, reading: Reading, targets: Sequence[Array]) -> Weights:
    """The gradient of the sum of all errors with respect to every weight."""
    total = {name: np.zeros_like(array) for name, array in w.items()}
    errors = []
    for step, y_hat, y in zip(reading.steps, reading.y_hat, targets, strict=True):
        gradients, error = output_backward(w, softmax_backward(y_hat, y), step[cell.states[0]])
        add(total, gradients)
        errors.append(error)
    for back in back_through_time(cell, w, reading.steps, errors):
        add(total, back.gradients)
    return total


def add(total: Weights, part: Weights) -> None:
    """Add gradients to those so far."""
    for name, array in part.items():
        total[name] += array


def fresh(cell: ManualCell, symbols: int, units: int, seed: int = 0, dtype: type = np.float64) -> Weights:
    """Weights to start from: small random numbers, biases 0."""
    random = np.random.default_rng(seed)
    shapes = cell.shapes(symbols, units) | {"V": (symbols, units), "c": (symbols, 1)}
    return {
        name: np.zeros(shape, dtype) if shape[1] == 1 else random.normal(0, shape[1] ** -0.5, shape).astype(dtype)
        for name, shape in shapes.items()
    }
