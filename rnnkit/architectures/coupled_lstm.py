"""The LSTM with coupled gates: what is forgotten makes room for what is written (CIFG in Greff et al., 2017).

Knows one step, no text. The gates lie side by side in the order f, c, o.
"""

from __future__ import annotations

import numpy as np

from rnnkit.architectures.architecture import Equation
from rnnkit.architectures.lstm import ANSWER, CANDIDATE, FORGET, HIDDEN, OUTPUT
from rnnkit.architectures.parts.arithmetic import opened, sigmoid
from rnnkit.architectures.parts.cell import Cell, gated
from rnnkit.architectures.parts.compiled import CompiledCell, tanh
from rnnkit.architectures.parts.compiled import sigmoid as gate
from rnnkit.architectures.parts.stack import architecture


def keras_step(inputs, recurrent, states):
    from keras import ops

    _, cell = states
    f, c, o = ops.split(inputs + recurrent, 3, axis=-1)
    f = ops.sigmoid(f)
    cell = f * cell + (1 - f) * ops.tanh(c)
    return [ops.sigmoid(o) * ops.tanh(cell), cell]


def step(inputs: np.ndarray, recurrent: np.ndarray, states: list[np.ndarray]) -> None:
    """f, o and c~ as an LSTM has them; c = f c + (1 - f) c~; h = o tanh(c)."""
    hidden, cell = states
    gates = np.add(inputs, recurrent, out=recurrent)  # (rows, 3 U)
    units = cell.shape[-1]
    candidate = gates[..., units : 2 * units]
    np.tanh(candidate, out=candidate)
    # f c + (1 - f) c~, written as c~ + f (c - c~)
    cell -= candidate
    cell *= sigmoid(gates[..., :units])
    cell += candidate
    np.tanh(cell, out=hidden)
    hidden *= sigmoid(gates[..., 2 * units :])


def activations(inputs: np.ndarray, recurrent: np.ndarray, states: list[np.ndarray]) -> dict[str, np.ndarray]:
    """The two gates and the candidate."""
    f, c, o = np.split(inputs + recurrent, 3, axis=-1)
    return {"forget": opened(f), "output": opened(o), "candidate": np.tanh(c)}


def compiled_forward(gates, kernel, bias, further, hidden, memory, saved, product):
    """Leaves f, the candidate and o in `gates`, and tanh(c_t) in `saved`."""
    one = np.float32(1)
    units = hidden.shape[2]
    for t in range(gates.shape[0]):
        np.dot(hidden[t], kernel, product)
        for b in range(gates.shape[1]):
            g, p, h = gates[t, b], product[b], hidden[t + 1, b]
            old, new, kept = memory[t, b], memory[t + 1, b], saved[t, b]
            for u in range(units):
                f = gate(g[u] + p[u])
                candidate = tanh(g[units + u] + p[units + u])
                o = gate(g[2 * units + u] + p[2 * units + u])
                c = f * old[u] + (one - f) * candidate
                shown = tanh(c)
                g[u], g[units + u], g[2 * units + u] = f, candidate, o
                new[u], kept[u], h[u] = c, shown, o * shown


def compiled_backward(gates, kernel_t, further, hidden, memory, saved, above, d_hidden, d_memory, d_further):
    """The same back through time; `d_memory` is the gradient of the cell state."""
    one = np.float32(1)
    units = hidden.shape[2]
    for t in range(gates.shape[0] - 1, -1, -1):
        for b in range(gates.shape[1]):
            g, old, kept, da, d, dc = gates[t, b], memory[t, b], saved[t, b], above[t, b], d_hidden[b], d_memory[b]
            for u in range(units):
                f, candidate, o, shown = g[u], g[units + u], g[2 * units + u], kept[u]
                back = da[u] + d[u]
                cell = dc[u] + back * o * (one - shown * shown)
                g[u] = cell * (old[u] - candidate) * f * (one - f)
                g[units + u] = cell * (one - f) * (one - candidate * candidate)
                g[2 * units + u] = back * shown * o * (one - o)
                dc[u] = cell * f
        np.dot(gates[t], kernel_t, d_hidden)


CELL = Cell(
    "CoupledLSTM", gated(3), ("hidden_state", "cell_state"), step, keras_step, opened=0,
    compiled=CompiledCell(compiled_forward, compiled_backward, saved=1), activations=activations,
    off_fast_path="cuDNN has no LSTM with coupled gates: on a GPU it runs step by step, slower than an LSTM.",
)  # fmt: skip
COUPLED_LSTM = architecture(
    name="coupled_lstm",
    title="Coupled LSTM",
    summary="An LSTM with one gate for forgetting and writing: a memory is replaced as far as it is forgotten.",
    cell=CELL,
    equations=(
        FORGET,
        Equation(r"i_t = 1 - f_t", "There is no input gate: what is forgotten is written anew, no more and no less."),
        CANDIDATE,
        Equation(
            r"c_t = f_t \odot c_{t-1} + (1 - f_t) \odot \tilde c_t",
            "The new memory lies between the old and the candidate, as the state of a GRU does.",
        ),
        OUTPUT,
        HIDDEN,
        ANSWER,
    ),
)
