"""The Duel page: choosing, one click, watching, and what one can do with all of them at once."""

from __future__ import annotations

import json
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
    return next(group for group in app.button_group if group.label.startswith("Networks"))


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
    assert not button(app, "Start the race").disabled


def test_one_click_queues_all_of_them_and_the_address_is_the_duel(store: Store):
    app = visit()
    button(app, "Start the race").click().run()
    assert not app.exception
    runs = store.runs()
    assert len(runs) == 3
    assert app.query_params["runs"] == ",".join(run.id for run in reversed(runs))
    assert {run.config.training.seconds for run in runs} == {30}
    assert len({run.race for run in runs}) == 1
    assert [lane["id"] for lane in race(visit(runs=app.query_params["runs"]))["lanes"]] == [r.id for r in runs[::-1]]


def test_units_can_be_equal_and_all_train_the_same_epochs(store: Store):
    app = visit(equal="Units", each="The same epochs")
    app.number_input(key="duel/units/96").set_value(24).run()
    next(e for e in app.number_input if e.key.startswith("duel/epochs")).set_value(2).run()
    assert set(app.dataframe[0].value["Units"]) == {24}
    button(app, "Start the race").click().run()
    training = {
        (run.config.model.units, run.config.training.epochs, run.config.training.seconds) for run in store.runs()
    }
    assert training == {(24, 2, None)}


def test_a_link_of_an_older_version_asks_for_equal_seconds():
    app = visit(equal="Equal seconds")
    assert not app.exception
    assert app.dataframe[0].value["Units"].nunique() == 1
    assert "Seconds of training for each" in [element.label for element in app.number_input]


def test_one_architecture_alone_cannot_start():
    app = visit()
    pills(app).set_value(["gru"]).run()
    assert "expected 2 to 4" in said(app.error)
    assert button(app, "Start the race").disabled


def test_parameters_that_no_network_can_have_are_refused_in_a_sentence():
    app = visit()
    app.number_input(key="duel/params").set_value(3).run()
    assert "1 unit" in said(app.error)
    assert button(app, "Start the race").disabled


def race(app: AppTest) -> dict:
    """What the component is given."""
    [found] = [data for one in app.get("bidi_component") if "lanes" in (data := json.loads(one.proto.json))]
    return found


def fought(store: Store, *losses: float, **training) -> str:
    kinds = zip(losses, ("gru", "lstm"), strict=True)
    return ",".join(tiny.run(store, loss=loss, model={"architecture": a}, training=training) for loss, a in kinds)


def test_who_won_and_the_table_stand_on_the_page_in_bits_or_nats(store: Store):
    runs = fought(store, 6.0, 3.0)
    app = visit(runs=runs)
    assert (race(app)["unit"], race(app)["headline"]) == ("bits", None)
    assert list(app.dataframe[0].value["Network"]) == ["B · LSTM", "A · GRU"]
    assert app.dataframe[0].value["Best loss"].min() == pytest.approx(1.1 / 0.6931472)
    assert "from one seed" in said(app.markdown)
    assert "Stop all" not in labels(app)
    assert visit(runs=runs, unit="Nats").dataframe[0].value["Best loss"].min() == pytest.approx(1.1)


def test_while_they_train_there_is_no_table_that_ranks_them(store: Store):
    ids = [tiny.run(store, loss=loss, status=None) for loss in (6.0, 3.0)]
    app = visit(runs=",".join(ids))
    assert race(app)["stands"] == ["active", "active"]
    assert not app.dataframe
    assert "Stop all" in labels(app)


def test_over_several_seeds_the_verdict_is_one_of_means_and_the_page_has_their_table(store: Store):
    *_, runs = [fought(store, *pair, seed=seed) for seed, pair in enumerate([(3.0, 6.0), (3.3, 6.3), (3.6, 6.6)])]
    named = [store.rename_run(run, f"Duel {i:04}: {run}") for i, pair in enumerate(pairs(store)) for run in pair]
    assert len(named) == 6
    app = visit(runs=runs)
    assert race(app)["headline"].startswith("The GRU is lower than the LSTM in 3 of 3 seeds: ")
    table = app.dataframe[0].value
    assert list(table.columns) == ["Network", "Mean", "±", "Seed 0", "Seed 1", "Seed 2"]
    assert app.get("vega_lite_chart")
    assert "Over 3 seeds" in [element.value for element in app.subheader]


def pairs(store: Store) -> list[list[str]]:
    """The runs in the order they were made, two by two."""
    ids = [run.id for run in reversed(store.runs())]
    return [ids[at : at + 2] for at in range(0, len(ids), 2)]


def test_all_are_stopped_resumed_and_deleted_together(store: Store):
    ids = [store.create_run(tiny.config()) for _ in range(2)]
    app = button(visit(runs=",".join(ids)), "Stop all").click().run()
    assert {store.run(run).status for run in ids} == {"stopped"}
    app = button(app, "Resume all").click().run()
    assert {store.run(run).status for run in ids} == {"queued"}
    app = button(app, "Delete all").click().run()
    assert "Delete these runs" in labels(app)
    assert len(store.runs()) == 2


def test_a_duel_can_be_fought_again_from_other_seeds(store: Store):
    ids = [tiny.run(store, corpus="cookbook-20000", batches={"length": 8, "batch_size": 4}) for _ in range(2)]
    app = visit(runs=",".join(ids))
    app.number_input(key="duel/seeds").set_value(2).run()
    app = button(app, "Race again").click().run()
    assert not app.error
    new = [run for run in reversed(store.runs()) if run.id not in ids]
    assert [run.config.training.seed for run in new] == [1, 1, 2, 2]
    assert app.query_params["runs"] == ",".join(run.id for run in new[:2])


def test_an_earlier_duel_can_be_opened(store: Store):
    button(visit(), "Start the race").click().run()
    st.cache_data.clear()
    app = visit()
    ids = ",".join(run.id for run in reversed(store.runs()))
    app.selectbox(key="duel_choice").set_value(ids).run()
    assert len(race(app)["lanes"]) == 3
    assert app.query_params["runs"] == ids


def test_a_run_that_is_gone_is_named_and_one_alone_is_no_duel(store: Store):
    app = visit(runs=f"{tiny.run(store)},gone2345")
    assert "gone2345" in said(app.warning)
    assert "at least" in said(app.info)
