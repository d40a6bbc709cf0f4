"""How far back a network remembers: it reads a letter, so many dots, a question mark, and has to name the letter.

For networks that have learned the text `memory` (rnnkit/texts/made/memory.py). Knows no page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rnnkit import engine
from rnnkit.engine import Network
from rnnkit.errors import ConfigError
from rnnkit.texts.made.memory import LETTERS, line
from rnnkit.texts.tokenizers import Tokenizer

DISTANCES = (5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100)  # dots
CHANCE = 1 / len(LETTERS)
RECALLED = 0.9  # of the letters, or more: then a distance counts as remembered


def accuracy(network: Network, codec: Tokenizer, distances: Sequence[int] = DISTANCES) -> np.ndarray:
    """The share of letters that the network names rightly at each distance, each after every other letter: (n,).

    Raises:
        ConfigError: its vocabulary is not that of the text `memory`.
    """
    missing = set(LETTERS + ".?\n") - set(codec.symbols)
    if missing:
        raise ConfigError(f"run: expected one that has learned the text memory, got one that does not know {missing}")
    pairs = [(before, letter) for before in LETTERS for letter in LETTERS if before != letter]
    wanted = np.array([codec.symbols.index(letter) for _, letter in pairs])
    found = np.empty(len(distances))
    for place, dots in enumerate(distances):
        texts = [codec.encode(line(before, 7) + line(letter, dots)[:-2]).ids for before, letter in pairs]
        logits = engine.Reader(network, len(texts)).read_all(texts).logits
        found[place] = (logits.argmax(axis=1) == wanted).mean()
    return found


def reach(found: np.ndarray, distances: Sequence[int] = DISTANCES) -> int:
    """The largest distance up to which all are remembered; 0 where even the shortest is not."""
    forgotten = np.flatnonzero(found < RECALLED)
    return distances[-1] if not len(forgotten) else distances[forgotten[0] - 1] if forgotten[0] else 0


def verdict(reaches: Mapping[str, int]) -> str:
    """Who remembers how far, in a sentence; the farthest first."""
    ordered = sorted(reaches.items(), key=lambda one: -one[1])
    told = [f"the {name} remembers over {f'{dots} tokens' if dots else 'none of these'}" for name, dots in ordered]
    sentence = ", ".join(told)
    return f"{sentence[0].upper()}{sentence[1:]} (9 of 10 letters right; chance is 1 in {len(LETTERS)})."
