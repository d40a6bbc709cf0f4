"""Long short-term memory (Hochreiter and Schmidhuber, 1997; forget gate Gers et al., 2000).

Knows one step, no text. Keras lays the gates side by side in the order i, f, c, o.
"""

from __future__ import annotations

import numpy as np

from rnnkit.architectures.architecture import Equation
from rnnkit.architectures.parts.arithmetic import sigmoid
from rnnkit.architectures.parts.cell import Cell
from rnnkit.architectures.parts.stack import architecture


def weights(inputs: int, units: int) -> dict[str, tuple[int, ...]]:
    return {"kernel": (inputs, 4 * units), "recurrent_kernel": (units, 4 * units), "bias": (4 * units,)}


def keras_layer(units: int, **options):
    import keras

    return keras.layers.LSTM(units, **options)


def keras_step(inputs, recurrent, states):
    from keras import ops

    _, cell = states
    i, f, c, o = ops.split(inputs + recurrent, 4, axis=-1)
    cell = ops.sigmoid(f) * cell + ops.sigmoid(i) * ops.tanh(c)
    return [ops.sigmoid(o) * ops.tanh(cell), cell]


def step(inputs: np.ndarray, recurrent: np.ndarray, states: list[np.ndarray]) -> None:
    """f = sigmoid(W_f x + U_f h + b_f), i, o alike; c~ = tanh(W_c x + U_c h + b_c); c = f c + i c~; h = o tanh(c)."""
    hidden, cell = states
    gates = np.add(inputs, recurrent, out=recurrent)  # (rows, 4 U)
    units = cell.shape[-1]
    candidate = gates[..., 2 * units : 3 * units]
    np.tanh(candidate, out=candidate)
    input_and_forget = sigmoid(gates[..., : 2 * units])
    candidate *= input_and_forget[..., :units]  # i c~
    cell *= input_and_forget[..., units:]  # f c
    cell += candidate  # f c + i c~
    np.tanh(cell, out=hidden)
    hidden *= sigmoid(gates[..., 3 * units :])  # o tanh(c)


LSTM = architecture(
    name="lstm",
    title="LSTM",
    summary="A memory cell behind three gates: what to forget, what to write, what to show. Remembers longest.",
    cell=Cell(
        kind="LSTM",
        weights=weights,
        states=("hidden_state", "cell_state"),
        step=step,
        keras_step=keras_step,
        keras_layer=keras_layer,
        opened=1,
    ),
    equations=(
        Equation(r"f_t = \sigma(W_f x_t + U_f h_{t-1} + b_f)", "The forget gate: how much of each memory stays."),
        Equation(r"i_t = \sigma(W_i x_t + U_i h_{t-1} + b_i)", "The input gate: how much of what is new is written."),
        Equation(r"\tilde c_t = \tanh(W_c x_t + U_c h_{t-1} + b_c)", "The candidate: what could be written."),
        Equation(
            r"c_t = f_t \odot c_{t-1} + i_t \odot \tilde c_t",
            "The cell keeps a part of the old, adds a part of the new.",
        ),
        Equation(r"o_t = \sigma(W_o x_t + U_o h_{t-1} + b_o)", "The output gate: how much of the memory is shown."),
        Equation(r"h_t = o_t \odot \tanh(c_t)", "What the next layer and the next step see."),
        Equation(
            r"\hat y_t = \mathrm{softmax}(V h_t + b_y)", "The hidden state gives each next symbol its probability."
        ),
    ),
)
