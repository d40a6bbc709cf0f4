"""Verses: words, stanzas, rhymes, what comes back, and what a run wrote beside the text."""

import pytest
import tiny

from rnnkit.errors import UnknownEpoch
from rnnkit.studies import verse

POEM = """THE CAT

The cat sat on the mat,
And wore a little hat;
L'aube d'été, qu'il a vue!
Don't fall, self-same snow.

The cat sat on the mat,
There is no
end to it all
"""


def test_words_are_letters_and_french_elisions_stand_alone():
    assert verse.words("L'aube d\u2019été, qu'il DIT: aujourd'hui — don't, self-same 42!") == [
        "l'", "aube", "d\u2019", "été", "qu'", "il", "dit", "aujourd'hui", "don't", "self", "same",
    ]  # fmt: skip


def test_lines_are_verses_and_a_line_alone_is_a_heading():
    found = verse.study(POEM)
    assert (found.verses, found.stanzas, found.headings) == (7, 2, 1)
    assert found.verses_per_stanza == [(3, 1), (4, 1)]
    assert found.words_per_verse == [(3, 1), (4, 1), (5, 2), (6, 2), (8, 1)]
    assert found.repeated == [("The cat sat on the mat,", 2)]


def test_the_lexicon_counts_words_in_lower_case():
    lexicon = verse.study(POEM).lexicon
    assert lexicon.common[0] == ("the", 4)
    assert lexicon.words == 37
    assert lexicon.distinct == len(lexicon.common)
    assert lexicon.once == sum(count == 1 for _, count in lexicon.common)
    assert lexicon.richness is None
    assert verse.study("one two three four\n" * 250).lexicon.richness == 4 / 1000


def test_verses_rhyme_on_their_last_letters_with_another_word_near_by():
    assert verse.study("a cat\na hat\nsnow\n").rhymed == pytest.approx(2 / 3)
    assert verse.study("a cat\nthe cat\n").rhymed == 0  # the same word
    assert verse.study("a cat\nx1\ny2\nz3\nb\nc\nd\na hat\n").rhymed == 0  # too far away
    assert verse.study("a cat\nb\n\na hat\nc\n").rhymed == 0  # another stanza
    assert verse.study("cat\nhat\n").endings == [("at", 2, ["cat", "hat"])]


def test_couplets_rhyme_less_when_they_are_shuffled():
    ends = ["at", "ow", "ine", "um", "est", "ix", "oud", "ake"]
    couplets = "".join(f"one b{end}\ntwo c{end}\n" for end in ends)
    found = verse.study(couplets * 3)
    assert found.rhymed == 1
    assert found.by_chance < 0.8


@pytest.mark.parametrize("text", ["", "\n\n", "1 2 3\n---\n", "\u200b"])
def test_nothing_to_read_has_no_verses(text: str):
    found = verse.study(text)
    assert (found.verses, found.rhymed, found.by_chance, found.words_per_verse) == (0, None, None, [])


def test_verses_with_an_empty_line_after_each_are_verses():
    assert (verse.study("one two\n\nthree four\n").verses, verse.study("one two\n\nthree four\n").headings) == (2, 0)


@pytest.mark.parametrize("kind", ["characters", "words"])
def test_what_a_run_wrote_is_studied_in_whole_lines(store, kind: str):
    run = store.run(tiny.run(store, POEM, tokenizer={"kind": kind}))
    found = verse.of_run(store, run, POEM, at=2)
    assert len(found.texts) == verse.TEXTS
    assert found == verse.of_run(store, run, POEM, at=2)
    assert found.texts != verse.of_run(store, run, POEM, at=2, seed=99).texts
    assert found.verses.verses > 0
    assert 0 <= found.invented <= 1
    assert found.invented == 0 or kind == "characters"  # a network of words has no others
    with pytest.raises(UnknownEpoch):
        verse.of_run(store, run, POEM, at=9)


def test_a_verse_of_the_text_is_told_from_one_that_is_new(store, monkeypatch):
    run = store.run(tiny.run(store, POEM))
    monkeypatch.setattr(verse, "drafts", lambda *_: ["at\nThe cat sat on the mat,\nAnd a dgo\nThe c"])
    found = verse.of_run(store, run, POEM, at=2)
    assert (found.verses.verses, found.copied, found.invented) == (2, 0.5, pytest.approx(1 / 9))
