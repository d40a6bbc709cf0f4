"""Looking inside a checkpoint: what each unit holds and lets through while the network reads a text. Knows no page."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np

from rnnkit import engine
from rnnkit.engine import LayerStates
from rnnkit.errors import PromptError, TooShort
from rnnkit.store import Store
from rnnkit.studies.checkpoint import Checkpoint, read_sha256
from rnnkit.texts import corpora
from rnnkit.texts.batches import split
from rnnkit.texts.tokenizers import Tokenizer

MOST = 20_000  # tokens of one reading: more would be hundreds of megabytes
HELD_OUT = 8_000  # tokens of the held-out text that are read where nobody gives a text
OTHER_TEXT = (
    "The text on this machine is not the very one that the run has read: it may have learned parts of this one."
)
FRACTION = 0.1  # of a text of which the run has held nothing out

Asked = Checkpoint[Tokenizer]


class Reading(NamedTuple):
    """A text as a network has read it: its ids (N,), its tokens as they stand in it, and every unit at each of them.

    `note` says what the vocabulary did not know, or that the text is another than the run has read.
    """

    ids: np.ndarray
    pieces: list[str]
    layers: list[LayerStates]
    note: str | None = None


def of_text(checkpoint: Asked, text: str, most: int | None = None) -> Reading:
    """Every unit while the network reads `text`, or its first `most` tokens.

    Raises:
        PromptError: the vocabulary knows nothing of it, or it is too long. ConfigError: its units carry no state.
    """
    ids, _, unknown = tokens(checkpoint, text)
    if most is not None and len(ids) > most:
        cut = f"Only the first {most:,} of {len(ids):,} tokens are shown."
        return _read(checkpoint, ids[:most], " ".join(filter(None, [cut, unknown])))
    return _read(checkpoint, ids, unknown)


def tokens(checkpoint: Asked, text: str) -> tuple[np.ndarray, list[str], str | None]:
    """The ids of a text (N,), its tokens as they stand in it, and what the vocabulary did not know, in a sentence.

    Raises:
        PromptError: the vocabulary knows nothing of it, or it is too long.
    """
    found = checkpoint.codec.encode(checkpoint.codec.in_its_form(text))
    if not 1 <= len(found.ids) <= MOST:
        raise PromptError(
            f"text: expected 1 to {MOST:,} tokens that run {checkpoint.run.id} knows, got {len(found.ids):,}"
        )
    return found.ids, checkpoint.codec.pieces(found.ids), found.sentence()


def of_held_out(store: Store, checkpoint: Asked, most: int = HELD_OUT) -> Reading:
    """Every unit over the beginning of the text that the run has held out; of the end of its text where it held none.

    Raises:
        CorpusError, TooShort: as `held_out_ids`. ConfigError: as `of_text`.
    """
    ids, note = held_out_ids(store, checkpoint)
    return _read(checkpoint, ids[:most], note)


def held_out_ids(store: Store, checkpoint: Asked) -> tuple[np.ndarray, str | None]:
    """What the run has held out of its text, (N,), or its end; and that it is another text than the run has read.

    Raises:
        CorpusError: the text is not here. TooShort: hardly anything is held out.
    """
    run, note = checkpoint.run, None
    text = corpora.load(run.corpus, store)
    read = read_sha256(run)
    if read and read != hashlib.sha256(text.encode()).hexdigest():
        note = OTHER_TEXT  # units may be looked at on any text
    _, held_out = split(checkpoint.codec.encode(text).ids, run.config.batches.validation_fraction or FRACTION)
    if len(held_out) < 2:
        raise TooShort(f"text of run {run.id}: expected some tokens held out, got {len(held_out)}")
    return held_out, note


def _read(checkpoint: Asked, ids: np.ndarray, note: str | None) -> Reading:
    return Reading(ids, checkpoint.codec.pieces(ids), engine.states(checkpoint.network, ids), note)
