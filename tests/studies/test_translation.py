"""A network from sequence to sequence asked: where it looked, what else it might answer, dates it has never seen."""

from __future__ import annotations

import numpy as np
import paired
import pytest

from rnnkit.config import parse
from rnnkit.errors import ConfigError, PromptError
from rnnkit.store import Store
from rnnkit.studies import translation
from rnnkit.tasks import sequence_to_sequence
from rnnkit.texts import dates


@pytest.fixture
def translator(store: Store) -> translation.Translator:
    return paired.translator(store, paired.run(store))


def test_attention_looks_at_every_symbol_that_was_read_and_at_no_padding(translator):
    for text in ("1", "12 May 1987", "x" * dates.LONGEST):
        found = translation.translate(translator, text)
        assert found.attention.shape == (len(found.text), len(text))
        assert found.attention.sum(axis=1) == pytest.approx(np.ones(len(found.text)), abs=1e-5)
        assert (found.attention >= 0).all()
        assert found.source == tuple(text)
        assert 0 < found.probability <= min([*found.probabilities, 1.0])


def test_beams_end_where_the_network_ends_and_their_chances_are_those_of_whole_answers(translator):
    found = translation.alternatives(translator, "12 May 1987")
    assert [other.probability for other in found] == sorted((other.probability for other in found), reverse=True)
    assert len({other.text for other in found}) == len(found) == 5
    greedy = translation.translate(translator, "12 May 1987")
    assert found[0].probability >= greedy.probability - 1e-9
    same = [other.probability for other in found if other.text == greedy.text]
    assert same == pytest.approx([greedy.probability] * len(same))


def test_unseen_dates_come_with_what_is_right(translator):
    table = translation.unseen(translator, 10, seed=1)
    every = sequence_to_sequence.unseen_dates(translator.run.config.pairs)
    assert set(zip(table["spelling"], table["right"], strict=True)) <= set(every)
    assert list(table["fits"]) == list(table["answer"] == table["right"])
    with pytest.raises(ConfigError, match="examples: expected 1 to 1000, got 0"):
        translation.unseen(translator, 0)


def test_a_line_is_written_from_one_symbol_and_its_seed_says_which(store: Store):
    writer = paired.translator(store, paired.run(store, "one-to-many"))
    found = translation.lines(writer, "python", (0.0, 1.0), range(4))
    assert len(set(found[0.0])) == 1
    assert len(set(found[1.0])) == 4
    assert found == translation.lines(writer, "python", (0.0, 1.0), range(4))
    with pytest.raises(PromptError, match="choice: expected one of 'cookbook', 'python', got 'perl'"):
        translation.lines(writer, "perl", (1.0,), [0])
    with pytest.raises(ConfigError, match="expected one that translates dates"):
        translation.unseen(writer, 5)


def test_a_run_of_another_task_cannot_translate(store: Store):
    run = store.create_run(parse({"corpus": "cookbook"}))
    with pytest.raises(ConfigError, match="expected one that turns one sequence into another, got one"):
        paired.translator(store, run)


def test_an_answer_that_cannot_be_and_a_spelling_that_was_not_learned_are_said(store: Store, monkeypatch):
    at_first = paired.translator(store, paired.run(store, pairs__spellings="common"))
    learned = paired.translator(store, paired.run(store))
    assert learned.run.config.pairs.spellings == "all"
    none = "No calendar has this date."
    assert translation.translate(at_first, "12 May 1987").notes == (none,)  # random weights
    spelling = "Years of two digits without an apostrophe are none of the spellings that this network learned; "
    spelling += "with pairs.spellings=all one does."
    assert translation.translate(at_first, "12.05.87").notes == (spelling, none)
    assert translation.translate(learned, "12.05.87").notes == (none,)
    assert not any(other.possible for other in translation.alternatives(learned, "12.05.87"))
    monkeypatch.setattr(translation.PairCodec, "decode", lambda *_: "1987-05-12")
    assert translation.translate(learned, "12.05.87").notes == ()
    assert all(other.possible for other in translation.alternatives(learned, "12.05.87"))


def test_lines_are_no_dates(store: Store):
    writer = paired.translator(store, paired.run(store, "one-to-many"))
    assert translation.translate(writer, "python").notes == ()
    assert all(other.possible for other in translation.alternatives(writer, "python"))
