"""Backward through time, all cells."""

from __future__ import annotations

import numpy as np
from by_hand import small

from rnnkit import scratch
from rnnkit.scratch import through_time


def test_float32_stays_float32():
    w, inputs, targets = small(scratch.LSTM, np.float32)
    gradients = through_time.backward(scratch.LSTM, w, through_time.forward(scratch.LSTM, w, inputs, targets), targets)
    assert {gradient.dtype for gradient in gradients.values()} == {np.dtype(np.float32)}
