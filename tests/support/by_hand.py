"""A small network by hand, and what it reads."""

from __future__ import annotations

import numpy as np
import pytest

from rnnkit import scratch
from rnnkit.scratch import through_time

each_cell = pytest.mark.parametrize("cell", scratch.CELLS.values(), ids=scratch.CELLS)


TEXT = np.array([[0, 1], [2, 0], [3, 3], [1, 2], [2, 2], [0, 3]])  # two texts of six symbols, a column each


def small(cell: scratch.ManualCell, dtype: type = np.float64):
    """A network of 4 symbols and 5 units with biases that are not zero, and what it reads."""
    random = np.random.default_rng(1)
    w = {name: random.normal(0, 0.6, a.shape).astype(dtype) for name, a in through_time.fresh(cell, 4, 5).items()}
    codes = through_time.one_hot(TEXT, 4, dtype)
    return w, codes[:-1], codes[1:]
