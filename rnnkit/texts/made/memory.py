"""Letters to remember: one letter, some dots, a question mark, and the same letter again.

What comes after the question mark can only be known by who has kept the letter; the dots say nothing. How many there
are is drawn anew for each line, short and long ones alike on a logarithmic scale. Knows no network and no table.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from rnnkit.texts.made import whole

LETTERS = "abcdefgh"
FEWEST, MOST = 2, 100  # dots


def line(letter: str, dots: int) -> str:
    """One line of the text."""
    return f"{letter}{'.' * dots}?{letter}\n"


def write(chars: int, seed: int = 0) -> str:
    """At least `chars` characters of lines. The same on every Python version."""
    return whole(lines(random.Random(seed)), chars)


def lines(rng: random.Random) -> Iterator[str]:
    """Lines without end."""
    while True:
        dots = int(FEWEST * (MOST / FEWEST) ** rng.random() + 0.5)
        yield line(LETTERS[int(rng.random() * len(LETTERS))], dots)
