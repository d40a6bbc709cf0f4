"""The LSTM cell by hand, one step forward and backward. Knows no text and no time.

The letters are those of the other cells here: U reads the symbol, W the hidden state; g is the candidate.
"""

from __future__ import annotations

import numpy as np

from rnnkit.scratch.cell import Array, Back, ManualCell, States, Step, Weights
from rnnkit.scratch.softmax import sigmoid


def gates(w: Weights, x: Array, h: Array) -> Step:
    """What to forget, write and show; h is the last one."""
    f = sigmoid(w["U_f"] @ x + w["W_f"] @ h + w["b_f"])
    i = sigmoid(w["U_i"] @ x + w["W_i"] @ h + w["b_i"])
    g = np.tanh(w["U_g"] @ x + w["W_g"] @ h + w["b_g"])
    o = sigmoid(w["U_o"] @ x + w["W_o"] @ h + w["b_o"])
    return {"f": f, "i": i, "g": g, "o": o}


def memory(f: Array, c_before: Array, i: Array, g: Array) -> Array:
    """The cell state: some of the old stays, some new comes."""
    return f * c_before + i * g


def shown(o: Array, c: Array) -> Array:
    """The hidden state: what others see of the memory."""
    return o * np.tanh(c)


def memory_backward(dh: Array, dc: Array, step: Step) -> Step:
    """Back to the gates; `dc` came from the step after."""
    dc = dc + dh * step["o"] * (1 - np.tanh(step["c"]) ** 2)
    d = {"f": dc * step["c_before"], "i": dc * step["g"], "g": dc * step["i"], "o": dh * np.tanh(step["c"])}
    return d | {"c_before": dc * step["f"]}


def gates_backward(d: Step, step: Step) -> Step:
    """Through the sigmoids and the tanh."""
    slopes = {gate: step[gate] * (1 - step[gate]) for gate in ("f", "i", "o")} | {"g": 1 - step["g"] ** 2}
    return {gate: d[gate] * slope for gate, slope in slopes.items()}


def weights_backward(da: Step, x: Array, h: Array) -> Weights:
    """What this step adds to the gradients, gate by gate."""
    gradients = {}
    for gate, d in da.items():
        gradients[f"U_{gate}"] = d @ x.T
        gradients[f"W_{gate}"] = d @ h.T
        gradients[f"b_{gate}"] = d.sum(axis=1, keepdims=True)
    return gradients


def state_backward(w: Weights, da: Step) -> Array:
    """The hidden state before had a hand in all four."""
    return np.sum([w[f"W_{gate}"].T @ d for gate, d in da.items()], axis=0)


def forward(w: Weights, x: Array, states: States) -> Step:
    """One step: reads `x` (V, B) and the states before."""
    h_before, c_before = states
    step = gates(w, x, h_before)
    c = memory(step["f"], c_before, step["i"], step["g"])
    return {"x": x, "h_before": h_before, "c_before": c_before, **step, "c": c, "h": shown(step["o"], c)}


def backward(w: Weights, step: Step, d_states: States) -> Back:
    """The same step backward."""
    dh, dc = d_states
    d = memory_backward(dh, dc, step)
    da = gates_backward(d, step)
    gradients = weights_backward(da, step["x"], step["h_before"])
    d_x = np.sum([w[f"U_{gate}"].T @ part for gate, part in da.items()], axis=0)
    return Back(d_states, (state_backward(w, da), d["c_before"]), d_x, gradients)


LSTM = ManualCell("lstm", "LSTM", ("h", "c"), ("i", "f", "g", "o"), forward, backward)
