"""From scores to probabilities to the error, and back: softmax, its Jacobian, cross-entropy. Knows no network."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def softmax(z: Array) -> Array:
    """Scores (V, B) to probabilities: a column adds up to 1."""
    e = np.exp(z - z.max(axis=0))  # the same, without overflow
    return e / e.sum(axis=0)


def cross_entropy(y_hat: Array, y: Array) -> Array:
    """Nats of every column (B,): `y` is 1 at what really came."""
    right = (y * y_hat).sum(axis=0)
    return -np.log(np.maximum(right, np.finfo(right.dtype).tiny))  # 0 has no logarithm


def softmax_jacobian(y_hat: Array) -> Array:
    """How each probability answers to each score: (V, V)."""
    return np.diag(y_hat) - np.outer(y_hat, y_hat)


def cross_entropy_backward(y_hat: Array, y: Array) -> Array:
    """How the error answers to each probability: (V, B)."""
    return -y / y_hat


def softmax_backward(y_hat: Array, y: Array) -> Array:
    """How the error answers to each score: (V, B)."""
    return y_hat - y


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), through tanh, which cannot overflow."""
    return 0.5 * np.tanh(0.5 * x) + 0.5
