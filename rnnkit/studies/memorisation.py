"""Is it just copying? The passages of a sample that stand word for word in the text that the network read.

Texts are compared symbol by symbol after the rules of the run's tokenizer, as the network saw them, through a
suffix array: a sample of 400 symbols takes milliseconds on a whole corpus. Knows no network and no page.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cached_property
from statistics import fmean, median
from typing import NamedTuple

import numpy as np

from rnnkit.errors import CorpusError
from rnnkit.store import Run, Store
from rnnkit.studies.checkpoint import codec_of, text_of
from rnnkit.tasks import Does
from rnnkit.texts import batches, tokenizers
from rnnkit.texts.tokenizers import Tokenizer

MAX_SYMBOLS = 10_000_000  # measured: 0.25 s and 40 MB per million while the index is made
NGRAM = {"characters": 12, "words": 4}  # symbols; novelty counts pieces of this length
PIECE, PIECES = 400, 25  # symbols of a sample, to say what is chance; so many of them say what is usual
RARE = 0.001


class Passage(NamedTuple):
    """A piece of a sample that stands in the text and would not if it were one symbol longer.

    `start` and `end` are characters of the sample, `length` counts symbols. It stands `times` times in that part
    of the text; `position` symbols of the whole text come before the first time, which begins in line `line` (from 1).
    """

    start: int
    end: int
    length: int
    text: str
    position: int
    line: int
    times: int


class Copies(NamedTuple):
    """What of a sample stands in the text.

    `passages` are in the training text, in the order of the sample. `longest` is the longest one however short, None
    where no symbol of the sample is in the text. `novelty` is the share of the sample's n-grams (NGRAM) that are not
    in the training text, None for a sample that is shorter. `held_out` are passages of the held-out text that are no
    part of one in the training text: the network never read them.
    """

    passages: list[Passage]
    longest: Passage | None
    novelty: float | None
    held_out: list[Passage]


class Usual(NamedTuple):
    """What pieces of the training text have in common with the rest of it: medians over PIECES of PIECE symbols.

    A network that writes just like the text, and has memorised nothing, comes out like this.
    """

    longest: int
    novelty: float | None


class SearchableText:
    """Symbols in a row, ready to be searched.

    Args:
        ids: (N,) of the tokenizer's ids.
        first: symbols of the whole text that come before.
    """

    def __init__(self, ids: np.ndarray, first: int = 0):
        self.letters = _letters(ids)
        self.first = first
        self._order = suffix_array(ids)

    def match(self, letters: str, itself: int | None = None) -> int:
        """How many of `letters`, from their beginning, stand somewhere in this part.

        `itself` is a place of the part that does not count.
        """
        near = bisect_left(self._order, letters, key=self._beginning(letters))
        # In the order of the suffixes nothing is more alike than the neighbours, and `itself` may be one of them.
        places = self._order[max(near - 1, 0) : near + 2].tolist()
        return max((self._common(place, letters) for place in places if place != itself), default=0)

    def places(self, letters: str) -> list[int]:
        """Everywhere in this part where `letters` stand, in order."""
        beginning = self._beginning(letters)
        ends = (bisect(self._order, letters, key=beginning) for bisect in (bisect_left, bisect_right))
        return sorted(self._order[slice(*ends)].tolist())

    def _beginning(self, letters: str):
        """Place -> the symbols from there on, as many as there are letters."""
        text, size = self.letters, len(letters)
        return lambda place: text[place : place + size]

    def _common(self, place: int, letters: str) -> int:
        """How many symbols from `place` on are those of `letters`; found by halving."""
        lengths = range(1, min(len(letters), len(self.letters) - place) + 1)
        return bisect_left(lengths, True, key=lambda length: not self.letters.startswith(letters[:length], place))


class Index:
    """A text as a network reads it, ready to be searched; made once, then asked about any number of samples.

    Args:
        held_out: the last share of the symbols, which is not trained on.

    Raises:
        CorpusError: the text has more than MAX_SYMBOLS symbols.
    """

    def __init__(self, text: str, tokenizer: Tokenizer, held_out: float = 0.0):
        if len(text) > MAX_SYMBOLS:
            most = f"expected at most {MAX_SYMBOLS:,} characters to look for copies"
            raise CorpusError(f"text: {most}, got {len(text):,}")
        self.tokenizer = tokenizer
        ids, self._line_starts = _read(text, tokenizer)
        training, rest = batches.split(ids, held_out)
        self.training, self.held_out = SearchableText(training), SearchableText(rest, first=len(training))

    @property
    def ngram(self) -> int:
        """The length in symbols of the pieces that novelty counts."""
        return NGRAM[self.tokenizer.config.kind]

    @cached_property
    def chance(self) -> int:
        """The shortest length that chance hardly ever reaches: what counts as a copy unless one says otherwise.

        A shuffled sample of PIECE symbols has a passage of this length in common with the training text at most
        once in 1 / RARE times. Its symbols are drawn by their share in the text; the chance to draw just those that
        stand at a place of the text is the product of their shares, and the sum over all places bounds it for all.
        """
        places = np.frombuffer(self.training.letters.encode("utf-32-le", "surrogatepass"), "<u4")
        shares = np.bincount(places) / max(len(places), 1)
        logs = np.append(0.0, np.cumsum(np.log(shares[places])))

        def likely(length: int) -> float:
            return PIECE * np.exp(logs[length:] - logs[:-length]).sum()

        return 1 + bisect_left(range(1, len(places) + 1), True, key=lambda length: likely(length) <= RARE)

    @cached_property
    def usual(self) -> Usual:
        """What the training text has in common with itself: the measure for what a network has in common with it."""
        letters = self.training.letters
        size = min(PIECE, len(letters) // 2)
        starts = np.linspace(0, len(letters) - size, PIECES).astype(int).tolist() if size else []
        found = [_match_lengths(self.training, letters[start : start + size], start) for start in starts]
        novelties = [share for lengths in found if (share := _novelty(lengths, self.ngram)) is not None]
        longest = int(median(max(lengths) for lengths in found)) if found else 0
        return Usual(longest, median(novelties) if novelties else None)

    def examine(self, sample: str, at_least: int | None = None) -> Copies:
        """The copies in `sample` of `at_least` symbols or more; by default of `chance` or more.

        A symbol that the vocabulary does not know is like no other.
        """
        letters, spans = _sample(sample, self.tokenizer)
        at_least = max(self.chance if at_least is None else at_least, 1)
        trained, unread = (_match_lengths(part, letters) for part in (self.training, self.held_out))

        def passage(part: SearchableText, at: int, length: int) -> Passage:
            places = part.places(letters[at : at + length])
            start, end, position = spans[at][0], spans[at + length - 1][1], part.first + places[0]
            line = bisect_right(self._line_starts, position)
            return Passage(start, end, length, sample[start:end], position, line, len(places))

        best = max(range(len(trained)), key=trained.__getitem__, default=0)
        reached = np.maximum.accumulate([at + length for at, length in enumerate(trained)] or [0])
        longest = passage(self.training, best, trained[best]) if any(trained) else None
        read = [passage(self.training, *found) for found in _maximal(trained, at_least)]
        never_read = [found for found in _maximal(unread, at_least) if sum(found) > reached[found[0]]]
        held_out = [passage(self.held_out, *found) for found in never_read]
        return Copies(read, longest, _novelty(trained, self.ngram), held_out)

    def sentence(self, copies: Copies) -> str:
        """What `copies` say in one line, and what is usual for the text."""
        longest, said = copies.longest, "no copy at all"
        if longest:
            passage = " ".join(longest.text.split())
            kind = self.tokenizer.config.kind.removesuffix("s" if longest.length == 1 else "")
            said = f"longest copy: {longest.length:,} {kind}, line {longest.line:,}, {passage!r}"
        said += f"; {self.usual.longest:,} are usual in this text"
        return said if copies.novelty is None else f"{said}; {copies.novelty:.0%} of its {self.ngram}-grams are new"


def index_of(store: Store, run: Run) -> Index:
    """The text that a run was trained on, ready to be searched; for a fork its own text, not that of its parents.

    Raises:
        CorpusError: the text is not here, or it is another one than the run has read.
        ConfigError: the run does not write. UnknownEpoch: it has read no text yet.
    """
    tokenizer, text = codec_of(run, Does.WRITES), text_of(store, run)
    return Index(text, tokenizer, run.config.batches.validation_fraction)


def suffix_array(ids: np.ndarray) -> np.ndarray:
    """(N,) int32: the places of `ids` (N,) in the order of what follows from there, symbol by symbol.

    Prefix doubling (Manber and Myers, 1993): sorted by as many symbols as go into one integer, then by twice as many
    each round, and only what is not told apart yet (Larsson and Sadakane, 2007).
    """
    size = len(ids)
    keys, depth = _packed(ids)
    order = np.argsort(keys).astype(np.int32)
    opens = _differs(keys[order])  # True where a group of places begins that are alike so far
    rank = np.zeros(size + 1, np.int64)  # of each place's group, from 1; 0 is the end of the text
    rank[order] = _group_starts(opens, np.arange(size)) + 1
    while len(alike := np.flatnonzero(~(opens & np.append(opens[1:], True)))):
        places = order[alike]
        keys = rank[places] * (size + 1) + rank[np.minimum(places + np.int64(depth), size)]
        by_key = np.argsort(keys)
        order[alike] = places = places[by_key]
        opens[alike] = differs = _differs(keys[by_key])
        rank[places] = _group_starts(differs, alike) + 1
        depth *= 2
    return order


def _packed(ids: np.ndarray) -> tuple[np.ndarray, int]:
    """(N,) int64 with the same order as the `depth` symbols from each place on; after the end comes 0. And `depth`."""
    bits = int(ids.max(initial=0) + 1).bit_length()
    depth = 62 // bits
    padded = np.append(ids.astype(np.int64) + 1, np.zeros(depth, np.int64))
    keys = np.zeros(len(ids), np.int64)
    for at in range(depth):
        keys = keys << bits | padded[at : at + len(ids)]
    return keys, depth


def _differs(keys: np.ndarray) -> np.ndarray:
    """True where a sorted key is another one than the key before."""
    return np.append(True, keys[1:] != keys[:-1])[: len(keys)]


def _group_starts(opens: np.ndarray, at: np.ndarray) -> np.ndarray:
    """For each row the value of `at` where its group begins; `at` ascends."""
    return np.maximum.accumulate(np.where(opens, at, 0))


def _match_lengths(part: SearchableText, letters: str, itself: int | None = None) -> list[int]:
    """For each place in `letters`, how many symbols from there on stand in `part`.

    With `itself` the letters were taken from that place of the part, which then does not count.
    """
    places = [None] * len(letters) if itself is None else range(itself, itself + len(letters))
    return [part.match(letters[at:], place) for at, place in enumerate(places)]


def _maximal(lengths: Sequence[int], at_least: int) -> list[tuple[int, int]]:
    """(place, length) of the matches that are no part of the one before."""
    before = [0, *lengths]
    return [(at, length) for at, length in enumerate(lengths) if length >= at_least and length >= before[at]]


def _novelty(lengths: Sequence[int], ngram: int) -> float | None:
    whole = lengths[: max(len(lengths) - ngram + 1, 0)]
    return fmean(length < ngram for length in whole) if whole else None


def _read(text: str, tokenizer: Tokenizer) -> tuple[np.ndarray, list[int]]:
    """The ids of `text`, as `tokenizer.encode` gives them, and for each line how many of them come before it."""
    symbols = _symbols(text, tokenizer)
    unknown = -1 if tokenizer.unknown_id is None else tokenizer.unknown_id
    ids = _ids(symbols, tokenizer, unknown)  # -1: left out
    line_ends = np.flatnonzero(np.fromiter((symbol == "\n" for symbol in symbols), bool, len(symbols)))
    before = np.append(0, np.cumsum(ids >= 0))
    return ids[ids >= 0], [0, *before[line_ends + 1].tolist()]


def _sample(sample: str, tokenizer: Tokenizer) -> tuple[str, list[tuple[int, int]]]:
    """The symbols of a sample, one letter each, and where each stands in it: (start, end) in characters."""
    symbols = _symbols(sample, tokenizer)
    ids = _ids(symbols, tokenizer, tokenizer.vocab_size)  # what is unknown is a letter that no text has
    spans, end = [], 0
    config = tokenizer.config
    read = sample.lower() if (config.kind, config.word_rules) == ("words", "lecture") else sample
    for symbol in symbols:
        start = max(read.find(symbol, end), end)
        end = start + len(symbol)
        spans.append((start, end))
    seen = ids >= 0
    return _letters(ids[seen]), [span for span, kept in zip(spans, seen, strict=True) if kept]


def _symbols(text: str, tokenizer: Tokenizer) -> str | list[str]:
    """All symbols of `text`, rare ones and line ends too, so that places can be told."""
    return tokenizers.prepare(text, tokenizer.config.model_copy(update={"newlines": "keep", "minimum_count": 1}))


def _ids(symbols: Sequence[str], tokenizer: Tokenizer, unknown: int) -> np.ndarray:
    """(N,) int32; line ends as the tokenizer reads them, -1 for one that it leaves out."""
    known = {symbol: i for i, symbol in enumerate(tokenizer.symbols[: tokenizer.unknown_id])}
    line_end = tokenizer.encode("\n")
    if not line_end.unknown_count:
        known["\n"] = next(iter(line_end.ids.tolist()), -1)
    return np.fromiter((known.get(symbol, unknown) for symbol in symbols), np.int32, len(symbols))


def _letters(ids: np.ndarray) -> str:
    """One code point per id, in the same order: Python compares strings as fast as memory is read."""
    return ids.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
