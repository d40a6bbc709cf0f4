"""Symbols as a reader can see them. Knows no text and no vocabulary."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_SHAPES = {" ": "␣", "\n": "⏎", "\t": "⇥"}


def visible(text: str) -> str:
    """A text as a reader can see it: `␣` for a space, `⏎` for a line end, `U+00A0` for what has no shape."""
    return "".join(map(_visible, text))


def _visible(symbol: str) -> str:
    if symbol in _SHAPES:
        return _SHAPES[symbol]
    return symbol if symbol.isprintable() and not unicodedata.combining(symbol) else f"U+{ord(symbol):04X}"


def harmless(text: str) -> str:
    """With U+FFFD in place of what a terminal would obey: control characters, and turned directions of writing.

    Tabs and line ends stay.
    """
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", "\ufffd", text)


def lines(text: str) -> Iterator[str]:
    """The lines of a text without their ends, one after the other: a list of all takes many times the text."""
    start = 0
    while start < len(text):
        end = text.find("\n", start + _PART) + 1 or len(text)
        yield from text[start:end].removesuffix("\n").split("\n")
        start = end


_PART = 100_000  # characters
