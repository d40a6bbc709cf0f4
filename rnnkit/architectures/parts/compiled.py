"""What a cell gives to the compiled learner: its loops over all steps, forward and backward, as plain Python.

The loops stand in the cell's file and are compiled by training/kernels.py, so that nobody who only reads or writes with
a network imports numba. They work in place on arrays of one part of a batch:

    gates    (T, B, G)      in: x W + b; forward leaves the gates' values, backward the gradient of x W + b
    kernel   (U, G)         the recurrent kernel, (0, G) for a cell that has none; `kernel_t` is its transpose
    bias     (G,)           what the recurrent product is given besides, zeros for most cells
    further  (P, U)         the weights beyond the common ones, none for most cells
    hidden   (T + 1, B, U)  the hidden states, the first from before the first step
    memory   (T + 1, B, M)  the further states likewise, side by side: M is U for each of them
    saved    (T, B, S)      what forward keeps for backward
    product  (B, G)         scratch
    above    (T, B, U)      the gradient that each hidden state gets from the layer above
    d_hidden, d_memory      the gradients that come back through time, (B, U) and (B, M or U): zeros in
    d_further (P, U)        is added to
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# Of single precision, or the loops would compute with twice the width.
_ONE, _HALF, _LARGEST = np.float32(1), np.float32(0.5), np.float32(7.9)
_A1, _A2, _A3 = np.float32(0.12984922528266907), np.float32(0.002992110326886177), np.float32(9.939302799466532e-06)
_A4, _A5 = np.float32(-1.490657197678047e-08), np.float32(2.4105984569e-11)
_B1, _B2, _B3 = np.float32(0.46318238973617554), np.float32(0.024053148925304413), np.float32(0.0002380886289756745)


@dataclass(frozen=True)
class CompiledCell:
    """The loops of one cell.

    `forward(gates, kernel, bias, further, hidden, memory, saved, product)` and
    `backward(gates, kernel_t, further, hidden, memory, saved, above, d_hidden, d_memory, d_further)`, as above.
    `saved` is S in units. `own_gradient`: the recurrent product's gradient is not that of x W + b; it lies in `saved`.
    """

    forward: Callable[..., None]
    backward: Callable[..., None]
    saved: int = 0
    own_gradient: bool = False


def tanh(x):
    """tanh of a float32 to 3e-7, a quotient of two polynomials in x^2, so that a loop of it becomes vector code.

    Its coefficients are a least-maximum fit of ours on [0, 7.9]; beyond it float32 has nothing but 1.
    """
    x = _LARGEST if x > _LARGEST else x  # written so that not a number stays not a number
    x = -_LARGEST if x < -_LARGEST else x
    u = x * x
    above = ((((_A5 * u + _A4) * u + _A3) * u + _A2) * u + _A1) * u + _ONE
    below = ((_B3 * u + _B2) * u + _B1) * u + _ONE
    return x * above / below


def sigmoid(x):
    """1 / (1 + exp(-x)) of a float32, through tanh."""
    return _HALF + _HALF * tanh(_HALF * x)
