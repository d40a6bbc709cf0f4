"""Reference lines on the pages: the switch, the sentence, and that they are counted once."""

from __future__ import annotations

import json
import math
from pathlib import Path

import apptest
import pytest
import tiny
from streamlit.testing.v1 import AppTest

from pages.widgets.shared import reads, reference_lines
from pages.widgets.watch import screen
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


def lines(app: AppTest) -> dict:
    """The references that the screen of a run has got from Python."""
    (component,) = (one for one in app.get("bidi_component") if "temperatures" in one.proto.json)
    return json.loads(component.proto.json)["references"]


def ask(app: AppTest, order: str = screen.REFERENCES) -> dict:
    """As the screen does, by itself or for a hand."""
    app.session_state[screen._ORDER] = order
    app.run()
    assert not app.exception
    return lines(app)


def test_a_short_text_has_its_lines_at_once(visit, store: Store, text: str):
    app = visit("7_Run", run=tiny.run(store, TEXT, corpus=text))
    assert lines(app) is None
    found = ask(app)
    assert (found["quick"], found["problem"]) == (True, None)
    assert found["lines"][0] == {"name": "uniform", "title": "guessing", "nats": pytest.approx(math.log(SYMBOLS))}
    assert [one["name"] for one in found["lines"]][1:3] == ["1-gram", "2-gram"]


def test_a_long_text_is_counted_only_when_asked_for_and_then_once(
    visit, store: Store, text: str, counted: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reference_lines, "QUICK", 0)
    run, same = tiny.run(store, TEXT, corpus=text), tiny.run(store, TEXT, corpus=text)
    app = visit("7_Run", run=run)
    assert ask(app) == {"quick": False, "lines": None, "problem": None}
    assert counted == []
    assert ask(app, screen.COUNT)["lines"]
    app.run()
    reads.run.clear()
    app.run()
    assert ask(visit("7_Run", run=same), screen.COUNT)["lines"]
    assert counted == [run]  # the same text, vocabulary and held-out part


def test_a_text_that_would_have_to_be_fetched_is_left_to_those_who_ask(visit, store: Store, counted: list[str]):
    app = visit("7_Run", run=tiny.run(store, corpus="sonnets"))
    assert ask(app)["lines"] is None
    assert ask(app, screen.COUNT)["problem"].startswith("corpus sonnets")
    assert len(counted) == 1


def test_nothing_held_out_or_nothing_read_yet_has_no_lines(visit, store: Store, text: str):
    nothing = tiny.run(store, TEXT, corpus=text, batches={"validation_fraction": 0.0})
    waits = store.create_run(tiny.config(corpus=text))
    assert [ask(visit("7_Run", run=run))["lines"] for run in (nothing, waits)] == [[], []]


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
