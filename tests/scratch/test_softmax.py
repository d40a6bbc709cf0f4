"""Softmax by hand: its Jacobian, its error, huge scores."""

from __future__ import annotations

import numpy as np

from rnnkit.scratch import softmax


def test_the_jacobian_of_softmax_is_the_numerical_one():
    z, nudge = np.array([0.3, -1.2, 2.0, 0.5]), 1e-6
    pushed = [softmax.softmax(z + d) - softmax.softmax(z - d) for d in nudge * np.eye(4)]
    jacobian = softmax.softmax_jacobian(softmax.softmax(z))
    np.testing.assert_allclose(jacobian, np.array(pushed).T / (2 * nudge), atol=1e-9)
    np.testing.assert_allclose(jacobian.sum(axis=0), 0, atol=1e-15)


def test_the_jacobian_times_minus_y_over_y_hat_is_the_difference():
    y_hat, y = softmax.softmax(np.array([[0.3], [-1.2], [2.0]])), np.array([[0.0], [1.0], [0.0]])
    whole = softmax.softmax_jacobian(y_hat[:, 0]).T @ softmax.cross_entropy_backward(y_hat, y)
    np.testing.assert_allclose(whole, softmax.softmax_backward(y_hat, y), atol=1e-12)


def test_softmax_of_huge_scores_is_finite_and_the_error_of_an_impossible_symbol_too():
    y_hat = softmax.softmax(np.array([[1e4], [-1e4]]))
    assert y_hat.tolist() == [[1.0], [0.0]]
    assert np.isfinite(softmax.cross_entropy(y_hat, np.array([[0.0], [1.0]]))).all()
