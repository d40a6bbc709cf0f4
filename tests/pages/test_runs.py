"""The page Runs: all of them in a table."""

from __future__ import annotations

import apptest
import counted
import pytest
import sqlalchemy as sa
import streamlit as st
import tiny
from streamlit.testing.v1 import AppTest

from rnnkit.store import Status, Store, new_run_id, schema

PAGE = "2_Runs"
COLUMNS = ["Name", "Status", "Bits", "Text", "Tags", "Parameters", "Epochs", "Minutes", "Started"]


@pytest.fixture(autouse=True)
def _nobody(nobody_trains):
    """What waits stays as it is."""


def names(page: AppTest) -> list[str]:
    return [name for table in page.dataframe for name in table.value["Name"]]


def ticking(*runs: str) -> AppTest:
    """The page as it is after a hand has ticked these."""
    page = apptest.visit(PAGE)
    page.session_state["_ticked_runs"] = [*runs]
    return page.run()


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def press(page: AppTest, label: str) -> AppTest:
    next(button for button in page.button if button.label == label).click()
    return page.run()


def test_an_empty_store_says_what_to_do():
    page = apptest.visit(PAGE)
    assert "No network" in page.info[0].value
    assert not page.dataframe


def test_every_run_has_a_row_with_what_lists_show(store: Store):
    run, worse = tiny.run(store, name="<b>first</b>", owner="Eva"), tiny.run(store, name="worse", loss=6.0)
    store.tag_runs([run], add=["homework"])
    page = apptest.visit(PAGE)
    table = page.dataframe[0].value
    assert set(COLUMNS) <= set(table.columns)
    assert table["Run"].tolist() == [worse, run]
    assert list(table["Tags"][1]) == ["homework"]
    assert names(apptest.visit(PAGE, sort="Lowest loss")) == ["<b>first</b>", "worse"]
    assert names(apptest.visit(PAGE, q="eva")) == ["<b>first</b>"]
    assert names(apptest.visit(PAGE, tag="homework", group="By tag")) == ["<b>first</b>"]
    assert "No run is like this" in apptest.visit(PAGE, q="nobody").info[0].value


def test_what_is_looked_for_stands_in_the_address_until_all_are_wanted(store: Store):
    for name, status in (("good", Status.FINISHED), ("bad", Status.FAILED)):
        tiny.run(store, name=name, status=status)
    page = apptest.visit(PAGE)
    page.multiselect(key="status").select("failed").run()
    assert names(page) == ["bad"]
    press(page, "All runs")
    assert names(page) == ["bad", "good"]


def test_what_can_be_done_with_ticked_runs_is_offered_and_asked_about(store: Store):
    runs = [tiny.run(store, name=f"run {number}") for number in range(7)]
    trains, waits = tiny.run(store, name="trains", status=None), store.create_run(tiny.config(name="waits"))
    assert labels(ticking()) == []
    assert labels(ticking(runs[0])) == ["Rename", "Tag", "Export", "Delete", "Untick"]
    assert labels(ticking(trains)) == ["Rename", "Tag", "Stop", "Export", "Untick"]
    page = press(ticking(*runs, trains, waits), "Delete")
    assert any("and 3 more" in one.value for one in page.markdown)
    assert any("1 ticked that train, came" in one.value for one in page.markdown)
    assert "Delete 8 runs" in labels(page)
    page = press(ticking(runs[0]), "Untick")
    assert page.session_state["_ticked_runs"] == []


def test_all_that_were_found_are_ticked_at_once_and_stay_so_whatever_is_looked_for_next(store: Store):
    for number in range(3):
        tiny.run(store, name=f"run {number}")
    tiny.run(store, name="other")
    page = press(apptest.visit(PAGE, q="run"), "Tick all of them")
    page.text_input(key="q").set_value("other").run()
    assert any("3 ticked" in one.value for one in page.markdown)
    assert names(page) == ["other"]


def test_many_that_were_deleted_come_back_by_one_undo(store: Store):
    runs = {tiny.run(store, name=f"run {number}"): f"run {number}" for number in range(7)}
    store.delete_runs([*runs])
    page = apptest.visit(PAGE)
    page.session_state["_last_deleted"] = runs
    page = press(page.run(), "Undo")
    assert {one.id for one in store.listed()} == {*runs}


@pytest.mark.parametrize("name", ["", PAGE, "7_Run"])
def test_a_page_takes_as_many_statements_for_a_hundred_runs_as_for_few(store: Store, name: str):
    def statements() -> int:
        st.cache_data.clear()
        st.cache_resource.clear()
        with counted.statements() as said:
            apptest.visit(name, run=run)
        return len(said)

    run = [tiny.run(store) for _ in range(4)][-1]
    few = statements()
    ids = [tiny.run(store, epochs=1) for _ in range(20)]
    with store._database.write() as tx:
        rows = [row._asdict() for row in tx.execute(sa.select(schema.runs).where(schema.runs.c.id.in_(ids)))]
        tx.execute(schema.runs.insert(), [row | {"id": new_run_id()} for row in rows for _ in range(5)])
    assert statements() <= few + 1
    assert len(store.listed()) == 124
