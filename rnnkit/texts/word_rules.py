"""The recipe lecture's rules (document 003) that make words out of a text: one small function each, in order.

`tokenizers` reads every text through `words`, so what `steps` shows is what training does. Knows no
vocabulary of ids, no corpus and no page.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Generic, NamedTuple, TypeVar

Before = TypeVar("Before")
After = TypeVar("After")
Symbols = str | list[str]  # a text until it is split, its words from there on

DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015"
# What keeps a word in one piece is what the lecture's output shows ("confectioner's", "1/2", "350f"), and numbers.
_INSIDE_ONLY = re.compile(
    r"(?<![^\W_])['\u2019/]|['\u2019/](?![^\W_])"  # apostrophe, slash: inside a word only
    r"|(?<!\d)[.,]|[.,](?!\d)"  # point, comma: inside a number only
)
_INSIDE = frozenset("'\u2019/.,")
_DASH_RUN = re.compile(f"[{DASHES}]+")
_LINE_ENDS = re.compile(r"\n+")
# Points after these end no sentence.
_ABBREVIATIONS = frozenset(("mr", "mrs", "ms", "dr", "st", "vs", "e.g", "i.e", "mme", "mlle"))
_CLOSING = frozenset("\u2019\u201d)\u00bb")
_STRAIGHT = frozenset("\"'")  # opens and closes


# ---- the rules


def lower_case(text: str) -> str:
    """`Word` and `word` are one word."""
    return text.lower()


def space_punctuation(text: str) -> str:
    """Spaces around every mark and sign but dashes; `1/2`, `1.5` and `don't` stay whole."""
    text = _INSIDE_ONLY.sub(r" \g<0> ", text)
    return text.translate({ord(symbol): f" {symbol} " for symbol in set(text) if _stands_apart(symbol)})


def space_line_ends(text: str) -> str:
    """Spaces around every run of line ends."""
    return _LINE_ENDS.sub(r" \g<0> ", text)


def space_dashes(text: str) -> str:
    """Spaces around a single dash, and around a run of dashes as around one word."""
    return _DASH_RUN.sub(r" \g<0> ", text)


def split_on_spaces(text: str) -> list[str]:
    """The pieces between spaces, empty ones where spaces follow one another; a tab or control sign is a space."""
    blanks = {ord(symbol): " " for symbol in set(text) if _is_blank(symbol)}
    return text.translate(blanks).split(" ")


def separate_line_ends(words: list[str]) -> list[str]:
    """Each line end is a word of its own."""
    return [word for piece in words for word in (piece if piece.startswith("\n") else (piece,))]


def take_out_spaces(words: list[str]) -> list[str]:
    """Nothing is left of the spaces: the lecture calls this the key, as they were most of the data."""
    return [word for word in words if word]


def take_out_rare(words: Sequence[str], minimum_count: int) -> list[str]:
    """Words seen fewer than `minimum_count` times are taken out."""
    kept = seen_often(Counter(words), minimum_count)
    return [word for word in words if word in kept]


def seen_often(counts: Mapping[str, int], minimum_count: int) -> dict[str, int]:
    """The counts of the words that stay."""
    return {word: count for word, count in counts.items() if count >= minimum_count}


class WordRule(NamedTuple, Generic[Before, After]):
    """One step: its name and its words for a page, its number in the lecture's list, and what it does."""

    name: str
    title: str
    lecture: int
    apply: Callable[[Before], After]


# Lower case comes first here, the lecture names it fourth: a Greek sigma or a Turkish dotted I looks at its
# neighbours when it is made small, so ids would not be the same for every text. For English nothing is different.
_ON_TEXT: tuple[WordRule[str, str], ...] = (
    WordRule("Lower case", "All letters lower case", 4, lower_case),
    WordRule("Punctuation", "Spaces around punctuation", 1, space_punctuation),
    WordRule("Line ends", "Spaces around line ends", 2, space_line_ends),
    WordRule("Dashes", "Dashes: a run is a word, a single one is spaced", 3, space_dashes),
)
_SPLIT: WordRule[str, list[str]] = WordRule("Split", "Split on spaces", 5, split_on_spaces)
_ON_WORDS: tuple[WordRule[list[str], list[str]], ...] = (
    WordRule("Line ends apart", "Each line end a word of its own", 6, separate_line_ends),
    WordRule("No spaces", "All spaces removed", 7, take_out_spaces),
)
RULES = (*_ON_TEXT, _SPLIT, *_ON_WORDS)
RARE = "No rare words", "Words seen fewer than {} times removed"  # the lecture's eighth, the only one with a setting


def words(text: str) -> list[str]:
    """The words of `text`: all rules but the last, which counts."""
    for on_text in _ON_TEXT:
        text = on_text.apply(text)
    found = _SPLIT.apply(text)
    for on_words in _ON_WORDS:
        found = on_words.apply(found)
    return found


def _stands_apart(symbol: str) -> bool:
    """Punctuation and signs, but those that `_INSIDE_ONLY` or the rule for dashes has dealt with."""
    return unicodedata.category(symbol)[0] in "PS" and symbol not in _INSIDE and symbol not in DASHES


def _is_blank(symbol: str) -> bool:
    return symbol != "\n" and (symbol.isspace() or unicodedata.category(symbol) in ("Cc", "Cs"))


# ---- what they did


class Step(NamedTuple):
    """A text after one rule. `words` and `vocab_size` are what one would have if it were split on spaces now."""

    name: str
    title: str
    lecture: int | None  # None for the text as it came
    symbols: Symbols
    words: int
    vocab_size: int


class Mark(NamedTuple):
    """A piece of a text or of its words; `changed` where the rule touched it."""

    symbols: Symbols
    changed: bool


def steps(text: str, minimum_count: int, counts: Mapping[str, int] | None = None) -> Iterator[Step]:
    """`text` as it came and after every rule.

    Args:
        counts: of the words of the whole text, where `text` is only a piece of it; of `text` itself when None.
    """
    yield _step("As it came", "As it came", None, text)
    for on_text in _ON_TEXT:
        text = on_text.apply(text)
        yield _step(on_text.name, on_text.title, on_text.lecture, text)
    found = _SPLIT.apply(text)
    yield _step(_SPLIT.name, _SPLIT.title, _SPLIT.lecture, found)
    for on_words in _ON_WORDS:
        found = on_words.apply(found)
        yield _step(on_words.name, on_words.title, on_words.lecture, found)
    name, title = RARE
    kept = seen_often(Counter(found) if counts is None else counts, minimum_count)
    yield _step(name, title.format(minimum_count), 8, [word for word in found if word in kept])


def _step(name: str, title: str, lecture: int | None, symbols: Symbols) -> Step:
    pieces = split_on_spaces(symbols) if isinstance(symbols, str) else symbols
    return Step(name, title, lecture, symbols, len(pieces), len(set(pieces)))


class Measured(NamedTuple):
    """What the rules made of a text, without its words: the figures of each step but the last, and all counts."""

    rows: list[tuple[str, int | None, int, int]]  # title, number in the lecture, words, vocabulary
    counts: dict[str, int]

    def with_rare(self, minimum_count: int) -> list[tuple[str, int | None, int, int]]:
        """The rows, and one for the last rule."""
        kept = seen_often(self.counts, minimum_count)
        return [*self.rows, (RARE[1].format(minimum_count), 8, sum(kept.values()), len(kept))]


def measure(text: str) -> Measured:
    """The figures of all rules on `text`; 1.5 MB take about 2 s."""
    rows: list[tuple[str, int | None, int, int]] = []
    for step in steps(text, 1):
        rows.append((step.title, step.lecture, step.words, step.vocab_size))
    return Measured(rows[:-1], dict(Counter(step.symbols).most_common()))


def excerpt(text: str, line: int, chars: int) -> str:
    """Whole lines of `text` from number `line` (from 1), `chars` characters or a little more."""
    found: list[str] = []
    for one in text.split("\n")[line - 1 :]:
        found.append(one)
        if sum(map(len, found)) >= chars:
            break
    return "\n".join(found)[: 2 * chars]


def changes(before: Symbols, after: Symbols) -> tuple[list[Mark], list[Mark]]:
    """What a rule took from `before` and what it put into `after`, both whole and in order.

    Where a text was split, that is its blanks.
    """
    if isinstance(before, str) and not isinstance(after, str):
        blank = groupby(before, key=_is_blank)
        return [Mark("".join(symbols), changed) for changed, symbols in blank], [Mark(after, False)]
    found = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    old = [Mark(before[start:end], kind != "equal") for kind, start, end, _, _ in found if end > start]
    new = [Mark(after[start:end], kind != "equal") for kind, _, _, start, end in found if end > start]
    return old, new


def rare(counts: Mapping[str, int], minimum_count: int) -> list[tuple[str, int]]:
    """The words that the last rule takes out with their counts, the most frequent first."""
    gone = ((word, count) for word, count in counts.items() if count < minimum_count)
    return sorted(gone, key=lambda item: (-item[1], item[0]))


# ---- sentence by sentence (document 002)


def sentences(words: Sequence[str]) -> list[list[str]]:
    """The words sentence by sentence: one ends after `.`, `!`, `?` or `…` with what closes it, and at an empty line.

    A single line end is no word of a sentence. A point after a known abbreviation or an initial ends none.
    """
    found: list[list[str]] = [[]]
    ended = False
    for at, word in enumerate(words):
        empty_line = word == "\n" and at > 0 and words[at - 1] == "\n"
        if (ended and word != "\n" and not _closes(word, found[-1])) or empty_line:
            found.append([])
            ended = False
        if word != "\n":
            found[-1].append(word)
            ended = ended or _ends(word, words[at - 1] if at else "")
    return [sentence for sentence in found if sentence]


def _closes(word: str, sentence: list[str]) -> bool:
    return word in _CLOSING or (word in _STRAIGHT and sentence.count(word) % 2 == 1)


def _ends(word: str, before: str) -> bool:
    return word in ("!", "?", "\u2026") or (word == "." and before not in _ABBREVIATIONS and len(before) != 1)
