"""Weights by hand and in Keras."""

from __future__ import annotations

import numpy as np
from by_hand import each_cell, small

from rnnkit import scratch


@each_cell
def test_weights_go_to_keras_and_back(cell):
    w = {name: a for name, a in small(cell)[0].items() if name not in ("V", "c")}
    arrays = scratch.to_keras(cell, w)
    assert arrays["kernel"].shape == (4, 5 * len(cell.gates))
    if cell is not scratch.GRU:  # there two biases become one
        back = scratch.from_keras(cell, **arrays)
        assert all(np.array_equal(back[name], w[name]) for name in w)
