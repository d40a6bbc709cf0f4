"""Clipping and the two kinds of step."""

from __future__ import annotations

import numpy as np
import pytest

from rnnkit.scratch import updates


def test_clipping_by_value_cuts_every_number_and_by_norm_keeps_the_direction():
    gradients = {"U": np.array([[3.0, -0.5]]), "b": np.array([[4.0]])}
    by_value, by_norm = updates.clip_by_value(gradients, 1.0), updates.clip_by_norm(gradients, 1.0)
    assert by_value["U"].tolist() == [[1.0, -0.5]]
    assert updates.norm(by_norm) == pytest.approx(1.0)
    assert by_norm["b"] / by_norm["U"][:, :1] == pytest.approx(4 / 3)
    assert updates.clip_by_norm(gradients, 100.0)["U"].tolist() == gradients["U"].tolist()
    nothing = {"U": np.zeros((1, 2))}
    assert updates.clip_by_norm(nothing, 1.0)["U"].tolist() == [[0.0, 0.0]]


def test_a_step_of_either_kind_goes_downhill():
    w, gradients = {"U": np.array([[1.0, -1.0]])}, {"U": np.array([[2.0, -0.1]])}
    assert updates.descend(w, gradients, 0.1)["U"].tolist() == [[0.8, -0.99]]
    squares = {"U": np.zeros((1, 2))}
    np.testing.assert_allclose(updates.adagrad(w, gradients, 0.1, squares)["U"], [[0.9, -0.9]], atol=1e-6)
    np.testing.assert_allclose(squares["U"], [[4.0, 0.01]])
