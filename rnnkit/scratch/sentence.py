"""Fit one sentence, by hand: forward, backward, clip, step, and write. Knows no page."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from rnnkit.errors import CorpusError, TooShort
from rnnkit.scratch import updates
from rnnkit.scratch.cell import ManualCell, Weights
from rnnkit.scratch.softmax import softmax
from rnnkit.scratch.through_time import backward, forward, fresh, one_hot, scores
from rnnkit.texts.symbols import visible

LONGEST = 200  # symbols; a step of an LSTM takes 0.04 s there
CLIPS = {"By value": updates.clip_by_value, "By norm": updates.clip_by_norm, "Off": updates.unclipped}


class Progress(NamedTuple):
    """After a step: the loss before it in nats per token, the length of the gradient, and what is written now."""

    step: int
    loss: float
    length: float
    text: str


class Spelled(NamedTuple):
    """A text as numbers: its symbols in order, and ids (N,) of their places."""

    symbols: str
    ids: np.ndarray

    def pairs(self, dtype: type = np.float64) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Every symbol but the last, and what comes after each, one-hot: two lists of (symbols, 1)."""
        codes = one_hot(self.ids[:, None], len(self.symbols), dtype)
        return codes[:-1], codes[1:]


def spell(text: str, longest: int = LONGEST) -> Spelled:
    """The text as ids of its own symbols.

    Raises:
        TooShort: fewer than two symbols, or all of them alike.
        CorpusError: more than `longest`.
    """
    symbols = "".join(sorted(set(text)))
    if len(text) > longest:
        raise CorpusError(f"text: expected at most {longest:,} characters to learn here, got {len(text):,}")
    if len(symbols) < 2:
        got = f"{len(text)} times {text[0]!r}" if text else "nothing"
        raise TooShort(f"text: expected at least two different characters, so that there is a next one, got {got}")
    return Spelled(symbols, np.array([symbols.index(letter) for letter in text]))


def learn(
    text: str, cell: ManualCell, *, units: int = 32, update: str = "Adagrad", rate: float = 0.1, clip: str = "By value",
    limit: float = 5.0, steps: int = 300, seed: int = 0,
) -> Iterator[Progress]:  # fmt: skip
    """Train a fresh network on `text`, one step at a time. Raises what `spell` raises, at once."""
    spelled = spell(text)
    w = fresh(cell, len(spelled.symbols), units, seed)
    return islice(training_steps(spelled, cell, w, updates.UPDATES[update], rate, CLIPS[clip], limit), steps)


def training_steps(
    spelled: Spelled, cell: ManualCell, w: Weights, update, rate: float, clip, limit: float
) -> Iterator[Progress]:
    """Forward, backward, clip, step, and again, without an end."""
    inputs, targets = spelled.pairs()
    squares = {name: np.zeros_like(array) for name, array in w.items()}
    step = 0
    while True:
        reading = forward(cell, w, inputs, targets)
        gradients = backward(cell, w, reading, targets)
        w = update(w, clip(gradients, limit), rate, squares)
        step += 1
        yield Progress(step, float(reading.errors.mean()), updates.norm(gradients), write(spelled, cell, w))


def write(spelled: Spelled, cell: ManualCell, w: Weights) -> str:
    """From the first symbol on always the likeliest next one, as many as the text has."""
    size = len(spelled.symbols)
    states = tuple(np.zeros((cell.units(w), 1)) for _ in cell.states)
    ids = [int(spelled.ids[0])]
    while len(ids) < len(spelled.ids):
        step = cell.forward(w, np.eye(size)[:, ids[-1:]], states)
        states = cell.after(step)
        ids.append(int(softmax(scores(w, states[0])).argmax()))
    return "".join(spelled.symbols[i] for i in ids)


def for_a_while(progress: Iterator[Progress], seconds: float, most: int) -> list[Progress]:
    """What comes within the next seconds, one at least and `most` at most; nothing when it has ended."""
    until, found = time.monotonic() + seconds, []
    for one in islice(progress, most):
        found.append(one)
        if time.monotonic() >= until:
            break
    return found


def milestones(seen: Sequence[Progress]) -> list[Progress]:
    """Steps 1, 2, 5, 10, 20, 50 … of those seen, and the last."""
    return [one for one in seen if str(one.step).strip("0") in ("1", "2", "5") or one is seen[-1]]


def one_line(text: str) -> str:
    """As a reader can see it: line ends and tabs as signs."""
    return "".join(letter if letter == " " else visible(letter) for letter in text)
