"""The page of a run: every tab with a run of every state, which run it is, and what only the open tab does."""

from __future__ import annotations

import apptest
import classified
import paired
import pretend
import pytest
import streamlit as st
import tiny
from streamlit.testing.v1 import AppTest

from pages.widgets.run import sample, tabs
from rnnkit.store import Status, Store

PAGE = "7_Run"
MAKE = {"classify": classified.run, "forecast": tiny.forecaster, "translate": paired.run}


def said(app: AppTest) -> str:
    blocks = [*app.title, *app.markdown, *app.info, *app.warning]
    return "\n".join(block.value for block in blocks).replace("\u2060", "").replace("\\", "")


def calm(app: AppTest) -> AppTest:
    assert not app.exception
    assert not app.error
    assert len(app.title) == 1
    return app


def states(store: Store) -> dict[str, str]:
    """State -> a run in it, all on a text that is not here."""
    runs = {
        "trains": tiny.run(store, epochs=2, status=None, training={"epochs": 9}),
        "waits": store.create_run(tiny.config()),
        "has begun": pretend.training(store),
        "failed": tiny.run(store, status=None),
        "failed at once": tiny.run(store, status=Status.FAILED, epochs=0),
        "diverged": tiny.run(store, status=None),
        "paused": tiny.run(store, status=Status.PAUSED),
        "inside its first epoch": tiny.run_inside_first(store),
        "diverged inside it": tiny.run_inside_first(store),
    }
    for state in (Status.FAILED, Status.DIVERGED):
        store.lease(runs[state], tiny.TRAINER).end(state, "The disk is full.")
    store.lease(runs["diverged inside it"], tiny.TRAINER).end(Status.DIVERGED, "The loss became nan.")
    return runs


@pytest.mark.parametrize("tab", [name for name in tabs.TABS if name != "try"])
def test_a_tab_is_calm_with_a_run_of_every_state_and_without_any(visit, store: Store, tab: str):
    assert "No network has been trained here yet" in said(calm(visit(tab=tab)))
    runs = states(store)
    for state, run in runs.items():
        st.cache_data.clear()
        app = visit(run=run, tab=tab)
        assert not app.exception, state
        assert not app.error, state  # why it failed is said by the screen, which is fed
        if tab in ("sample", "temperature", "write", "gradients") and state in ("waits", "failed at once"):
            assert ("has no checkpoint yet" if state == "waits" else "before its first checkpoint") in said(app)
    store.delete_run(runs["failed"])
    st.cache_data.clear()
    app = visit(run=runs["failed"], tab=tab)
    assert f"There is no run “{runs['failed']}” here: it may have been deleted." in said(app)
    assert not app.error


@pytest.mark.parametrize("task", MAKE)
def test_a_run_that_does_not_write_is_tried_out_in_a_tab_and_says_so_where_one_asks_for_another(
    visit, store: Store, task: str, monkeypatch: pytest.MonkeyPatch, tmp_path
):
    monkeypatch.setenv("RNNKIT_CORPORA", str(classified.write_reviews(tmp_path / "corpora")))
    run = MAKE[task](store)
    for tab in ("watch", "try", "compare", "export"):
        assert "another task" not in said(calm(visit(run=run, tab=tab)))
    assert "It was trained for another task" in said(visit(run=run, tab="sample"))
    assert "It was trained for another task" in said(visit(run=tiny.run(store), tab="try"))


@pytest.mark.parametrize("run", ["../../etc/passwd", "<script>", "gone2345"])
def test_a_run_that_is_none_is_said_with_a_way_to_those_that_are(visit, run: str):
    app = visit(run=run)
    assert "There is no run" in app.warning[0].value
    assert "<script>" not in app.warning[0].value
    assert [link.proto.label for link in app.main.get("page_link")] == ["All runs"]


def test_without_a_run_in_the_address_it_is_the_one_looked_at_last_else_a_featured_one(visit, store: Store):
    tiny.run(store, name="other")
    featured = tiny.run(store, name="featured")
    app = visit(tab="sample")
    assert app.title[0].value == "featured"
    assert app.selectbox(key="run_choice").value == featured
    app = visit(tab="compare", run=store.runs()[1].id)
    del app.query_params["run"]
    assert app.run().title[0].value == "other"


def test_another_run_is_chosen_and_the_tab_with_its_settings_stays(visit, store: Store):
    first, second = (tiny.run(store, name=name) for name in ("first", "second"))
    app = visit(run=first, tab="sample", length="30")
    app.selectbox(key="run_choice").select(second).run()
    assert app.title[0].value == "second"
    assert (app.query_params["run"], app.query_params["tab"]) == (second, "sample")
    assert app.number_input(key="length").value == 30


def test_only_the_open_tab_is_computed_and_an_unknown_one_is_the_first(visit, store: Store, monkeypatch):
    run = tiny.run(store)
    monkeypatch.setitem(tabs.TABS, "sample", tabs.Tab("Sample", lambda *_: pytest.fail("nobody has opened it")))
    assert sample.show  # the one that is not called
    calm(visit(run=run, tab="nothing like it"))


def test_tabs_whose_settings_have_the_same_names_in_the_address_do_not_disturb_each_other(store: Store):
    runs = {"sample": tiny.run(store), "try": tiny.forecaster(store)}
    app = apptest.visit(PAGE, run=runs["sample"], tab="sample", length="400", temperatures="1.5")
    for tab, run in [("temperature", "sample"), ("gradients", "sample"), ("try", "try"), ("sample", "sample")]:
        for name in list(app.query_params):
            del app.query_params[name]
        app.query_params["run"], app.query_params["tab"] = runs[run], tab
        calm(app.run())


def test_a_run_is_compared_with_another_on_the_same_text_first(visit, store: Store):
    run, alike = (tiny.run(store, name=name) for name in ("this", "like it"))
    tiny.run(store, name="elsewhere", corpus="cookbook")
    links = [
        link.proto for link in visit(run=run, tab="compare").main.get("page_link") if "runs=" in link.proto.query_string
    ]
    assert [(link.label, link.query_string) for link in links] == [("**like it**", f"runs={run}%2C{alike}")]
