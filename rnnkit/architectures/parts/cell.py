"""What a recurrent cell is: the record that a cell's file fills in. Knows no particular cell."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnkit.architectures.parts.compiled import CompiledCell

# The weights that every cell has; those it has beyond them are handed to its step.
COMMON = ("kernel", "recurrent_kernel", "bias")


def numbered(name: str, index: int) -> str:
    """Keras's way of telling layers apart: lstm, lstm_1, lstm_2."""
    return f"{name}_{index}" if index else name


def short(state: str) -> str:
    """What a state is called where it stands among gates: hidden_state -> hidden."""
    return state.removesuffix("_state")


def gated(gates: int) -> Callable[[int, int], dict[str, tuple[int, ...]]]:
    """The weights of a cell whose gates lie side by side, for so many inputs and units."""
    return lambda inputs, units: {
        "kernel": (inputs, gates * units), "recurrent_kernel": (units, gates * units), "bias": (gates * units,),
    }  # fmt: skip


def gated_by_inputs(gates: int) -> Callable[[int, int], dict[str, tuple[int, ...]]]:
    """The same without a recurrent kernel: the gates see what comes in and not the state."""
    return lambda inputs, units: {"kernel": (inputs, gates * units), "bias": (gates * units,)}


@dataclass(frozen=True)
class Cell:
    """A recurrent cell, the same for every size.

    `weights(inputs, units)` gives the shapes in Keras's order: the input kernel, the
    recurrent kernel where the cell has one, the bias. `states` names what is carried from
    step to step, the hidden state, which the recurrent kernel reads, first.
    `step(inputs, recurrent, states, *further)` changes the states in place; `inputs` and
    `recurrent`, (rows, gates x units), are its to overwrite: x W + b and h R (+ b). Without a
    recurrent kernel `recurrent` means nothing, and in Keras it is None.
    `further` are the weights beyond the common ones, each with one row of numbers per row.
    `keras_step` is the same in Keras operations, changes nothing and returns the new states;
    there `further` are the weights as they are. `in_keras`: Keras has a layer of this `kind`.
    `input_bias` and `recurrent_bias` find those two in the layer's bias array; most cells
    have only the first. The bias of the gate `opened` begins at 1, as a forget gate's should
    (Jozefowicz et al., 2015). `shown` is the state that is the layer's output.
    `compiled` are its loops for the compiled learner, where it has some.
    `activations(inputs, recurrent, states, *further)` gives what its gates let through and what its candidate is in
    the step that comes, name -> (rows, units), and changes nothing; most in (0, 1), a candidate in (-1, 1).
    """

    kind: str
    weights: Callable[[int, int], dict[str, tuple[int, ...]]]
    states: tuple[str, ...]
    step: Callable[..., None]
    keras_step: Callable[..., list[Any]]
    in_keras: bool = False
    input_bias: Callable[[Any], Any] = lambda bias: bias
    recurrent_bias: Callable[[Any], Any] | None = None
    opened: int | None = None
    shown: int = 0
    off_fast_path: str | None = None
    compiled: CompiledCell | None = None
    activations: Callable[..., dict[str, Any]] = lambda inputs, recurrent, states: {}

    @property
    def quantities(self) -> tuple[str, ...]:
        """What each of its units shows while it reads: its states, then its activations."""
        row = np.zeros((1, self.gates), np.float32)
        states = [np.zeros((1, 1), np.float32) for _ in self.states]
        further = [
            np.zeros((1, *shape), np.float32) for name, shape in self.weights(1, 1).items() if name in self.further
        ]
        return (*map(short, self.states), *self.activations(row, row, states, *further))

    @property
    def name(self) -> str:
        """The name of its layer, as Keras makes one of a class: SimpleRNN -> simple_rnn."""
        return re.sub(r"([a-z])([A-Z])", r"\1_\2", self.kind).lower()

    @property
    def gates(self) -> int:
        """How many gates, candidates among them, lie side by side."""
        return self.weights(1, 1)["kernel"][1]

    @property
    def recurrent(self) -> bool:
        """Whether its gates see the hidden state, through a recurrent kernel."""
        return "recurrent_kernel" in self.weights(1, 1)

    @property
    def further(self) -> tuple[str, ...]:
        """The names of the weights beyond the common ones."""
        return tuple(name for name in self.weights(1, 1) if name not in COMMON)
