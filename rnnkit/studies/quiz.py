"""Which of these texts did a person write? One passage of what was held out beside those that a network wrote there.

All continue the same place of the text and are equally long, in the form that the network's vocabulary gives them.
Knows no page, no class and no score.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rnnkit.errors import ConfigError
from rnnkit.metrics import epoch_number
from rnnkit.store import Store
from rnnkit.studies import sampling
from rnnkit.studies.checkpoint import LAST, codec_of, text_of
from rnnkit.studies.sampling import SampleSettings
from rnnkit.tasks import Does
from rnnkit.texts import batches

BEFORE = 80  # characters that all texts continue
FEWEST, MOST = 60, 400  # characters of a passage
MOST_OTHERS = 3
_SEARCHED = 300  # characters in which the beginning of a line is looked for


class Passage(NamedTuple):
    """A text, and who wrote it, in words."""

    text: str
    by: str
    human: bool


class Question(NamedTuple):
    """Passages in the order in which they are shown, each as long as the others."""

    passages: tuple[Passage, ...]

    @property
    def answer(self) -> int:
        """The place of the one that a person wrote."""
        return next(place for place, one in enumerate(self.passages) if one.human)


def question(
    store: Store, run_id: str, seed: int, *, ats: Sequence[str] = (LAST,), temperature: float = 0.7, length: int = 200
) -> Question:
    """The question of a seed: the same seed gives the same one.

    Args:
        ats: moments of the run as `checkpoint.load` takes them, 1 to MOST_OTHERS; each writes one text.
        length: characters of each passage.

    Raises:
        ConfigError: a setting is out of range, or too little of the text was held out.
        CorpusError: the text is not here. UnknownRun, UnknownEpoch, DamagedCheckpoint: as `sampling.write`.
    """
    if not FEWEST <= length <= MOST or not 1 <= len(ats) <= MOST_OTHERS:
        raise ConfigError(
            f"quiz: expected {FEWEST} to {MOST} characters and 1 to {MOST_OTHERS} checkpoints, "
            f"got {length} and {len(ats)}"
        )
    random = np.random.default_rng(seed)
    before, human = _passage(store, run_id, random, length)
    settings = SampleSettings(prompt=before, temperatures=(temperature,), length=length, seed=seed)
    written = sampling.write(store, run_id, settings, ats=ats).texts
    shortest = min([len(human), *(len(one.text) for one in written)])
    others = [
        Passage(one.text[:shortest], f"the network after {_moment(one.epoch)}, temperature {temperature:g}", False)
        for one in written
    ]
    shown = [Passage(human[:shortest], "a person", True), *others]
    return Question(tuple(shown[place] for place in random.permutation(len(shown))))


def _passage(store: Store, run_id: str, random: np.random.Generator, length: int) -> tuple[str, str]:
    """What stands before a passage of the held-out text, and the passage; it begins with a line, or a word."""
    run = store.run(run_id)
    tokenizer = codec_of(run, Does.WRITES)
    _, unread = batches.split(tokenizer.encode(text_of(store, run)).ids, run.config.batches.validation_fraction)
    text = tokenizer.decode(unread)
    last = len(text) - length - _SEARCHED
    if last < BEFORE:
        raise ConfigError(
            f"quiz: expected at least {BEFORE + length + _SEARCHED} characters that were held out, got {len(text)}"
        )
    start = int(random.integers(BEFORE, last + 1))
    near = text[start : start + _SEARCHED]
    found = next((near.find(mark) for mark in ("\n", " ") if mark in near), -1)
    start += found + 1
    return text[start - BEFORE : start], text[start : start + length]


def _moment(epoch: float) -> str:
    return "no training" if epoch == 0 else f"{epoch_number(epoch)} epoch{'s' * (epoch != 1)}"
