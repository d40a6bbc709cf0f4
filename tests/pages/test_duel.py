"""The Duel page: choosing, one click, watching, and what one can do with all of them at once."""

from __future__ import annotations

from functools import partial

import apptest
import pytest
import streamlit as st
import tiny
from streamlit.testing.v1 import AppTest

from rnnkit.architectures import ARCHITECTURES
from rnnkit.store import Store

PAGE = "8_Duel"
visit = partial(apptest.visit, PAGE)


@pytest.fixture(autouse=True)
def _small_cookbook(monkeypatch: pytest.MonkeyPatch):
    tiny.small_cookbook(monkeypatch)
    st.cache_data.clear()


def button(app: AppTest, label: str):
    return next(element for element in app.button if element.label == label)


def labels(app: AppTest) -> list[str]:
    return [element.label for element in app.button]


def said(elements) -> str:
    return " ".join(element.value for element in elements).replace("\\", "").replace("\u2060", "")


def pills(app: AppTest):
    return next(group for group in app.button_group if group.label.startswith("Architectures"))


def test_each_chosen_architecture_says_what_it_is():
    app = visit()
    chosen = [ARCHITECTURES[name] for name in pills(app).value]
    assert len(chosen) == 3
    assert all(one.summary in said(app.markdown) for one in chosen)
    assert len(app.latex) == sum(len(one.equations) for one in chosen)


def test_units_and_parameters_are_shown_before_the_start():
    app = visit()
    table = app.dataframe[0].value
    assert list(table["Network"]) == ["Simple RNN", "GRU", "LSTM"]
    assert table["Off by"].abs().max() < 1
    assert not button(app, "Start the duel").disabled


def test_one_click_queues_all_of_them_and_the_address_is_the_duel(store: Store):
    app = visit()
    button(app, "Start the duel").click().run()
    assert not app.exception
    runs = store.runs()
    assert len(runs) == 3
    assert app.query_params["runs"] == ",".join(run.id for run in reversed(runs))
    assert "in the queue" in " ".join(bar.proto.text for bar in app.get("progress"))
    assert len(visit(runs=app.query_params["runs"]).get("progress")) == 3


def test_one_architecture_alone_cannot_start():
    app = visit()
    pills(app).set_value(["gru"]).run()
    assert "expected 2 to 4" in said(app.error)
    assert button(app, "Start the duel").disabled


def test_parameters_that_no_network_can_have_are_refused_in_a_sentence():
    app = visit()
    app.number_input(key="duel/params").set_value(3).run()
    assert "1 unit" in said(app.error)
    assert button(app, "Start the duel").disabled


def test_the_verdict_and_the_table_stand_on_the_page(store: Store):
    app = visit(
        runs=",".join(
            tiny.run(store, loss=loss, model={"architecture": a}) for loss, a in ((6.0, "gru"), (3.0, "lstm"))
        )
    )
    assert "The LSTM won by 1.000 nats per symbol" in said(app.header)
    assert app.get("vega_lite_chart")
    assert list(app.dataframe[0].value["Network"]) == ["B · LSTM", "A · GRU"]
    assert "Stop all" not in labels(app)


def test_all_are_stopped_resumed_and_deleted_together(store: Store):
    ids = [store.create_run(tiny.config()) for _ in range(2)]
    app = button(visit(runs=",".join(ids)), "Stop all").click().run()
    assert {store.run(run).status for run in ids} == {"stopped"}
    app = button(app, "Resume all").click().run()
    assert {store.run(run).status for run in ids} == {"queued"}
    app = button(app, "Delete all").click().run()
    assert "Delete these runs" in labels(app)
    assert len(store.runs()) == 2


def test_a_duel_can_be_fought_once_more_from_another_seed(store: Store):
    ids = [tiny.run(store, corpus="cookbook-20000", batches={"length": 8, "batch_size": 4}) for _ in range(2)]
    app = button(visit(runs=",".join(ids)), "Repeat with another seed").click().run()
    assert not app.error
    new = [run for run in store.runs() if run.id not in ids]
    assert [run.config.training.seed for run in new] == [1, 1]
    assert app.query_params["runs"] == ",".join(run.id for run in reversed(new))


def test_an_earlier_duel_can_be_opened(store: Store):
    button(visit(), "Start the duel").click().run()
    st.cache_data.clear()
    app = visit()
    ids = ",".join(run.id for run in reversed(store.runs()))
    app.selectbox(key="duel_choice").set_value(ids).run()
    assert len(app.get("progress")) == 3
    assert app.query_params["runs"] == ids


def test_a_run_that_is_gone_is_named_and_one_alone_is_no_duel(store: Store):
    app = visit(runs=f"{tiny.run(store)},gone2345")
    assert "gone2345" in said(app.warning)
    assert "at least" in said(app.info)
