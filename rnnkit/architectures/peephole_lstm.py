"""The LSTM whose gates see the memory itself (Gers and Schmidhuber, 2000), through one weight per unit and gate.

Knows one step, no text. Gates lie side by side as in Keras's LSTM: i, f, c, o; the peepholes are those of i, f, o.
"""

from __future__ import annotations

import numpy as np

from rnnkit.architectures.architecture import Equation
from rnnkit.architectures.lstm import ANSWER, CANDIDATE, HIDDEN, MEMORY
from rnnkit.architectures.parts.arithmetic import opened, sigmoid
from rnnkit.architectures.parts.cell import Cell, gated
from rnnkit.architectures.parts.compiled import CompiledCell, tanh
from rnnkit.architectures.parts.compiled import sigmoid as gate
from rnnkit.architectures.parts.stack import architecture


def weights(inputs: int, units: int) -> dict[str, tuple[int, ...]]:
    return gated(4)(inputs, units) | {"peephole_kernel": (3, units)}


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


def activations(
    inputs: np.ndarray, recurrent: np.ndarray, states: list[np.ndarray], peepholes: np.ndarray
) -> dict[str, np.ndarray]:
    """The three gates, which see the memory, and the candidate."""
    i, f, c, o = np.split(inputs + recurrent, 4, axis=-1)
    old, candidate = states[1], np.tanh(c)
    entering, kept = opened(i + peepholes[..., 0, :] * old), opened(f + peepholes[..., 1, :] * old)
    shown = opened(o + peepholes[..., 2, :] * (kept * old + entering * candidate))
    return {"input": entering, "forget": kept, "output": shown, "candidate": candidate}


def compiled_forward(gates, kernel, bias, further, hidden, memory, saved, product):
    """Leaves i, f, the candidate and o in `gates`, and tanh(c_t) in `saved`; `further` are the peepholes of i, f, o."""
    units = hidden.shape[2]
    to_i, to_f, to_o = further[0], further[1], further[2]
    for t in range(gates.shape[0]):
        np.dot(hidden[t], kernel, product)
        for b in range(gates.shape[1]):
            g, p, h = gates[t, b], product[b], hidden[t + 1, b]
            old, new, kept = memory[t, b], memory[t + 1, b], saved[t, b]
            for u in range(units):
                i = gate(g[u] + p[u] + to_i[u] * old[u])
                f = gate(g[units + u] + p[units + u] + to_f[u] * old[u])
                candidate = tanh(g[2 * units + u] + p[2 * units + u])
                c = f * old[u] + i * candidate
                o = gate(g[3 * units + u] + p[3 * units + u] + to_o[u] * c)
                shown = tanh(c)
                g[u], g[units + u], g[2 * units + u], g[3 * units + u] = i, f, candidate, o
                new[u], kept[u], h[u] = c, shown, o * shown


def compiled_backward(gates, kernel_t, further, hidden, memory, saved, above, d_hidden, d_memory, d_further):
    """The same back through time, through the peepholes too; `d_memory` is the gradient of the cell state."""
    one = np.float32(1)
    units = hidden.shape[2]
    to_i, to_f, to_o = further[0], further[1], further[2]
    d_to_i, d_to_f, d_to_o = d_further[0], d_further[1], d_further[2]
    for t in range(gates.shape[0] - 1, -1, -1):
        for b in range(gates.shape[1]):
            g, old, new, kept = gates[t, b], memory[t, b], memory[t + 1, b], saved[t, b]
            da, d, dc = above[t, b], d_hidden[b], d_memory[b]
            for u in range(units):
                i, f, candidate, o, shown = g[u], g[units + u], g[2 * units + u], g[3 * units + u], kept[u]
                back = da[u] + d[u]
                d_o = back * shown * o * (one - o)
                cell = dc[u] + back * o * (one - shown * shown) + d_o * to_o[u]
                d_i = cell * candidate * i * (one - i)
                d_f = cell * old[u] * f * (one - f)
                g[u], g[units + u], g[3 * units + u] = d_i, d_f, d_o
                g[2 * units + u] = cell * i * (one - candidate * candidate)
                dc[u] = cell * f + d_i * to_i[u] + d_f * to_f[u]
                d_to_i[u] += d_i * old[u]
                d_to_f[u] += d_f * old[u]
                d_to_o[u] += d_o * new[u]
        np.dot(gates[t], kernel_t, d_hidden)


CELL = Cell(
    "PeepholeLSTM", weights, ("hidden_state", "cell_state"), step, keras_step, opened=1,
    compiled=CompiledCell(compiled_forward, compiled_backward, saved=1), activations=activations,
    off_fast_path="cuDNN has no peephole LSTM: on a GPU it runs step by step, slower than an LSTM.",
)  # fmt: skip
PEEPHOLE_LSTM = architecture(
    name="peephole_lstm",
    title="Peephole LSTM",
    summary="An LSTM whose gates look into the memory cell itself, not only at what it shows: good at counting steps.",
    cell=CELL,
    equations=(
        Equation(
            r"f_t = \sigma(W_f x_t + U_f h_{t-1} + p_f \odot c_{t-1} + b_f)",
            "The forget gate also sees each memory it guards, through a weight of its own: the peephole.",
        ),
        Equation(r"i_t = \sigma(W_i x_t + U_i h_{t-1} + p_i \odot c_{t-1} + b_i)", "So does the input gate."),
        CANDIDATE,
        MEMORY,
        Equation(
            r"o_t = \sigma(W_o x_t + U_o h_{t-1} + p_o \odot c_t + b_o)", "The output gate sees the memory just made."
        ),
        HIDDEN,
        ANSWER,
    ),
)
