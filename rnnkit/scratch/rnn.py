"""The simple recurrent cell of document 002, one step forward and backward. Knows no text and no time."""

from __future__ import annotations

import numpy as np

from rnnkit.scratch.cell import Back, Cell, States, Step, Weights


def hidden_state(w: Weights, x: np.ndarray, s_before: np.ndarray) -> np.ndarray:
    """What is read and what was known, mixed: (V, B) and (H, B) to (H, B)."""
    return np.tanh(w["U"] @ x + w["W"] @ s_before + w["b"])


def tanh_backward(ds: np.ndarray, s: np.ndarray) -> np.ndarray:
    """Through the tanh: it lets little through where it is near -1 or 1."""
    return ds * (1 - s**2)


def weights_backward(da: np.ndarray, x: np.ndarray, s_before: np.ndarray) -> Weights:
    """What this step adds to the gradients of the three weights; a product with a row adds up over all texts."""
    return {"U": da @ x.T, "W": da @ s_before.T, "b": da.sum(axis=1, keepdims=True)}


def state_backward(w: Weights, da: np.ndarray) -> np.ndarray:
    """One step further back in time: once more through W, every time."""
    return w["W"].T @ da


def forward(w: Weights, x: np.ndarray, states: States) -> Step:
    """One step: reads `x` (V, B) and the state before."""
    (s_before,) = states
    return {"x": x, "s_before": s_before, "s": hidden_state(w, x, s_before)}


def backward(w: Weights, step: Step, d_states: States) -> Back:
    """The same step backward."""
    (ds,) = d_states
    da = tanh_backward(ds, step["s"])
    gradients = weights_backward(da, step["x"], step["s_before"])
    return Back(d_states, (state_backward(w, da),), w["U"].T @ da, gradients)


RNN = Cell("simple_rnn", "RNN", ("s",), ("",), forward, backward)
