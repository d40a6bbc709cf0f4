"""The words or characters of texts that are told apart, as ids, with the classes: what a classifier must remember.

Knows no file of texts, no batches and no network.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from rnnkit.errors import DamagedCheckpoint
from rnnkit.tasks.task import TokenizerState

# The first ids are those of keras.datasets.imdb: the most frequent word is number 4, and 3 is nobody's.
PADDING, START, UNKNOWN, UNUSED = range(4)
MARKS = ("<padding>", "<start>", "<unknown>", "<unused>")
# What Keras takes for no part of a word. The apostrophe stays.
_BETWEEN_WORDS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n '
_TO_SPACES = str.maketrans(_BETWEEN_WORDS, " " * len(_BETWEEN_WORDS))
_WORD = re.compile(f"[^{re.escape(_BETWEEN_WORDS)}]+")


class Piece(NamedTuple):
    """A symbol of a text as it stands there: text[start:end]; what is read of it is in small letters."""

    symbol: str
    start: int
    end: int


@dataclass(frozen=True)
class Vocabulary:
    """Symbol number i is `symbols[i]`, the first four being MARKS; then the most frequent first. And the classes."""

    symbols: tuple[str, ...]
    kind: str  # words or characters
    labels: tuple[str, ...]
    corpora: tuple[str, ...]

    @property
    def vocab_size(self) -> int:
        return len(self.symbols)

    @cached_property
    def _index(self) -> dict[str, int]:
        return {symbol: i for i, symbol in enumerate(self.symbols) if i > UNUSED and symbol != MARKS[UNUSED]}

    def pieces(self, text: str) -> list[Piece]:
        """The symbols of a text with their places."""
        if self.kind == "characters":
            return [Piece(symbol, i, i + 1) for i, symbol in enumerate(text)]
        return [Piece(found[0].lower(), *found.span()) for found in _WORD.finditer(text)]

    def ids(self, symbols: Sequence[str]) -> list[int]:
        """UNKNOWN for those that are not in the vocabulary."""
        return [self._index.get(symbol, UNKNOWN) for symbol in symbols]

    def last(self, text: str, most: int) -> tuple[list[Piece], int]:
        """The last `most` symbols of a text with their places, and how many stand before them."""
        pieces = self.pieces(text)
        return pieces[-most:], max(0, len(pieces) - most)

    def rows(self, texts: Sequence[str], length: int) -> np.ndarray:
        """Each text as the ids that the network reads, (N, length) int32; see `filled`."""
        return filled((self.ids(split(text, self.kind, length)) for text in texts), len(texts), length)

    def to_json(self) -> TokenizerState:
        return {
            "symbols": list(self.symbols), "kind": self.kind, "labels": list(self.labels),
            "corpora": list(self.corpora),
        }  # fmt: skip


def split(text: str, kind: str, most: int | None = None) -> list[str]:
    """The last `most` symbols of a text: its characters, or its words in small letters without punctuation."""
    if kind == "characters":
        return list(text if most is None else text[-most:])
    words = [word for word in text.lower().translate(_TO_SPACES).split(" ") if word]  # twice as fast as _WORD
    return words if most is None else words[-most:]


def filled(texts: Iterable[Sequence[int]], count: int, length: int) -> np.ndarray:
    """Ids of `count` texts, (count, length) int32: START and the text, of that the last `length`; else PADDING first.

    There is no mask: the network reads PADDING like any symbol, as in document 004.
    """
    rows = np.full((count, length), PADDING, np.int32)
    for row, ids in zip(rows, texts, strict=True):
        shown = [START, *ids][-length:]
        row[length - len(shown) :] = shown
    return rows


def beginnings(ids: Sequence[int], length: int) -> np.ndarray:
    """The beginnings of 0, 1, ... len(ids) symbols of a text as rows: (len(ids) + 1, length) int32."""
    return filled((ids[:end] for end in range(len(ids) + 1)), len(ids) + 1, length)


def decode(state: TokenizerState) -> Vocabulary:
    """The vocabulary of a run. Raises DamagedCheckpoint where it is none."""
    try:
        symbols, labels, names = (tuple(state[name]) for name in ("symbols", "labels", "corpora"))
        read = Vocabulary(symbols, state["kind"], labels, names)
    except (KeyError, TypeError) as error:
        raise DamagedCheckpoint(f"vocabulary: expected symbols, kind, labels and corpora; missing: {error}") from None
    texts = (*read.symbols, *read.labels, *read.corpora, read.kind)
    if not all(isinstance(text, str) for text in texts) or read.symbols[: len(MARKS)] != MARKS or not read.labels:
        raise DamagedCheckpoint("vocabulary: expected texts, and the four marks before all symbols")
    return read
