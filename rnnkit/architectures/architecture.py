"""What an architecture is: the record that every file of this folder fills in once.

Knows no particular network, no Keras and no store.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from rnnkit.config import Answers, RunConfig

if TYPE_CHECKING:
    import keras

    from rnnkit.architectures.parts.cell import Cell
    from rnnkit.architectures.parts.inside import Change, LayerStates


class Over(StrEnum):
    """How a layer goes over the steps, for whoever draws it."""

    EACH = "each step by itself"
    CARRIED = "from step to step"
    BOTH = "from both ends"
    NEAR = "a step and those right before it"
    PAIRS = "two neighbours at a time"
    ALL = "all steps at once"
    BEFORE = "a step and all before it"
    LAST = "the last step only"
    SOURCE = "all that was read"


@dataclass(frozen=True, slots=True)
class Layer:
    """One line of the parameter table, in the words of Keras's `model.summary()`.

    `output_shape` starts with the batch: None where any number of rows will do.
    `weights` gives each array of the layer its shape, in Keras's order. `recurrent`: it is read step by step.
    `over`: how it goes over the steps, where `recurrent` does not say it. `part`: "source" or "target" of a network
    that reads one sequence and writes another.
    """

    name: str
    kind: str
    output_shape: tuple[int | None, ...]
    weights: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    recurrent: bool = False
    over: Over = Over.EACH
    part: str = ""

    @property
    def goes(self) -> Over:
        """How it goes over the steps."""
        return Over.CARRIED if self.recurrent and self.over is Over.EACH else self.over

    @property
    def width(self) -> int:
        """Numbers per row or step."""
        return width(self.output_shape)

    @property
    def params(self) -> int:
        return sum(math.prod(shape) for shape in self.weights.values())


def width(shape: tuple[int | None, ...]) -> int:
    """The last size of a layer's shape, which no batch changes."""
    assert shape[-1] is not None
    return shape[-1]


class Equation(NamedTuple):
    """One line of the mathematics: LaTeX in the paper's letters, and what it says in words."""

    latex: str
    words: str


# The arrays of one trained network, "layer/weight" -> float32.
Arrays = dict[str, np.ndarray]
# What a network remembers between two symbols: arrays with one row per text being written.
State = list[np.ndarray]


class Runner(Protocol):
    """Runs several texts through one or more trained networks of one shape, in NumPy.

    The rows are texts; `states` is changed in place. A row's numbers never depend on
    the other rows, to the last bit.
    """

    def initial_state(self) -> State: ...

    def advance(self, ids: np.ndarray, state: State) -> None:
        """Read one symbol per row: `ids` is (rows,)."""

    def logits(self, state: State) -> np.ndarray:
        """Logits of what comes next in each row: (rows, outputs) float32, overwritten by the next call."""


@dataclass(frozen=True)
class Architecture:
    """One kind of network, whole: as a table of shapes, in Keras, in NumPy and in equations.

    `fields` are the ModelConfig fields it uses; `needs_windows` that it cannot be
    trained on streams. `table(config, vocab_size)` gives its layers, `build(config,
    vocab_size, batch_size, seed)` the Keras model. In NumPy `prepare(config, arrays)`
    computes once what every step of one trained network needs, and `runner(config,
    networks, rows)` runs `rows[i]` texts through `networks[i]`. `fast_path` is the sentence
    that says why cuDNN cannot run it as configured, or None. `longest_window` is the most
    `batches.length` it can be built for, None for any. `answers` are those it can give.
    `cell` is what its stack of recurrent layers is made of, where it is one. `inside(config, network, ids)` is what
    each of its recurrent units did at each symbol of a text, `changed` runs it with some of them changed (see
    parts/inside.py); None where no state is carried. `attention(config, network, ids)` is how much each head of each
    block looked at the last steps, (blocks, heads, n), of a network that looks back at what it has read.
    """

    name: str
    title: str
    summary: str
    equations: tuple[Equation, ...]
    fields: tuple[str, ...]
    table: Callable[[RunConfig, int], list[Layer]]
    build: Callable[[RunConfig, int, int | None, int], keras.Model]
    prepare: Callable[[RunConfig, Arrays], Any]
    runner: Callable[[RunConfig, Sequence[Any], Sequence[int]], Runner]
    fast_path: Callable[[RunConfig], str | None] = lambda config: None
    needs_windows: bool = False
    longest_window: int | None = None
    answers: tuple[Answers, ...] = (Answers.STEPS, Answers.CLASS)
    cell: Cell | None = None
    inside: Callable[[RunConfig, Any, np.ndarray], list[LayerStates]] | None = None
    changed: Callable[[RunConfig, Any, int, Callable[[int], Change]], Runner] | None = None
    attention: Callable[[RunConfig, Any, np.ndarray], np.ndarray] | None = None


def reads_windows(config: RunConfig) -> bool:
    """Whether the network gives one answer per row (many-to-one) and not one per step."""
    return config.batches.kind == "windows" or config.answers is Answers.CLASS


def outputs(config: RunConfig, vocab_size: int) -> int:
    """Logits per answer: one per class, or one per symbol of the vocabulary."""
    return config.model.classes if config.answers is Answers.CLASS else vocab_size
