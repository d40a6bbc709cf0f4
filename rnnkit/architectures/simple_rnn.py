"""The simple recurrent network (Elman, 1990): one state, one tanh. Knows one step, no text."""

from __future__ import annotations

import numpy as np

from rnnkit.architectures.architecture import Equation
from rnnkit.architectures.parts.cell import Cell
from rnnkit.architectures.parts.stack import architecture


def weights(inputs: int, units: int) -> dict[str, tuple[int, ...]]:
    return {"kernel": (inputs, units), "recurrent_kernel": (units, units), "bias": (units,)}


def keras_layer(units: int, **options):
    import keras

    return keras.layers.SimpleRNN(units, **options)


def keras_step(inputs, recurrent, states):
    from keras import ops

    return [ops.tanh(inputs + recurrent)]


def step(inputs: np.ndarray, recurrent: np.ndarray, states: list[np.ndarray]) -> None:
    """s = tanh(U x + W s + b)."""
    (hidden,) = states
    np.add(inputs, recurrent, out=hidden)
    np.tanh(hidden, out=hidden)


SIMPLE_RNN = architecture(
    name="simple_rnn",
    title="Simple RNN",
    summary="One state, mixed anew at every step: quick to learn short patterns, forgets long ones.",
    cell=Cell(
        kind="SimpleRNN",
        weights=weights,
        states=("hidden_state",),
        step=step,
        keras_step=keras_step,
        keras_layer=keras_layer,
        off_fast_path="cuDNN has no SimpleRNN in Keras: on a GPU it runs step by step, slower than a GRU or an LSTM.",
    ),
    equations=(
        Equation(r"s_t = \tanh(U x_t + W s_{t-1} + b)", "The new state mixes the symbol just read with the old state."),
        Equation(r"\hat y_t = \mathrm{softmax}(V s_t + c)", "The state gives each next symbol its probability."),
    ),
)
