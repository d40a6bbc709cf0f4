"""One epoch of a run from sequence to sequence, tried out: what it makes of a text, where it looked, what else.

Computes with the NumPy engine. Knows no chart and no page.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from rnnkit import engine, tasks
from rnnkit.architectures.parts.sequences import END, START, looked_at
from rnnkit.engine.generation import read
from rnnkit.engine.network import runner, unchecked
from rnnkit.errors import ConfigError, UnknownEpoch
from rnnkit.store import Run, Store
from rnnkit.studies import sampling
from rnnkit.tasks import Does, sequence_to_sequence
from rnnkit.tasks.sequence_to_sequence import PairCodec

BEAMS = 16
MOST_EXAMPLES = 1000


class Bench(NamedTuple):
    """A trained network ready to translate, with its vocabulary."""

    run: Run
    epoch: int
    network: engine.Network
    coder: PairCodec

    @property
    def attends(self) -> bool:
        """Whether there is an attention map."""
        return "attended/kernel" in self.network.arrays

    @property
    def longest(self) -> int:
        """Symbols that an answer can have with its END."""
        return self.network.config.pairs.longest_output + 1


class Translation(NamedTuple):
    """What was written for `source`, each symbol's own probability, and where the network looked for each.

    `attention` is (symbols written, symbols read), each row of sum 1; None without attention. `probability` is
    that of the whole answer with its end.
    """

    source: tuple[str, ...]
    text: str
    probabilities: tuple[float, ...]
    probability: float
    attention: np.ndarray | None


class Alternative(NamedTuple):
    """Another answer, and how likely the network finds the whole of it."""

    text: str
    probability: float


def is_one(run: Run) -> bool:
    """Whether a run learned to go from one sequence to another."""
    return tasks.of(run.config).does is Does.TRANSLATES


def bench(store: Store, run_id: str, epoch: int | str = sampling.LAST) -> Bench:
    """A kept epoch of a run, or "last".

    Raises:
        UnknownRun, UnknownEpoch: there is no such run or kept epoch. ConfigError: its task is another.
        DamagedCheckpoint: the stored arrays are not those of the run's network.
    """
    run = store.run(run_id)
    if not is_one(run):
        raise ConfigError(
            f"run {run.id}: expected one from sequence to sequence, got one that learned {run.config.task}"
        )
    if run.tokenizer is None:
        raise UnknownEpoch(f"run {run.id}: expected one with a finished epoch, got one that is {run.status}")
    [kept] = sampling.chosen_epochs(run.id, store.checkpoint_epochs(run.id), [epoch])
    return Bench(run, kept, sampling.network_of(store, run, kept), sequence_to_sequence.decode(run.tokenizer))


def translate(at: Bench, text: str) -> Translation:
    """The likeliest symbol each time, up to the end.

    Raises:
        PromptError: nothing, too much, or a symbol that the network has never read.
    """
    request = _request(at, text)
    written = engine.trace(request, at.longest)
    length = _length(written.ids)
    chances = written.before[np.arange(length), written.ids[:length]]
    answer = at.coder.decode(written.ids)
    return Translation(
        source=at.coder.split(text),
        text=answer,
        probabilities=tuple(map(float, chances[: len(answer)])),
        probability=float(np.prod(chances)),
        attention=_attention(at, request.prompt, written.ids[: len(answer)]) if at.attends else None,
    )


def alternatives(at: Bench, text: str, count: int = 5) -> list[Alternative]:
    """The likeliest whole answers that beam search finds, the likeliest first. Raises what `translate` raises."""
    beams = engine.beam_search(_request(at, text), at.longest, BEAMS, end=END)
    return [Alternative(at.coder.decode(beam.ids), math.exp(beam.log_probability)) for beam in beams[:count]]


def lines(at: Bench, choice: str, temperatures: Sequence[float], seeds: Sequence[int]) -> dict[float, list[str]]:
    """Whole lines from one symbol: for each temperature one line per seed.

    Raises:
        PromptError: it is not one of the coder's choices.
    """
    ids = [*at.coder.source(choice, longest=1), START]
    places = [(temperature, seed) for temperature in temperatures for seed in seeds]
    requests = [engine.Request(at.network, ids, engine.Sampler(temperature), seed) for temperature, seed in places]
    written = engine.generate(requests, at.longest)
    found: dict[float, list[str]] = {temperature: [] for temperature in temperatures}
    for (temperature, _), line in zip(places, written, strict=True):
        found[temperature].append(at.coder.decode(line))
    return found


def unseen(at: Bench, count: int, seed: int = 0) -> pd.DataFrame:
    """Dates that were never learned from: `spelling`, `answer`, `right` (what it should be) and `fits`.

    Raises:
        ConfigError: too many, or a run that does not translate dates.
    """
    if at.coder.choices is not None:
        raise ConfigError(f"run {at.run.id}: expected one that translates dates, got one that writes lines")
    if not 1 <= count <= MOST_EXAMPLES:
        raise ConfigError(f"examples: expected 1 to {MOST_EXAMPLES}, got {count}")
    every = sequence_to_sequence.unseen_dates(at.run.config.pairs)
    chosen = [every[i] for i in np.random.default_rng(seed).permutation(len(every))[:count]]
    answers = sequence_to_sequence.write(at.network, at.coder, [pair.source for pair in chosen])
    table = pd.DataFrame({"spelling": [pair.source for pair in chosen], "answer": answers})
    table["right"] = [pair.target for pair in chosen]
    return table.assign(fits=table["answer"] == table["right"])


def exact(store: Store, runs: Sequence[Run]) -> pd.DataFrame:
    """How many unseen dates were whole and right after each epoch: `run` (its name), `epoch`, `share`."""
    rows = [
        (run.name, epoch["epoch"], epoch["val_exact"])
        for run in runs
        for epoch in store.epochs(run.id)
        if epoch.get("val_exact") is not None
    ]
    return pd.DataFrame(rows, columns=["run", "epoch", "share"])


def _request(at: Bench, text: str) -> engine.Request:
    ids = at.coder.source(text, at.network.config.batches.length)
    return engine.Request(at.network, [*ids, START], engine.Sampler(greedy=True))


def _length(ids: np.ndarray) -> int:
    """Symbols up to END, which counts too."""
    ends = np.flatnonzero(ids == END)
    return int(ends[0]) + 1 if len(ends) else len(ids)


def _attention(at: Bench, prompt: Sequence[int], written: np.ndarray) -> np.ndarray:
    """Where the network looked for each symbol that it wrote: (written, read)."""
    one, rows = runner([at.network], [1]), []
    state = read(one, [np.asarray(prompt, np.int32)])
    with unchecked():
        for symbol in written:
            rows.append(looked_at(state)[0, : len(prompt) - 1].copy())
            one.advance(np.array([symbol], np.int32), state)
    return np.array(rows).reshape(len(rows), len(prompt) - 1)
