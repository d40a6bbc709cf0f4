"""The tab Sample of a run."""

import sqlite3

import pytest
import tiny
from streamlit.testing.v1 import AppTest

from rnnkit.store import Status
from rnnkit.studies import sampling
from rnnkit.studies.checkpoint import codec_of
from rnnkit.studies.sampling import SampleSettings

PAGE = "7_Run"
ADDRESS = {"tab": "sample"}


def texts(page: AppTest) -> list[str]:
    assert not page.exception
    return [block.value for block in page.code]


def test_a_run_writes_with_an_early_epoch_and_its_last(visit, store):
    page = visit(run=tiny.run(store))
    assert len(texts(page)) == 2
    assert any("characters a second" in note.value for note in page.markdown)


def test_a_link_shows_the_same_text(visit, store):
    run = tiny.run(store)
    page = visit(run=run, epochs="2", temperatures="1", length="30", seed="4", prompt="fox", top_k="3")
    expected = sampling.write(store, run, SampleSettings("fox", [1.0], length=30, seed=4, top_k=3), ats=[2])
    assert texts(page) == ["fox" + expected.texts[0].text]


def test_greedy_writes_the_same_whatever_the_seed(visit, store):
    run = tiny.run(store)
    assert texts(visit(run=run, greedy="true", seed="1")) == texts(visit(run=run, greedy="true", seed="2"))


def test_unknown_symbols_are_said_and_a_prompt_of_nothing_else_is_refused(visit, store):
    run = tiny.run(store)
    page = visit(run=run, prompt="The é")
    assert "é" in page.warning[0].value
    assert texts(page)
    page = visit(run=run, prompt="éé")
    assert page.error[0].value.startswith("prompt")


def test_a_run_without_an_epoch_says_that_it_must_be_waited_for(visit, store):
    page = visit(run=store.create_run(tiny.config()))
    assert "no checkpoint yet" in page.info[0].value
    assert not page.error


def test_the_last_finite_epoch_of_a_run_that_diverged_writes(visit, store):
    assert texts(visit(run=tiny.run(store, status=Status.DIVERGED)))


def test_damaged_weights_are_a_sentence(visit, store):
    run = tiny.run(store)
    with sqlite3.connect(store.url.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE checkpoints SET sha256 = 'no'")
    connection.close()
    page = visit(run=run)
    assert "checksum" in page.error[0].value


@pytest.mark.parametrize("kind", ["words", "characters"])
def test_a_random_beginning_is_drawn_with_the_seed_and_a_second_one_with_the_next(visit, store, kind):
    run = store.run(tiny.run(store, tokenizer={"kind": kind}))
    page = visit(run=run.id, epochs="3", seed="6")
    for seed in (6, 7):
        page.button(key="random_prompt").click().run()
        expected = sampling.random_prompt(codec_of(run), 50, seed)
        assert page.text_area(key="prompt").value == expected
        assert page.number_input(key="seed").value == seed
        assert page.number_input(key="length").value == 1000
        assert texts(page)[0].startswith(expected)
        assert page.query_params["seed"] == str(seed)
        assert page.query_params["prompt"] == expected
