"""How the learning rate goes over a run. Knows steps only."""

from __future__ import annotations

import math

from rnnkit.config import TrainingConfig

FALLS_TO = 0.05  # of the first learning rate, at the end of a falling schedule


def rate_after(training: TrainingConfig, steps: int, last: int) -> float:
    """The learning rate after so many steps of `last`, as Keras's schedules give it."""
    if training.schedule == "cosine":
        falls = 0.5 * (1 + math.cos(math.pi * min(steps, last) / last))
        return training.learning_rate * ((1 - FALLS_TO) * falls + FALLS_TO)
    return training.learning_rate * (FALLS_TO ** (steps / last) if training.schedule == "exponential" else 1.0)
