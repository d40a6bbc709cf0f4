"""The Verdict page: a text is judged word by word, and nothing that people type can break it."""

import re
from functools import partial

import apptest
import classified
import pytest
import streamlit as st
import tiny
from streamlit.testing.v1 import AppTest

from rnnkit.studies import classifier

PAGE = "4_Other_tasks"
ADDRESS = {"do": "classify"}
HOSTILE = "<script>alert(1)</script> **wonderful** :smile: $x$ [a](http://b.c) `code` 😀"


@pytest.fixture
def visit(store, monkeypatch, tmp_path):
    """Opens the page with an address, on a machine that has twenty film reviews."""
    monkeypatch.setenv("RNNKIT_CORPORA", str(classified.write_reviews(tmp_path / "corpora")))
    st.cache_resource.clear()
    classifier._unseen.cache_clear()
    return partial(apptest.visit, PAGE, **ADDRESS)


def fine(page: AppTest) -> AppTest:
    assert not page.exception
    assert not page.error
    return page


def said(page: AppTest) -> str:
    blocks = [*page.markdown, *page.header, *page.info]
    return "\n".join(block.value for block in blocks).replace("\u2060", "").replace("\\", "")


def test_with_no_classifier_it_says_which_ones_to_train(visit, store):
    tiny.run(store)
    page = fine(visit())
    assert "No network here does this yet" in page.info[0].value
    assert not page.text_area


def test_a_run_is_there_at_once_and_asks_for_a_text(visit, store):
    run = classified.run(store)
    page = fine(visit())
    assert page.selectbox(key="run_choice").value == run
    assert "Type or paste a text" in said(page)


def test_a_link_with_a_text_shows_its_verdict(visit, store):
    page = fine(visit(run=classified.run(store), text=classified.GOOD))
    assert re.search(r"(positive|negative), probability \d\d\.\d %", said(page))
    assert "True class" not in said(page)


def test_another_epoch_gives_another_verdict(visit, store):
    run = classified.run(store)
    verdicts = [said(visit(run=run, text=classified.GOOD, epoch=epoch)) for epoch in ("1", "2")]
    first, second = [words.split(", probability ")[1][:4] for words in verdicts]
    assert first != second


def test_a_text_that_was_drawn_comes_with_the_truth_until_somebody_types(visit, store):
    page = visit(run=classified.run(store), drawn="7")
    truth = "positive" if page.text_area[0].value.startswith(classified.GOOD) else "negative"
    assert f"True class: **{truth}**" in said(fine(page))
    page.text_area[0].input("dull and awful").run()
    assert "True class" not in said(fine(page))
    assert page.query_params["text"] in ("dull and awful", ["dull and awful"])
    assert "drawn" not in page.query_params


def test_drawing_puts_a_text_into_the_address(visit, store):
    page = visit(run=classified.run(store))
    next(button for button in page.button if "Random" in button.label).click().run()
    assert "True class" in said(fine(page))
    assert page.query_params["drawn"][0].isdecimal()


@pytest.mark.parametrize("text", ["   ", "!!! ...", "\n\n"])
def test_a_text_without_words_is_answered_calmly(visit, store, text):
    page = visit(run=classified.run(store))
    page.text_area[0].input(text).run()
    assert not page.exception
    assert not text.strip() or "expected words to judge" in page.error[0].value.replace("\u2060", "").replace("\\", "")


def test_of_a_hundred_thousand_words_the_last_are_read(visit, store):
    page = visit(run=classified.run(store))
    page.text_area[0].input("dull film " * 50_000).run()
    assert "Of 100,000 words only the last 12 are read" in said(fine(page))
    assert "text" not in page.query_params


def test_what_people_type_is_never_read_as_markdown(visit, store):
    page = fine(visit(run=classified.run(store), text=HOSTILE))
    assert "<script>" not in "".join(block.value for block in (*page.markdown, *page.header))
    assert "are not in its vocabulary" in said(page)


def test_how_often_it_is_right_is_shown_when_asked_for(visit, store):
    page = fine(visit(run=classified.run(store), tried="true"))
    assert "of 20 reviews for the test were classified correctly" in said(page)
    assert page.dataframe[0].value["Class"].tolist() == ["negative", "positive"]


def test_reviews_that_are_not_here_are_made_up_which_is_said_with_the_size_of_the_real_ones(visit, store, monkeypatch):
    run = classified.run(store)
    monkeypatch.setenv("RNNKIT_CORPORA", "")
    page = fine(visit(run=run, drawn="3"))
    assert "These reviews are made up by the program" in said(page)
    assert "True class" in said(page)
    assert any("84.1 MB" in button.label.replace("\u2060", "").replace("\\", "") for button in page.button)
    assert "of 400 reviews for the test were classified" in said(fine(visit(run=run, tried="true")))
    assert "probability" in said(fine(visit(run=run, text=classified.GOOD)))
