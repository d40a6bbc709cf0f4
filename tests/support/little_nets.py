"""Small configs and a text of ids, for networks that are read forward and gone back through."""

from __future__ import annotations

import numpy as np
import pytest

from rnnkit.config import RunConfig, parse
from rnnkit.scratch import CELLS

VOCAB_SIZE = 7


each_cell = pytest.mark.parametrize("cell", CELLS)


TEXT = np.random.default_rng(0).integers(0, VOCAB_SIZE, 900)


def config(cell: str = "simple_rnn", kind: str = "streams", **model) -> RunConfig:
    sizes = {"units": 6, "embedding_size": 4, **model}
    return parse({"batches": {"kind": kind, "length": 9, "batch_size": 3}, "model": {"architecture": cell, **sizes}})
