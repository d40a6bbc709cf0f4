"""The Watch tab: what Python gives the screen, the orders that it takes, and the parts below that open when asked.

The screen itself is tested in a browser.
"""

from __future__ import annotations

import json
from functools import partial

import apptest
import pretend
import pytest
import streamlit as st
import tiny
from streamlit.testing.v1 import AppTest

from pages.widgets.watch import screen
from rnnkit.store import Store

watch = partial(apptest.visit, "7_Run")


def said(elements) -> str:
    return " ".join(element.value for element in elements).replace("\\", "").replace("\u2060", "")


def given(app: AppTest) -> dict:
    """What the screen gets from Python."""
    (component,) = (one for one in app.get("bidi_component") if "temperatures" in one.proto.json)
    return json.loads(component.proto.json)


def send(app: AppTest, order: object) -> AppTest:
    """As the browser does."""
    app.session_state[screen._ORDER] = order
    app.run()
    assert not app.exception
    return app


def test_the_screen_knows_the_prompt_the_temperatures_and_no_references_before_it_asks(store: Store):
    run = tiny.run(store)
    found = given(watch(run=run))
    assert (found["run"], found["writes"], found["prompt"]) == (run, True, "The ")
    assert (found["temperatures"], found["references"]) == ([0.3, 0.7, 1.0], None)
    forecasts = given(watch(run=tiny.forecaster(store)))
    assert (forecasts["writes"], forecasts["temperatures"]) == (False, [])


def test_orders_reach_the_store_and_the_browser_looks_again(store: Store):
    run = store.create_run(tiny.config())
    for order, status in (("stop", "stopped"), ("resume", "queued"), ("pause", "paused")):
        app = send(watch(run=run), order)
        assert store.run(run).status == status
        assert given(app)["order"] == order
        assert not app.error


@pytest.mark.parametrize("order", ["delete", 7, {"stop": 1}, ["stop"], "", True])
def test_of_all_else_that_a_browser_sends_nothing_is_done(store: Store, order: object):
    run = pretend.training(store)
    app = send(watch(run=run), order)
    assert not app.error
    assert (store.run(run).status, store.run(run).wanted) == ("training", "run")


def test_an_order_that_cannot_be_obeyed_is_a_sentence(store: Store):
    run = tiny.run(store)
    app = send(watch(run=run), "resume")
    assert "expected one that is paused, stopped or failed" in said(app.error)
    assert given(app)["run"] == run


def test_nothing_below_the_screen_is_drawn_until_it_is_opened(store: Store):
    app = watch(run=tiny.run(store))
    assert not app.dataframe
    assert not app.code
    assert app.button_group(key="about").options == ["Figures", "Network", "Settings", "Copied passages"]


def test_figures_settings_and_the_log_open_by_themselves_from_an_address(store: Store):
    run = pretend.training(store, epochs=2)
    app = watch(run=run, about="Figures")
    assert not app.error
    table = app.dataframe[0].value
    assert table["Epoch"].tolist() == ["2", "1"]
    assert table["Held-out loss, nats"].tolist() == [0.5, 1.0]
    assert "Architecture" in watch(run=run, about="Settings").dataframe[0].value["Setting"].tolist()
    assert pretend.lose(store, run, pretend.ME, "the very last line", most_attempts=1) == "failed"
    st.cache_data.clear()
    assert watch(run=run, about="Log").code[0].value == "the very last line"


def test_what_a_run_wrote_can_be_read_epoch_by_epoch(store: Store):
    run = tiny.run(store)
    app = watch(run=run, about="Copied passages")
    assert [block.value for block in app.code] == ["The ", "what epoch 3 wrote"]
    app.selectbox(key=f"epoch_{run}").set_value(1).run()
    assert app.code[1].value == "what epoch 1 wrote"
