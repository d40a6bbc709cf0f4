"""Text classification: which of several classes does a text belong to? Film reviews, or who wrote a line.

The whole text is read and answered once; it is cut or filled up to one length. Knows texts, words
and batches; no Keras and no page.
"""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np

from rnnkit.config import RunConfig, TokenizerConfig, join_corpora
from rnnkit.errors import ConfigError, CorpusError, ExportError, TooShort
from rnnkit.metrics import EpochMetrics
from rnnkit.store import Run, Store
from rnnkit.tasks.task import Batch, Does, Measure, Script, Task, TaskData, TokenizerState
from rnnkit.tasks.vocabulary import MARKS, UNUSED, Vocabulary, decode, split
from rnnkit.texts import authors, corpora, reviews
from rnnkit.texts.batches import BatchPlan
from rnnkit.texts.corpora import CorpusInfo
from rnnkit.texts.decoding import checksum
from rnnkit.texts.downloads import OnProgress
from rnnkit.texts.reviews import LabelledTexts
from rnnkit.texts.tokenizers import MAX_VOCAB

EVALUATED_AT_ONCE = 256  # rows of a held-out batch: nothing is learned there, so the largest that is still quicker
ALL_HERE = "here"  # as the name of a corpus: every known text on this machine, at most as many as may be compared


# ---- which texts


def named(chosen: tuple[str, ...], store: Store | None = None) -> tuple[str, ...]:
    """The texts that are meant: those `chosen`, or for `here` all that are on this machine."""
    if chosen == (ALL_HERE,):
        return tuple(authors.long_enough(corpora.written_names(), store)[: authors.MOST_TEXTS])
    return chosen


def sources(store: Store | None = None) -> list[CorpusInfo]:
    """The reviews, and every text whose lines can be told from another's."""
    return [*reviews.sources(), *corpora.catalogue(store)]


def fetch(name: str, store: Store | None = None, progress: OnProgress | None = None) -> None:
    """Bring one of `sources` to this machine. Raises CorpusError."""
    if reviews.known(name):
        reviews.fetch(name, progress)
    else:
        corpora.load(name, store, progress)


class Examples(NamedTuple):
    """What there is to learn: the names of the classes, texts to train on, held-out ones, and those for the test."""

    corpora: list[str]
    labels: tuple[str, ...]
    training: LabelledTexts
    held_out: LabelledTexts
    test: LabelledTexts | None = None
    message: str | None = None


def examples(names: Sequence[str], fraction: float, store: Store | None = None, tested: bool = True) -> Examples:
    """The labelled texts of `names`, the last `fraction` of them held out: of the lines of each text its last part.

    Raises CorpusError: texts that cannot be had, or do not go together.

    Args:
        tested: whether the reviews for the test are wanted too; only film reviews have such.
    """
    if _reviews(names):
        trained, held_out = _cut(reviews.load("train", name=names[0]), fraction)
        test = reviews.load("test", name=names[0]) if tested else None
        counts = {"to learn from": trained, "held out": held_out, "for the test": test}
        said = ", ".join(f"{len(part.texts):,} {words}" for words, part in counts.items() if part and part.texts)
        return Examples(list(names), reviews.LABELS, trained, held_out, test, f"Reviews: {said}.")
    _check_names(names)
    of_texts = authors.of_texts(names, store)
    cut = [_cut(LabelledTexts(texts, np.full(len(texts), i, np.int32)), fraction) for i, texts in enumerate(of_texts)]
    trained, held_out = (
        LabelledTexts([text for part in parts for text in part.texts], np.concatenate([part.labels for part in parts]))
        for parts in zip(*cut, strict=True)
    )
    message = f"{len(of_texts[0]):,} lines of each of {len(names)} texts, the last {fraction:.0%} of each held out."
    return Examples(list(names), _titles(names, store), trained, held_out, None, message)


def unseen(names: Sequence[str], fraction: float, store: Store | None = None) -> tuple[LabelledTexts, str]:
    """Texts of `names` that a run has not trained on, with their classes, and what they are in words."""
    if _reviews(names):
        return reviews.load("test", name=names[0]), "reviews for the test"
    return examples(names, fraction, store).held_out, "held-out lines"


def _reviews(names: Sequence[str]) -> bool:
    return len(names) == 1 and reviews.known(names[0])


def _check_names(names: Sequence[str]) -> None:
    if among := [name for name in names if reviews.known(name)]:
        raise CorpusError(f"corpus: expected {among[0]} alone, or texts without it, got {join_corpora(names)}")
    if not 2 <= len(names) <= authors.MOST_TEXTS:
        raise CorpusError(
            f"corpus: expected 2 to {authors.MOST_TEXTS} texts joined by '+', or {reviews.NAME} or {reviews.MADE}, "
            f"got {join_corpora(names)[:80] or 'none'}"
        )


def _titles(names: Sequence[str], store: Store | None) -> tuple[str, ...]:
    """Names as people read them: the known texts by their short names, people's own by their titles."""
    titles = {entry.name: entry.title for entry in corpora.catalogue(store) if entry.own}
    said = [titles.get(name, name) for name in names]
    return tuple(title if said.count(title) == 1 else f"{title} {i}" for i, title in enumerate(said, 1))


def _cut(labelled: LabelledTexts, fraction: float) -> tuple[LabelledTexts, LabelledTexts]:
    texts, labels = labelled
    cut = len(texts) - int(len(texts) * fraction)
    return LabelledTexts(texts[:cut], labels[:cut]), LabelledTexts(texts[cut:], labels[cut:])


# ---- the task


def build(found: Examples, config: TokenizerConfig) -> Vocabulary:
    """The vocabulary of what is trained on. A size that is given is kept: a smaller vocabulary is filled up.

    Raises ConfigError: too small for the marks and one symbol. CorpusError: more symbols than there may be.
    """
    counts: Counter[str] = Counter()
    for text in found.training.texts:
        counts.update(split(text, config.kind))
    known = [symbol for symbol, count in counts.most_common() if count >= config.minimum_count]
    size = len(MARKS) + len(known) if config.vocab_size is None else config.vocab_size
    if size <= len(MARKS):
        raise ConfigError(f"tokenizer.vocab_size: expected at least {len(MARKS) + 1}, got {size}")
    if size > MAX_VOCAB:
        raise CorpusError(
            f"tokenizer.vocab_size: expected at most {MAX_VOCAB:,} tokens, got {size:,}: give a largest vocabulary"
        )
    symbols = [*MARKS, *known][:size]
    filled = [*symbols, *[MARKS[UNUSED]] * (size - len(symbols))]
    return Vocabulary(tuple(filled), config.kind, tuple(found.labels), tuple(found.corpora))


def measure(config: RunConfig, store: Store | None = None, state: TokenizerState | None = None) -> Measure:
    """Characters, symbols, vocabulary of what is trained on, and the epochs it gives. Raises CorpusError, TooShort."""
    names = named(config.corpora, store) if state is None else decode(state).corpora
    reader = store and store.reader_of(names)
    counted = _counted(names, config.tokenizer, config.batches.validation_fraction, reader)
    chars, symbols, own, trained = counted
    vocabulary = own if state is None else decode(state)
    return Measure(chars, symbols, vocabulary, vocabulary.vocab_size, _plan(config, trained))


@lru_cache(maxsize=16)
def _counted(
    names: tuple[str, ...], tokenizer: TokenizerConfig, fraction: float, store: Store | None
) -> tuple[int, int, Vocabulary, int]:
    """Characters, symbols, vocabulary, rows trained on: the slow part (three seconds for all reviews)."""
    found = examples(names, fraction, store, tested=False)
    texts = found.training.texts
    symbols = sum(len(split(text, tokenizer.kind)) for text in texts)
    return sum(map(len, texts)), symbols, build(found, tokenizer), len(texts)


def _plan(config: RunConfig, trained: int) -> BatchPlan:
    if not trained:
        raise TooShort("batches.validation_fraction: expected texts left to learn from, got none")
    steps = math.ceil(trained / config.batches.batch_size)
    return BatchPlan(steps, trained * config.batches.length)


class LabelledData(TaskData):
    """Labelled texts as batches, the order of an epoch drawn from the seed and its number alone.

    With the run's own vocabulary and classes once it has them.
    """

    def __init__(self, config: RunConfig, store: Store | None = None, state: TokenizerState | None = None):
        own = None if state is None else decode(state)
        names = named(config.corpora, store) if own is None else own.corpora
        found = examples(names, config.batches.validation_fraction, store)
        vocabulary = own or build(found, config.tokenizer)
        self.config, self.vocabulary = config, vocabulary
        self.tokenizer_state, self.vocab_size = vocabulary.to_json(), vocabulary.vocab_size
        self.message = found.message
        length = config.batches.length
        self.rows, self.labels = vocabulary.rows(found.training.texts, length), found.training.labels
        self.plan = _plan(config, len(found.training.texts))
        text = "\n".join(found.training.texts)
        self.sha256, self.chars_per_symbol = checksum(text), len(text) / self.plan.symbols_per_epoch
        sets = {"val_": found.held_out, "test_": found.test}
        self.held_out = {
            prefix: partial(_in_their_order, vocabulary.rows(labelled.texts, length), labelled.labels)
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


def _in_their_order(rows: np.ndarray, labels: np.ndarray) -> Iterator[Batch]:
    """Rows that are measured, never trained on."""
    for start in range(0, len(rows), EVALUATED_AT_ONCE):
        part = slice(start, start + EVALUATED_AT_ONCE)
        yield Batch((rows[part],), labels[part])


def check(config: RunConfig, measured: Measure) -> None:
    """Raises ConfigError where the network has too few outputs for the classes, or a fork has other classes."""
    learned, asked = measured.codec.corpora, config.corpora
    if asked not in ((ALL_HERE,), learned):
        raise ConfigError(
            f"corpus: expected {join_corpora(learned)} as in the run it is forked from, since these are its classes, "
            f"got {join_corpora(asked)}"
        )
    labels, outputs = len(measured.codec.labels), config.model.classes
    if max(outputs, 2) < labels or (outputs == 1 and labels != 2):
        raise ConfigError(f"model.classes: expected at least {labels} for {labels} texts, got {outputs}")


def script(config: RunConfig, state: TokenizerState, _last: Mapping[str, Any]) -> Script:
    """Reads texts, or the reviews that were trained on and those of the test, and classifies one in the end."""
    settings = {
        "TOKENS": "unpunctuated words" if config.tokenizer.kind == "words" else "characters",
        "LEAST_WORDS": authors.LEAST_WORDS, "MOST_WORDS": authors.MOST_WORDS, "OUTPUTS": config.model.classes,
    }  # fmt: skip
    program = "reviews" if _reviews(decode(state).corpora) else "authors"
    return Script(program, settings, ("loss", "accuracy"))


def results(epochs: Sequence[EpochMetrics], best: EpochMetrics) -> Iterable[str]:
    """Accuracies at the best epoch, which the test set has not chosen."""
    for name, words in (("test_accuracy", "of the test set"), ("val_accuracy", "of the held-out part")):
        if best.get(name) is not None:
            yield f"{best[name]:.2%} {words}"
    yield f"epoch {best['epoch']}"


# ---- its texts as a file


_NO_NAME = re.compile(r"[^\w-]")  # what stands in no name of a file on any machine


def data_file(store: Store, run: Run) -> bytes:
    """All texts in a zip, one file each; those that are told apart are in the order of their classes by name, too.

    Raises CorpusError: a text can no longer be had. ExportError: no epoch says yet which texts those are.
    """
    if run.tokenizer is None:
        raise ExportError(f"run {run.id}: expected a run with a finished epoch, got one with none")
    learned = decode(run.tokenizer)
    if _reviews(learned.corpora):
        return _zipped(reviews.files(learned.corpora[0]))
    files = [f"{i}-{_NO_NAME.sub('-', label)[:80]}.txt" for i, label in enumerate(learned.labels)]
    texts = [corpora.load(name, store).encode() for name in learned.corpora]
    return _zipped(dict(zip(files, texts, strict=True)))


def _zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in files.items():
            kind = zipfile.ZIP_STORED if name.endswith(".gz") else zipfile.ZIP_DEFLATED
            archive.writestr(name, data, kind)
    return packed.getvalue()


# It reads each text whole, by word rules of its own.
UNUSED_FIELDS = (
    "tokenizer.newlines", "tokenizer.word_rules", "tokenizer.unknown_symbol", "batches.kind", "batches.step",
    "batches.passes", "batches.random_offset", "model.inputs",
)  # fmt: skip

CLASSIFICATION = Task(
    name="classification", title="Text classification",
    summary="Reads a whole text and says which class it belongs to: a good or a bad review, this author or that.",
    parts=("tokenizer", "batches", "model", "training"), unused=UNUSED_FIELDS, fixed_vocab_size=True,
    sources=sources, fetch=fetch, named=named, most_sources=authors.MOST_TEXTS,
    measure=measure, read=LabelledData, check=check, decode=decode,
    loss=lambda config: "sigmoid" if config.model.classes == 1 else "softmax",
    units=lambda config: ("of texts", "accuracy"),
    does=Does.CLASSIFIES,
    knows="It classifies by the words of these texts, and is just as sure of texts of other kinds.",
    results=results, data_file=data_file, data_ending=".zip", script=script,
)  # fmt: skip
