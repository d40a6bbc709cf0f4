"""The LSTM whose gates see the memory itself (Gers and Schmidhuber, 2000), through one weight per unit and gate.

Knows one step, no text. Gates lie side by side as in Keras's LSTM: i, f, c, o; the peepholes are those of i, f, o.
"""

from __future__ import annotations

import numpy as np

from rnnkit.architectures.architecture import Equation
from rnnkit.architectures.parts.arithmetic import sigmoid
from rnnkit.architectures.parts.cell import Cell
from rnnkit.architectures.parts.stack import architecture


def weights(inputs: int, units: int) -> dict[str, tuple[int, ...]]:
    return {
        "kernel": (inputs, 4 * units), "recurrent_kernel": (units, 4 * units), "bias": (4 * units,),
        "peephole_kernel": (3, units),
    }  # fmt: skip


def keras_step(inputs, recurrent, states, peepholes):
    from keras import ops

    _, cell = states
    i, f, c, o = ops.split(inputs + recurrent, 4, axis=-1)
    cell = ops.sigmoid(f + peepholes[1] * cell) * cell + ops.sigmoid(i + peepholes[0] * cell) * ops.tanh(c)
    return [ops.sigmoid(o + peepholes[2] * cell) * ops.tanh(cell), cell]


def step(inputs: np.ndarray, recurrent: np.ndarray, states: list[np.ndarray], peepholes: np.ndarray) -> None:
    """An LSTM whose gates see the memory: p_i c and p_f c are added inside i and f, p_o times the new c inside o."""
    hidden, cell = states
    gates = np.add(inputs, recurrent, out=recurrent)  # (rows, 4 U)
    units = cell.shape[-1]
    i, f, candidate, o = (gates[..., n * units : (n + 1) * units] for n in range(4))
    i += peepholes[..., 0, :] * cell
    f += peepholes[..., 1, :] * cell
    np.tanh(candidate, out=candidate)
    candidate *= sigmoid(i)
    cell *= sigmoid(f)
    cell += candidate
    o += peepholes[..., 2, :] * cell
    np.tanh(cell, out=hidden)
    hidden *= sigmoid(o)


PEEPHOLE_LSTM = architecture(
    name="peephole_lstm",
    title="Peephole LSTM",
    summary="An LSTM whose gates look into the memory cell itself, not only at what it shows: good at counting steps.",
    cell=Cell(
        kind="PeepholeLSTM",
        weights=weights,
        states=("hidden_state", "cell_state"),
        step=step,
        keras_step=keras_step,
        opened=1,
        off_fast_path="cuDNN has no peephole LSTM: on a GPU it runs step by step, slower than an LSTM.",
    ),
    equations=(
        Equation(
            r"f_t = \sigma(W_f x_t + U_f h_{t-1} + p_f \odot c_{t-1} + b_f)",
            "The forget gate also sees each memory it guards, through a weight of its own: the peephole.",
        ),
        Equation(r"i_t = \sigma(W_i x_t + U_i h_{t-1} + p_i \odot c_{t-1} + b_i)", "So does the input gate."),
        Equation(r"\tilde c_t = \tanh(W_c x_t + U_c h_{t-1} + b_c)", "The candidate: what could be written."),
        Equation(
            r"c_t = f_t \odot c_{t-1} + i_t \odot \tilde c_t",
            "The cell keeps a part of the old, adds a part of the new.",
        ),
        Equation(
            r"o_t = \sigma(W_o x_t + U_o h_{t-1} + p_o \odot c_t + b_o)", "The output gate sees the memory just made."
        ),
        Equation(r"h_t = o_t \odot \tanh(c_t)", "What the next layer and the next step see."),
        Equation(
            r"\hat y_t = \mathrm{softmax}(V h_t + b_y)", "The hidden state gives each next symbol its probability."
        ),
    ),
)
