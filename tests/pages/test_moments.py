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
    app = visit("7_Run", run=run)
    (chosen,) = (box for box in app.selectbox if box.label == "Samples after epoch")
    assert chosen.options == ["the newest", "1", "0.50", "0.20", "0.10", "0"]
    app = chosen.select(0.5).run()
    assert any(text.value.startswith("**Step 5 · temperature") for text in app.markdown)


@pytest.mark.parametrize("at", ["0", "0.10", "0.50", "1"])
def test_the_film_strip_stands_at_any_of_them(run: str, at: str):
    app = visit("7_Run", run=run, at=at)
    (alt,) = {chart.proto.alt for chart in app.get("vega_lite_chart") if chart.proto.alt.startswith("Loss over epochs")}
    assert alt.endswith(f"with a rule at epoch {at}")
    assert app.query_params["at"] == at


@pytest.mark.parametrize("page", ["7_Run", "3_Compare"])
def test_they_write_beside_epochs(store: Store, run: str, page: str):
    app = visit(
        page, **({"run": run, "tab": "sample"} if page == "7_Run" else {"runs": f"{run},{tiny.run(store)}"}), epochs="0"
    )
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
