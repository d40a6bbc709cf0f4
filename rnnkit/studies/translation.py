"""A checkpoint of a run from sequence to sequence: its answer to a text, where it looked, what else it might answer.

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
from rnnkit.engine import LayerStates
from rnnkit.errors import ConfigError
from rnnkit.store import Run, Store
from rnnkit.studies.checkpoint import Checkpoint
from rnnkit.tasks import Does, sequence_to_sequence
from rnnkit.tasks.sequence_to_sequence import PairCodec
from rnnkit.texts import dates

BEAMS = 16
ARROW = " → "  # START, on a page
MOST_EXAMPLES = 1000
Translator = Checkpoint[PairCodec]


class Translation(NamedTuple):
    """What was written for `source`, each symbol's own probability, and where the network looked for each.

    `attention` is (symbols written, symbols read), each row of sum 1; None without attention. `probability` is
    that of the whole answer with its end. `possible`: whether there is such a date, where it should be one. `notes`:
    sentences for people, on what makes the answer doubtful.
    """

    source: tuple[str, ...]
    text: str
    probabilities: tuple[float, ...]
    probability: float
    attention: np.ndarray | None
    possible: bool
    notes: tuple[str, ...]


class Inside(NamedTuple):
    """What an encoder and a decoder did: the source's tokens, ARROW, those written; and the units of both, each layer
    over its own part of them."""

    pieces: list[str]
    answer: str
    layers: list[LayerStates]


class Alternative(NamedTuple):
    """Another answer, how likely the network finds the whole of it, and whether there is such a date."""

    text: str
    probability: float
    possible: bool


def is_one(run: Run) -> bool:
    """Whether a run learned to go from one sequence to another."""
    return tasks.of(run.config).does is Does.TRANSLATES


def attends(checkpoint: Translator) -> bool:
    """Whether there is an attention map."""
    return "attended/kernel" in checkpoint.network.arrays


def translate(checkpoint: Translator, text: str) -> Translation:
    """The likeliest symbol each time, up to the end.

    Raises:
        PromptError: nothing, too much, or a symbol that the network has never read.
    """
    request = _request(checkpoint, text)
    written = engine.trace(request, _longest(checkpoint))
    ends = np.flatnonzero(written.ids == END)
    length = int(ends[0]) + 1 if len(ends) else len(written.ids)  # up to END, which counts too
    probabilities = written.before[np.arange(length), written.ids[:length]]
    answer = checkpoint.codec.decode(written.ids.tolist())
    source, each = checkpoint.codec.split(text), tuple(map(float, probabilities[: len(answer)]))
    attention = _attention(checkpoint, request.prompt, written.ids[: len(answer)]) if attends(checkpoint) else None
    possible, notes = _possible(checkpoint, answer), _notes(checkpoint, text, answer)
    return Translation(source, answer, each, float(np.prod(probabilities)), attention, possible, notes)


def _possible(checkpoint: Translator, answer: str) -> bool:
    return checkpoint.codec.choices is not None or dates.is_date(answer)


def _notes(checkpoint: Translator, text: str, answer: str) -> tuple[str, ...]:
    """What speaks against an answer that should be a date."""
    learned, found = checkpoint.run.config.pairs.spellings, []
    if checkpoint.codec.choices is None and (missing := dates.unlearned(text, learned)):
        found.append(
            f"{missing} are none of the spellings that this network learned; with pairs.spellings=all one does."
        )
    if not _possible(checkpoint, answer):
        found.append("No calendar has this date.")
    return tuple(found)


def states(checkpoint: Translator, text: str) -> Inside:
    """What every unit held and let through while `text` was read and its likeliest answer written.

    Raises what `translate` raises.
    """
    request = _request(checkpoint, text)
    [written] = engine.generate([request], _longest(checkpoint))
    answer = written[: int(np.argmax(written == END))] if END in written else written
    layers = engine.states(checkpoint.network, np.concatenate((np.asarray(request.prompt), answer)))
    symbols = [checkpoint.codec.symbols[one] for one in answer]
    pieces = [*checkpoint.codec.split(text), ARROW, *symbols]
    return Inside(pieces, checkpoint.codec.decode(answer.tolist()), layers)


def alternatives(checkpoint: Translator, text: str, count: int = 5) -> list[Alternative]:
    """The likeliest whole answers that beam search finds, the likeliest first. Raises what `translate` raises."""
    beams = engine.beam_search(_request(checkpoint, text), _longest(checkpoint), BEAMS, end=END)
    texts = [checkpoint.codec.decode(beam.ids.tolist()) for beam in beams[:count]]
    return [
        Alternative(text, math.exp(beam.log_probability), _possible(checkpoint, text))
        for text, beam in zip(texts, beams, strict=False)
    ]


def lines(
    checkpoint: Translator, choice: str, temperatures: Sequence[float], seeds: Sequence[int]
) -> dict[float, list[str]]:
    """Whole lines from one symbol: for each temperature one line per seed.

    Raises:
        PromptError: it is not one of the coder's choices.
    """
    ids = [*checkpoint.codec.source(choice, longest=1), START]
    samplers = [engine.Sampler(temperature) for temperature in temperatures]
    requests = [engine.Request(checkpoint.network, ids, sampler, seed) for sampler in samplers for seed in seeds]
    written = iter(engine.generate(requests, _longest(checkpoint)))
    return {value: [checkpoint.codec.decode(next(written).tolist()) for _ in seeds] for value in temperatures}


def unseen(checkpoint: Translator, count: int, seed: int = 0) -> pd.DataFrame:
    """Dates that were never learned from: `spelling`, `answer`, `right` (what it should be) and `fits`.

    Raises:
        ConfigError: too many, or a run that does not translate dates.
    """
    if checkpoint.codec.choices is not None:
        raise ConfigError(f"run {checkpoint.run.id}: expected one that translates dates, got one that writes lines")
    if not 1 <= count <= MOST_EXAMPLES:
        raise ConfigError(f"examples: expected 1 to {MOST_EXAMPLES}, got {count}")
    every = sequence_to_sequence.unseen_dates(checkpoint.run.config.pairs)
    chosen = [every[i] for i in np.random.default_rng(seed).permutation(len(every))[:count]]
    answers = sequence_to_sequence.write(checkpoint.network, checkpoint.codec, [pair.source for pair in chosen])
    table = pd.DataFrame({"spelling": [pair.source for pair in chosen], "answer": answers})
    table["right"] = [pair.target for pair in chosen]
    return table.assign(fits=table["answer"] == table["right"])


def exact(store: Store, runs: Sequence[Run]) -> pd.DataFrame:
    """How many unseen dates were whole and right after each epoch: `run` (its name), `epoch`, `share`."""
    rows = [(run.name, epoch["epoch"], epoch.get("val_exact")) for run in runs for epoch in store.epochs(run.id)]
    return pd.DataFrame([row for row in rows if row[2] is not None], columns=["run", "epoch", "share"])


def _request(checkpoint: Translator, text: str) -> engine.Request:
    ids = checkpoint.codec.source(text, checkpoint.network.config.batches.length)
    return engine.Request(checkpoint.network, [*ids, START], engine.Sampler(greedy=True))


def _longest(checkpoint: Translator) -> int:
    """Symbols that an answer can have with its END."""
    return checkpoint.network.config.pairs.longest_output + 1


def _attention(checkpoint: Translator, prompt: Sequence[int] | np.ndarray, written: np.ndarray) -> np.ndarray:
    """Where the network looked for each symbol that it wrote: (written, read)."""
    reader, rows = engine.Reader(checkpoint.network).read_all([np.asarray(prompt, np.int32)]), []
    for symbol in written:
        rows.append(looked_at(reader.state)[0, : len(prompt) - 1].copy())
        reader.read(np.array([symbol], np.int32))
    return np.array(rows).reshape(len(rows), len(prompt) - 1)
