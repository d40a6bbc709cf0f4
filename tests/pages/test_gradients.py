"""The page Gradients: what can be chosen is in the address, bad input is a sentence."""

from __future__ import annotations

import apptest
import pandas as pd
import pyarrow.ipc
import pytest
import tiny
from streamlit.testing.v1 import AppTest

from rnnkit.store import Store
from rnnkit.studies import gradients


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(gradients, "STEPS", 2)
    monkeypatch.setattr(gradients, "SEEDS", 1)


def followed(part: str, **address: str) -> AppTest:
    return fine(apptest.visit("10_Gradients", part=part, **address))


def fine(app: AppTest) -> AppTest:
    assert not app.exception
    assert not any("in rnnkit" in error.value for error in app.error)
    return app


def rows(app: AppTest, alt: str) -> pd.DataFrame:
    """The rows of the first chart that is described so."""
    [proto, *_] = [chart.proto for chart in app.get("vega_lite_chart") if chart.proto.alt.startswith(alt)]
    return pyarrow.ipc.open_stream(proto.data.data).read_pandas()


def test_with_no_run_the_three_cells_begin_the_memory_test_in_two_ways_and_it_is_said_how_to_train_them():
    app = followed("Back through time")
    assert set(rows(app, "What is left")["label"]) == {"RNN", "GRU", "LSTM"}
    assert [block.value for block in app.markdown if block.value.startswith("## ")] == [
        "## Textbook weights", "## Keras: W orthogonal", "## Trained",
    ]  # fmt: skip
    assert any("60 dots or more" in block.value for block in app.markdown)
    assert "the memory test takes a minute" in app.info[0].value
    assert "Choose a run" in followed("Clipping").info[0].value


@pytest.fixture
def runs(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A trained run of two cells, whose text is a made-up one that is always there."""
    return [
        tiny.run(store, tiny.TEXT, corpus="cookbook-60000", model={"architecture": name}, name=name)
        for name in ("simple_rnn", "lstm")
    ]


def test_runs_of_the_store_are_shown_at_once_and_the_slider_moves_them(runs):
    app = followed("Back through time")
    assert (set(app.multiselect(key="chosen_runs").value), "runs" in app.query_params) == (set(runs), False)
    last = rows(app, "What is left of the gradient 100 steps back: RNN")
    assert len(app.get("vega_lite_chart")) == 3
    app.select_slider(key="gradients_epoch").set_value(1)
    fine(app.run())
    assert app.query_params["epoch"] == "1"
    assert rows(app, "What is left of the gradient 100 steps back: RNN")["value"].equals(last["value"])  # fresh stays
    assert "epoch 1" in " ".join(block.value for block in app.markdown)


def test_the_radius_makes_the_gradient_vanish_or_explode():
    said = [
        next(block.value for block in followed("Vanish or explode", radius=radius).markdown if "##" in block.value)
        for radius in ("0.5", "1.0", "2.0")
    ]
    assert [word for words in said for word in ("vanishes", "stays", "explodes") if word in words] == [
        "vanishes", "stays", "explodes",
    ]  # fmt: skip


def test_clipping_cuts_what_is_longer_and_off_leaves_it(runs):
    app = followed("Clipping", clip_at="0.05")
    cut = rows(app, "RNN")
    assert cut[cut["part"] == gradients.AFTER_CLIPPING]["value"].max() <= 0.05
    assert cut[cut["part"] == gradients.BEFORE_CLIPPING]["value"].min() > 0.05
    app.toggle(key="clip").set_value(False)
    assert rows(fine(app.run()), "RNN").groupby("part")["value"].max().nunique() == 1


def test_a_run_that_cannot_be_followed_is_said_and_left_out(store: Store):
    kinds = {"batches": {"kind": "windows", "length": 3}, "model": {"architecture": "unrolled"}}
    app = followed("Back through time", runs=tiny.run(store, name="<b>odd</b>", **kinds))
    assert "model" in app.warning[0].value
    assert "<b>" not in app.warning[0].value
    assert followed("Clipping", runs=store.create_run(tiny.config(name="waits"))).warning
