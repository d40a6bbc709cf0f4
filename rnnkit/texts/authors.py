"""Who wrote this line? Lines of two to ten texts, the same number of each, with the text they are from.

A line has at least LEAST_WORDS words: shorter ones are read together with the next, and long paragraphs are cut.
What stands in two of the texts, or twice in one, is left out. Knows no vocabulary and no network.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from rnnkit.errors import TooShort
from rnnkit.texts import corpora

if TYPE_CHECKING:
    from rnnkit.store import Store

LEAST_WORDS = 8  # of a line: fewer tell too little
MOST_WORDS = 40
LEAST_LINES = 50  # of a text: some to learn from, some to hold out
MOST_TEXTS = 10


def lines(text: str) -> Iterator[str]:
    """The lines of a text, one space between words: LEAST_WORDS words or more each, and not many more than MOST_WORDS.

    Where the last words are too few for a line, they are left out.
    """
    words: list[str] = []
    for line in text.split("\n"):
        words += line.split()
        while len(words) >= LEAST_WORDS:
            yield " ".join(words[:MOST_WORDS])
            words = words[MOST_WORDS:]


def of_texts(names: Sequence[str], store: Store | None = None) -> list[list[str]]:
    """Lines of each text in its order, each line once in all of them, the same number from every text.

    Of the longer texts they are spread evenly from beginning to end.

    Raises:
        CorpusError: a text cannot be had. TooShort: one has too few lines of its own.
    """
    found = [_lines_of(name, store) for name in names]
    texts_of = Counter(line for of_text in found for line in of_text)
    own = [[line for line in of_text if texts_of[line] == 1] for of_text in found]
    for name, of_text in zip(names, own, strict=True):
        if len(of_text) < LEAST_LINES:
            raise TooShort(
                f"corpus {name}: expected at least {LEAST_LINES} lines of {LEAST_WORDS} words that no other chosen "
                f"text has, got {len(of_text)}"
            )
    fewest = min(map(len, own))
    return [_spread(of_text, fewest) for of_text in own]


def long_enough(names: Iterable[str], store: Store | None = None) -> list[str]:
    """Those of the texts that have lines enough."""
    return [name for name in names if len(_lines_of(name, store)) >= LEAST_LINES]


@lru_cache(maxsize=32)
def _lines_of(name: str, store: Store | None) -> tuple[str, ...]:
    """Each line once, in the order of the text. Kept, as a form asks again at every move of a slider."""
    return tuple(dict.fromkeys(lines(corpora.load(name, store))))


def _spread(of_text: Sequence[str], count: int) -> list[str]:
    """`count` of the lines at even distances."""
    edges = np.linspace(0, len(of_text), count + 1).astype(int)
    return [of_text[start] for start, _end in pairwise(edges)]
