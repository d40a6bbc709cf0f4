"""The simple recurrent network (Elman, 1990): one state, one tanh. Knows one step, no text."""

from __future__ import annotations

import numpy as np

from rnnkit.architectures.architecture import Equation
from rnnkit.architectures.parts.cell import Cell, gated
from rnnkit.architectures.parts.compiled import CompiledCell, tanh
from rnnkit.architectures.parts.stack import architecture


def keras_step(inputs, recurrent, states):
    from keras import ops

    return [ops.tanh(inputs + recurrent)]


def step(inputs: np.ndarray, recurrent: np.ndarray, states: list[np.ndarray]) -> None:
    """s = tanh(U x + W s + b)."""
    (hidden,) = states
    np.add(inputs, recurrent, out=hidden)
    np.tanh(hidden, out=hidden)


def compiled_forward(gates, kernel, bias, further, hidden, memory, saved, product):
    """s_t = tanh(x W + b + s_{t-1} R); shapes as in parts/compiled.py."""
    for t in range(gates.shape[0]):
        np.dot(hidden[t], kernel, product)
        for b in range(gates.shape[1]):
            g, p, h = gates[t, b], product[b], hidden[t + 1, b]
            for u in range(h.size):
                h[u] = tanh(g[u] + p[u])


def compiled_backward(gates, kernel_t, further, hidden, memory, saved, above, d_hidden, d_memory, d_further):
    """The same back through time: the slope of tanh is 1 - s_t^2."""
    one = np.float32(1)
    for t in range(gates.shape[0] - 1, -1, -1):
        for b in range(gates.shape[1]):
            g, h, da, d = gates[t, b], hidden[t + 1, b], above[t, b], d_hidden[b]
            for u in range(h.size):
                g[u] = (da[u] + d[u]) * (one - h[u] * h[u])
        np.dot(gates[t], kernel_t, d_hidden)


CELL = Cell(
    "SimpleRNN", gated(1), ("hidden_state",), step, keras_step, in_keras=True,
    compiled=CompiledCell(compiled_forward, compiled_backward),
    off_fast_path="cuDNN has no SimpleRNN in Keras: on a GPU it runs step by step, slower than a GRU or an LSTM.",
)  # fmt: skip
SIMPLE_RNN = architecture(
    name="simple_rnn",
    title="Simple RNN",
    summary="One state, mixed anew at every step: quick to learn short patterns, forgets long ones.",
    cell=CELL,
    equations=(
        Equation(r"s_t = \tanh(U x_t + W s_{t-1} + b)", "The new state mixes the token just read with the old state."),
        Equation(r"\hat y_t = \mathrm{softmax}(V s_t + c)", "The state gives each next token its probability."),
    ),
)
