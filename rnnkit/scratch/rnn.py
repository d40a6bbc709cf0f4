"""The simple recurrent cell of document 002, one step forward and backward. Knows no text and no time."""

from __future__ import annotations

import numpy as np

from rnnkit.scratch.cell import Array, Back, ManualCell, States, Step, Weights


def hidden_state(w: Weights, x: Array, s_before: Array) -> Array:
    """What is read and what was known, mixed: (H, B)."""
    a = w["U"] @ x + w["W"] @ s_before + w["b"]
    return np.tanh(a)


def tanh_backward(ds: Array, s: Array) -> Array:
    """Through the tanh: near -1 or 1 it lets little through."""
    return ds * (1 - s**2)


def weights_backward(da: Array, x: Array, s_before: Array) -> Weights:
    """What this step adds to the gradients of the weights."""
    return {"U": da @ x.T, "W": da @ s_before.T, "b": da.sum(axis=1, keepdims=True)}


def state_backward(w: Weights, da: Array) -> Array:
    """One step further back in time: through W again."""
    return w["W"].T @ da


def forward(w: Weights, x: Array, states: States) -> Step:
    """One step: reads `x` (V, B) and the state before."""
    (s_before,) = states
    return {"x": x, "s_before": s_before, "s": hidden_state(w, x, s_before)}


def backward(w: Weights, step: Step, d_states: States) -> Back:
    """The same step backward."""
    (ds,) = d_states
    da = tanh_backward(ds, step["s"])
    gradients = weights_backward(da, step["x"], step["s_before"])
    return Back(d_states, (state_backward(w, da),), w["U"].T @ da, gradients)


RNN = ManualCell("simple_rnn", "RNN", ("s",), ("",), forward, backward)
