"""What a task is: the record that every file of this folder fills in once, and what a trainer gets from it.

Knows no particular task, no Keras and no store.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from rnnkit.config import ANSWERS, Answers, RunConfig
from rnnkit.metrics import EpochMetrics
from rnnkit.texts import corpora
from rnnkit.texts.batches import BatchPlan
from rnnkit.texts.corpora import CorpusInfo

if TYPE_CHECKING:
    from rnnkit.store import Run, Sample, Store

# The JSON of what maps the outside to numbers and back: a vocabulary, and what else a task must remember.
# `symbols` is a list in all of them, as long as the network's vocabulary.
TokenizerState = dict[str, Any]
Arrays = dict[str, np.ndarray]


class Batch(NamedTuple):
    """One step's data: arrays for the network's inputs, targets shaped like its answers, and what each counts.

    Rows of streams go on where those of the batch before ended.

    `targets` are int32 ids for a softmax, 0 or 1 for a sigmoid, float32 for numbers; `weights` are float32 like
    them, None where each counts once.
    """

    inputs: tuple[np.ndarray, ...]
    targets: np.ndarray
    weights: np.ndarray | None = None
    begin: bool = False  # while evaluating: rows that read from an empty state, not on from the batch before


class WholeText(NamedTuple):
    """All of the held-out text as batches, and how many answers a loss is a mean over there."""

    tokens: int
    batches: Callable[[], Iterator[Batch]]


class Measure(NamedTuple):
    """Data as a network would read it, before anything is trained: its size, its vocabulary and its epochs.

    `unknown` is the share of its tokens that a vocabulary that was given does not know.
    """

    chars: int
    symbols: int
    codec: Any  # the task's own: a Tokenizer for language models
    vocab_size: int
    plan: BatchPlan
    unknown: float = 0.0


# Others may train between two of its parts; what it comes to is further metrics, and texts.
Report = Generator[None, None, tuple[dict[str, float], "list[Sample]"]]


class TaskData(Protocol):
    """What a trainer holds of one run's data. `held_out` gives each set that is never trained on a prefix: `val_`.

    Most tasks count answers that are right, and have no more to report.
    """

    tokenizer_state: TokenizerState
    vocab_size: int
    plan: BatchPlan
    sha256: str  # of the text that was read
    chars_per_symbol: float
    message: str | None  # one sentence for people about what was read
    held_out: dict[str, Callable[[], Iterator[Batch]]]

    def whole(self) -> WholeText | None:
        """The whole held-out text, where `held_out["val_"]` is a part of it."""
        return None

    def training(self, epoch: int, first: int) -> Iterator[Batch]:
        """Batches `first`, first + 1, ... of `epoch`."""

    def measures(self, prefix: str, loss: float, metric: float) -> dict[str, float]:
        """Metrics of one epoch under their names: from the mean loss, and the mean of the metric beside it."""
        return {f"{prefix}loss": loss, f"{prefix}accuracy": metric}

    def report(self, epoch: float, arrays: Arrays) -> Report:
        """What the network of this epoch can do, tried with the NumPy engine: further metrics, and texts it wrote."""
        yield
        return {}, []


class Script(NamedTuple):
    """What trains a run of a task without rnnkit: a program of sharing/standalone/, and its settings by name there.

    Settings that all tasks have are not among them. `metrics` are those that it prints of every set.
    """

    program: str
    settings: dict[str, Any]
    metrics: tuple[str, ...] = ("loss",)


def text_file(store: Store, run: Run) -> bytes:
    """The text of a run in UTF-8. Raises CorpusError where it can no longer be had."""
    return corpora.load(run.corpus, store).encode()


class Does(StrEnum):
    """What one does with a network: a run is expected to be "one that writes"."""

    WRITES = "writes"
    CLASSIFIES = "classifies"
    FORECASTS = "forecasts a series"
    TRANSLATES = "turns one sequence into another"


@dataclass(frozen=True)
class Task:
    """One kind of thing to learn, whole: all that the rest of the house must know of it.

    What can be chosen: `parts` are the parts of the config that mean something for it, in the order of the form, and
    `unused` the dotted fields of them that do not. `sources(store)` lists what `config.corpora` may name, and
    `fetch(name, store, progress)` brings it to this machine; `named(corpora, store)` are the sources that
    `config.corpora` stand for, up to `most_sources`. `fixed_vocab_size` says that a size given for the vocabulary is
    its size, whatever the text.

    Training: `measure(config, store, state)` says what there is to learn, quickly the second time, with a vocabulary
    of its own or with that of `state`; `read(config, store, state)` is what a trainer gets. `check(config, measured)`
    holds what else must hold before training; `loss(config)` names one of the learner's losses. `decode(state)`
    checks a stored tokenizer state and makes it useful.

    Afterwards: `does` is what one does with its networks. `units(config)` are the keys of `metrics.UNITS` in which its
    curves can be read, as they are offered. `results(epochs, best)` are the figures of RESULTS.md, `knows` the sentence
    of a card about what its networks know and what they do not. `data_file(store, run)` is the file, with
    `data_ending`, that its script reads. `script(config, state, last)` is its stand-alone Keras script, given the
    metrics of the last epoch; None where it has none. Where it `reads_values` there are no symbols.
    """

    name: str
    title: str
    summary: str
    parts: tuple[str, ...]
    sources: Callable[[Store | None], list[CorpusInfo]]
    fetch: Callable[..., Any]
    measure: Callable[[RunConfig, Store | None, TokenizerState | None], Measure]
    read: Callable[[RunConfig, Store | None, TokenizerState | None], TaskData]
    check: Callable[[RunConfig, Measure], None]
    loss: Callable[[RunConfig], str]
    decode: Callable[[TokenizerState], Any]
    does: Does
    knows: str
    results: Callable[[Sequence[EpochMetrics], EpochMetrics], Iterable[str]]
    data_file: Callable[[Store, Run], bytes]
    data_ending: str = ".txt"
    units: Callable[[RunConfig], tuple[str, ...]] = lambda config: ("perplexity", "nats", "accuracy")
    named: Callable[[tuple[str, ...], Store | None], tuple[str, ...]] = lambda corpora, store: corpora
    most_sources: int = 1
    script: Callable[[RunConfig, TokenizerState, Mapping[str, Any]], Script] | None = None
    unused: tuple[str, ...] = ()
    fixed_vocab_size: bool = False
    reads_values: bool = False

    @property
    def answers(self) -> Answers:
        """What its networks answer with."""
        return ANSWERS[self.name]

    @property
    def writes(self) -> bool:
        """Whether its networks continue a prompt, symbol by symbol."""
        return self.does is Does.WRITES
