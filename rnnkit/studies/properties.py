"""Properties of places in a text that a unit may follow: inside quotes, position in the line, capitals, ...

Each is a function of the text alone, at the moment after a character was read. Knows no network.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from rnnkit.errors import ConfigError

OPENING, CLOSING = "([{", ")]}"
QUOTES = {'"': '"', "“": "”", "«": "»", "'": "'", "`": "`"}
MOST_QUOTED = 2_000  # characters between two quotation marks: what is longer was never closed
_SPEAKER = re.compile(r"(?:^|\n\n)([A-Z][^\n:]{0,40}):(?=\n)")
_COMMENT = re.compile(r"#[^\n]*|//[^\n]*|/\*.*?\*/", re.DOTALL)
_WORD = re.compile(r"\w\w+")


class Property(NamedTuple):
    """`of(text)` is a value for each character: 0 or 1, or with `graded` a number."""

    title: str
    definition: str
    of: Callable[[str], np.ndarray]
    graded: bool = False


def of_tokens(values: np.ndarray, pieces: Sequence[str]) -> np.ndarray:
    """Values of each character of a text (chars,) to those of its tokens (N,): at the last character of each."""
    ends = np.cumsum([len(piece) for piece in pieces]) - 1
    return values[np.maximum(ends, 0)]


def marked(count: int, places: Sequence[tuple[int, int]]) -> np.ndarray:
    """1 where somebody has marked a text of `count` characters or tokens: (count,).

    Args:
        places: pairs of first place and the one after the last.

    Raises:
        ConfigError: a pair lies outside the text.
    """
    found = np.zeros(count)
    for first, stop in places:
        if not 0 <= first < stop <= count:
            raise ConfigError(f"places: expected pairs between 0 and {count}, the smaller first, got {first}:{stop}")
        found[first:stop] = 1
    return found


def _quotes(text: str) -> np.ndarray:
    found = np.zeros(len(text))
    opened: tuple[str, int] | None = None  # what closes it, and where it was opened
    for at, letter in enumerate(text):
        if opened is not None:
            closing, since = opened
            if letter == closing and not _inside_a_word(text, at):
                opened = None
            elif at - since > MOST_QUOTED:
                found[since + 1 : at], opened = 0, None
            else:
                found[at] = 1
        elif letter in QUOTES and not _after_a_letter(text, at):
            opened = (QUOTES[letter], at)
    if opened is not None:
        found[opened[1] :] = 0  # it was never closed
    return found


def _after_a_letter(text: str, at: int) -> bool:
    """Whether this mark stands right behind a letter, where it opens nothing: an apostrophe."""
    return at > 0 and text[at - 1].isalnum()


def _inside_a_word(text: str, at: int) -> bool:
    return text[at] == "'" and _after_a_letter(text, at) and at + 1 < len(text) and text[at + 1].isalnum()


def _brackets(text: str) -> np.ndarray:
    found, opened = np.zeros(len(text)), list[int]()
    for at, letter in enumerate(text):
        if letter == "\n" and text[at - 1 : at] == "\n":
            opened.clear()  # one that is still open after a paragraph was never closed
        if letter in CLOSING and opened and opened[-1] == CLOSING.index(letter):
            opened.pop()
        found[at] = bool(opened)
        if letter in OPENING:
            opened.append(OPENING.index(letter))
    return found


def _since_newline(text: str) -> np.ndarray:
    found, since = np.zeros(len(text)), 0
    for at, letter in enumerate(text):
        since = 0 if letter == "\n" else since + 1
        found[at] = since
    return found


def _matches(pattern: re.Pattern[str], group: int = 0, skip: int = 0) -> Callable[[str], np.ndarray]:
    """1 at every character of the pattern's matches, without the first `skip` of each."""

    def of(text: str) -> np.ndarray:
        return marked(len(text), [(one.start(group) + skip, one.end(group)) for one in pattern.finditer(text)])

    return of


def _letters(which: Callable[[str], bool]) -> Callable[[str], np.ndarray]:
    return lambda text: np.fromiter((which(letter) for letter in text), float, len(text))


PROPERTIES: dict[str, Property] = {
    "quotes": Property("inside quotes", "between an opening quotation mark and the one that closes it", _quotes),
    "brackets": Property("inside brackets", "between an opening bracket, ( [ or {, and its closing one", _brackets),
    "line": Property(
        "position in the line", "characters since the line began", _since_newline, graded=True
    ),
    "newline": Property(
        "since the last newline", "the same on a logarithmic scale: 1, 2, 4, 8 ... characters are equally far apart",
        lambda text: np.log2(1 + _since_newline(text)), graded=True,
    ),
    "capitals": Property("capital letters", "the letter just read is a capital", _letters(str.isupper)),
    "digits": Property("digits", "the character just read is a digit", _letters(str.isdigit)),
    "word": Property("inside a word", "a letter or digit that is not the first of its word", _matches(_WORD, skip=1)),
    "comment": Property(
        "in a comment", "after # or // up to the end of the line, or between /* and */", _matches(_COMMENT)
    ),
    "speaker": Property(
        "a speaker's name", "a line of its own that ends in a colon, where a paragraph begins", _matches(_SPEAKER, 1)
    ),
    "vowel": Property(
        "vowels", "the letter just read is a, e, i, o or u", _letters(lambda letter: letter.lower() in "aeiou")
    ),
}  # fmt: skip
