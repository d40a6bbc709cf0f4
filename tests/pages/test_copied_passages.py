"""Copies on the Sample page: marked in the text letter by letter, listed, and drawn."""

import re

import apptest
import pytest
import tiny

from pages.widgets.shared import copied_passages
from rnnkit.config import TokenizerConfig
from rnnkit.studies import memorisation
from rnnkit.texts import own, tokenizers

PAGE = "7_Run"
ADDRESS = {"tab": "sample"}
HOSTILE = (
    "<b>x</b> **b** _i_ `c` $x^2$ :smile: :red[r] [a](http://b.c) www.b.c\n# h\n- l\n\n    code -> <- &amp; | a |\n"
)


def learned(store, text: str = tiny.TEXT, **parts) -> str:
    """A run on a text that is in the store."""
    return tiny.run(store, text, corpus=own.add(store, text, "<b>Foxes</b>"), **parts)


def without_marks(markdown: str) -> str:
    """Marked text stands between an opening and a bracket that no backslash takes the meaning from."""
    markdown = re.sub(r"\u2060:orange-background\[:orange\[((?:\\.|[^\\\]])*)\]\]", r"\1", markdown)
    return re.sub(r"\u2060:blue\[((?:\\.|[^\\\]])*)\]", r"\1", markdown)


def letters(markdown: str) -> str:
    """What a reader sees of Markdown that `copied_passages.marked` made: all of its syntax taken away, nothing else."""
    bare = without_marks(markdown).replace("\u00a0\\\n", "\n").replace("\u00a0", " ").replace("\u2060", "")
    return re.sub(r"\\(.)", r"\1", bare)


def test_copies_are_marked_below_the_switch_only(visit, store):
    run = learned(store)
    assert not any("background" in block.value for block in visit(run=run, prompt="The quick ").markdown)
    page = visit(run=run, copies="true", prompt="The quick ", at_least="2", temperatures="1")
    assert not page.exception
    assert not page.error
    assert sum("Longest copy:" in block.value or "No copy" in block.value for block in page.markdown) == 2
    assert any("\u2060:blue[" in block.value for block in page.markdown)
    assert len(page.dataframe[0].value) > 4
    assert page.header[-1].value == "Memorisation"
    assert not any("<b>Foxes" in block.value for block in page.markdown)


def test_the_switch_works_for_words_too(visit, store):
    page = visit(run=learned(store, tokenizer={"kind": "words"}), copies="true")
    assert not page.exception
    assert not page.error
    assert any("words" in block.value and "Orange" in block.value for block in page.markdown)


def test_the_texts_on_the_page_of_a_run_are_marked_too(visit, store):
    run = learned(store, "what epoch 1 was, and what epoch 2 was, and no more\n" * 3)
    page = apptest.visit("7_Run", run=run, copies="true")
    assert not page.exception
    assert not page.error
    assert any("what epoch" in block.value and "-background[" in block.value for block in page.markdown)
    page = apptest.visit("7_Run", run=tiny.run(store), copies="true")
    assert page.error[0].value.startswith("corpus")
    assert any(block.value == "what epoch 3 wrote" for block in page.code)


def test_a_text_that_is_gone_is_a_sentence_and_the_samples_stay(visit, store):
    page = visit(run=tiny.run(store), copies="true")
    assert not page.exception
    assert page.error[0].value.startswith("corpus")
    assert len(page.code) == 2


@pytest.mark.parametrize("copied", ["", HOSTILE, HOSTILE[10:60], "$x^2$", ":smile:", "\n\n", "  "])
def test_hostile_letters_stay_letters_marked_or_not(copied: str):
    text = HOSTILE * 2 + "plain words and nothing more than that. " * 20
    index = memorisation.Index(copied + "plain words. " * 40, tokenizers.build(text, TokenizerConfig()))
    markdown = copied_passages.marked(text, index.examine(text, at_least=1), chance=1)
    assert letters(markdown) == text.replace("\t", "    ")
    unescaped = re.sub(r"\\.", "", without_marks(markdown))
    assert not set(unescaped) & set("<>*_`$:[(#|&-")


def test_what_is_marked_is_what_was_copied():
    index = memorisation.Index(
        "a fox ran over hills. " * 30, tokenizers.build("a fox ran over hills. z", TokenizerConfig())
    )
    sample = "zz a fox ran zz over hills. zz"
    markdown = copied_passages.marked(sample, index.examine(sample, at_least=8), chance=3)
    assert markdown == (
        "zz\u2060:blue[\u00a0a fox ran\u00a0]zz\u2060:orange-background[:orange[\u00a0over hills\u2060\\.\u00a0]]zz"
    )
