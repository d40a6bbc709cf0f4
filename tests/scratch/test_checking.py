"""Gradients by hand against numerical ones, in double precision."""

from __future__ import annotations

import numpy as np
import pytest
from by_hand import each_cell, small

from rnnkit import scratch
from rnnkit.scratch import checking, through_time


@each_cell
def test_every_gradient_is_the_numerical_one_within_a_millionth(cell):
    w, inputs, targets = small(cell)
    found = checking.check(cell, w, inputs, targets)
    assert {one.name for one in found} == set(w)
    assert max(one.error for one in found) < 1e-6


@each_cell
def test_so_is_every_single_number_of_them(cell):
    w, inputs, targets = small(cell)
    by_hand = through_time.backward(cell, w, through_time.forward(cell, w, inputs, targets), targets)

    def error(weights: scratch.Weights) -> float:
        return through_time.forward(cell, weights, inputs, targets).errors.sum()

    for name, gradient in by_hand.items():
        numerical = checking.numerical_gradient(error, w, name)
        np.testing.assert_allclose(gradient, numerical, rtol=1e-6, atol=1e-8, err_msg=name)


def test_the_check_finds_a_gradient_that_is_wrong(monkeypatch: pytest.MonkeyPatch):
    forgetful = scratch.RNN._replace(backward=lambda w, step, d: scratch.RNN.backward({**w, "W": 0 * w["W"]}, step, d))
    found = {one.name: one.error for one in checking.check(forgetful, *small(scratch.RNN))}
    assert found["W"] > 0.01
    assert found["V"] < 1e-6
