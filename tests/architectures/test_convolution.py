"""Convolutions answer as in Keras."""

from __future__ import annotations

import pytest
from networks import (
    equal_for_every_window,
    network,
)


@pytest.mark.parametrize(
    "choice",
    [
        {"embedding_size": 0, "kernel_width": 1},
        {"layers": 3, "kernel_width": 4, "hidden_units": 7},
        {"layers": 2, "kernel_width": 12, "length": 5},
        {"inputs": "numbers"},
    ],
)
def test_convolutions_answer_as_in_keras_for_every_window(choice):
    equal_for_every_window(network("convolution", kind="windows", **choice))
