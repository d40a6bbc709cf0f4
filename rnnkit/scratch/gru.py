"""The GRU cell by hand, one step forward and backward, with the reset gate after the product as Keras has it.

The letters are those of the other cells here; d_g is the bias inside the reset. Knows no text and no time.
"""

from __future__ import annotations

import numpy as np

from rnnkit.scratch.cell import Array, Back, ManualCell, States, Step, Weights
from rnnkit.scratch.softmax import sigmoid


def forward(w: Weights, x: Array, states: States) -> Step:
    """One step: reads `x` (V, B) and the state before; the new state lies between the old and the candidate."""
    (h_before,) = states
    z = sigmoid(w["U_z"] @ x + w["W_z"] @ h_before + w["b_z"])
    r = sigmoid(w["U_r"] @ x + w["W_r"] @ h_before + w["b_r"])
    known = w["W_g"] @ h_before + w["d_g"]
    g = np.tanh(w["U_g"] @ x + w["b_g"] + r * known)
    return {"x": x, "h_before": h_before, "z": z, "r": r, "known": known, "g": g, "h": z * h_before + (1 - z) * g}


def backward(w: Weights, step: Step, d_states: States) -> Back:
    """The same step backward."""
    (dh,) = d_states
    x, h_before, z, r, known, g = (step[name] for name in ("x", "h_before", "z", "r", "known", "g"))
    da_g = dh * (1 - z) * (1 - g**2)
    da_z = dh * (h_before - g) * z * (1 - z)
    da_r = da_g * known * r * (1 - r)
    d_known = da_g * r
    to_state = {"z": da_z, "r": da_r, "g": d_known}  # what comes out of W, gate by gate
    to_input = {"z": da_z, "r": da_r, "g": da_g}  # and out of U
    d_before = dh * z + sum(w[f"W_{gate}"].T @ d for gate, d in to_state.items())
    d_x = sum(w[f"U_{gate}"].T @ d for gate, d in to_input.items())
    gradients = {f"W_{gate}": d @ h_before.T for gate, d in to_state.items()}
    gradients |= {f"U_{gate}": d @ x.T for gate, d in to_input.items()}
    gradients |= {f"b_{gate}": d.sum(axis=1, keepdims=True) for gate, d in to_input.items()}
    gradients["d_g"] = d_known.sum(axis=1, keepdims=True)
    return Back(d_states, (d_before,), d_x, gradients)


GRU = ManualCell("gru", "GRU", ("h",), ("z", "r", "g"), forward, backward, further_biases=("d_g",))
