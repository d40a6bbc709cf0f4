"""What a task is: the record that every file of this folder fills in once, and what a trainer gets from it.

Knows no particular task, no Keras and no store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from rnnkit.config import RunConfig
from rnnkit.texts.batches import Plan
from rnnkit.texts.corpora import CorpusInfo

if TYPE_CHECKING:
    from rnnkit.store import Sample, Store

# The JSON of what maps the outside to numbers and back: a vocabulary, and what else a task must remember.
# `symbols` is a list in all of them, as long as the network's vocabulary.
Coder = dict[str, Any]
Arrays = dict[str, np.ndarray]


class Batch(NamedTuple):
    """One step's data: arrays for the network's inputs, targets shaped like its answers, and what each counts.

    `targets` are int32 ids for a softmax, 0 or 1 for a sigmoid, float32 for numbers; `weights` are float32 like
    them, None where each counts once.
    """

    inputs: tuple[np.ndarray, ...]
    targets: np.ndarray
    weights: np.ndarray | None = None


class Measure(NamedTuple):
    """Data as a network would read it, before anything is trained: its size, its vocabulary and its epochs."""

    chars: int
    symbols: int
    coder: Any  # the task's own: a Tokenizer for language models
    vocab_size: int
    plan: Plan


class Material(Protocol):
    """What a trainer holds of one run's data. `held_out` gives each set that is never trained on a prefix: `val_`."""

    coder: Coder
    vocab_size: int
    plan: Plan
    text: str  # what was read, for its checksum
    chars_per_symbol: float
    message: str | None  # one sentence for people about what was read
    held_out: dict[str, Callable[[], Iterator[Batch]]]

    def training(self, epoch: int, first: int) -> Iterator[Batch]:
        """Batches `first`, first + 1, ... of `epoch`."""

    def measures(self, prefix: str, loss: float, second: float) -> dict[str, float]:
        """Metrics of one epoch under their names: from the mean loss, and the mean of its loss's second figure."""

    def report(self, epoch: int, arrays: Arrays) -> tuple[dict[str, float], list[Sample]]:
        """What the network of this epoch can do, tried with the NumPy engine: further metrics, and texts it wrote."""


class Script(NamedTuple):
    """What trains a run of a task without rnnkit: a program of sharing/standalone/, and its settings by name there.

    Settings that all tasks have are not among them. `metrics` are those that it prints of every set, and `unit` is
    that of its losses.
    """

    program: str
    settings: dict[str, Any]
    metrics: tuple[str, ...] = ("loss",)
    unit: str = "nats per token"


@dataclass(frozen=True)
class Task:
    """One kind of thing to learn, whole.

    `parts` are the parts of the config that mean something for it, in the order of the form.
    `sources(store)` lists what `config.corpora` may name; `fetch(name, store, progress)` brings it to this machine.
    `measure(config, store, coder)` says what there is to learn, quickly the second time, with a vocabulary of its
    own or with that of `coder`; `read(config, store, coder)` is what a trainer gets. `check(config, measured)` holds
    what else must hold before training; `loss(config)` names one of the learner's losses. `decode(coder)` checks a
    stored coder and makes it useful. `writes` says whether its networks go on from a prompt, symbol by symbol.
    `units(config)` are the keys of `metrics.UNITS` in which its curves can be read, the loss's own first.
    `named(corpora, store)` are the sources that `config.corpora` stand for, up to `most_sources`.
    `script(config, coder, last)` is its stand-alone Keras script, given the metrics of the last epoch; None where it
    has none.
    """

    name: str
    title: str
    summary: str
    parts: tuple[str, ...]
    sources: Callable[[Store | None], list[CorpusInfo]]
    fetch: Callable[..., Any]
    measure: Callable[[RunConfig, Store | None, Coder | None], Measure]
    read: Callable[[RunConfig, Store | None, Coder | None], Material]
    check: Callable[[RunConfig, Measure], None]
    loss: Callable[[RunConfig], str]
    decode: Callable[[Coder], Any]
    units: Callable[[RunConfig], tuple[str, ...]] = lambda config: ("nats", "accuracy")
    writes: bool = False
    named: Callable[[tuple[str, ...], Store | None], tuple[str, ...]] = lambda corpora, store: corpora
    most_sources: int = 1
    script: Callable[[RunConfig, Coder, Mapping[str, Any]], Script] | None = None
    page: str | None = None  # where one tries out what it learned, a file of pages/
