"""Text classification: which of several classes does a text belong to? Film reviews, or who wrote a line.

The whole text is read and answered once; it is cut or filled up to one length. Knows texts, words
and batches; no Keras and no page.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np

from rnnkit.config import RunConfig, TokenizerConfig, join_corpora
from rnnkit.errors import ConfigError, CorpusError, DamagedCheckpoint, TooShort
from rnnkit.store import Sample, Store
from rnnkit.tasks.task import Arrays, Batch, Coder, Measure, Script, Task
from rnnkit.texts import authors, corpora, reviews
from rnnkit.texts.batches import Plan
from rnnkit.texts.corpora import CorpusInfo
from rnnkit.texts.downloads import Progress
from rnnkit.texts.reviews import Labelled
from rnnkit.texts.tokenizers import MAX_VOCAB

# The first ids are those of keras.datasets.imdb: the most frequent word is number 4, and 3 is nobody's.
PADDING, START, UNKNOWN, UNUSED = range(4)
MARKS = ("<padding>", "<start>", "<unknown>", "<unused>")
# What Keras takes for no part of a word. The apostrophe stays.
_BETWEEN_WORDS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n '
_TO_SPACES = str.maketrans(_BETWEEN_WORDS, " " * len(_BETWEEN_WORDS))
_WORD = re.compile(f"[^{re.escape(_BETWEEN_WORDS)}]+")
EVALUATED_AT_ONCE = 256  # rows of a held-out batch: nothing is learned there, so the largest that is still quicker
ALL_HERE = "here"  # as the name of a corpus: every known text on this machine, at most as many as may be compared


# ---- which texts


def named(chosen: tuple[str, ...], store: Store | None = None) -> tuple[str, ...]:
    """The texts that are meant: those `chosen`, or for `here` all that are on this machine."""
    if chosen == (ALL_HERE,):
        return tuple(authors.long_enough(corpora.offline_names(), store)[: authors.MOST_TEXTS])
    return chosen


def sources(store: Store | None = None) -> list[CorpusInfo]:
    """The reviews, and every text whose lines can be told from another's."""
    return [reviews.info(), *corpora.catalogue(store)]


def fetch(name: str, store: Store | None = None, progress: Progress | None = None) -> None:
    """Bring one of `sources` to this machine. Raises CorpusError."""
    if name == reviews.NAME:
        reviews.fetch(progress)
    else:
        corpora.load(name, store, progress)


class Examples(NamedTuple):
    """What there is to learn: the names of the classes, texts to train on, held-out ones, and those for the test."""

    corpora: list[str]
    labels: tuple[str, ...]
    training: Labelled
    held_out: Labelled
    test: Labelled | None = None
    message: str | None = None


def examples(names: Sequence[str], fraction: float, store: Store | None = None, tested: bool = True) -> Examples:
    """The labelled texts of `names`, the last `fraction` of them held out: of the lines of each text its last part.

    Args:
        tested: whether the reviews for the test are wanted too; only film reviews have such.

    Raises:
        CorpusError: texts that cannot be had, or do not go together.
    """
    if tuple(names) == (reviews.NAME,):
        trained, held_out = _cut(reviews.load("train"), fraction)
        test = reviews.load("test") if tested else None
        counts = {"to learn from": trained, "held out": held_out, "for the test": test}
        said = ", ".join(f"{len(part.texts):,} {words}" for words, part in counts.items() if part and part.texts)
        return Examples([reviews.NAME], reviews.LABELS, trained, held_out, test, f"Reviews: {said}.")
    _check_names(names)
    of_texts = authors.of_texts(names, store)
    cut = [_cut(Labelled(texts, np.full(len(texts), i, np.int32)), fraction) for i, texts in enumerate(of_texts)]
    trained, held_out = (_together([pair[part] for pair in cut]) for part in (0, 1))
    message = f"{len(of_texts[0]):,} lines of each of {len(names)} texts, the last {fraction:.0%} of each held out."
    return Examples(list(names), _titles(names, store), trained, held_out, None, message)


def unseen(names: Sequence[str], fraction: float, store: Store | None = None) -> tuple[Labelled, str]:
    """Texts of `names` that a run has not trained on, with their classes, and what they are in words."""
    if tuple(names) == (reviews.NAME,):
        return reviews.load("test"), "reviews for the test"
    return examples(names, fraction, store).held_out, "held-out lines"


def _check_names(names: Sequence[str]) -> None:
    if reviews.NAME in names:
        raise CorpusError(f"corpus: expected {reviews.NAME} alone, or texts without it, got {join_corpora(names)}")
    if not 2 <= len(names) <= authors.MOST_TEXTS:
        raise CorpusError(
            f"corpus: expected 2 to {authors.MOST_TEXTS} texts joined by '+', or {reviews.NAME}, "
            f"got {join_corpora(names)[:80] or 'none'}"
        )


def _titles(names: Sequence[str], store: Store | None) -> tuple[str, ...]:
    """Names as people read them: the known texts by their short names, people's own by their titles."""
    titles = {entry.name: entry.title for entry in corpora.catalogue(store) if entry.own}
    said = [titles.get(name, name) for name in names]
    return tuple(title if said.count(title) == 1 else f"{title} {i}" for i, title in enumerate(said, 1))


def _cut(labelled: Labelled, fraction: float) -> tuple[Labelled, Labelled]:
    cut = len(labelled.texts) - int(len(labelled.texts) * fraction)
    return tuple(Labelled(labelled.texts[part], labelled.labels[part]) for part in (slice(cut), slice(cut, None)))


def _together(parts: Sequence[Labelled]) -> Labelled:
    return Labelled([text for part in parts for text in part.texts], np.concatenate([part.labels for part in parts]))


# ---- words and ids


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
        index = self._index
        return [index.get(symbol, UNKNOWN) for symbol in symbols]

    def last(self, text: str, most: int) -> tuple[list[Piece], int]:
        """The last `most` symbols of a text with their places, and how many stand before them."""
        pieces = self.pieces(text)
        return pieces[-most:], max(0, len(pieces) - most)

    def rows(self, texts: Sequence[str], length: int) -> np.ndarray:
        """Each text as the ids that the network reads, (N, length) int32; see `filled`."""
        return filled((self.ids(split(text, self.kind, length)) for text in texts), len(texts), length)

    def to_json(self) -> Coder:
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


def build(found: Examples, config: TokenizerConfig) -> Vocabulary:
    """The vocabulary of what is trained on. A size that is given is kept: a smaller vocabulary is filled up.

    Raises:
        ConfigError: too small for the marks and one symbol. CorpusError: more symbols than there may be.
    """
    counts = Counter()
    for text in found.training.texts:
        counts.update(split(text, config.kind))
    known = [symbol for symbol, count in counts.most_common() if count >= config.minimum_count]
    size = len(MARKS) + len(known) if config.vocab_size is None else config.vocab_size
    if size <= len(MARKS):
        raise ConfigError(f"tokenizer.vocab_size: expected at least {len(MARKS) + 1}, got {size}")
    if size > MAX_VOCAB:
        raise CorpusError(
            f"tokenizer.vocab_size: expected at most {MAX_VOCAB:,} symbols, got {size:,}: give a largest vocabulary"
        )
    symbols = [*MARKS, *known][:size]
    filled = [*symbols, *[MARKS[UNUSED]] * (size - len(symbols))]
    return Vocabulary(tuple(filled), config.kind, tuple(found.labels), tuple(found.corpora))


def decode(coder: Coder) -> Vocabulary:
    """The vocabulary of a run. Raises DamagedCheckpoint where it is none."""
    try:
        symbols, labels, names = (tuple(coder[name]) for name in ("symbols", "labels", "corpora"))
        read = Vocabulary(symbols, coder["kind"], labels, names)
    except (KeyError, TypeError) as error:
        raise DamagedCheckpoint(f"vocabulary: expected symbols, kind, labels and corpora; missing: {error}") from None
    texts = (*read.symbols, *read.labels, *read.corpora, read.kind)
    if not all(isinstance(text, str) for text in texts) or read.symbols[: len(MARKS)] != MARKS or not read.labels:
        raise DamagedCheckpoint("vocabulary: expected texts, and the four marks before all symbols")
    return read


# ---- the task


def measure(config: RunConfig, store: Store | None = None, coder: Coder | None = None) -> Measure:
    """Characters, symbols and vocabulary of what is trained on, and the epochs it gives.

    Raises:
        CorpusError: the texts cannot be had, or do not go together. TooShort: nothing is left to learn from.
    """
    names = named(config.corpora, store) if coder is None else decode(coder).corpora
    counted = _counted(names, config.tokenizer, config.batches.validation_fraction, store)
    vocabulary = counted.vocabulary if coder is None else decode(coder)
    return Measure(counted.chars, counted.symbols, vocabulary, vocabulary.vocab_size, _plan(config, counted.rows))


class _Counted(NamedTuple):
    chars: int
    symbols: int
    vocabulary: Vocabulary
    rows: tuple[int, int]


@lru_cache(maxsize=16)
def _counted(names: tuple[str, ...], tokenizer: TokenizerConfig, fraction: float, store: Store | None) -> _Counted:
    """The slow part (three seconds for all reviews) is kept; the texts are not."""
    found = examples(names, fraction, store, tested=False)
    texts = found.training.texts
    symbols = sum(len(split(text, tokenizer.kind)) for text in texts)
    rows = len(texts), len(found.held_out.texts)
    return _Counted(sum(map(len, texts)), symbols, build(found, tokenizer), rows)


def _plan(config: RunConfig, rows: tuple[int, int]) -> Plan:
    trained, held_out = rows
    if not trained:
        raise TooShort("batches.validation_fraction: expected texts left to learn from, got none")
    steps = math.ceil(trained / config.batches.batch_size)
    return Plan(steps, trained * config.batches.length, math.ceil(held_out / EVALUATED_AT_ONCE))


def read(config: RunConfig, store: Store | None = None, coder: Coder | None = None) -> TextsWithClasses:
    """The examples with the run's own vocabulary and classes once it has them."""
    vocabulary = None if coder is None else decode(coder)
    names = named(config.corpora, store) if vocabulary is None else vocabulary.corpora
    found = examples(names, config.batches.validation_fraction, store)
    return TextsWithClasses(config, found, vocabulary or build(found, config.tokenizer))


class TextsWithClasses:
    """Labelled texts as batches, the order of an epoch drawn from the seed and its number alone."""

    def __init__(self, config: RunConfig, found: Examples, vocabulary: Vocabulary):
        self.config, self.vocabulary = config, vocabulary
        self.coder, self.vocab_size = vocabulary.to_json(), vocabulary.vocab_size
        self.message = found.message
        length = config.batches.length
        self.rows, self.labels = vocabulary.rows(found.training.texts, length), found.training.labels
        self.plan = _plan(config, (len(found.training.texts), len(found.held_out.texts)))
        self.text = "\n".join(found.training.texts)
        self.chars_per_symbol = len(self.text) / self.plan.symbols_per_epoch
        sets = {"val_": found.held_out, "test_": found.test}
        self.held_out = {
            prefix: _InTheirOrder(vocabulary.rows(labelled.texts, length), labelled.labels)
            for prefix, labelled in sets.items()
            if labelled is not None and labelled.texts
        }

    def training(self, epoch: int, first: int) -> Iterator[Batch]:
        """Inputs (B, T) and classes (B,); B is smaller in the last batch."""
        order = np.random.default_rng((self.config.training.seed, epoch)).permutation(len(self.rows))
        size = self.config.batches.batch_size
        for i in range(first, self.plan.steps):
            chosen = order[i * size : (i + 1) * size]
            yield Batch((self.rows[chosen],), self.labels[chosen])

    def measures(self, prefix: str, loss: float, second: float) -> dict[str, float]:
        """Nats per text, and the share of right verdicts."""
        return {f"{prefix}loss": loss, f"{prefix}accuracy": second}

    def report(self, epoch: int, arrays: Arrays) -> tuple[dict[str, float], list[Sample]]:
        """Nothing is written."""
        return {}, []


class _InTheirOrder:
    """Rows that are measured, never trained on."""

    def __init__(self, rows: np.ndarray, labels: np.ndarray):
        self.rows, self.labels = rows, labels

    def __call__(self) -> Iterator[Batch]:
        for start in range(0, len(self.rows), EVALUATED_AT_ONCE):
            part = slice(start, start + EVALUATED_AT_ONCE)
            yield Batch((self.rows[part],), self.labels[part])


def check(config: RunConfig, measured: Measure) -> None:
    """Raises ConfigError where the network has too few outputs for the classes, or a fork has other classes."""
    learned, asked = measured.coder.corpora, config.corpora
    if asked not in ((ALL_HERE,), learned):
        raise ConfigError(
            f"corpus: expected {join_corpora(learned)} as in the run it goes on from, since these are its classes, "
            f"got {join_corpora(asked)}"
        )
    labels, outputs = len(measured.coder.labels), config.model.classes
    if max(outputs, 2) < labels or (outputs == 1 and labels != 2):
        raise ConfigError(f"model.classes: expected at least {labels} for {labels} texts, got {outputs}")


def script(config: RunConfig, coder: Coder, _last: Mapping[str, Any]) -> Script:
    """Reads texts, or the reviews that were trained on and those of the test, and classifies one in the end."""
    tokenizer = config.tokenizer
    settings = {
        "TOKENS": "unpunctuated words" if tokenizer.kind == "words" else "characters",
        "MINIMUM_COUNT": tokenizer.minimum_count,
        "VOCABULARY": tokenizer.vocab_size,
        "LEAST_WORDS": authors.LEAST_WORDS,
        "MOST_WORDS": authors.MOST_WORDS,
        "OUTPUTS": config.model.classes,
    }
    program = "reviews" if decode(coder).corpora == (reviews.NAME,) else "authors"
    return Script(program, settings, ("loss", "accuracy"), "nats per text")


CLASSIFICATION = Task(
    name="classification",
    title="Text classification",
    summary="Reads a whole text and says which class it belongs to: a good or a bad review, this author or that.",
    parts=("tokenizer", "batches", "model", "training"),
    sources=sources,
    fetch=fetch,
    measure=measure,
    read=read,
    check=check,
    loss=lambda config: "sigmoid" if config.model.classes == 1 else "softmax",
    decode=decode,
    units=lambda config: ("of texts", "accuracy"),
    named=named,
    script=script,
    most_sources=authors.MOST_TEXTS,
    page="pages/10_Verdict.py",
)
