"""A classifier asked about a text: its prediction after each word, and how accurate it is on held-out texts.

With the NumPy engine, from any checkpoint. Knows no page and no training.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from rnnkit import engine
from rnnkit.errors import CorpusError, PromptError
from rnnkit.store import Run, Store
from rnnkit.studies.checkpoint import Checkpoint, codec_of
from rnnkit.tasks import Does, classification
from rnnkit.tasks.vocabulary import UNKNOWN, Vocabulary, beginnings
from rnnkit.texts import made

Classifier = Checkpoint[Vocabulary]

MOST_SHOWN, OTHERS = 5, "all others"  # classes with a colour of their own
MOST_TRIED = 400  # held-out texts that are classified: enough to know the accuracy within 5 %


def length(checkpoint: Classifier) -> int:
    """The most symbols that are read of a text, its last ones."""
    return checkpoint.run.config.batches.length


def probabilities(checkpoint: Classifier, rows: np.ndarray) -> np.ndarray:
    """Rows of ids (N, length) to the probability of each class, (N, classes), without outputs that stand for no class.

    Raises:
        DamagedCheckpoint: the network's numbers are no longer finite.
    """
    logits = engine.answers(checkpoint.network, rows).astype(np.float64)
    if logits.shape[1] == 1:  # a single output is that of the second class against the first
        logits = np.concatenate((np.zeros_like(logits), logits), axis=1)
    powers = np.exp(logits[:, : len(checkpoint.codec.labels)] - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


class WordAttribution(NamedTuple):
    """A text word by word: what each did to the prediction.

    `words` has a row for each symbol that was read: `word` as it stands in the text, `gap` what stands before it,
    whether it is `known`, by how much it changed the probability of the class `toward` (`points`, between -1 and 1) and
    the logarithm of its odds (`moved`, in nats: where the probability is near 0 or 1 already, that still tells words
    apart). `probabilities` is (words + 1, classes), before the first word and after each. `tail` stands after the last
    word; `left_out` symbols stood too early to be read.
    """

    words: pd.DataFrame
    tail: str
    probabilities: np.ndarray
    predicted: int
    toward: int
    left_out: int

    @property
    def unknown(self) -> int:
        """Symbols that the vocabulary does not have."""
        return int((~self.words["known"]).sum())


def attribution(checkpoint: Classifier, text: str) -> WordAttribution:
    """The prediction for every beginning of a text, each filled up as whole texts are in training.

    Of a long text only the last `length` symbols are read, as in training.

    Raises:
        PromptError: there is no word in it.
    """
    pieces, left_out = checkpoint.codec.last(text, length(checkpoint))
    if not pieces:
        raise PromptError(f"text: expected {checkpoint.codec.kind} to judge, got none in {text[:60]!r}")
    ids = checkpoint.codec.ids([piece.symbol for piece in pieces])
    course = probabilities(checkpoint, beginnings(ids, length(checkpoint)))
    predicted = int(course[-1].argmax())
    toward = 1 if len(checkpoint.codec.labels) == 2 else predicted
    before = [pieces[0].start, *(piece.end for piece in pieces)]
    probability = np.clip(course[:, toward], 1e-9, 1 - 1e-9)  # a softmax rounds to 0 and 1
    columns = {
        "word": [text[piece.start : piece.end] for piece in pieces],
        "gap": [text[end : piece.start] for end, piece in zip(before, pieces, strict=False)],
        "known": np.array(ids, int) != UNKNOWN,
        "points": np.diff(course[:, toward]),
        "moved": np.diff(np.log(probability / (1 - probability))),
    }
    return WordAttribution(pd.DataFrame(columns), text[before[-1] :], course, predicted, toward, left_out)


def remarks(checkpoint: Classifier, attribution: WordAttribution) -> list[str]:
    """What one must know to trust the prediction, one sentence each."""
    kind, read = checkpoint.codec.kind, len(attribution.words)
    left_out, unknown = attribution.left_out, attribution.unknown
    sentences = {
        f"Of {left_out + read:,} {kind} only the last {read:,} are read, as this network was trained.": left_out,
        f"{unknown:,} of {read:,} {kind} are not in its vocabulary: it reads each as “unknown”.": unknown,
    }
    return [sentence for sentence, applies in sentences.items() if applies]


def course(checkpoint: Classifier, attribution: WordAttribution) -> pd.DataFrame:
    """Probabilities after each word, as rows to draw: place (0 is before all words), word, label, probability.

    Of two classes only the second, as the first has the rest; of many the MOST_SHOWN that once had the highest
    probabilities, and OTHERS together.
    """
    ranked = np.argsort(-attribution.probabilities.max(axis=0), kind="stable").tolist()
    two = len(checkpoint.codec.labels) == 2
    shown, rest = ([1], []) if two else (sorted(ranked[:MOST_SHOWN]), ranked[MOST_SHOWN:])
    columns = {checkpoint.codec.labels[i]: attribution.probabilities[:, i] for i in shown}
    if rest:
        columns[OTHERS] = attribution.probabilities[:, rest].sum(axis=1)
    table = pd.DataFrame({"word": ["(before the text)", *attribution.words["word"]], **columns}).rename_axis("place")
    return table.reset_index().melt(["place", "word"], var_name="label", value_name="probability")


def landmarks(attribution: WordAttribution, most: int = 36) -> dict[int, str]:
    """Places of words to be named under a chart: all of a short text, of a long one those that did most.

    No two are nearer than there is room for `most` of them.
    """
    count = len(attribution.words)
    named: dict[int, str] = {}
    room = max(1, count // most)
    for place in np.argsort(-attribution.words["points"].abs().to_numpy(), kind="stable") + 1:
        if len(named) < most and all(abs(place - other) >= room for other in named):
            named[int(place)] = attribution.words["word"].iloc[place - 1]
    return dict(sorted(named.items()))


# ---- texts that were never trained on


class Unseen(NamedTuple):
    """Texts with their true classes, `labels` (N,) int32, and what they are in words."""

    texts: list[str]
    labels: np.ndarray
    words: str


def unseen(store: Store, run: Run) -> Unseen:
    """At most MOST_TRIED texts that the run has never trained on, spread evenly over all there are.

    Raises:
        CorpusError: they are not on this machine (nothing is downloaded), or nothing was held out.
    """
    vocabulary = codec_of(run, Does.CLASSIFIES)
    here = {entry.name: entry.available for entry in classification.sources(store)}
    missing = [name for name in vocabulary.corpora if not here.get(name, made.asked(name) is not None)]
    if missing:
        raise CorpusError(f"corpus: expected {', '.join(missing)} on this machine to draw a text from, got none")
    return _unseen(vocabulary.corpora, run.config.batches.validation_fraction, store)


@lru_cache(maxsize=8)
def _unseen(names: tuple[str, ...], fraction: float, store: Store) -> Unseen:
    labelled, words = classification.unseen(list(names), fraction, store)
    if not labelled.texts:
        raise CorpusError("batches.validation_fraction: expected texts that were held out, got a run that kept none")
    places = np.unique(np.linspace(0, len(labelled.texts) - 1, MOST_TRIED).astype(int))
    return Unseen([labelled.texts[place] for place in places], labelled.labels[places], words)


class Confusion(NamedTuple):
    """How often each class was taken for which: `counts` (true class, predicted class); `words` says of what."""

    labels: tuple[str, ...]
    counts: np.ndarray
    words: str

    @property
    def accuracy(self) -> float:
        return float(np.trace(self.counts) / self.counts.sum())

    def table(self) -> pd.DataFrame:
        """Per class how many texts were tried, the accuracy, and what it was most often taken for."""
        rows = []
        for label, row, right in zip(self.labels, self.counts, np.diag(self.counts), strict=True):
            wrong = np.where(np.arange(len(row)) == self.labels.index(label), 0, row)
            taken_for = self.labels[int(wrong.argmax())] if wrong.any() else ""
            rows.append((label, int(row.sum()), right / row.sum() if row.sum() else None, taken_for))
        return pd.DataFrame(rows, columns=["Class", "Texts", "Right", "Else most often"])


def confusion(store: Store, checkpoint: Classifier) -> Confusion:
    """Predictions for the texts of `unseen` beside the true classes. Raises CorpusError as `unseen`."""
    tried = unseen(store, checkpoint.run)
    predicted = probabilities(checkpoint, checkpoint.codec.rows(tried.texts, length(checkpoint))).argmax(axis=1)
    counts = np.zeros((len(checkpoint.codec.labels), len(checkpoint.codec.labels)), int)
    np.add.at(counts, (tried.labels, predicted), 1)
    return Confusion(checkpoint.codec.labels, counts, tried.words)
