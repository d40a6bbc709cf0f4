"""The in-place NumPy pieces that cells are made of. Knows no network.

Every result for one row is the same to the last bit whatever the other rows are.
"""

from __future__ import annotations

import numpy as np

# A matrix of more bytes than this does not stay in the cache of one core (1 to 2 MB) beside what else a step needs.
PANELLED_BYTES = 1 << 20
PANEL_WIDTHS = range(320, 63, -1)  # columns of a panel, the best first; 512 rows of 320 float32 are 0.6 MB


def panels(matrix: np.ndarray) -> np.ndarray:
    """(n, m) to (P, n, m / P), side by side the same matrix: a large one in panels that stay in a core's cache.

    All rows are multiplied with one panel before the next is fetched. Measured on two cores with three rows and
    512 x 2048: 0.26 ms in panels, 0.48 ms whole. A small matrix is one panel, and so is one that cannot be shared out.
    """
    rows, columns = matrix.shape
    wide = [width for width in PANEL_WIDTHS if columns % width == 0 and width < columns]
    if matrix.nbytes <= PANELLED_BYTES or not wide:
        return matrix[None]
    return np.ascontiguousarray(matrix.reshape(rows, -1, wide[0]).swapaxes(0, 1))


def product(rows: np.ndarray, matrix: np.ndarray, out: np.ndarray, together: int = 1) -> np.ndarray:
    """rows (N, n) times a matrix (n, m), or the `panels` (P, n, m / P) of one, into `out` (N, m).

    Each row is a product of its own. One product of all rows would round differently with every number of rows,
    and the same seed would not give the same text. Measured on two cores (OpenBLAS): up to 8 rows this is also the
    faster way, as a matrix is not repacked at every step. Rows that always stand `together` in blocks of so many are
    one product a block.
    """
    blocks = rows.reshape(-1, together, rows.shape[-1])  # (N / together, together, n)
    if matrix.ndim == 2 or len(matrix) == 1:
        np.matmul(blocks, matrix, out=out.reshape(*blocks.shape[:2], -1, copy=False))
        return out
    # NumPy nests its loops as the result lies in memory: only with the panels outermost is each one fetched once.
    by_panel = np.matmul(blocks[None], matrix[:, None]).reshape(len(matrix), len(rows), -1)  # (P, N, m / P)
    out.reshape(len(rows), len(matrix), -1, copy=False)[...] = by_panel.swapaxes(0, 1)
    return out


def dense(rows: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """rows @ kernel + bias as a new array: (N, n) to (N, m); the kernel as in `product`."""
    out = product(rows, kernel, out=np.empty((len(rows), len(bias)), np.float32))
    out += bias
    return out


def opened(x: np.ndarray) -> np.ndarray:
    """How far a gate is open whose sums are `x`: their sigmoid as a new array."""
    return sigmoid(x.copy())


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)), in place; through tanh, which cannot overflow."""
    x *= 0.5
    np.tanh(x, out=x)
    x *= 0.5
    x += 0.5
    return x


def relu(x: np.ndarray) -> np.ndarray:
    """max(x, 0), in place; not a number stays not a number."""
    return np.maximum(x, 0, out=x)
