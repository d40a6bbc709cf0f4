"""The Sample page."""

import sqlite3

import pytest
import tiny
from streamlit.testing.v1 import AppTest

from rnnkit.store import Status
from rnnkit.studies import sampling
from rnnkit.studies.checkpoint import codec_of
from rnnkit.studies.sampling import SampleSettings

PAGE = "3_Sample"


def texts(page: AppTest) -> list[str]:
    assert not page.exception
    return [block.value for block in page.code]


def test_nothing_chosen_says_what_to_do(visit):
    page = visit()
    assert "Choose a run" in page.info[0].value
    assert not page.error


def test_a_chosen_run_writes_with_an_early_epoch_and_its_last(visit, store):
    run = tiny.run(store)
    page = visit()
    page.selectbox(key="chosen_run").select(run).run()
    assert page.query_params["run"] == run
    assert len(texts(page)) == 2
    assert "characters a second" in page.main.markdown[-1].value


def test_while_none_is_chosen_a_press_begins_with_one_that_writes(visit, store):
    run = tiny.run(store, name="first *one*")
    (button,) = (page := visit()).main.button
    assert button.label == r"first \*one\*"
    button.click()
    assert texts(page.run())
    assert page.query_params["run"] == run


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
    assert "no finished epoch" in page.info[0].value
    assert not page.error


def test_the_last_finite_epoch_of_a_run_that_diverged_writes(visit, store):
    assert texts(visit(run=tiny.run(store, status=Status.DIVERGED)))


@pytest.mark.parametrize("name", ["../../etc/passwd", "<script>", "gone2345"])
def test_a_run_that_is_none_is_said(visit, name):
    page = visit(run=name)
    assert "There is no run" in page.warning[0].value
    assert "<script>" not in page.warning[0].value
    assert not page.error


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
