"""The gated recurrent unit (Cho et al., 2014), with the reset gate after the product, as Keras and cuDNN have it.

Knows one step, no text. Keras lays the gates side by side in the order z, r, h.
"""

from __future__ import annotations

import numpy as np

from rnnkit.architectures.architecture import Equation
from rnnkit.architectures.parts.arithmetic import opened, sigmoid
from rnnkit.architectures.parts.cell import Cell, gated
from rnnkit.architectures.parts.compiled import CompiledCell, tanh
from rnnkit.architectures.parts.compiled import sigmoid as gate
from rnnkit.architectures.parts.stack import architecture


def weights(inputs: int, units: int) -> dict[str, tuple[int, ...]]:
    return gated(3)(inputs, units) | {"bias": (2, 3 * units)}


def keras_step(inputs, recurrent, states):
    from keras import ops

    (hidden,) = states
    (z, r, candidate), (from_z, from_r, from_hidden) = (ops.split(x, 3, axis=-1) for x in (inputs, recurrent))
    z, r = ops.sigmoid(z + from_z), ops.sigmoid(r + from_r)
    return [z * hidden + (1 - z) * ops.tanh(candidate + r * from_hidden)]


def step(inputs: np.ndarray, recurrent: np.ndarray, states: list[np.ndarray]) -> None:
    """z = sigmoid(W_z x + U_z h + b_z), r alike; h~ = tanh(W_h x + b_h + r (U_h h + b'_h)); h = z h + (1 - z) h~."""
    (hidden,) = states
    units = hidden.shape[-1]
    gates = inputs[..., : 2 * units]
    gates += recurrent[..., : 2 * units]
    sigmoid(gates)
    z, r = gates[..., :units], gates[..., units:]
    candidate = recurrent[..., 2 * units :]
    candidate *= r
    candidate += inputs[..., 2 * units :]
    np.tanh(candidate, out=candidate)
    # z h + (1 - z) h~, written as h~ + z (h - h~)
    hidden -= candidate
    hidden *= z
    hidden += candidate


def activations(inputs: np.ndarray, recurrent: np.ndarray, states: list[np.ndarray]) -> dict[str, np.ndarray]:
    """The two gates and the candidate."""
    (z, r, x), (of_z, of_r, of_h) = np.split(inputs, 3, axis=-1), np.split(recurrent, 3, axis=-1)
    reset = opened(r + of_r)
    return {"update": opened(z + of_z), "reset": reset, "candidate": np.tanh(x + reset * of_h)}


def compiled_forward(gates, kernel, bias, further, hidden, memory, saved, product):
    """Leaves z, r and the candidate in `gates`, and U_h h_{t-1} + b'_h in the last third of `saved`."""
    one = np.float32(1)
    units = hidden.shape[2]
    for t in range(gates.shape[0]):
        np.dot(hidden[t], kernel, product)
        for b in range(gates.shape[1]):
            g, p, old, new, kept = gates[t, b], product[b], hidden[t, b], hidden[t + 1, b], saved[t, b]
            for u in range(units):
                z = gate(g[u] + p[u] + bias[u])
                r = gate(g[units + u] + p[units + u] + bias[units + u])
                inner = p[2 * units + u] + bias[2 * units + u]
                candidate = tanh(g[2 * units + u] + r * inner)
                g[u], g[units + u], g[2 * units + u] = z, r, candidate
                kept[2 * units + u] = inner
                new[u] = z * old[u] + (one - z) * candidate


def compiled_backward(gates, kernel_t, further, hidden, memory, saved, above, d_hidden, d_memory, d_further):
    """The recurrent product has a gradient of its own, as the reset gate stands after it."""
    one = np.float32(1)
    units = hidden.shape[2]
    for t in range(gates.shape[0] - 1, -1, -1):
        for b in range(gates.shape[1]):
            g, kept, old, da, d, straight = (
                gates[t, b],
                saved[t, b],
                hidden[t, b],
                above[t, b],
                d_hidden[b],
                d_memory[b],
            )
            for u in range(units):
                z, r, candidate = g[u], g[units + u], g[2 * units + u]
                back = da[u] + d[u]
                d_candidate = back * (one - z) * (one - candidate * candidate)
                d_z = back * (old[u] - candidate) * z * (one - z)
                d_r = d_candidate * kept[2 * units + u] * r * (one - r)
                g[u], g[units + u], g[2 * units + u] = d_z, d_r, d_candidate
                kept[u], kept[units + u], kept[2 * units + u] = d_z, d_r, d_candidate * r
                straight[u] = back * z
        np.dot(saved[t], kernel_t, d_hidden)
        for b in range(gates.shape[1]):
            d, straight = d_hidden[b], d_memory[b]
            for u in range(units):
                d[u] += straight[u]


CELL = Cell(
    "GRU", weights, ("hidden_state",), step, keras_step, in_keras=True,
    compiled=CompiledCell(compiled_forward, compiled_backward, saved=3, own_gradient=True),
    input_bias=lambda bias: bias[0], recurrent_bias=lambda bias: bias[1], activations=activations,
)  # fmt: skip
GRU = architecture(
    name="gru",
    title="GRU",
    summary="Two gates and one state: nearly the memory of an LSTM with three quarters of its weights.",
    cell=CELL,
    equations=(
        Equation(r"z_t = \sigma(W_z x_t + U_z h_{t-1} + b_z)", "The update gate: how much of the old state stays."),
        Equation(
            r"r_t = \sigma(W_r x_t + U_r h_{t-1} + b_r)", "The reset gate: how much of the old state is looked at."
        ),
        Equation(
            r"\tilde h_t = \tanh\big(W_h x_t + b_h + r_t \odot (U_h h_{t-1} + b'_h)\big)",
            "The candidate: what the state could become.",
        ),
        Equation(
            r"h_t = z_t \odot h_{t-1} + (1 - z_t) \odot \tilde h_t",
            "The new state lies between the old and the candidate.",
        ),
        Equation(r"\hat y_t = \mathrm{softmax}(V h_t + b_y)", "The state gives each next token its probability."),
    ),
)
