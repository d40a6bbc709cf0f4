"""A film of learning: at each kept epoch what the runs write after one prompt, and what they expect to come next.

Knows no page and no chart; how a network writes is the engine's business.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from rnnkit import engine
from rnnkit.errors import ConfigError, DamagedCheckpoint, PromptError, UnknownEpoch, UnknownRun
from rnnkit.store import Store
from rnnkit.studies import sampling
from rnnkit.texts.symbols import visible
from rnnkit.texts.tokenizers import Tokenizer

TEMPERATURES = (0.3, 0.7, 1.0)
LENGTH = 400
LIKELIEST = 10
_OF_ONE_RUN = (ConfigError, DamagedCheckpoint, PromptError, UnknownEpoch, UnknownRun)  # the others can go on


class Likely(NamedTuple):
    """A symbol that may come next, as a reader can see it, and its probability at temperature 1."""

    symbol: str
    probability: float


class Frame(NamedTuple):
    """What one run shows at one epoch: a text for each temperature, without the prompt, and what comes next.

    `unknown` is a sentence when the vocabulary does not know all of the prompt; `problem` is the one why
    there is nothing to show.
    """

    run: str
    epoch: int
    texts: list[str]
    likeliest: list[Likely]
    unknown: str | None = None
    problem: str | None = None


# ---- which epochs


def reel(kept: Iterable[Sequence[int]]) -> list[int]:
    """The epochs of the film: all that at least one of the runs has kept, in order."""
    return sorted(set().union(*kept))


def nearest(kept: Sequence[int], epoch: int) -> int | None:
    """The last kept epoch up to `epoch`; None where the first came later. `kept` is in order."""
    place = bisect_right(kept, epoch)
    return kept[place - 1] if place else None


def cue(film: Sequence[int], asked: str | None) -> int:
    """Where the film stands: at the epoch asked for or the last one before it; at its end when nothing is asked."""
    if not asked or not (asked.isascii() and asked.isdecimal()):
        return film[-1]
    return nearest(film, int(asked[:9])) or film[0]


def following(film: Sequence[int], epoch: int) -> int | None:
    """The next epoch of the film; None at its end."""
    place = bisect_right(film, epoch)
    return film[place] if place < len(film) else None


# ---- what they show


def frames(
    store: Store, asked: Iterable[tuple[str, int]], *, prompt: str, seed: int = 0,
    temperatures: Sequence[float] = TEMPERATURES, length: int = LENGTH,
) -> list[Frame]:  # fmt: skip
    """The frames of (run, kept epoch), all from one prompt and seed, written together.

    A run that cannot show anything has a frame that says why; the others show theirs all the same.

    Raises:
        ConfigError: a temperature is out of range.
        DamagedCheckpoint: a network's numbers become infinite while it writes.
        StoreError: the store cannot be read.
    """
    with ThreadPoolExecutor() as threads:  # reading and checking megabytes of weights leaves Python's lock
        takes = list(threads.map(lambda place: _take(store, *place, prompt), asked))
    samplers = [engine.Sampler(temperature) for temperature in temperatures]
    requests = [
        engine.Request(take.network, take.prompt, sampler, seed, take.opening)
        for take in takes
        if isinstance(take, _Take)
        for sampler in samplers
    ]
    written = iter(engine.generate(requests, length))
    return [take if isinstance(take, Frame) else take.frame([next(written) for _ in samplers]) for take in takes]


class _Take(NamedTuple):
    """A network that is ready to continue the prompt's ids."""

    run: str
    epoch: int
    tokenizer: Tokenizer
    network: engine.Network
    prompt: np.ndarray
    opening: engine.Opening
    unknown: str | None

    def frame(self, written: Iterable[np.ndarray]) -> Frame:
        last = int(self.prompt[-1])
        texts = ["".join(self.tokenizer.pieces(ids, after=last)) for ids in written]
        return Frame(self.run, self.epoch, texts, _likeliest(self.opening.logits, self.tokenizer), self.unknown)


def _take(store: Store, run_id: str, epoch: int, prompt: str) -> _Take | Frame:
    try:
        run = store.run(run_id)
        tokenizer = sampling.tokenizer_of(run)
        encoding = tokenizer.encode(prompt)
        if not len(encoding.ids):
            raise PromptError(
                f"prompt: expected something that run {run.id} has in its vocabulary, got {prompt[:60]!r}"
            )
        network = sampling.network_of(store, run, epoch)
        opening = engine.opening(network, encoding.ids)
    except _OF_ONE_RUN as error:
        return Frame(run_id, epoch, [], [], problem=str(error))
    return _Take(run_id, epoch, tokenizer, network, encoding.ids, opening, encoding.sentence())


def _likeliest(logits: np.ndarray, tokenizer: Tokenizer) -> list[Likely]:
    """The symbols that a network expects most by its logits (V,), the likeliest first."""
    probabilities = engine.probabilities(engine.Sampler(), logits[None])[0]
    best = np.argsort(-probabilities, kind="stable")[:LIKELIEST]
    return [Likely(visible(tokenizer.symbols[i]), float(probabilities[i])) for i in best]


def tail(prompt: str, most: int = 14) -> str:
    """The end of a prompt in one line, spaces and line ends as a reader can see them."""
    return ("…" if len(prompt) > most else "") + visible(prompt[-most:])
