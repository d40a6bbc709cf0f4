"""What a loss is worth: how well plain counting, and xz, predict the same held-out text.

Uniform guessing, n-gram models of 1 to 5 symbols (interpolated modified Kneser-Ney, the
standard of the field before networks) and a file compressor, each in nats per token like
val_loss. Knows no network, no epoch and no chart.
"""

from __future__ import annotations

import lzma
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from rnnkit.config import BatchConfig
from rnnkit.errors import TooLarge
from rnnkit.store import Run, Store
from rnnkit.studies.checkpoint import codec_of, read_sha256, text_of
from rnnkit.tasks import Does
from rnnkit.texts import batches, held_out
from rnnkit.texts.tokenizers import Tokenizer

MOST_SYMBOLS = 5  # of an n-gram
FALLBACK = (0.5, 1.0, 1.5)  # discounts where the counts of counts allow no estimate, as KenLM's discount_fallback
MOST_COUNTED = 10_000_000  # symbols of a text; counting took 70 to 85 bytes for each
XZ_WINDOW = 8 * 2**20  # bytes that xz looks back at its default level; what came before cannot help it


class Reference(NamedTuple):
    """A way to predict the held-out text without a network, and what it costs in nats per token."""

    name: str
    title: str  # as it stands in a sentence
    nats: float


def of_run(run: Run, store: Store) -> list[Reference]:
    """The references of a run that has read its text, by its own vocabulary and on its own held-out part.

    Raises:
        CorpusError: the text cannot be had, or is no longer the one that the run has read.
        TooLarge: as `references`.
    """
    tokenizer, text = codec_of(run, Does.WRITES), text_of(store, run)
    return references(tokenizer, tokenizer.encode(text).ids, run.config.batches)


def ngram(run: Run, store: Store, n: int = 3) -> float | None:
    """Nats per token of the n-gram model of one order alone; None where nothing is held out. Raises as `of_run`."""
    tokenizer, text = codec_of(run, Does.WRITES), text_of(store, run)
    ids = tokenizer.encode(text).ids
    if len(ids) > MOST_COUNTED:
        raise _too_large(ids)
    train, unread = batches.split(ids, run.config.batches.validation_fraction)
    asked = held_out.places(len(unread), run.config.batches)
    return -float(np.log(ngrams(train, unread, tokenizer.vocab_size, n)[-1][asked]).mean()) if len(asked) else None


def ground(run: Run) -> tuple[Any, ...]:
    """What the references of a run depend on: runs with the same ground have the same ones."""
    config = run.config.batches
    asked = (config.kind, config.length, config.step) if config.kind == "windows" else (config.kind,)
    return run.corpus, read_sha256(run), run.tokenizer_json, config.validation_fraction, *asked


def references(tokenizer: Tokenizer, ids: np.ndarray, config: BatchConfig) -> list[Reference]:
    """All references for a text, in the order uniform, 1-gram ... 5-gram, xz; none when nothing is held out.

    Counted on the training part alone, with the run's own vocabulary. The n-grams are asked for exactly the
    symbols that val_loss is a mean over; xz codes all of the held-out part.

    Args:
        ids: the whole text, (N,). config: says which part is held out, and which symbols of it are targets.

    Raises:
        TooLarge: more than MOST_COUNTED symbols.
    """
    if len(ids) > MOST_COUNTED:
        raise _too_large(ids)
    train, unread = batches.split(ids, config.validation_fraction)
    asked = held_out.places(len(unread), config)
    if not len(asked):
        return []
    models = ngrams(train, unread, tokenizer.vocab_size)
    texts = [tokenizer.decode(part).encode() for part in (train, unread)]
    return [
        Reference("uniform", "guessing", math.log(tokenizer.vocab_size)),
        *(Reference(f"{n}-gram", f"the {n}-gram", -float(np.log(p[asked]).mean())) for n, p in enumerate(models, 1)),
        Reference("xz", "xz", xz(*texts) / len(unread)),
    ]


def _too_large(ids: np.ndarray) -> TooLarge:
    return TooLarge(f"text: expected at most {MOST_COUNTED:,} tokens to count n-grams in, got {len(ids):,}")


def xz(train: bytes, held_out: bytes) -> float:
    """Nats that xz at its default level needs for `held_out` when it has just read `train`.

    What both take together, less what `train` takes alone.
    """
    seen = train[-XZ_WINDOW:]
    with ThreadPoolExecutor(2) as both:  # compressing lets other threads run
        alone, together = both.map(lambda data: len(lzma.compress(data)), (seen, seen + held_out))
    return (together - alone) * 8 * math.log(2)


# ---- n-grams


class NgramOrder(NamedTuple):
    """All k-grams of a text, numbered: `of` (M,) is the number of the one that ends at each place, from k - 1 on.

    Place 0 is a mark for the beginning of the text. The other arrays (G,) have one entry per number: `context` is
    the k-gram without its last symbol and `suffix` the one without its first, as numbers of order k - 1; `counts`
    says how often the training part has it.
    """

    of: np.ndarray
    context: np.ndarray
    suffix: np.ndarray
    counts: np.ndarray


def ngrams(train: np.ndarray, held_out: np.ndarray, vocab_size: int, most: int = MOST_SYMBOLS) -> list[np.ndarray]:
    """The probability of every held-out symbol under the n-gram model of each order: `most` arrays (H,).

    Interpolated modified Kneser-Ney after Chen and Goodman (1999), "An empirical study of smoothing techniques
    for language modeling", Computer Speech and Language 13, section 3. With h' for the context h less its first
    symbol,

        p(w | h) = (c(hw) - D(c(hw))) / c(h.) + (D1 N1(h.) + D2 N2(h.) + D3 N3+(h.)) / c(h.)  *  p(w | h')

    where Ni(h.) is how many symbols follow h exactly i times. c counts in the highest order how often hw stands
    in the text, and below it how many different symbols stand before hw. A context never seen leaves all to h';
    below one symbol stands the uniform distribution, so nothing is impossible. The discounts are the paper's:
    Y = n1 / (n1 + 2 n2), Di = i - (i + 1) Y n(i+1) / ni, from the ni k-grams that are counted i times.

    A context may begin in the training part. The text's beginning counts as one more symbol that can stand
    before others.
    """
    places = len(train) + 1 + np.arange(len(held_out))  # of the held-out symbols; place 0 is the mark
    lower = np.full(len(held_out), 1 / vocab_size)
    found = []
    shorter: NgramOrder | None = None
    for k, order in enumerate(_orders(np.concatenate([train, held_out]), len(train), vocab_size, most), start=1):
        if shorter is not None:
            different = np.bincount(order.suffix[order.counts > 0], minlength=len(shorter.counts))
            lower = _interpolated(shorter, different, k - 1, places, lower)
        found.append(_interpolated(order, order.counts, k, places, lower))
        shorter = order
    return found


def _orders(ids: np.ndarray, trained: int, vocab_size: int, most: int) -> Iterator[NgramOrder]:
    """The orders 1 to `most` of a text whose first `trained` symbols are counted."""
    symbols = np.concatenate([[vocab_size], ids]).astype(np.int64)  # the mark is a symbol of its own
    shorter, numbers = np.zeros(len(symbols) + 1, np.int32), 1  # the empty k-gram ends everywhere
    for first in range(most):  # the place where the first k-gram of this order ends
        before, inside = shorter[:-1], shorter[1:]
        keys = before.astype(np.int64) * (vocab_size + 1) + symbols[first:]
        of, size = _numbered(keys, numbers * (vocab_size + 1))
        context, suffix = np.zeros((2, size), np.int32)
        context[of], suffix[of] = before, inside
        counted = of[1 - min(first, 1) : max(0, trained + 1 - first)]  # the mark itself is never predicted
        yield NgramOrder(of, context, suffix, np.bincount(counted, minlength=size))
        shorter, numbers = of, size


def _numbered(keys: np.ndarray, space: int) -> tuple[np.ndarray, int]:
    """Each key's number among the different ones, int32, and how many those are. `space`: keys are below it."""
    if space > 4 * len(keys) + 2**20:
        different, numbers = np.unique(keys, return_inverse=True)
        return numbers.astype(np.int32), len(different)
    present = np.zeros(space, bool)  # a table of all keys that could be is much faster than sorting
    present[keys] = True
    table = np.cumsum(present, dtype=np.int32) - 1
    return table[keys], int(present.sum())


def _interpolated(order: NgramOrder, count: np.ndarray, k: int, places: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """p(w | h) at `places` (H,) from `count` (G,) of the k-grams and the probabilities `lower` (H,) after h'."""
    discount = np.array([0.0, *_discounts(count)])[np.minimum(count, 3)]  # (G,)
    total = np.bincount(order.context, weights=count)
    left_over = np.bincount(order.context, weights=discount)
    found = lower.copy()
    whole = np.flatnonzero(places >= k - 1)  # the others stand too near to the beginning of the text
    number = order.of[places[whole] - (k - 1)]
    context = order.context[number]
    seen = total[context] > 0
    whole, number, context = whole[seen], number[seen], context[seen]
    found[whole] = (count[number] - discount[number] + left_over[context] * lower[whole]) / total[context]
    return found


def _discounts(count: np.ndarray) -> Sequence[float]:
    """D1, D2 and D3+ from the counts of counts, or FALLBACK where those allow none between 0 and 1, 2, 3."""
    _, n1, n2, n3, n4, *_ = (float(n) for n in np.bincount(np.minimum(count, 5), minlength=6))
    if not (n1 and n2 and n3):
        return FALLBACK
    y = n1 / (n1 + 2 * n2)
    found = [i - (i + 1) * y * more / n for i, n, more in ((1, n1, n2), (2, n2, n3), (3, n3, n4))]
    return found if all(0 < d <= i for i, d in enumerate(found, start=1)) else FALLBACK
