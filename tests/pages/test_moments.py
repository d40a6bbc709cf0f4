"""Checkpoints inside an epoch, on every page that shows epochs."""

from __future__ import annotations

import apptest
import pytest
import tiny
from streamlit.testing.v1 import AppTest

from rnnkit.store import Store


@pytest.fixture
def run(store: Store) -> str:
    """One in its second epoch, with checkpoints before its first step, after 1, 2 and 5 of 10, and after its first."""
    return tiny.run_with_moments(store)


def visit(name: str, **address: str) -> AppTest:
    app = apptest.visit(name, **address)
    assert not app.exception
    assert not app.error
    return app


def test_the_run_shows_what_was_written_inside_the_first_epoch(run: str):
    app = apptest.visit("7_Run", run=run, about="Copied passages")  # whose text is not here
    (chosen,) = (box for box in app.selectbox if box.label == "Samples after epoch")
    assert chosen.options == ["the newest", "1", "0.50", "0.20", "0.10", "0"]
    app = chosen.select(0.5).run()
    assert any(text.value.startswith("**Step 5 · temperature") for text in app.markdown)


def test_they_write_beside_epochs(run: str):
    app = visit("7_Run", run=run, tab="sample", epochs="0")
    heads = [text.value for text in app.markdown if text.value.startswith("**Epoch")]
    assert heads
    assert all(head.startswith("**Epoch 0**") for head in heads)


@pytest.mark.parametrize(("tab", "key"), [("temperature", "epoch"), ("write", "keyboard_epoch")])
def test_they_can_be_chosen_where_an_epoch_is(run: str, tab: str, key: str):
    app = visit("7_Run", run=run, tab=tab, **{key: "0.20"})
    box = next(box for box in (*app.selectbox, *app.select_slider) if box.label == "Epoch")
    assert box.value == "0.20"


def test_one_can_be_forked(run: str):
    app = visit("1_Train", fork=run, epoch="0.50")
    assert any("from epoch 0.50" in info.value for info in app.info)
