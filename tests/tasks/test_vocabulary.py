"""The symbols of a classifier: words as keras.datasets.imdb numbers them, or characters, with their places."""

from __future__ import annotations

import json

import classified
import numpy as np
import pytest

from rnnkit.errors import ConfigError, DamagedCheckpoint
from rnnkit.tasks import classification
from rnnkit.tasks.classification import Examples, LabelledTexts
from rnnkit.tasks.vocabulary import MARKS, PADDING, START, UNKNOWN, Vocabulary, beginnings, decode, split


def vocabulary(*texts: str, **settings) -> Vocabulary:
    examples = Examples(
        ["x"], ("no", "yes"), LabelledTexts(list(texts), np.zeros(len(texts), np.int32)), LabelledTexts([], [])
    )
    config = classified.config(**{f"tokenizer.{name}": value for name, value in settings.items()})
    return classification.build(examples, config.tokenizer)


def test_the_most_frequent_word_is_number_four_and_three_is_nobodys_as_in_keras():
    known = vocabulary("the cat, the DOG; the cat!", vocab_size=None)
    assert known.symbols == (*MARKS, "the", "cat", "dog")
    assert known.ids(["the", "cat", "mouse", "<unused>", "<padding>"]) == [4, 5, UNKNOWN, UNKNOWN, UNKNOWN]


def test_words_lose_their_punctuation_but_not_their_apostrophe():
    words = split("I don't like <br />it -- at\tALL (2/10) é😀", "words")
    assert words == ["i", "don't", "like", "br", "it", "at", "all", "2", "10", "é😀"]
    known = vocabulary("x", vocab_size=None)
    assert [piece.symbol for piece in known.pieces("I don't like <br />it -- at\tALL (2/10) é😀")] == words


def test_pieces_say_where_they_stand():
    text = "So <b>GOOD</b>, it's 5/5"
    known = vocabulary("x", vocab_size=None)
    assert [text[piece.start : piece.end] for piece in known.pieces(text)] == ["So", "b", "GOOD", "b", "it's", "5", "5"]


def test_short_texts_are_filled_up_in_front_and_of_long_ones_the_last_words_are_read():
    known = vocabulary("a b c d", vocab_size=None)
    assert known.rows(["a b", "a b c d", ""], 4).tolist() == [
        [PADDING, START, 4, 5],
        [4, 5, 6, 7],
        [PADDING, PADDING, PADDING, START],
    ]


def test_a_given_vocabulary_is_filled_up_so_that_the_network_has_the_documents_size():
    assert vocabulary("a b", vocab_size=10).vocab_size == 10
    assert vocabulary("a b c d", vocab_size=6).symbols[4:] == ("a", "b")
    with pytest.raises(ConfigError, match=r"tokenizer.vocab_size: expected at least 5, got 4"):
        vocabulary("a", vocab_size=4)


def test_characters_can_be_read_too():
    known = vocabulary("aab", kind="characters", vocab_size=None)
    assert known.rows(["ba"], 4).tolist() == [[PADDING, START, 5, 4]]


def test_a_stored_vocabulary_comes_back_and_a_damaged_one_is_refused():
    known = vocabulary("a b c")
    assert decode(json.loads(json.dumps(known.to_json()))) == known
    for damaged in ({}, {**known.to_json(), "symbols": ["a"]}, {**known.to_json(), "labels": [1, 2]}):
        with pytest.raises(DamagedCheckpoint, match="vocabulary: expected"):
            decode(damaged)


def test_the_beginnings_of_a_text_are_rows_each_one_symbol_longer():
    assert beginnings([7, 8], 3).tolist() == [[PADDING, PADDING, START], [PADDING, START, 7], [START, 7, 8]]
