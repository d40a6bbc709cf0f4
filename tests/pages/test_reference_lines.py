"""Reference lines on the pages: the switch, the sentence, and that they are counted once."""

from __future__ import annotations

import math
from pathlib import Path

import apptest
import pytest
import tiny
from streamlit.testing.v1 import AppTest

from pages.widgets.shared import reads, reference_lines
from rnnkit.store import Store
from rnnkit.studies import baselines
from rnnkit.texts import own

ROOT = Path(__file__).parents[2]
TEXT = tiny.TEXT * 20
SYMBOLS = len(set(TEXT))
UNIFORM = f"uniform {math.log2(SYMBOLS):.3f}"


@pytest.fixture
def visit(store: Store, monkeypatch: pytest.MonkeyPatch):
    """Opens a page at an address."""
    monkeypatch.delenv("RNNKIT_CORPORA", raising=False)

    def open_page(page: str, **address: str) -> AppTest:
        app = apptest.visit(page, **address)
        assert not app.error
        return app

    return open_page


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The runs whose text was counted, each time that it was."""
    runs, of_run = [], baselines.of_run
    monkeypatch.setattr(baselines, "of_run", lambda run, store: runs.append(run.id) or of_run(run, store))
    return runs


@pytest.fixture
def text(store: Store) -> str:
    return own.add(store, TEXT, "tiny")


def said(app: AppTest) -> str:
    return " ".join(block.value for block in app.markdown).replace("\\", "").replace("\u2060", "")


def switches(app: AppTest) -> list:
    return [toggle for toggle in app.toggle if toggle.label == "Reference lines"]


def test_a_short_text_has_its_lines_at_once_with_the_sentence_of_what_was_passed(visit, store: Store, text: str):
    app = visit("7_Run", run=tiny.run(store, TEXT, corpus=text))  # held-out losses 3.1, 1.6, 1.1 every 2 s
    assert switches(app)[0].value
    assert "Past the 1-gram after 2 s; 0." in said(app)
    assert f"In bits per character: {UNIFORM}, 1-gram" in said(app)
    app.button_group(key="curve Loss in bits perplexity nats").set_value("perplexity").run()
    assert f"In 1 in N guesses (perplexity): uniform {SYMBOLS}.000" in said(app)


def test_a_long_text_is_counted_only_when_asked_for_and_then_once(
    visit, store: Store, text: str, counted: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reference_lines, "QUICK", 0)
    run, same = tiny.run(store, TEXT, corpus=text), tiny.run(store, TEXT, corpus=text)
    app = visit("7_Run", run=run)
    assert not switches(app)[0].value
    assert counted == []
    switches(app)[0].set_value(True).run()
    assert UNIFORM in said(app)
    app.run()
    reads.run.clear()
    app.run()
    visit("7_Run", run=run)
    assert counted == [run]
    app = visit("7_Run", run=same)
    switches(app)[0].set_value(True).run()
    assert UNIFORM in said(app)
    assert counted == [run]  # the same text, vocabulary and held-out part


def test_a_text_that_would_have_to_be_fetched_is_left_to_those_who_ask(visit, store: Store, counted: list[str]):
    app = visit("7_Run", run=tiny.run(store, corpus="sonnets"))
    assert not switches(app)[0].value
    switches(app)[0].set_value(True).run()
    assert "No reference lines. corpus sonnets" in said(app)
    assert len(counted) == 1


def test_nothing_held_out_or_nothing_read_yet_has_no_switch(visit, store: Store, text: str):
    nothing = tiny.run(store, TEXT, corpus=text, batches={"validation_fraction": 0.0})
    assert not switches(visit("7_Run", run=nothing))
    assert not switches(visit("7_Run", run=store.create_run(tiny.config(corpus=text))))


def test_a_text_that_is_gone_is_said_calmly_and_not_looked_for_at_every_tick(visit, store: Store, counted: list[str]):
    run = tiny.run(store, corpus="text-0123456789")
    app = visit("7_Run", run=run).run()
    assert "No reference lines." in said(app)
    assert "text-0123456789" in said(app)
    assert app.get("vega_lite_chart")
    assert counted == [run]


def test_compared_runs_on_one_ground_share_the_lines_and_each_has_its_sentence(visit, store: Store, text: str):
    runs = [tiny.run(store, TEXT, corpus=text), tiny.run(store, TEXT, corpus=text, loss=9.0, model={"units": 4})]
    app = visit("3_Compare", runs=",".join(runs))
    assert switches(app)[0].value
    assert "**A** · Past" in said(app)
    assert "**B** · " in said(app)
    app = visit("3_Compare", runs=",".join(runs), references="false")
    assert not switches(app)[0].value
    assert UNIFORM not in said(app)


def test_compared_runs_on_different_ground_have_no_lines(visit, store: Store, text: str):
    first = tiny.run(store, TEXT, corpus=text)
    others = [
        tiny.run(store, corpus="elsewhere"),
        tiny.run(store, TEXT, corpus=text, tokenizer={"kind": "words"}),
        tiny.run(store, TEXT, corpus=text, batches={"validation_fraction": 0.2}),
        tiny.run(store, TEXT, corpus=text, batches={"kind": "windows"}),
    ]
    for other in others:
        assert not switches(visit("3_Compare", runs=f"{first},{other}"))
