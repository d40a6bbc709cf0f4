"""What a cell by hand is: one step forward, the same step backward, and how Keras lays out its weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

Array = np.ndarray
# Arrays by the letters of the formulas: "U", "W_f", "b". Gradients have the names of their weights.
Weights = dict[str, Array]
# All that one step computed, by its letter: x, s_before, s. Backward needs it again.
Step = dict[str, Array]
States = tuple[Array, ...]


class Back(NamedTuple):
    """One step backward.

    `d_states`: of the error with respect to this step's states; `d_before`: to those of the step before;
    `d_x`: to what was read; `gradients`: what this step adds to the gradient of each weight.
    """

    d_states: States
    d_before: States
    d_x: Array
    gradients: Weights


class ManualCell(NamedTuple):
    """A recurrent cell, the same for every size.

    `name` is that of rnnkit.architectures; `states` are the letters of what is carried, the hidden state first;
    `gates` the letters of its gates in Keras's order, "" where there is but one. `forward(w, x, states)` gives all
    values of a step, `backward(w, step, d_states)` a Back. `further_biases` come beside one for each gate.
    """

    name: str
    title: str
    states: tuple[str, ...]
    gates: tuple[str, ...]
    forward: Callable[[Weights, Array, States], Step]
    backward: Callable[[Weights, Step, States], Back]
    further_biases: tuple[str, ...] = ()

    def shapes(self, inputs: int, units: int) -> dict[str, tuple[int, int]]:
        """The shape of every weight."""
        sizes = {"U": (units, inputs), "W": (units, units), "b": (units, 1)}
        shapes = {named(letter, gate): size for gate in self.gates for letter, size in sizes.items()}
        return shapes | dict.fromkeys(self.further_biases, (units, 1))

    def units(self, w: Weights) -> int:
        """How many numbers its hidden state has with these weights."""
        return len(w[named("W", self.gates[0])])

    def after(self, step: Step) -> States:
        """The states that a step leaves."""
        return tuple(step[name] for name in self.states)


def named(letter: str, gate: str) -> str:
    """The name of a gate's weight: W_f, or W where there is one gate only."""
    return f"{letter}_{gate}" if gate else letter


def from_keras(cell: ManualCell, kernel: Array, recurrent_kernel: Array, bias: Array) -> Weights:
    """Keras's arrays of a layer as weights by letter: its rows are our columns, its gates lie side by side.

    A GRU there has two biases per gate, (2, 3 units); here they are one, but for the candidate's.
    """
    biases = np.atleast_2d(bias)
    parts = {"U": kernel.T, "W": recurrent_kernel.T, "b": biases[0][:, None]}
    count = len(cell.gates)
    w = {
        named(letter, gate): part
        for letter, whole in parts.items()
        for gate, part in zip(cell.gates, np.split(whole, count), strict=True)
    }
    if len(biases) == 2:
        z, r, w["d_g"] = np.split(biases[1][:, None], count)
        w |= {"b_z": w["b_z"] + z, "b_r": w["b_r"] + r}
    return w


def to_keras(cell: ManualCell, gradients: Weights) -> dict[str, Array]:
    """Gradients by letter as those of Keras's arrays kernel, recurrent_kernel and bias."""

    def whole(letter: str) -> Array:
        return np.concatenate([gradients[named(letter, gate)] for gate in cell.gates])

    bias = whole("b")[:, 0]
    if "d_g" in gradients:  # the two biases of a gate are added, so each has the gradient of their sum
        bias = np.stack([bias, np.concatenate([gradients[name][:, 0] for name in ("b_z", "b_r", "d_g")])])
    return {"kernel": whole("U").T, "recurrent_kernel": whole("W").T, "bias": bias}
