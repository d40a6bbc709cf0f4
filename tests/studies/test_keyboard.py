"""Offers are what the network believes, nothing is read twice, and keystrokes are counted as a person types them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import tiny
from networks import logits_over

from rnnkit import engine
from rnnkit.engine import Sampler, reader
from rnnkit.errors import ConfigError, CorpusError, DamagedCheckpoint, PromptError, UnknownEpoch
from rnnkit.studies import keyboard
from rnnkit.texts import own, tokenizers

KINDS = {
    "lstm": {},
    "two layers": {"model": {"architecture": "gru", "layers": 2}},
    "bidirectional": {
        "model": {"architecture": "lstm", "bidirectional": True}, "batches": {"kind": "windows", "length": 6},
    },
    "unrolled": {"model": {"architecture": "unrolled"}, "batches": {"kind": "windows", "length": 3}},
}  # fmt: skip
every_kind = pytest.mark.parametrize("parts", KINDS.values(), ids=KINDS)


def of(text: str, symbols: str | None = None, **parts) -> keyboard.Keyboard:
    """A keyboard with a small random network that knows the symbols of `text`."""
    settings = tiny.config(**parts)
    tokenizer = tokenizers.build(symbols or text, settings.tokenizer)
    arrays = tiny.arrays(settings, tokenizer.vocab_size)
    return keyboard.Keyboard(engine.network(settings, tokenizer.vocab_size, arrays), tokenizer)


def believed(at: keyboard.Keyboard, text: str, temperature: float = 1.0) -> np.ndarray:
    """What comes after `text` (V,), read from the beginning by the engine."""
    logits = logits_over(at.network, at.ids(text)[0])[-1:]
    return engine.probabilities(Sampler(temperature), logits)[0]


def chance(at: keyboard.Keyboard, text: str, word: str, temperature: float = 1.0) -> float:
    """That `text` goes on with exactly `word`: each of its letters, then anything that is none."""
    steps = [believed(at, text + word[:n], temperature) for n in range(len(word) + 1)]
    letters = np.prod([step[at.tokenizer.symbols.index(letter)] for step, letter in zip(steps, word, strict=False)])
    return float(letters * steps[-1][~at.in_words].sum())


@every_kind
@pytest.mark.parametrize("temperature", [0.5, 1.0])
@pytest.mark.parametrize("text", ["", "ab", "ba ", "a."])
def test_the_likeliest_words_are_those_of_all_words_there_are(parts: dict, temperature: float, text: str):
    at = of("ab. \n", **parts)
    lead = [""] if text[-1:] in ("", " ") else ["", " "]
    every = [
        before + "".join(letters)
        for before in lead
        for length in range(1, 5)
        for letters in itertools.product("ab", repeat=length)
    ]
    best = sorted(every, key=lambda word: -chance(at, text, word, temperature))[:3]
    offered = at.offers(text, temperature, words=3).words
    assert [offer.text for offer in offered] == best
    for offer in offered:
        assert offer.probability == pytest.approx(chance(at, text, offer.text, temperature), rel=1e-4)


@every_kind
def test_the_symbols_are_the_likeliest_next_ones(parts: dict):
    at = of("The fox.\n", **parts)
    expected = believed(at, "The ")
    offered = at.offers("The ").symbols
    assert [offer.text for offer in offered] == [
        at.tokenizer.symbols[i] for i in np.argsort(-expected, kind="stable")[: keyboard.SYMBOLS]
    ]
    assert offered[0].probability == pytest.approx(expected.max(), rel=1e-5)
    assert {"␣", "⏎"} & {offer.label for offer in at.offers("T", temperature=9).symbols} or len(offered) < 9


@every_kind
def test_a_key_costs_one_step_and_changes_nothing_in_the_answer(parts: dict):
    at, text = of("the quick brown fox\n", **parts), "the quick brown fox " * 20
    assert at.offers(text).read == len(text) + 1
    assert at.offers(text).read == 0
    assert at.offers(text + "t").read == 1
    assert at.offers(text[:-3]).read <= reader.EVERY
    assert at.offers(text[:200] + "x").read <= reader.EVERY + 1
    fresh = of("the quick brown fox\n", **parts)
    for asked in (text + "t", text[:-3], text[:200] + "x"):
        assert at.offers(asked)[:2] == fresh.offers(asked)[:2]


def test_only_so_much_is_remembered(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reader, "KEPT_BYTES", 0)
    at = of("abc \n")
    for n in range(300):
        at.offers("abc"[n % 3] * (n + 1))
    assert len(at.prefixes._kept) == 64
    assert at.offers("a" * 5_000).words == of("abc \n").offers("a" * 5_000).words


def test_temperature_changes_the_chances_and_zero_leaves_one_word():
    at = of("The quick brown fox.\n")
    cold, warm = at.offers("Th", 0.2).words[0].probability, at.offers("Th", 2.0).words
    assert not warm or cold > warm[0].probability
    assert [offer.probability for offer in at.offers("Th", 0).symbols] == [1.0]


def test_drawn_words_depend_on_the_seed_alone_and_have_their_true_chances():
    at = of("ab. \n")
    first, again, other = (at.offers("ab", seed=seed).words for seed in (1, 1, 2))
    assert first == again != other
    assert len({offer.text for offer in first}) == len(first)
    for offer in first:
        assert offer.probability == pytest.approx(chance(at, "ab", offer.text), rel=1e-3, abs=1e-12)


def test_drawing_at_temperature_zero_and_where_no_word_can_follow_is_calm():
    assert len(of("ab. \n").offers("a", 0, seed=3).words) <= 1
    assert of("...\n--").offers(".", seed=3).words == []
    assert of("...\n--").offers(".").words == []


def test_what_is_unknown_is_told_and_the_rest_is_read():
    at = of("The fox.\n")
    offers = at.offers("The é")
    assert "'é' (1x)" in offers.unknown
    assert offers.words == at.offers("The ")._replace(unknown=None).words
    assert at.offers("The").unknown is None
    assert at.offers("ééé").words == at.offers("").words


def test_a_text_without_an_end_and_settings_out_of_range_are_sentences():
    at = of("ab \n")
    with pytest.raises(PromptError, match="expected at most 20,000 characters"):
        at.offers("a" * 20_001)
    with pytest.raises(ConfigError, match="temperature"):
        at.offers("a", -1)


def test_a_network_whose_numbers_are_infinite_is_a_sentence():
    at = of("ab \n")
    at.network.arrays["dense/bias"][:] = np.inf
    with pytest.raises(DamagedCheckpoint):
        at.offers("a")


# ---- words

WORDS = {"tokenizer": {"kind": "words", "minimum_count": 1}}


def test_the_word_being_typed_is_completed_with_its_chance_given_the_letters():
    at = of("the quick quiet fox quits, the fox\n", **WORDS)
    expected, symbols = believed(at, "the "), at.tokenizer.symbols
    begun = {word: expected[symbols.index(word)] for word in ("quick", "quiet", "quits")}
    offered = {offer.text: offer.probability for offer in at.offers("The qui").words}
    assert offered == pytest.approx({word[3:]: p / sum(begun.values()) for word, p in begun.items()}, rel=1e-5)


def test_after_a_whole_word_the_next_ones_come_with_their_space():
    at = of("the fox sees the dog, the dog sees the fox\n", **WORDS)
    offers = at.offers("the fox")
    assert {offer.text for offer in offers.words} <= {" the", " fox", " sees", " dog"}
    assert {offer.text for offer in offers.symbols} == {",", "\n"}
    assert {offer.label for offer in offers.symbols} == {",", "⏎"}
    assert {offer.text for offer in at.offers("the fox ").words} <= {"the", "fox", "sees", "dog"}
    assert sum(offer.probability for kind in offers[:2] for offer in kind) == pytest.approx(1, abs=1e-5)


def test_a_word_that_nobody_knows_is_told_and_drawn_words_have_a_seed():
    at = of("the fox sees the dog, the dog sees the fox\n", **WORDS)
    assert "'zebra'" in at.offers("the zebra").unknown
    assert at.offers("the zeb").words
    first, again = at.offers("the ", seed=1), at.offers("the ", seed=1)
    assert first == again
    assert len({tuple(at.offers("the ", seed=seed).words) for seed in range(9)}) > 1


def test_the_entry_for_unknown_words_is_never_offered():
    at = of("the fox sees the dog\n", tokenizer={"kind": "words", "minimum_count": 1, "unknown_symbol": True})
    offers = at.offers("the zebra ")
    assert "\ufffd" not in {offer.text for kind in offers[:2] for offer in kind}


# ---- from the store


def test_a_kept_epoch_of_a_run_is_a_keyboard(store):
    run = tiny.run(store)
    offers = [keyboard.keyboard(store, run, epoch).offers("The ").symbols for epoch in (1, 2)]
    assert offers[0] != offers[1]
    with pytest.raises(UnknownEpoch):
        keyboard.keyboard(store, run, 9)


# ---- keystrokes saved


class Knows:
    """Offers words of a list where they fit, as a network of characters would, in the order of the list."""

    def __init__(self, *words: str):
        self.words = words

    def offers(self, text: str, words: int) -> keyboard.Offers:
        begun = text[len(text.rstrip("abcdefghijklmnopqrstuvwxyz")) :]
        fitting = [word[len(begun) :] for word in self.words if word.startswith(begun) and word != begun]
        return keyboard.Offers([keyboard.Offer(word, word, 0.1) for word in fitting[:words]], [], None, 1)


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ((), 11),  # every letter
        (("hello", "there"), 3),  # a word, the space, a word
        (("there",), 7),
        (("her", "the", "hell"), 11),  # the beginning of the right word is not the right word
        (("a", "b", "c", "hello"), 8),  # the fourth is not looked at; after the first letter it is the first
        (("hello", "then", "thee", "they", "there"), 7),
    ],
)
def test_a_person_takes_the_right_word_from_the_first_three_and_else_types_a_letter(words: tuple, keys: int):
    assert keyboard.keystrokes(Knows(*words), "hello there") == keys


def test_what_is_typed_is_what_the_run_never_learned_from(store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(keyboard, "MEASURED_CHARS", 60)
    text = tiny.TEXT * 40
    name = own.add(store, text)
    run = tiny.run(store, text, corpus=name, batches={"validation_fraction": 0.5})
    held_out = keyboard.held_out(store, store.run(run))
    assert held_out == text[len(text) // 2 :][: keyboard.MEASURED_CHARS]
    assert 0 <= keyboard.saved(store, run, 1) < 1


def test_nothing_held_out_is_a_sentence(store):
    name = own.add(store, tiny.TEXT)
    run = tiny.run(store, corpus=name, batches={"validation_fraction": 0})
    with pytest.raises(CorpusError, match="expected some text to type"):
        keyboard.held_out(store, store.run(run))
