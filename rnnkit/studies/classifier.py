"""One text before a trained classifier: its verdict after each word, and how often such verdicts are right.

With the NumPy engine, from any kept epoch. Knows no page and no training.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from rnnkit import engine, tasks
from rnnkit.engine import Network
from rnnkit.errors import ConfigError, CorpusError, PromptError, UnknownEpoch
from rnnkit.store import Run, Store
from rnnkit.studies import sampling
from rnnkit.tasks import Does, classification
from rnnkit.tasks.vocabulary import UNKNOWN, Vocabulary, beginnings

MOST_SHOWN, OTHERS = 5, "all others"  # classes with a colour of their own
MOST_TRIED = 400  # held-out texts that a verdict is asked for: enough to know the share of right ones within 5 %


@dataclass(frozen=True)
class Judge:
    """A trained classifier at one epoch."""

    run: Run
    epoch: int
    vocabulary: Vocabulary
    network: Network

    @property
    def labels(self) -> tuple[str, ...]:
        return self.vocabulary.labels

    @property
    def length(self) -> int:
        """The most symbols that are read of a text, its last ones."""
        return self.run.config.batches.length


def judge(store: Store, run_id: str, epoch: int | str = sampling.LAST) -> Judge:
    """The classifier of a run after a kept epoch.

    Raises:
        UnknownRun, UnknownEpoch: there is no such run or kept epoch. ConfigError: it learned something else.
        DamagedCheckpoint: the stored arrays are not those of the run's network.
    """
    run = store.run(run_id)
    if tasks.of(run.config).does is not Does.CLASSIFIES:
        raise ConfigError(f"run {run.id}: expected one that classifies, got one that learned {run.config.task}")
    (kept,) = sampling.chosen_epochs(run.id, store.checkpoint_epochs(run.id), str(epoch))
    if run.tokenizer is None:
        raise UnknownEpoch(f"run {run.id}: expected one with a finished epoch, got one without; wait for it")
    return Judge(run, kept, tasks.of(run.config).decode(run.tokenizer), sampling.network_of(store, run, kept))


def chances(at: Judge, rows: np.ndarray) -> np.ndarray:
    """Rows of ids (N, length) to the chance of each class, (N, classes). Outputs that stand for no class are left out.

    Raises:
        DamagedCheckpoint: the network's numbers are no longer finite.
    """
    logits = engine.answers(at.network, rows).astype(np.float64)
    if logits.shape[1] == 1:  # a single output is that of the second class against the first
        logits = np.concatenate((np.zeros_like(logits), logits), axis=1)
    powers = np.exp(logits[:, : len(at.labels)] - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


class Reading(NamedTuple):
    """A text as the network read it, word by word.

    `words` has a row for each symbol that was read: `word` as it stands in the text, `gap` what stands before it,
    whether it is `known`, by how much it changed the chance of the class `toward` (`points`, between -1 and 1) and
    the logarithm of its odds (`moved`, in nats: where the chance is near 0 or 1 already, that still tells words
    apart). `chances` is (words + 1, classes), before the first word and after each. `tail` stands after the last
    word; `left_out` symbols stood too early to be read.
    """

    words: pd.DataFrame
    tail: str
    chances: np.ndarray
    verdict: int
    toward: int
    left_out: int

    @property
    def unknown(self) -> int:
        """Symbols that the vocabulary does not have."""
        return int((~self.words["known"]).sum())


def read(at: Judge, text: str) -> Reading:
    """Ask for the verdict on every beginning of a text, each filled up as whole texts are in training.

    Of a long text only the last `length` symbols are read, as in training.

    Raises:
        PromptError: there is no word in it.
    """
    pieces, left_out = at.vocabulary.last(text, at.length)
    if not pieces:
        raise PromptError(f"text: expected {at.vocabulary.kind} to judge, got none in {text[:60]!r}")
    ids = at.vocabulary.ids([piece.symbol for piece in pieces])
    found = chances(at, beginnings(ids, at.length))
    verdict = int(found[-1].argmax())
    toward = 1 if len(at.labels) == 2 else verdict
    before = [pieces[0].start, *(piece.end for piece in pieces)]
    words = pd.DataFrame(
        {
            "word": [text[piece.start : piece.end] for piece in pieces],
            "gap": [text[end : piece.start] for end, piece in zip(before, pieces, strict=False)],
            "known": np.array(ids, int) != UNKNOWN,
            "points": np.diff(found[:, toward]),
            "moved": np.diff(_log_odds(found[:, toward])),
        }
    )
    return Reading(words, text[before[-1] :], found, verdict, toward, left_out)


def _log_odds(chance: np.ndarray) -> np.ndarray:
    chance = np.clip(chance, 1e-9, 1 - 1e-9)  # a softmax rounds to 0 and 1
    return np.log(chance / (1 - chance))


def remarks(at: Judge, reading: Reading) -> list[str]:
    """What one must know to trust the prediction, one sentence each."""
    kind, read, said = at.vocabulary.kind, len(reading.words), []
    if reading.left_out:
        said.append(
            f"Of {reading.left_out + read:,} {kind} only the last {read:,} are read, as this network was trained."
        )
    if reading.unknown:
        said.append(f"{reading.unknown:,} of {read:,} {kind} are not in its vocabulary: it reads each as “unknown”.")
    return said


def course(at: Judge, reading: Reading) -> pd.DataFrame:
    """Chances after each word, as rows to draw: place (0 is before all words), word, label and chance.

    Of two classes only the second, as the first has the rest; of many the MOST_SHOWN that were ever the likeliest
    to be believed, and OTHERS together.
    """
    if len(at.labels) == 2:
        shown, rest = [1], []
    else:
        ranked = np.argsort(-reading.chances.max(axis=0), kind="stable").tolist()
        shown, rest = sorted(ranked[:MOST_SHOWN]), ranked[MOST_SHOWN:]
    columns = {at.labels[i]: reading.chances[:, i] for i in shown}
    if rest:
        columns[OTHERS] = reading.chances[:, rest].sum(axis=1)
    table = pd.DataFrame({"word": ["(before the text)", *reading.words["word"]], **columns}).rename_axis("place")
    return table.reset_index().melt(["place", "word"], var_name="label", value_name="chance")


def landmarks(reading: Reading, most: int = 36) -> dict[int, str]:
    """Places of words to be named under a chart: all of a short text, of a long one those that moved the chance most.

    No two are nearer than there is room for `most` of them.
    """
    count, found = len(reading.words), {}
    room = max(1, count // most)
    for place in np.argsort(-reading.words["points"].abs().to_numpy(), kind="stable") + 1:
        if len(found) < most and all(abs(place - other) >= room for other in found):
            found[int(place)] = reading.words["word"].iloc[place - 1]
    return dict(sorted(found.items()))


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
    vocabulary = classification.decode(run.tokenizer)
    here = {entry.name: entry.available for entry in classification.sources(store)}
    missing = [name for name in vocabulary.corpora if not here.get(name)]
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
    """How often each class was taken for which: `counts` (true class, verdict); `words` says of what."""

    labels: tuple[str, ...]
    counts: np.ndarray
    words: str

    @property
    def accuracy(self) -> float:
        return float(np.trace(self.counts) / self.counts.sum())

    def table(self) -> pd.DataFrame:
        """Per class how many texts were tried, the share of right verdicts, and what it was most often taken for."""
        rows = []
        for label, row, right in zip(self.labels, self.counts, np.diag(self.counts), strict=True):
            wrong = np.where(np.arange(len(row)) == self.labels.index(label), 0, row)
            taken_for = self.labels[int(wrong.argmax())] if wrong.any() else ""
            rows.append((label, int(row.sum()), right / row.sum() if row.sum() else None, taken_for))
        return pd.DataFrame(rows, columns=["Class", "Texts", "Right", "Else most often"])


def confusion(store: Store, at: Judge) -> Confusion:
    """Verdicts on the texts of `unseen` beside the truth. Raises CorpusError as `unseen`."""
    tried = unseen(store, at.run)
    said = chances(at, at.vocabulary.rows(tried.texts, at.length)).argmax(axis=1)
    counts = np.zeros((len(at.labels), len(at.labels)), int)
    np.add.at(counts, (tried.labels, said), 1)
    return Confusion(at.labels, counts, tried.words)
