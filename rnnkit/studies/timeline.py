"""What was learned over time: at each kept epoch what the runs write after one prompt, and what they expect next.

Knows no page and no chart; how a network writes is the engine's business.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from rnnkit import engine
from rnnkit.errors import ConfigError, DamagedCheckpoint, PromptError, UnknownEpoch, UnknownRun
from rnnkit.metrics import epoch_number
from rnnkit.store import Store
from rnnkit.studies.checkpoint import load
from rnnkit.studies.sampling import SampleSettings, prompt_of
from rnnkit.tasks import Does
from rnnkit.texts.symbols import visible
from rnnkit.texts.tokenizers import Tokenizer

SETTINGS = SampleSettings(temperatures=(0.3, 0.7, 1.0), length=400)
LIKELIEST = 10
_OF_ONE_RUN = (ConfigError, DamagedCheckpoint, PromptError, UnknownEpoch, UnknownRun)  # the others can go on


class Likely(NamedTuple):
    """A symbol that may come next, as a reader can see it, and its probability at temperature 1."""

    symbol: str
    probability: float


class EpochView(NamedTuple):
    """What one run shows at one epoch: a text for each temperature, without the prompt, and what comes next.

    `unknown` is a sentence when the vocabulary does not know all of the prompt; `problem` is the one why
    there is nothing to show.
    """

    run: str
    epoch: float
    texts: list[str]
    likeliest: list[Likely]
    unknown: str | None = None
    problem: str | None = None


# ---- which epochs


def epochs(kept: Iterable[Sequence[float]]) -> list[float]:
    """All epochs, 0.25 too, that at least one of the runs has kept, in order."""
    return sorted(set().union(*kept))


def nearest(kept: Sequence[float], epoch: float) -> float | None:
    """The last kept epoch up to `epoch`; None where the first came later. `kept` is in order."""
    count = bisect_right(kept, epoch)
    return kept[count - 1] if count else None


def position(epochs: Sequence[float], asked: str | None) -> float:
    """The epoch to show: the one asked for as it is shown, or the last one before it; the last where none is asked."""
    if not asked or not re.fullmatch(r"\d{1,9}(\.\d{1,20})?(e-\d{1,2})?", asked, re.ASCII):
        return epochs[-1]
    shown = {epoch_number(epoch): epoch for epoch in reversed(epochs)}
    return shown.get(asked) or nearest(epochs, float(asked)) or epochs[0]


def following(epochs: Sequence[float], epoch: float) -> float | None:
    """The next epoch; None after the last."""
    count = bisect_right(epochs, epoch)
    return epochs[count] if count < len(epochs) else None


# ---- what they show


def views(store: Store, asked: Iterable[tuple[str, float]], settings: SampleSettings = SETTINGS) -> list[EpochView]:
    """What (run, kept epoch) show, all after one prompt and with one seed, written together.

    A run that cannot show anything has a view that says why; the others show theirs all the same.

    Raises:
        DamagedCheckpoint: a network's numbers become infinite while it writes.
        StoreError: the store cannot be read.
    """
    with ThreadPoolExecutor() as threads:  # reading and checking megabytes of weights leaves Python's lock
        loaded = list(threads.map(lambda one: _load(store, one[0], one[1], settings), asked))
    written = iter(engine.generate([request for _, _, requests in loaded for request in requests], settings.length))
    return [view._replace(texts=[text(next(written)) for _ in requests]) for view, text, requests in loaded]


def _load(
    store: Store, run_id: str, epoch: float, settings: SampleSettings
) -> tuple[EpochView, Callable[[np.ndarray], str], list[engine.Request]]:
    """The view without its texts, what makes texts of ids, and the texts to be written: none where it says why."""
    try:
        checkpoint = load(store, run_id, epoch, does=Does.WRITES)
        prompt = prompt_of(store, checkpoint, settings.prompt)
        state = engine.read_prompt(checkpoint.network, prompt.ids)
    except _OF_ONE_RUN as error:
        return EpochView(run_id, epoch, [], [], problem=str(error)), str, []
    view = EpochView(run_id, epoch, [], _likeliest(state.logits, prompt.tokenizer), prompt.unknown)
    network, seed = checkpoint.network, settings.seed
    requests = [engine.Request(network, prompt.ids, sampler, seed, state) for sampler in settings.samplers]
    return view, prompt.continuation, requests


def _likeliest(logits: np.ndarray, tokenizer: Tokenizer) -> list[Likely]:
    """The symbols that a network expects most by its logits (V,), the likeliest first."""
    probabilities = engine.probabilities(engine.Sampler(), logits[None])[0]
    best = np.argsort(-probabilities, kind="stable")[:LIKELIEST]
    return [Likely(visible(tokenizer.symbols[i]), float(probabilities[i])) for i in best]


def tail(prompt: str, most: int = 14) -> str:
    """The end of a prompt in one line, spaces and line ends as a reader can see them."""
    return ("…" if len(prompt) > most else "") + visible(prompt[-most:])
