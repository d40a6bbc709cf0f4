"""What a trainer asks of whoever trains its network. Two do: Keras (keras_learner.py) and compiled loops (compiled.py).

Knows neither.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from rnnkit import architectures, tasks
from rnnkit.architectures.architecture import Arrays
from rnnkit.config import RunConfig
from rnnkit.tasks import Batch

KERAS, COMPILED = "keras", "compiled"
FLOAT32, BFLOAT16 = "float32", "bfloat16"
Result = TypeVar("Result")


@dataclass(frozen=True)
class Totals:
    """Means over all answers: the loss and the metric beside it; the largest gradient norm of a step."""

    loss: float
    metric: float
    grad_norm: float | None = None


class Learner(Protocol):
    """A network, its optimizer and the running totals of the epoch. `device` is its name for people.

    `last`: steps of the whole run, at which its learning-rate schedule ends.
    """

    device: str
    on_gpu: bool
    last: int

    def begin_epoch(self) -> None:
        """Forget the carried state and the totals."""

    def step(self, batch: Batch) -> None:
        """Learn from one batch."""

    def evaluate(self, data: Iterable[Batch]) -> Generator[None, None, Totals]:
        """Means over held-out batches; others may have a turn between two of them. Resets the carried state."""

    def loss_since_last(self) -> float:
        """Mean loss of the batches since this was last asked; not a number without any."""

    def totals(self) -> Totals:
        """Of the epoch so far."""

    def learning_rate(self) -> float:
        """Of the next step."""

    def read_weights(self) -> Arrays:
        """What a checkpoint holds: every array, "layer/weight" -> float32, in the order of the parameter table.

        With weight averaging the averaged weights, which `evaluate` measures too.
        """

    def load_weights(self, arrays: Arrays) -> None:
        """Begin with other weights. Raises DamagedCheckpoint where they are not this network's."""

    def begin_at(self, steps: int) -> None:
        """The learning rate goes on as after so many steps of the run; the optimizer's means begin anew."""

    def arrays(self) -> Arrays:
        """Everything that the next step depends on."""

    def restore(self, arrays: Arrays) -> None:
        """Go on exactly where `arrays` were read. Raises DamagedCheckpoint where they do not fit."""


def compilable(config: RunConfig) -> bool:
    """Whether compiled loops can train this network: a stack in one direction over symbols, with a softmax."""
    model, cell = config.model, architectures.chosen(config).cell
    plain = not (model.bidirectional or model.input_dropout or model.recurrent_dropout) and model.inputs != "numbers"
    return plain and cell is not None and cell.compiled is not None and tasks.of(config).loss(config) == "softmax"


def at_once(parts: Generator[None, None, Result]) -> Result:
    """What something that lets others have turns between its parts comes to, without any."""
    while True:
        try:
            next(parts)
        except StopIteration as over:
            return over.value
