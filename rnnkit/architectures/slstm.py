"""The sLSTM of xLSTM (Beck et al., 2024): an input gate without an upper limit, and a mean in place of a sum.

Written with the mean y = c / n and the logarithm of the normaliser, l = log n, in place of c, n and the paper's
stabiliser: the same numbers, and nothing can overflow. All states begin at zero, so n at 1. One head. Knows one step,
no text. The gates lie side by side in the order i, f, z, o.
"""

from __future__ import annotations

import numpy as np

from rnnkit.architectures.architecture import Equation
from rnnkit.architectures.lstm import ANSWER, FORGET, OUTPUT
from rnnkit.architectures.parts.arithmetic import opened, sigmoid
from rnnkit.architectures.parts.cell import Cell, gated
from rnnkit.architectures.parts.compiled import CompiledCell, tanh
from rnnkit.architectures.parts.compiled import sigmoid as gate
from rnnkit.architectures.parts.stack import architecture


def keras_step(inputs, recurrent, states):
    from keras import ops

    _, mean, size = states
    i, f, z, o = ops.split(inputs + recurrent, 4, axis=-1)
    lead = ops.log_sigmoid(f) + size - i  # of the old over the new, log(f n) - log(i)
    a = ops.sigmoid(lead)
    mean = a * mean + (1 - a) * ops.tanh(z)
    return [ops.sigmoid(o) * mean, mean, i + ops.softplus(lead)]


def step(inputs: np.ndarray, recurrent: np.ndarray, states: list[np.ndarray]) -> None:
    """i = exp(i~), f = sigmoid(f~), z and o as in an LSTM; n' = f n + i, y = (f n y + i z) / n', h = o y; l = log n."""
    hidden, mean, size = states
    gates = np.add(inputs, recurrent, out=recurrent)  # (rows, 4 U)
    i, f, z, o = np.split(gates, 4, axis=-1)
    np.logaddexp(0, -f, out=f)
    size -= f
    size -= i  # log(f n) - log(i)
    a = sigmoid(size.copy())
    np.tanh(z, out=z)
    # a y + (1 - a) z, written as z + a (y - z)
    mean -= z
    mean *= a
    mean += z
    np.logaddexp(0, size, out=size)
    size += i
    np.multiply(sigmoid(o), mean, out=hidden)


def activations(inputs: np.ndarray, recurrent: np.ndarray, states: list[np.ndarray]) -> dict[str, np.ndarray]:
    """Its exponential input gate as the share of the new in the mean, i / (f n + i); the other gates, the candidate."""
    i, f, z, o = np.split(inputs + recurrent, 4, axis=-1)
    old = states[2] - np.logaddexp(0, -f)  # log(f n)
    return {"input": opened(i - old), "forget": opened(f), "output": opened(o), "candidate": np.tanh(z)}


def compiled_forward(gates, kernel, bias, further, hidden, memory, saved, product):
    """Leaves a, f, z and o in `gates`; `memory` holds the mean and the logarithm of the normaliser."""
    zero, one = np.float32(0), np.float32(1)
    units = hidden.shape[2]
    for t in range(gates.shape[0]):
        np.dot(hidden[t], kernel, product)
        for b in range(gates.shape[1]):
            g, p, h, old, new = gates[t, b], product[b], hidden[t + 1, b], memory[t, b], memory[t + 1, b]
            for u in range(units):
                i, f = g[u] + p[u], g[units + u] + p[units + u]
                forgotten = max(-f, zero) + np.log(one + np.exp(-abs(f)))  # -log(sigmoid(f))
                lead = old[units + u] - forgotten - i
                a = gate(lead)
                z, o = tanh(g[2 * units + u] + p[2 * units + u]), gate(g[3 * units + u] + p[3 * units + u])
                y = a * old[u] + (one - a) * z
                g[u], g[units + u], g[2 * units + u], g[3 * units + u] = a, gate(f), z, o
                new[u], h[u] = y, o * y
                new[units + u] = i + max(lead, zero) + np.log(one + np.exp(-abs(lead)))


def compiled_backward(gates, kernel_t, further, hidden, memory, saved, above, d_hidden, d_memory, d_further):
    """The same back through time; `d_memory` holds the gradients of the mean and of the logarithm."""
    one = np.float32(1)
    units = hidden.shape[2]
    for t in range(gates.shape[0] - 1, -1, -1):
        for b in range(gates.shape[1]):
            g, old, new = gates[t, b], memory[t, b], memory[t + 1, b]
            da, d, dm = above[t, b], d_hidden[b], d_memory[b]
            for u in range(units):
                a, f, z, o = g[u], g[units + u], g[2 * units + u], g[3 * units + u]
                back = da[u] + d[u]
                dy = dm[u] + back * o
                lead = dy * (old[u] - z) * a * (one - a) + dm[units + u] * a
                g[u] = dm[units + u] - lead
                g[units + u] = lead * (one - f)
                g[2 * units + u] = dy * (one - a) * (one - z * z)
                g[3 * units + u] = back * new[u] * o * (one - o)
                dm[u], dm[units + u] = dy * a, lead
        np.dot(gates[t], kernel_t, d_hidden)


CELL = Cell(
    "SLSTM", gated(4), ("hidden_state", "mean_state", "size_state"), step, keras_step, opened=1,
    compiled=CompiledCell(compiled_forward, compiled_backward), activations=activations,
    off_fast_path="cuDNN has no sLSTM: on a GPU it runs step by step, slower than an LSTM.",
)  # fmt: skip
SLSTM = architecture(
    name="slstm",
    title="sLSTM",
    summary="An LSTM that can revise its memory at once: its input gate has no upper limit, and its memory is a mean.",
    cell=CELL,
    equations=(
        Equation(r"i_t = \exp(W_i x_t + U_i h_{t-1} + b_i)", "The input gate: a weight, as large as it needs to be."),
        FORGET,
        Equation(r"z_t = \tanh(W_z x_t + U_z h_{t-1} + b_z)", "What could be written."),
        Equation(
            r"n_t = f_t \odot n_{t-1} + i_t,\quad n_0 = 1",
            "The normaliser: the sum of all weights so far, as far as they are not forgotten.",
        ),
        Equation(
            r"c_t = f_t \odot c_{t-1} + i_t \odot z_t",
            "The cell state: the same sum of what was written. A large new weight outweighs all that was.",
        ),
        OUTPUT,
        Equation(r"h_t = o_t \odot c_t / n_t", "What is shown of the mean."),
        ANSWER,
    ),
)
