"""The minimal GRU (Feng et al., 2024): its gate and its candidate see what comes in and not the state.

So a step has no product with the state, and nothing in it saturates on the way back. Knows one step, no text. The gates
lie side by side in the order z, h.
"""

from __future__ import annotations

import numpy as np

from rnnkit.architectures.architecture import Equation
from rnnkit.architectures.parts.arithmetic import opened, sigmoid
from rnnkit.architectures.parts.cell import Cell, gated_by_inputs
from rnnkit.architectures.parts.compiled import CompiledCell
from rnnkit.architectures.parts.compiled import sigmoid as gate
from rnnkit.architectures.parts.stack import architecture

OFF_FAST_PATH = "cuDNN has no cell of this kind: on a GPU it runs step by step, slower than a GRU."
ANSWER = Equation(r"\hat y_t = \mathrm{softmax}(V h_t + b_y)", "The state gives each next token its probability.")


def keras_step(inputs, recurrent, states):
    from keras import ops

    (hidden,) = states
    z, candidate = ops.split(inputs, 2, axis=-1)
    z = ops.sigmoid(z)
    return [(1 - z) * hidden + z * candidate]


def step(inputs: np.ndarray, recurrent: np.ndarray, states: list[np.ndarray]) -> None:
    """z = sigmoid(W_z x + b_z), h~ = W_h x + b_h; h = (1 - z) h + z h~."""
    (hidden,) = states
    units = hidden.shape[-1]
    z, candidate = sigmoid(inputs[..., :units]), inputs[..., units:]
    # (1 - z) h + z h~, written as h + z (h~ - h)
    candidate -= hidden
    candidate *= z
    hidden += candidate


def activations(inputs: np.ndarray, recurrent: np.ndarray, states: list[np.ndarray]) -> dict[str, np.ndarray]:
    """The gate and the candidate, which has no bounds."""
    z, candidate = np.split(inputs, 2, axis=-1)
    return {"update": opened(z), "candidate": candidate.copy()}


def compiled_forward(gates, kernel, bias, further, hidden, memory, saved, product):
    """Leaves z and the candidate in `gates`."""
    units = hidden.shape[2]
    for t in range(gates.shape[0]):
        for b in range(gates.shape[1]):
            g, old, new = gates[t, b], hidden[t, b], hidden[t + 1, b]
            for u in range(units):
                z = gate(g[u])
                g[u] = z
                new[u] = old[u] + z * (g[units + u] - old[u])


def compiled_backward(gates, kernel_t, further, hidden, memory, saved, above, d_hidden, d_memory, d_further):
    """The same back through time: along the state a gradient is only multiplied by 1 - z."""
    one = np.float32(1)
    units = hidden.shape[2]
    for t in range(gates.shape[0] - 1, -1, -1):
        for b in range(gates.shape[1]):
            g, old, da, d = gates[t, b], hidden[t, b], above[t, b], d_hidden[b]
            for u in range(units):
                z, back = g[u], da[u] + d[u]
                g[u] = back * (g[units + u] - old[u]) * z * (one - z)
                g[units + u] = back * z
                d[u] = back * (one - z)


CELL = Cell(
    "MinGRU", gated_by_inputs(2), ("hidden_state",), step, keras_step, off_fast_path=OFF_FAST_PATH,
    compiled=CompiledCell(compiled_forward, compiled_backward), activations=activations,
)  # fmt: skip
MIN_GRU = architecture(
    name="min_gru",
    title="Minimal GRU",
    summary=(
        "A GRU whose gate looks at the new token only: very quick to train, and each layer alone can do little. "
        "Take two or more."
    ),
    cell=CELL,
    equations=(
        Equation(r"z_t = \sigma(W_z x_t + b_z)", "The update gate: how much is written. It does not see the state."),
        Equation(r"\tilde h_t = W_h x_t + b_h", "The candidate: the new token, without a tanh and without the state."),
        Equation(
            r"h_t = (1 - z_t) \odot h_{t-1} + z_t \odot \tilde h_t",
            "The new state lies between the old and the candidate.",
        ),
        ANSWER,
    ),
)
