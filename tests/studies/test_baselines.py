"""Reference lines: n-grams against a slow computation with fractions, xz against its own files."""

from __future__ import annotations

import hashlib
import lzma
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import tiny

from rnnkit.config import BatchConfig, TokenizerConfig
from rnnkit.errors import CorpusError, TooLarge
from rnnkit.store import Run, Store
from rnnkit.studies import baselines
from rnnkit.texts import batches, cookbook, own, tokenizers
from rnnkit.texts.held_out import places

FOX = "the quick brown fox jumps over the lazy dog and the dog sleeps on; then the fox is off again. " * 3


class Plain:
    """Interpolated modified Kneser-Ney as the paper defines it, one symbol at a time, in exact fractions."""

    FALLBACK = (Fraction(0), Fraction(1, 2), Fraction(1), Fraction(3, 2))

    def __init__(self, train: Sequence[int], vocab_size: int, order: int):
        self.vocab_size, self.order = vocab_size, order
        text = ["begin", *train]
        grams = {
            k: Counter(tuple(text[end - k : end]) for end in range(max(k, 2), len(text) + 1))
            for k in range(1, order + 1)
        }
        self.counts = {order: dict(grams[order])}
        for k in range(1, order):
            before = {(gram[1:], gram[0]) for gram in grams[k + 1]}  # (k-gram, a symbol that stands before it)
            self.counts[k] = dict(Counter(gram for gram, _ in before))
        self.discounts = {k: self.discount(list(counts.values())) for k, counts in self.counts.items()}
        self.followers: dict[tuple, dict[int, int]] = defaultdict(dict)
        for counts in self.counts.values():
            for gram, count in counts.items():
                self.followers[gram[:-1]][gram[-1]] = count

    @staticmethod
    def discount(counts: list[int]) -> tuple[Fraction, ...]:
        n = [Fraction(counts.count(i)) for i in range(5)]
        if not all(n[1:4]):
            return Plain.FALLBACK
        y = n[1] / (n[1] + 2 * n[2])
        found = (Fraction(0), 1 - 2 * y * n[2] / n[1], 2 - 3 * y * n[3] / n[2], 3 - 4 * y * n[4] / n[3])
        return found if all(0 < found[i] <= i for i in (1, 2, 3)) else Plain.FALLBACK

    def probability(self, symbol: int, context: tuple) -> Fraction:
        lower = self.probability(symbol, context[1:]) if context else Fraction(1, self.vocab_size)
        followers = self.followers.get(context)
        if not followers:
            return lower
        d = self.discounts[len(context) + 1]
        kept = sum(d[min(count, 3)] for count in followers.values())
        count = followers.get(symbol, 0)
        return (count - d[min(count, 3)] + kept * lower) / sum(followers.values())

    def probabilities(self, train: Sequence[int], held_out: Sequence[int]) -> list[float]:
        text = ["begin", *train, *held_out]
        places = range(len(train) + 1, len(text))
        contexts = (tuple(text[max(0, i - self.order + 1) : i]) for i in places)
        return [float(self.probability(text[i], context)) for i, context in zip(places, contexts, strict=True)]


def ids_of(text: str, **config) -> tuple[tokenizers.Tokenizer, np.ndarray]:
    tokenizer = tokenizers.build(text, TokenizerConfig(**config))
    return tokenizer, tokenizer.encode(text).ids


def random_ids(vocab_size: int, length: int, seed: int) -> np.ndarray:
    """Symbols that repeat themselves, so that there are n-grams of all counts."""
    random = np.random.default_rng(seed)
    pieces = [random.integers(0, vocab_size, random.integers(1, 6)) for _ in range(8)]
    ids = np.concatenate([pieces[i] for i in random.integers(0, 8, length)])[:length]
    return np.where(random.random(length) < 0.1, random.integers(0, vocab_size, length), ids).astype(np.int32)


def check_against_the_plain_computation(train: np.ndarray, held_out: np.ndarray, vocab_size: int) -> None:
    fast = baselines.ngrams(train, held_out, vocab_size)
    assert len(fast) == 5
    for order, found in enumerate(fast, start=1):
        expected = Plain(train.tolist(), vocab_size, order).probabilities(train.tolist(), held_out.tolist())
        np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_every_probability_is_that_of_a_slow_plain_computation(seed: int):
    ids = random_ids(vocab_size=7, length=300, seed=seed)
    check_against_the_plain_computation(ids[:250], ids[250:], 7)


@pytest.mark.parametrize("kind", ["characters", "words"])
def test_so_it_is_on_a_text_from_which_discounts_can_be_estimated(kind: str):
    tokenizer, ids = ids_of(cookbook.write(2500), kind=kind)
    train, held_out = batches.split(ids, 0.1)
    assert Plain(train.tolist(), tokenizer.vocab_size, 5).discounts[2] != Plain.FALLBACK
    check_against_the_plain_computation(train, held_out, tokenizer.vocab_size)


@pytest.mark.parametrize("train", [[], [0], [1], [0, 1], [0, 0, 0], [2, 1, 0, 1]])
@pytest.mark.parametrize("held_out", [[0], [2, 2, 2], [0, 1, 2, 3, 0, 1]])
def test_tiny_texts_and_symbols_never_trained_on_are_no_exception(train: list[int], held_out: list[int]):
    check_against_the_plain_computation(np.array(train, np.int32), np.array(held_out, np.int32), 4)


@pytest.mark.parametrize("context", [[], [0, 1], [4, 4, 4, 4], [5, 5], [3, 2, 1, 0]])
def test_the_probabilities_of_all_symbols_sum_to_one_and_none_is_zero(context: list[int]):
    train, vocab_size = random_ids(vocab_size=5, length=200, seed=1), 6  # nothing is known of symbol 5
    all_symbols = [
        [p[-1] for p in baselines.ngrams(train, np.array([*context, symbol]), vocab_size)]
        for symbol in range(vocab_size)
    ]
    np.testing.assert_allclose(np.sum(all_symbols, axis=0), 1.0, rtol=1e-12)
    assert np.min(all_symbols) > 0


def test_sorting_and_the_table_number_n_grams_alike(monkeypatch: pytest.MonkeyPatch):
    ids = random_ids(vocab_size=9, length=500, seed=3)
    by_table = baselines.ngrams(ids[:400], ids[400:], 9)
    unique = np.unique
    monkeypatch.setattr(baselines, "_numbered", lambda keys, space: sort_numbered(unique, keys))
    np.testing.assert_array_equal(baselines.ngrams(ids[:400], ids[400:], 9), by_table)


def sort_numbered(unique, keys: np.ndarray) -> tuple[np.ndarray, int]:
    different, numbers = unique(keys, return_inverse=True)
    return numbers, len(different)


def test_only_the_training_part_is_counted():
    ids = random_ids(vocab_size=6, length=300, seed=5)
    first = baselines.ngrams(ids[:200], ids[200:250], 6)
    longer = baselines.ngrams(ids[:200], ids[200:], 6)
    for short, long in zip(first, longer, strict=True):
        np.testing.assert_array_equal(short, long[:50])


# ---- the lines of a text


def lines(text: str, config: BatchConfig | None = None, **tokenizer) -> dict[str, float]:
    found = baselines.references(*ids_of(text, **tokenizer), config or BatchConfig())
    return {one.name: one.nats for one in found}


def test_longer_contexts_predict_a_real_text_better():
    found = lines(cookbook.write(60_000))
    assert list(found) == ["uniform", "1-gram", "2-gram", "3-gram", "4-gram", "5-gram", "xz"]
    losses = [found[name] for name in list(found)[:6]]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.5 * losses[1]


def test_uniform_is_the_logarithm_of_the_vocabulary_words_too():
    assert lines("ab" * 50)["uniform"] == pytest.approx(math.log(2))
    assert lines("one two three four " * 20, kind="words")["uniform"] == pytest.approx(math.log(4))


def test_xz_is_what_its_files_grow_by():
    text = cookbook.write(20_000)
    held_out = int(len(text) * 0.1)
    grown = len(lzma.compress(text.encode())) - len(lzma.compress(text[:-held_out].encode()))
    assert lines(text)["xz"] == pytest.approx(grown * 8 * math.log(2) / held_out)


def test_windows_are_asked_for_the_symbols_after_them():
    config = BatchConfig(kind="windows", length=10, step=3)
    tokenizer, ids = ids_of(FOX)
    train, held_out = batches.split(ids, config.validation_fraction)
    _, targets = batches.Windows(held_out, config).epoch().batch(0)
    asked = places(len(held_out), config)
    np.testing.assert_array_equal(held_out[asked], targets)
    probabilities = baselines.ngrams(train, held_out, tokenizer.vocab_size)[2][asked]
    assert lines(FOX, config)["3-gram"] == pytest.approx(-np.log(probabilities).mean())


def test_nothing_held_out_gives_no_lines():
    assert lines("abc" * 30, BatchConfig(validation_fraction=0.0)) == {}
    assert lines("abc" * 3, BatchConfig(validation_fraction=0.12)) == {}  # one symbol: nothing stands before it


def test_a_text_too_long_to_count_is_refused_with_a_sentence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(baselines, "MOST_COUNTED", 100)
    with pytest.raises(TooLarge, match="at most 100 tokens"):
        lines("abc" * 50)


# ---- the lines of a run


def described(store: Store, **parts) -> Run:
    """A run on FOX that has read its text."""
    name = own.add(store, FOX, "fox")
    run = tiny.run(store, FOX, epochs=0, corpus=name, **parts)
    return store.run(run)


def test_a_run_is_measured_with_its_own_vocabulary_on_its_own_held_out_part(store: Store):
    run = described(store, tokenizer={"unknown_symbol": True}, batches={"validation_fraction": 0.3})
    found = baselines.of_run(run, store)
    vocabulary, ids = ids_of(FOX, unknown_symbol=True)
    assert found == baselines.references(vocabulary, ids, run.config.batches)
    assert found[0].nats == pytest.approx(math.log(len(set(FOX)) + 1))


def test_another_version_of_the_text_gives_no_lines_but_a_sentence(store: Store):
    run = replace(described(store), provenance={"corpus": {"sha256": "0" * 64}})
    with pytest.raises(CorpusError, match="the text that run"):
        baselines.of_run(run, store)
    read = {"corpus": {"sha256": hashlib.sha256(FOX.encode()).hexdigest()}}
    assert baselines.of_run(replace(run, provenance=read), store)


def test_runs_have_the_same_ground_whatever_their_networks_and_streams(store: Store):
    first = described(store)
    same = described(store, model={"units": 3}, batches={"length": 7, "batch_size": 2}, training={"epochs": 9})
    windows = described(store, batches={"kind": "windows", "length": 7})
    assert baselines.ground(first) == baselines.ground(same) != baselines.ground(windows)
