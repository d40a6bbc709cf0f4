"""The words of the field: each said once, in one sentence, and the document is made of them."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from rnnkit.lessons import glossary

ROOT = Path(__file__).parents[2]


def test_the_document_is_the_one_that_the_words_make():
    assert (ROOT / "docs/glossary.md").read_text("utf-8") == glossary.markdown()


def test_every_word_has_one_short_sentence_and_no_form_stands_twice():
    terms = glossary.TERMS.values()
    assert len(terms) >= 60
    sentence = re.compile(r"(?=.{10,130}$)[A-Z0-9](?:[^.]|\.\d)*\.")
    assert not [one.name for one in terms if not sentence.fullmatch(one.meaning)]
    forms = Counter(form for one in terms for form in (one.name.lower(), *one.forms))
    assert [form for form, count in forms.items() if count > 1 or form != form.lower()] == []
    assert list(glossary.TERMS) == sorted(glossary.TERMS)


def test_a_word_is_found_in_any_of_its_forms():
    assert glossary.term("Held-out loss") is glossary.term("validation loss")
    with pytest.raises(KeyError):
        glossary.term("gobbledygook")
