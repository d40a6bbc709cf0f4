"""Lines as verses: their words, their stanzas, how they end, what comes back; for a text and for what a run writes.

The lexicon and the words per verse of document 002. Knows no page.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from itertools import groupby, islice
from statistics import fmean
from typing import NamedTuple

from rnnkit.store import Run, Store
from rnnkit.studies.checkpoint import At, load
from rnnkit.studies.sampling import SampleSettings, drafts
from rnnkit.tasks import Does

PIECE = 1_000  # words that richness is measured over, as long texts repeat themselves more than short ones
ENDING = 2  # letters that must be the same for two verses to count as rhymed
NEAR = 3  # verses away, at most: as far as the rhymes of a b b a
TEXTS = 16  # that a run writes, to be compared
LENGTH = {"characters": 1_000, "words": 220}

# Words of letters, apostrophes inside; what French elides (l', qu') is a word of its own.
_WORD = re.compile(
    r"\b(?:[ldjmtsnc]|qu|jusqu|lorsqu|puisqu|quoiqu)['\u2019](?=[^\W\d_])|[^\W\d_]+(?:['\u2019][^\W\d_]+)*",
    re.IGNORECASE,
)


class Lexicon(NamedTuple):
    """The words of a text in lower case. `common` are all of them with how often, the most frequent first.

    `richness` is the share of different words in pieces of PIECE words, on average; None for a shorter text.
    """

    words: int
    common: list[tuple[str, int]]
    richness: float | None

    @property
    def distinct(self) -> int:
        return len(self.common)

    @property
    def once(self) -> int:
        """Words seen a single time."""
        return sum(count == 1 for _, count in self.common)


class Verses(NamedTuple):
    """What the lines of a text are like. Distributions are (value, how often), in order.

    `headings` are lines that stand alone between empty ones; they are no verses. `rhymed` is the share of verses
    whose last word ends on the same ENDING letters as another last word at most NEAR verses away in the stanza, and
    `by_chance` what it is when the verses are shuffled; both None without a verse. `endings` are (letters, how often,
    words that end so); `repeated` are verses seen more than once.
    """

    verses: int
    stanzas: int
    headings: int
    lexicon: Lexicon
    words_per_verse: list[tuple[int, int]]
    verses_per_stanza: list[tuple[int, int]]
    rhymed: float | None
    by_chance: float | None
    endings: list[tuple[str, int, list[str]]]
    repeated: list[tuple[str, int]]


class Beside(NamedTuple):
    """What a run wrote, as verses, and how much of it is the text's own.

    `texts` as they were written; `invented` is the share of its words that the text does not have, `copied` the share
    of its verses that stand in the text. None where there are none.
    """

    texts: list[str]
    verses: Verses
    invented: float | None
    copied: float | None


def words(text: str) -> list[str]:
    """The words of `text` in lower case: `l'aube` is two, `self-same` too, `don't` is one."""
    return [word.lower() for word in _WORD.findall(text)]


def stanzas(text: str) -> list[list[str]]:
    """The verses of each stanza, as they stand there. Empty lines part stanzas; a line without a word is none."""
    lines = (line.strip() for line in text.split("\n"))
    parts = (list(part) for written, part in groupby(lines, bool) if written)
    with_words = ([line for line in part if _WORD.search(line)] for part in parts)
    return [part for part in with_words if part]


def study(text: str) -> Verses:
    """What the verses of `text` are like; a megabyte takes about 1 s."""
    parts = stanzas(text)
    headings = [part for part in parts if len(part) == 1]
    if len(headings) < len(parts):
        parts = [part for part in parts if len(part) > 1]
    else:
        headings = []  # verses with an empty line after each
    verses = [verse for part in parts for verse in part]
    shuffled = random.Random(0).sample(verses, len(verses))
    sizes = [len(part) for part in parts]
    in_pieces = iter(shuffled)
    shuffled_parts = [list(islice(in_pieces, size)) for size in sizes]
    repeated = [(verse, count) for verse, count in Counter(verses).most_common() if count > 1]
    return Verses(
        len(verses), len(parts), len(headings), _lexicon(words("\n".join(verses))),
        sorted(Counter(len(words(verse)) for verse in verses).items()), sorted(Counter(sizes).items()),
        _rhymed(parts), _rhymed(shuffled_parts), _endings(verses), repeated,
    )  # fmt: skip


def _lexicon(found: Sequence[str]) -> Lexicon:
    pieces = [found[at : at + PIECE] for at in range(0, len(found) - PIECE + 1, PIECE)]
    common = sorted(Counter(found).items(), key=lambda item: (-item[1], item[0]))
    return Lexicon(len(found), common, fmean(len(set(piece)) / PIECE for piece in pieces) if pieces else None)


def _last(verse: str) -> str:
    return words(verse)[-1]


def _rhymed(parts: Sequence[Sequence[str]]) -> float | None:
    found = []
    for part in parts:
        lasts = list(map(_last, part))
        for at, last in enumerate(lasts):
            near = lasts[max(at - NEAR, 0) : at + NEAR + 1]
            found.append(any(last != other and last[-ENDING:] == other[-ENDING:] for other in near))
    return fmean(found) if found else None


def _endings(verses: Sequence[str]) -> list[tuple[str, int, list[str]]]:
    """The endings of two words and more, the most frequent first."""
    by_ending: dict[str, Counter[str]] = {}
    for last in map(_last, verses):
        by_ending.setdefault(last[-ENDING:], Counter())[last] += 1
    several = {ending: lasts for ending, lasts in by_ending.items() if len(lasts) > 1}
    rows = [(ending, of.total(), [word for word, _ in of.most_common(6)]) for ending, of in several.items()]
    return sorted(rows, key=lambda row: (-row[1], row[0]))


# ---- beside what a run wrote


def of_run(store: Store, run: Run, text: str, *, at: At, temperature: float = 0.7, seed: int = 0) -> Beside:
    """Let a checkpoint write TEXTS texts, with the seeds from `seed` on, and study their whole lines.

    Args:
        text: what the run was trained on.

    Raises:
        ConfigError, UnknownEpoch, DamagedCheckpoint: as `checkpoint.load`.
    """
    checkpoint = load(store, run, at, does=Does.WRITES)
    kind = checkpoint.codec.config.kind
    settings = SampleSettings(temperatures=(temperature,), length=LENGTH[kind], seed=seed)
    texts = drafts(store, checkpoint, settings, TEXTS)
    # Without the line that continues the prompt and the one that was not finished.
    written = "\n\n".join("\n".join(text.split("\n")[1:-1]) for text in texts)
    lower = kind == "words"  # a network of words writes no capitals, and its own spaces
    known, lines = set(words(text)), {_same(verse, lower) for part in stanzas(text) for verse in part}
    found = words(written)
    verses = [verse for part in stanzas(written) for verse in part]
    return Beside(
        texts, study(written), fmean(word not in known for word in found) if found else None,
        fmean(_same(verse, lower) in lines for verse in verses) if verses else None,
    )  # fmt: skip


def _same(verse: str, lower: bool) -> str:
    return " ".join(words(verse)) if lower else verse
