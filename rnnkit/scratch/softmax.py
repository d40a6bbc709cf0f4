"""From scores to probabilities to the error, and back: softmax, its Jacobian, cross-entropy. Knows no network."""

from __future__ import annotations

import numpy as np


def softmax(z: np.ndarray) -> np.ndarray:
    """Scores (V, B) to probabilities (V, B): every column adds up to 1."""
    e = np.exp(z - z.max(axis=0))  # less the largest: the same result, and nothing overflows
    return e / e.sum(axis=0)


def cross_entropy(y_hat: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Nats of every column (B,): `y` (V, B) is 1 at the symbol that really came, 0 elsewhere."""
    right = (y * y_hat).sum(axis=0)
    return -np.log(np.maximum(right, np.finfo(right.dtype).tiny))  # 0 has no logarithm


def softmax_jacobian(y_hat: np.ndarray) -> np.ndarray:
    """How each probability answers to each score: (V,) to (V, V)."""
    return np.diag(y_hat) - np.outer(y_hat, y_hat)


def cross_entropy_backward(y_hat: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How the error answers to each probability: (V, B)."""
    return -y / y_hat


def softmax_backward(y_hat: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How the error answers to each score (V, B): Jacobian times -y / y_hat, which comes down to a difference."""
    return y_hat - y


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)), through tanh, which cannot overflow."""
    return 0.5 * np.tanh(0.5 * x) + 0.5
