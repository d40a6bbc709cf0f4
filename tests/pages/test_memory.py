"""The page Memory: a test is started, followed and judged."""

from __future__ import annotations

import apptest
import tiny

from rnnkit.store import Store
from rnnkit.texts.made import memory

PAGE = "12_Memory"


def test_pressing_the_button_queues_three_networks_on_the_text(store: Store):
    page = apptest.visit(PAGE)
    assert not page.exception
    next(button for button in page.button if button.label == "Train them").click().run()
    assert not page.exception
    runs = [run for run in store.runs() if not run.pretrained]
    assert {run.config.model.architecture for run in runs} == {"simple_rnn", "gru", "lstm"}
    assert {run.corpus for run in runs} == {"memory"}
    assert {run.config.training.seconds for run in runs} == {15}


def test_networks_that_have_ended_are_judged(store: Store):
    text = memory.write(2_000)
    runs = [tiny.run(store, text, model={"architecture": name, "units": 8}) for name in ("gru", "simple_rnn")]
    page = apptest.visit(PAGE, runs=",".join(runs))
    assert not page.exception
    assert "over none of these" in page.header[0].value
    assert page.get("vega_lite_chart")
    gone = apptest.visit(PAGE, runs=f"{runs[0]},nope")
    assert "Some of these runs are gone" in gone.warning[0].value
