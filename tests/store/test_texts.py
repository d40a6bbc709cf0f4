"""Texts of one's own come back as they were."""

from __future__ import annotations

import pytest

from rnnkit.errors import CorpusError
from rnnkit.store import Store


def test_texts_come_back_as_they_were_put_in(any_store: Store):
    nasty = "\0 NUL, \ufffd, \U0001f600, <script>, \x1b[31m, 'quote' \"double\" \\ \r\n"
    title = "a\0b\ud800c"
    name = any_store.add_text("ab" * 32, title, nasty)
    assert name == any_store.add_text("ab" * 32, "another title", nasty) == "text-" + "ab" * 5
    assert any_store.text(name) == nasty
    assert [(row.title, row.chars, row.vocab) for row in any_store.texts()] == [
        ("a\ufffdb\ufffdc", len(nasty), len(set(nasty)))
    ]


def test_a_text_with_half_a_character_or_anothers_name_is_refused(any_store: Store):
    with pytest.raises(CorpusError, match="expected whole characters, got half a one at 3"):
        any_store.add_text("cd" * 32, "title", "abc\ud800")
    any_store.add_text("ef" * 32, "title", "abc")
    with pytest.raises(CorpusError, match="got that of another text"):
        any_store.add_text("ef" * 16 + "00" * 16, "title", "abd")
    with pytest.raises(CorpusError, match="expected the name of a stored text"):
        any_store.text("text-\0nowhere")


def test_a_text_brought_again_comes_back_from_the_trash_under_its_new_title(any_store: Store):
    name = any_store.add_text("ab" * 32, "old", "abc")
    any_store.delete_text(name)
    with pytest.raises(CorpusError, match=f"which was deleted; `undelete {name}` brings it back"):
        any_store.text(name)
    assert any_store.add_text("ab" * 32, "new", "abc") == name
    assert [row.title for row in any_store.texts()] == ["new"]
    assert any_store.text(name) == "abc"
    assert any_store.trash() == []
