"""Long short-term memory (Hochreiter and Schmidhuber, 1997; forget gate Gers et al., 2000).

Knows one step, no text. Keras lays the gates side by side in the order i, f, c, o.
"""

from __future__ import annotations

import numpy as np

from rnnkit.architectures.architecture import Equation
from rnnkit.architectures.parts.arithmetic import opened, sigmoid
from rnnkit.architectures.parts.cell import Cell, gated
from rnnkit.architectures.parts.compiled import CompiledCell, tanh
from rnnkit.architectures.parts.compiled import sigmoid as gate
from rnnkit.architectures.parts.stack import architecture


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


def activations(inputs: np.ndarray, recurrent: np.ndarray, states: list[np.ndarray]) -> dict[str, np.ndarray]:
    """The three gates and the candidate."""
    i, f, c, o = np.split(inputs + recurrent, 4, axis=-1)
    return {"input": opened(i), "forget": opened(f), "output": opened(o), "candidate": np.tanh(c)}


def compiled_forward(gates, kernel, bias, further, hidden, memory, saved, product):
    """Leaves i, f, the candidate and o in `gates`, and tanh(c_t) in `saved`."""
    units = hidden.shape[2]
    for t in range(gates.shape[0]):
        np.dot(hidden[t], kernel, product)
        for b in range(gates.shape[1]):
            g, p, h = gates[t, b], product[b], hidden[t + 1, b]
            old, new, kept = memory[t, b], memory[t + 1, b], saved[t, b]
            for u in range(units):
                i = gate(g[u] + p[u])
                f = gate(g[units + u] + p[units + u])
                candidate = tanh(g[2 * units + u] + p[2 * units + u])
                o = gate(g[3 * units + u] + p[3 * units + u])
                c = f * old[u] + i * candidate
                shown = tanh(c)
                g[u], g[units + u], g[2 * units + u], g[3 * units + u] = i, f, candidate, o
                new[u], kept[u], h[u] = c, shown, o * shown


def compiled_backward(gates, kernel_t, further, hidden, memory, saved, above, d_hidden, d_memory, d_further):
    """The same back through time; `d_memory` is the gradient of the cell state."""
    one = np.float32(1)
    units = hidden.shape[2]
    for t in range(gates.shape[0] - 1, -1, -1):
        for b in range(gates.shape[1]):
            g, old, kept, da, d, dc = gates[t, b], memory[t, b], saved[t, b], above[t, b], d_hidden[b], d_memory[b]
            for u in range(units):
                i, f, candidate, o, shown = g[u], g[units + u], g[2 * units + u], g[3 * units + u], kept[u]
                back = da[u] + d[u]
                cell = dc[u] + back * o * (one - shown * shown)
                g[u] = cell * candidate * i * (one - i)
                g[units + u] = cell * old[u] * f * (one - f)
                g[2 * units + u] = cell * i * (one - candidate * candidate)
                g[3 * units + u] = back * shown * o * (one - o)
                dc[u] = cell * f
        np.dot(gates[t], kernel_t, d_hidden)


CELL = Cell(
    "LSTM", gated(4), ("hidden_state", "cell_state"), step, keras_step, in_keras=True, opened=1,
    compiled=CompiledCell(compiled_forward, compiled_backward, saved=1), activations=activations,
)  # fmt: skip
FORGET = Equation(r"f_t = \sigma(W_f x_t + U_f h_{t-1} + b_f)", "The forget gate: how much of each memory stays.")
CANDIDATE = Equation(r"\tilde c_t = \tanh(W_c x_t + U_c h_{t-1} + b_c)", "The candidate: what could be written.")
MEMORY = Equation(
    r"c_t = f_t \odot c_{t-1} + i_t \odot \tilde c_t", "The cell keeps a part of the old, adds a part of the new."
)
OUTPUT = Equation(r"o_t = \sigma(W_o x_t + U_o h_{t-1} + b_o)", "The output gate: how much of the memory is shown.")
HIDDEN = Equation(r"h_t = o_t \odot \tanh(c_t)", "What the next layer and the next step see.")
ANSWER = Equation(
    r"\hat y_t = \mathrm{softmax}(V h_t + b_y)", "The hidden state gives each next token its probability."
)
LSTM = architecture(
    name="lstm",
    title="LSTM",
    summary="A memory cell behind three gates: what to forget, what to write, what to show. Remembers longest.",
    cell=CELL,
    equations=(
        FORGET,
        Equation(r"i_t = \sigma(W_i x_t + U_i h_{t-1} + b_i)", "The input gate: how much of what is new is written."),
        CANDIDATE,
        MEMORY,
        OUTPUT,
        HIDDEN,
        ANSWER,
    ),
)
