"""What a checkpoint writes and expects next, written once for all who ask for the same moment.

Everything that decides a text is in its key, the checksum of the weights too. Knows no route and no page.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import replace
from typing import NamedTuple

from rnnkit import tasks
from rnnkit.errors import ConfigError, UnknownEpoch
from rnnkit.feed.answer import Answer
from rnnkit.store import Kept, Run, Store
from rnnkit.studies import timeline
from rnnkit.studies.timeline import EpochView

MOST_PROMPT = 2000  # characters
MOST_TEXTS = 256  # moments kept: 3 texts of 400 symbols each


class Moment(NamedTuple):
    """What is asked: one checkpoint, and how it writes. `prompt` is empty for the run's own."""

    run_id: str
    step: int
    sha256: str
    prompt: str
    seed: int


def asked(run: Run, kept: list[Kept], at: str, prompt: str, seed: str) -> Moment:
    """The moment that these words mean, as they come from an address. `at`: a step; empty for the last.

    Raises:
        UnknownEpoch: that step is not kept. ConfigError: the seed is no number, or the prompt is too long.
    """
    by_step = {str(one.step): one for one in kept}
    found = by_step.get(at) if at else kept[-1] if kept else None
    if found is None:
        raise UnknownEpoch(f"at: expected a step of a checkpoint that run {run.id} keeps, got {at[:20]!r}")
    if len(prompt) > MOST_PROMPT:
        raise ConfigError(f"prompt: expected at most {MOST_PROMPT:,} characters, got {len(prompt):,}")
    if not (seed.isascii() and seed.isdigit() and len(seed) < 19) and seed:
        raise ConfigError(f"seed: expected a whole number of at least 0, got {seed[:20]!r}")
    return Moment(run.id, found.step, found.sha256, prompt, int(seed or 0))


class Texts:
    """Moments of a store that were written, the last asked for kept. Threads may share it."""

    def __init__(self, store: Store):
        self._store, self._lock = store, threading.Lock()
        self._written: OrderedDict[Moment, Answer] = OrderedDict()

    def at_hand(self, moment: Moment) -> Answer | None:
        """What was written before."""
        with self._lock:
            if found := self._written.get(moment):
                self._written.move_to_end(moment)
            return found

    def _view(self, moment: Moment, epoch: float) -> tuple[EpochView, list[tuple[float, str]]]:
        """Its view, and its texts by temperature; of a network that continues no prompt what the trainer kept."""
        if not tasks.of(self._store.run(moment.run_id).config).writes:
            kept = self._store.samples(moment.run_id, epoch)
            return EpochView(moment.run_id, epoch, [], []), [(one.temperature, one.text) for one in kept]
        settings = replace(timeline.SETTINGS, prompt=moment.prompt or None, seed=moment.seed)
        [view] = timeline.views(self._store, [(moment.run_id, epoch)], settings)
        return view, list(zip(settings.temperatures, view.texts, strict=False))

    def write(self, moment: Moment, kept: list[Kept]) -> Answer:
        """Let the checkpoint write, unless it has. Raises DamagedCheckpoint, StoreError."""
        if found := self.at_hand(moment):
            return found
        epoch = next(one.epoch for one in kept if one.step == moment.step)
        view, pairs = self._view(moment, epoch)
        answer = Answer.of(moment.sha256[:16], {
            "run": moment.run_id, "step": moment.step, "epoch": epoch, "prompt": moment.prompt, "seed": moment.seed,
            "texts": [{"temperature": temperature, "text": text} for temperature, text in pairs],
            "likeliest": [{"symbol": one.symbol, "probability": round(one.probability, 5)} for one in view.likeliest],
            "unknown": view.unknown, "problem": view.problem,
        })  # fmt: skip
        with self._lock:
            self._written[moment] = answer
            while len(self._written) > MOST_TEXTS:
                self._written.popitem(last=False)
        return answer
