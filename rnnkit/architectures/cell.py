"""What a recurrent cell is: the record that a cell's file fills in. Knows no particular cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Cell:
    """A recurrent cell, the same for every size.

    `weights(inputs, units)` gives the shapes in Keras's order; the first two arrays are
    the input and the recurrent kernel. `states` names what is carried from step to step,
    the hidden state first. `keras_layer(units, **options)` imports Keras and makes the
    layer. `step(inputs, recurrent, states)` changes the states in place; `inputs` and
    `recurrent`, (rows, gates x units), are its to overwrite: x W + b and h R (+ b).
    `input_bias` and `recurrent_bias` find those two in the layer's bias array; most cells
    have only the first.
    """

    kind: str
    weights: Callable[[int, int], dict[str, tuple[int, ...]]]
    states: tuple[str, ...]
    keras_layer: Callable[..., Any]
    step: Callable[[np.ndarray, np.ndarray, list[np.ndarray]], None]
    input_bias: Callable[[np.ndarray], np.ndarray] = lambda bias: bias
    recurrent_bias: Callable[[np.ndarray], np.ndarray] | None = None
    off_fast_path: str | None = None
