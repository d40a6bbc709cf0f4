"""A sentence learned in memory: the same for the same seed, refused where there is nothing to learn."""

from __future__ import annotations

import numpy as np
import pytest
from by_hand import each_cell

from rnnkit import scratch
from rnnkit.errors import CorpusError, PersonError, TooShort
from rnnkit.scratch import sentence


@each_cell
@pytest.mark.parametrize("clip", sentence.CLIPS)
def test_the_sentence_is_learned_by_heart(cell, clip):
    text = "to be or not to be"
    *_, last = sentence.learn(text, cell, units=16, rate=0.1, clip=clip, steps=60)
    assert last.text == text
    assert last.loss < 0.3


def test_training_begins_at_guessing_and_is_the_same_for_the_same_seed():
    one, same, other = ([*sentence.learn("abcabd", scratch.RNN, units=8, steps=5, seed=s)] for s in (1, 1, 2))
    assert [p.loss for p in one] == [p.loss for p in same] != [p.loss for p in other]
    assert one[0].loss == pytest.approx(np.log(4), rel=0.5)
    assert [p.step for p in one] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("text", "got"), [("", "nothing"), ("a", "1 times 'a'"), ("aaaa", "4 times 'a'"), ("ab" * 5000, "10,000")]
)
def test_a_text_that_cannot_be_learned_is_refused_before_anything_is_computed(text, got):
    with pytest.raises((CorpusError, TooShort), match=f"^text: expected .*, got {got}") as refused:
        sentence.learn(text, scratch.RNN)
    assert isinstance(refused.value, PersonError)


def test_a_while_ends_after_its_time_or_its_steps_and_nothing_is_lost_between():
    progress = sentence.learn("hello", scratch.RNN, units=4, steps=7)
    steps = [[one.step for one in sentence.for_a_while(progress, 60, 3)] for _ in range(4)]
    assert steps == [[1, 2, 3], [4, 5, 6], [7], []]
    assert len(sentence.for_a_while(sentence.learn("hello", scratch.RNN, steps=99), 0.0, 50)) == 1


def test_milestones_are_one_two_five_ten_and_the_last():
    seen = [*sentence.learn("hello", scratch.RNN, units=4, steps=13)]
    assert [one.step for one in sentence.milestones(seen)] == [1, 2, 5, 10, 13]
    assert sentence.one_line("a b\nc") == "a b⏎c"
