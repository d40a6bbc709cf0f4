"""A quiz: passages of one place and length, in an order that the seed alone decides, one from the held-out text."""

from __future__ import annotations

import pytest
import tiny

from rnnkit.errors import ConfigError
from rnnkit.store import Store
from rnnkit.studies.quiz import question
from rnnkit.texts import own

TEXT = "".join(f"On day {day} the fox number {day * 7} jumped over a dog in the village.\n" for day in range(400))


@pytest.fixture
def run(store: Store) -> str:
    return tiny.run(store, TEXT, corpus=own.add(store, TEXT, "foxes"))


def test_one_passage_is_of_the_held_out_text_and_all_are_equally_long(store: Store, run: str):
    found = question(store, run, 3, ats=("1", "last"), length=100)
    human = found.passages[found.answer]
    held_out = TEXT[int(len(TEXT) * 0.9) - 20 :]
    assert [one.human for one in found.passages].count(True) == 1
    assert human.text in held_out
    assert human.text.startswith("On day ")
    assert len({len(one.text) for one in found.passages}) == 1
    assert all(one.text not in TEXT for one in found.passages if not one.human)
    assert {one.by for one in found.passages} == {
        "a person", "the network after 1 epoch, temperature 0.7", "the network after 3 epochs, temperature 0.7",
    }  # fmt: skip


def test_the_same_seed_asks_the_same_and_others_ask_other_things(store: Store, run: str):
    asked = [question(store, run, seed, length=80) for seed in range(8)]
    assert question(store, run, 5, length=80) == asked[5]
    assert len({one.passages[one.answer].text for one in asked}) > 5
    assert {one.answer for one in asked} == {0, 1}


@pytest.mark.parametrize("given", [{"length": 5}, {"length": 9000}, {"ats": ()}, {"ats": ("1", "2", "3", "last")}])
def test_what_cannot_be_asked_is_said(store: Store, run: str, given: dict):
    with pytest.raises(ConfigError, match=r"^quiz: expected .*, got "):
        question(store, run, 0, **given)


def test_a_text_that_is_too_short_is_said(store: Store):
    short = own.add(store, TEXT[:2000], "short")
    with pytest.raises(ConfigError, match="held out, got "):
        question(store, tiny.run(store, TEXT[:2000], corpus=short), 0)
