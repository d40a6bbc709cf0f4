"""The minimal LSTM (Feng et al., 2024): two gates that see what comes in and not the state, and that share out one.

Knows one step, no text. The gates lie side by side in the order f, i, h.
"""

from __future__ import annotations

import numpy as np

from rnnkit.architectures.architecture import Equation
from rnnkit.architectures.min_gru import ANSWER, OFF_FAST_PATH
from rnnkit.architectures.parts.arithmetic import opened, sigmoid
from rnnkit.architectures.parts.cell import Cell, gated_by_inputs
from rnnkit.architectures.parts.compiled import CompiledCell
from rnnkit.architectures.parts.compiled import sigmoid as gate
from rnnkit.architectures.parts.stack import architecture


def keras_step(inputs, recurrent, states):
    from keras import ops

    (hidden,) = states
    f, i, candidate = ops.split(inputs, 3, axis=-1)
    kept = ops.sigmoid(ops.softplus(-i) - ops.softplus(-f))
    return [kept * hidden + (1 - kept) * candidate]


def step(inputs: np.ndarray, recurrent: np.ndarray, states: list[np.ndarray]) -> None:
    """f = sigmoid(W_f x + b_f), i alike, h~ = W_h x + b_h; h = (f h + i h~) / (f + i), the shares by logarithms."""
    (hidden,) = states
    units = hidden.shape[-1]
    gates, candidate = inputs[..., : 2 * units], inputs[..., 2 * units :]
    np.logaddexp(0, -gates, out=gates)  # -log(f), -log(i)
    new = gates[..., :units]
    new -= gates[..., units:]
    # written as h + (h~ - h) i / (f + i)
    candidate -= hidden
    candidate *= sigmoid(new)
    hidden += candidate


def activations(inputs: np.ndarray, recurrent: np.ndarray, states: list[np.ndarray]) -> dict[str, np.ndarray]:
    """The two gates, before they are made to share, and the candidate, which has no bounds."""
    f, i, candidate = np.split(inputs, 3, axis=-1)
    return {"input": opened(i), "forget": opened(f), "candidate": candidate.copy()}


def compiled_forward(gates, kernel, bias, further, hidden, memory, saved, product):
    """Leaves f, i and the candidate in `gates`, and the old state's share f / (f + i) in `saved`."""
    zero, one = np.float32(0), np.float32(1)
    units = hidden.shape[2]
    for t in range(gates.shape[0]):
        for b in range(gates.shape[1]):
            g, old, new, kept = gates[t, b], hidden[t, b], hidden[t + 1, b], saved[t, b]
            for u in range(units):
                f, i, candidate = g[u], g[units + u], g[2 * units + u]
                forgotten = max(-f, zero) + np.log(one + np.exp(-abs(f)))  # -log(sigmoid(f))
                shut = max(-i, zero) + np.log(one + np.exp(-abs(i)))
                a = gate(shut - forgotten)
                g[u], g[units + u], kept[u] = gate(f), gate(i), a
                new[u] = candidate + a * (old[u] - candidate)


def compiled_backward(gates, kernel_t, further, hidden, memory, saved, above, d_hidden, d_memory, d_further):
    """The same back through time; a is the old state's share."""
    one = np.float32(1)
    units = hidden.shape[2]
    for t in range(gates.shape[0] - 1, -1, -1):
        for b in range(gates.shape[1]):
            g, old, kept, da, d = gates[t, b], hidden[t, b], saved[t, b], above[t, b], d_hidden[b]
            for u in range(units):
                f, i, a, back = g[u], g[units + u], kept[u], da[u] + d[u]
                share = back * (old[u] - g[2 * units + u]) * a * (one - a)
                g[u], g[units + u], g[2 * units + u] = share * (one - f), -share * (one - i), back * (one - a)
                d[u] = back * a


CELL = Cell(
    "MinLSTM", gated_by_inputs(3), ("hidden_state",), step, keras_step, off_fast_path=OFF_FAST_PATH, opened=0,
    compiled=CompiledCell(compiled_forward, compiled_backward, saved=1), activations=activations,
)  # fmt: skip
MIN_LSTM = architecture(
    name="min_lstm",
    title="Minimal LSTM",
    summary=(
        "Forget and input gates that look at the new token only and share out one: very quick to train, and each "
        "layer alone can do little. Take two or more."
    ),
    cell=CELL,
    equations=(
        Equation(r"f_t = \sigma(W_f x_t + b_f)", "The forget gate: the weight of what was. It does not see the state."),
        Equation(r"i_t = \sigma(W_i x_t + b_i)", "The input gate: the weight of what is new."),
        Equation(r"\tilde h_t = W_h x_t + b_h", "The candidate: the new token, without a tanh and without the state."),
        Equation(
            r"h_t = \frac{f_t \odot h_{t-1} + i_t \odot \tilde h_t}{f_t + i_t}",
            "The new state is the mean of the old and the candidate with these weights. There is no cell state.",
        ),
        ANSWER,
    ),
)
