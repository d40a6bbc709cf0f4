"""What a trainer asks of whoever trains its network, and which of the two does.

Keras trains every network, and every network on a GPU. On a processor the common recurrent stacks are trained by
compiled loops (compiled.py), several times as fast and without TensorFlow. Imports neither before a run needs it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Protocol

from rnnkit import architectures, tasks
from rnnkit.architectures.architecture import Arrays
from rnnkit.config import RunConfig
from rnnkit.errors import ConfigError
from rnnkit.tasks import Batch
from rnnkit.training import launchers

KERAS, COMPILED = "keras", "compiled"


@dataclass(frozen=True)
class Totals:
    """Means over all answers: the loss and the metric beside it; the largest gradient norm of a step."""

    loss: float
    metric: float
    grad_norm: float | None = None


class Learner(Protocol):
    """A network, its optimizer and the running totals of the epoch. `device` is its name for people."""

    device: str

    def begin_epoch(self) -> None:
        """Forget the carried state and the totals."""

    def step(self, batch: Batch) -> None:
        """Learn from one batch."""

    def evaluate(self, data: Iterable[Batch]) -> Totals:
        """Means over held-out batches. Resets the carried state."""

    def loss_since_last(self) -> float:
        """Mean loss of the batches since this was last asked; not a number without any."""

    def totals(self) -> Totals:
        """Of the epoch so far."""

    def learning_rate(self) -> float:
        """Of the next step."""

    def read_weights(self) -> Arrays:
        """Every array, "layer/weight" -> float32, in the order of the parameter table."""

    def load_weights(self, arrays: Arrays) -> None:
        """Begin with other weights. Raises DamagedCheckpoint where they are not this network's."""

    def begin_at(self, steps: int) -> None:
        """The learning rate goes on as after so many steps of the run; the optimizer's means begin anew."""

    def arrays(self) -> Arrays:
        """Everything that the next step depends on."""

    def restore(self, arrays: Arrays) -> None:
        """Go on exactly where `arrays` were read. Raises DamagedCheckpoint where they do not fit."""


def learner(config: RunConfig, vocab_size: int, steps: int, engine: str | None = None) -> tuple[str, Learner]:
    """A new learner for a run of so many steps an epoch, and which of the two it is.

    Raises ConfigError: the one that is asked for cannot train this run here.

    Args:
        engine: the one that the run began with, None where it begins now.
    """
    engine = engine or engine_for(config)
    if engine == COMPILED:
        from rnnkit.training.compiled import CompiledLearner

        return engine, CompiledLearner(config, vocab_size, steps)
    from rnnkit.training.keras_learner import KerasLearner

    return engine, KerasLearner(config, vocab_size, steps)


def engine_for(config: RunConfig) -> str:
    """Which learner a run that begins on this machine gets. Raises ConfigError as `learner` does."""
    training = config.training
    if training.engine == KERAS or (training.engine == "auto" and (training.device == "gpu" or _sees_a_gpu())):
        return KERAS
    if has_kernels() and compilable(config):
        return COMPILED
    if training.engine == COMPILED:
        why = "no numba is installed" if not has_kernels() else f"the network is {config.model.architecture}"
        raise ConfigError(
            "training.engine: expected auto or keras, as compiled trains stacks of layers in one direction over "
            f"symbols, without dropout inside a layer, on a processor with numba; got compiled, and {why}"
        )
    return KERAS


def compilable(config: RunConfig) -> bool:
    """Whether compiled loops can train this network: a stack in one direction over symbols, with a softmax."""
    model, cell = config.model, architectures.chosen(config).cell
    plain = not (model.bidirectional or model.input_dropout or model.recurrent_dropout) and model.inputs != "numbers"
    return plain and cell is not None and cell.compiled is not None and tasks.of(config).loss(config) == "softmax"


def has_kernels() -> bool:
    """Whether numba is installed, without which Keras trains all."""
    return find_spec("numba") is not None and find_spec("scipy") is not None


def warm_up() -> str:
    """Load what most runs on this device need. Returns its name for people."""
    if _sees_a_gpu() or not has_kernels():
        from rnnkit.training.keras_learner import warm_up as load_keras

        return load_keras()
    from rnnkit.training import kernels

    return kernels.warm_up()


def _sees_a_gpu() -> bool:
    """Whether this process may train on a GPU: a trainer on a processor slot sees none."""
    return os.environ.get("CUDA_VISIBLE_DEVICES") != "-1" and bool(launchers.gpu_titles())
