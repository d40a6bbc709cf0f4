"""The texts that people bring: what can be learned from is kept once, the rest is refused with a sentence."""

import pytest

from rnnkit.errors import CorpusError
from rnnkit.texts import corpora, own
from rnnkit.texts.decoding import Decoded, checksum


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "got an empty text"),
        ("   \n ", "got an empty text"),
        ("aaaa", "at least 2 different characters, got only 'a'"),
        ("ab\0c", "NUL character at place 3"),
        ("ab\udfffc", "lone surrogates"),
        ("".join(chr(0x10000 + i) for i in range(100_000)), "at most 20,000 different characters, got 100,000"),
    ],
)
def test_a_text_that_cannot_be_learned_from_is_refused(text, sentence):
    with pytest.raises(CorpusError, match=sentence):
        own.check(text)


def test_a_text_of_20_000_different_characters_is_taken():
    own.check("".join(chr(0x10000 + i) for i in range(20_000)))


def test_a_text_of_ones_own_is_stored_once_and_found_again(store):
    name = own.add(store, "to be\r\nor not", "My <b>play</b>\n\n ")
    assert own.add(store, b"\xef\xbb\xbfto be\nor not", "Again") == name
    assert corpora.load(name, store) == "to be\nor not"
    assert name == "text-" + checksum("to be\nor not")[:10]
    info = corpora.catalogue(store)[-1]
    assert info.own
    assert (info.name, info.title, info.chars, info.vocab, info.available) == (name, "My <b>play</b>", 12, 8, True)
    assert corpora.info(name, store).sha256 == checksum("to be\nor not")
    assert len(corpora.catalogue(store)) == len(corpora.CORPORA) + 1


@pytest.mark.parametrize("text", ["", "aaa", b"", b"abc\0defg", "ab\0c"])
def test_what_cannot_be_learned_from_is_not_stored(store, text):
    with pytest.raises(CorpusError, match="text: expected"):
        own.add(store, text, "bad")
    assert store.texts() == []


def test_titles_are_one_short_line_that_can_be_stored(store):
    own.add(store, "abc", "")
    own.add(store, "abcd", "a\ud800\0b\tc" + "x" * 200)
    first, second = (info.title for info in corpora.catalogue(store)[-2:])
    assert first == "Untitled text"
    assert second.startswith("a\ufffd b c")
    assert len(second) == 80


def test_a_text_that_is_not_in_the_store_is_refused(store):
    for call in (corpora.load, corpora.info):
        with pytest.raises(CorpusError, match="corpus: expected the name of a stored text, got 'text-0123456789'"):
            call("text-0123456789", store)
    with pytest.raises(CorpusError, match="expected the store that holds"):
        corpora.load("text-0123456789")


def test_what_was_read_is_kept_as_it_was_shown(store, monkeypatch):
    brought = own.read(b"caf\xe9\r\nau lait")
    assert brought[:3] == ("café\nau lait", "cp1252", 0)
    monkeypatch.setattr(own, "check", lambda text: pytest.fail("looked at again"))
    assert corpora.load(own.add(store, brought, "A café"), store) == brought.text


def test_a_pasted_text_has_no_encoding_and_half_a_letter_of_it_is_replaced():
    assert own.read("to be\r\nor \ud800") == Decoded("to be\nor \ufffd", None, 0)
    with pytest.raises(CorpusError, match="got an empty text"):
        own.read(" \n")


def test_a_text_of_ones_own_is_told_by_its_name():
    assert own.is_own("text-0123456789")
    assert not own.is_own("text")
    assert not own.is_own("cookbook")


def test_rare_symbols_become_plainer_ones_or_the_unknown_one_and_are_counted():
    brought = own.read("nnn aaa ñ ☃ ☃", fold=3)
    assert brought.text == "nnn aaa n \ufffd \ufffd"
    assert brought.notes == (
        "Characters seen fewer than 3 times: 2 different ones at 3 places; "
        "became \ufffd: 2, the others their base letter.",
    )


def test_a_text_is_found_by_its_title_where_only_one_has_it(store):
    name = own.add(store, "to be or not", "My diary")
    assert corpora.load("my  Diary", store) == "to be or not"
    assert corpora.info("My diary", store).name == name
    assert own.already_here(store, "to be or not") == "This text is already here as “My diary”."
    assert own.already_here(store, "another") is None
    own.add(store, "that is the question", "My diary")
    with pytest.raises(CorpusError, match="expected a title that one text has, got 'My diary'; name it: text-"):
        corpora.load("My diary", store)
