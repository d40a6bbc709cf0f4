"""The GRU cell by hand, one step forward and backward, with the reset gate after the product as Keras has it.

The letters are those of the other cells here; d_g is the bias inside the reset. Knows no text and no time.
"""

from __future__ import annotations

import numpy as np

from rnnkit.scratch.cell import Array, Back, ManualCell, States, Step, Weights
from rnnkit.scratch.softmax import sigmoid


def gates(w: Weights, x: Array, h: Array) -> Step:
    """How much of the old state stays, and how much of it the candidate sees; h is the last one."""
    z = sigmoid(w["U_z"] @ x + w["W_z"] @ h + w["b_z"])
    r = sigmoid(w["U_r"] @ x + w["W_r"] @ h + w["b_r"])
    return {"z": z, "r": r}


def candidate(w: Weights, x: Array, h: Array, r: Array) -> Step:
    """What might become the new state."""
    known = w["W_g"] @ h + w["d_g"]
    return {"known": known, "g": np.tanh(w["U_g"] @ x + w["b_g"] + r * known)}


def between(z: Array, h_before: Array, g: Array) -> Array:
    """The new state lies between the old one and the candidate."""
    return z * h_before + (1 - z) * g


def gates_backward(dh: Array, step: Step) -> Step:
    """Through the mixture, the tanh and the sigmoids, to what stands inside them."""
    h_before, z, r, known, g = (step[name] for name in ("h_before", "z", "r", "known", "g"))
    da_g = dh * (1 - z) * (1 - g**2)
    return {"z": dh * (h_before - g) * z * (1 - z), "r": da_g * known * r * (1 - r), "g": da_g}


def weights_backward(da: Step, step: Step) -> Weights:
    """What this step adds to the gradients: the candidate's W and d stand behind the reset gate."""
    behind = da | {"g": da["g"] * step["r"]}
    gradients = {f"W_{gate}": d @ step["h_before"].T for gate, d in behind.items()}
    gradients |= {f"U_{gate}": d @ step["x"].T for gate, d in da.items()}
    gradients |= {f"b_{gate}": d.sum(axis=1, keepdims=True) for gate, d in da.items()}
    return gradients | {"d_g": behind["g"].sum(axis=1, keepdims=True)}


def state_backward(w: Weights, dh: Array, da: Step, step: Step) -> Array:
    """Past the candidate through z, and through the three W."""
    behind = da | {"g": da["g"] * step["r"]}
    return dh * step["z"] + np.sum([w[f"W_{gate}"].T @ d for gate, d in behind.items()], axis=0)


def forward(w: Weights, x: Array, states: States) -> Step:
    """One step: reads `x` (V, B) and the state before."""
    (h_before,) = states
    step = {"x": x, "h_before": h_before, **gates(w, x, h_before)}
    step |= candidate(w, x, h_before, step["r"])
    return step | {"h": between(step["z"], h_before, step["g"])}


def backward(w: Weights, step: Step, d_states: States) -> Back:
    """The same step backward."""
    (dh,) = d_states
    da = gates_backward(dh, step)
    d_x = np.sum([w[f"U_{gate}"].T @ d for gate, d in da.items()], axis=0)
    return Back(d_states, (state_backward(w, dh, da, step),), d_x, weights_backward(da, step))


GRU = ManualCell("gru", "GRU", ("h",), ("z", "r", "g"), forward, backward, further_biases=("d_g",))
