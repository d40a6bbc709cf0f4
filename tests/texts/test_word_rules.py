"""The recipe lecture's rules: each alone, all together just as before, and what they did to a text."""

import hashlib
import re
import unicodedata
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnkit.config import TokenizerConfig
from rnnkit.texts import cookbook, tokenizers, word_rules

RECIPE = "Egg Nog -- the\tbest!\n\n2 1/2\tcups\tall-purpose flour\n(don't stir)\n"


def in_one_go(text):
    """The words as one expression makes them: what trained networks were trained on before there were rules."""
    apart = re.compile(r"[-\u2010-\u2015]+|(?<![^\W_])['\u2019/]|['\u2019/](?![^\W_])|(?<!\d)[.,]|[.,](?!\d)")

    def spaced(symbol):
        category = unicodedata.category(symbol)
        if symbol == "\n":
            return " \n "
        if symbol.isspace() or category in ("Cc", "Cs"):
            return " "
        if symbol in "'\u2019/.,-\u2010\u2011\u2012\u2013\u2014\u2015":
            return symbol
        return f" {symbol} " if category[0] in "PS" else symbol

    text = apart.sub(r" \g<0> ", text.lower())
    return [word for word in text.translate({ord(symbol): spaced(symbol) for symbol in set(text)}).split(" ") if word]


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("ab1 \n\t.,'/-\u2014\u2019_()İΣ%")), max_size=60))
def test_the_rules_one_by_one_give_the_words_of_one_go_for_any_text(text: str):
    assert word_rules.words(text) == in_one_go(text)


def test_the_words_of_the_cookbook_have_the_ids_they_always_had():
    text = cookbook.write(50_000)
    ids = tokenizers.build(text, TokenizerConfig(kind="words", minimum_count=5)).encode(text).ids
    assert hashlib.sha256(ids.tobytes()).hexdigest()[:16] == "fd9d3fa1f326e0ca"


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        (word_rules.lower_case, "The Dog", "the dog"),
        (word_rules.space_punctuation, "word! (a)", "word !   ( a ) "),
        (word_rules.space_punctuation, "it's 1/2, or 1.5.", "it's 1/2 ,  or 1.5 . "),
        (word_rules.space_punctuation, "a--b", "a--b"),
        (word_rules.space_line_ends, "a\nb\n\nc", "a \n b \n\n c"),
        (word_rules.space_dashes, "all-purpose--x", "all - purpose -- x"),
        (word_rules.split_on_spaces, "a  b\t\nc", ["a", "", "b", "\nc"]),
        (word_rules.separate_line_ends, ["a", "\n\n", "b"], ["a", "\n", "\n", "b"]),
        (word_rules.take_out_spaces, ["", "a", "", "\n"], ["a", "\n"]),
    ],
)
def test_each_rule_does_one_thing(rule, before, after):
    assert rule(before) == after


def test_rare_words_are_taken_out_of_the_text():
    assert word_rules.take_out_rare(["a", "b", "a"], 2) == ["a", "a"]
    assert word_rules.rare({"a": 2, "c": 1, "b": 1}, 2) == [("b", 1), ("c", 1)]


def test_the_last_step_is_what_a_network_is_trained_on():
    text = cookbook.write(3_000)
    *_, last = word_rules.steps(text, 5)
    config = TokenizerConfig(kind="words", minimum_count=5)
    assert last.symbols == tokenizers.prepare(text, config)
    assert last.vocab_size == tokenizers.build(text, config).vocab_size


def test_the_steps_name_all_eight_rules_of_the_lecture_with_words_and_vocabulary():
    steps = list(word_rules.steps("Egg, egg\n\negg", 2))
    assert sorted(step.lecture for step in steps[1:]) == list(range(1, 9))
    assert [(step.words, step.vocab_size) for step in steps] == [
        (2, 2),  # "Egg,", "egg\n\negg"
        (2, 2),
        (4, 4),  # "egg", ",", "", "egg\n\negg"
        (6, 4),  # ..., "egg", "\n\n", "egg"
        (6, 4),
        (6, 4),
        (7, 4),
        (6, 3),  # the spaces are gone
        (5, 2),  # the comma is gone
    ]


def test_a_piece_of_a_text_loses_only_what_is_rare_in_the_whole():
    whole = "egg egg salt"
    *_, last = word_rules.steps("salt egg", 2, Counter(word_rules.words(whole)))
    assert last.symbols == ["egg"]


@given(st.sampled_from([RECIPE, "", "A-b", "one. Two!"]), st.integers(1, 3))
def test_what_changed_is_marked_and_nothing_is_left_out(text: str, minimum_count: int):
    steps = [step.symbols for step in word_rules.steps(text, minimum_count)]
    for before, after in pairwise(steps):
        old, new = word_rules.changes(before, after)
        assert joined(old, before) == before
        assert joined(new, after) == after
        if type(before) is type(after):
            assert [m.symbols for m in old if not m.changed] == [m.symbols for m in new if not m.changed]


def joined(marks, like):
    return "".join(m.symbols for m in marks) if isinstance(like, str) else [word for m in marks for word in m.symbols]


def test_the_places_that_a_rule_touched_are_marked():
    old, new = word_rules.changes("a, B", "a , b")
    assert [mark.symbols for mark in old if mark.changed] == ["B"]
    assert [mark.symbols for mark in new if mark.changed] == [" ", "b"]
    old, new = word_rules.changes("a  b\tc", ["a", "", "b", "c"])
    assert [mark.symbols for mark in old if mark.changed] == ["  ", "\t"]
    assert not any(mark.changed for mark in new)


def test_sentences_end_at_points_marks_and_empty_lines_but_not_after_mr():
    words = word_rules.words('Mr. Holmes, come! "Why?" he\nasked. Yes\n\nNo')
    assert word_rules.sentences(words) == [
        ["mr", ".", "holmes", ",", "come", "!"],
        ['"', "why", "?", '"'],
        ["he", "asked", "."],
        ["yes"],
        ["no"],
    ]
    assert word_rules.sentences([]) == []
