"""How the learning rate and the averaging of weights go over a run, for both learners. Knows steps only."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rnnkit.config import TrainingConfig

FALLS_TO = {"cosine": 0.05, "exponential": 0.05, "one-cycle": 0.02}  # of the learning rate, at the end of the run
CYCLE_RISES = 0.1  # share of the steps in which one cycle rises


def warm_up(training: TrainingConfig) -> float:
    """The share of the steps in which the rate rises."""
    return training.warm_up or (CYCLE_RISES if training.schedule == "one-cycle" else 0.0)


def is_constant(training: TrainingConfig) -> bool:
    """Whether the rate is the same in every step."""
    return training.schedule == "constant" and not training.warm_up


def rate_after(training: TrainingConfig, steps: Any, last: Any, ops: Any = np) -> Any:
    """The learning rate after so many steps of `last`: as Keras's schedules give it, after a rise in a straight line.

    `ops`: where `cos`, `clip` and the like come from: numpy for numbers, keras.ops for tensors.
    """
    share = warm_up(training)
    fallen = ops.clip((steps / last - share) / (1 - share), 0.0, 1.0)
    lowest = FALLS_TO.get(training.schedule, 1.0)
    if training.schedule == "cosine":
        factor = lowest + (1 - lowest) * 0.5 * (1 + ops.cos(math.pi * fallen))
    elif training.schedule == "exponential":
        factor = ops.exp(math.log(lowest) * fallen)
    else:
        factor = 1 - (1 - lowest) * fallen
    if share:
        factor = factor * ops.clip((steps + 1) / (share * last), 0.0, 1.0)
    return training.learning_rate * factor


def average_decay(training: TrainingConfig, updates: Any, ops: Any = np) -> Any:
    """The decay of the moving average of the weights (EMA) after n updates: (1 + n) / (10 + n), up to that asked for.

    With a large decay from the start the first checkpoints would hold hardly more than the first weights.
    """
    return ops.minimum(training.weight_average, (1 + updates) / (10 + updates)) * ops.sign(updates)
