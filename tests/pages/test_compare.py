"""The Compare page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import apptest
import counted
import pytest
import streamlit as st
import tiny
from streamlit.testing.v1 import AppTest

from pages.widgets.compare import film
from rnnkit.runs import gallery
from rnnkit.sharing import archive
from rnnkit.store import Status
from rnnkit.studies import timeline
from rnnkit.texts import own

PAGE = "3_Compare"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def visit():
    """Opens the page with runs in the address."""
    return lambda *runs, **address: apptest.visit(PAGE, runs=",".join(runs), **address)


def component(page: AppTest, name: str) -> dict[str, Any]:
    """What the component that has `name` in its data was given."""
    [found] = [data for one in page.get("bidi_component") if name in (data := json.loads(one.proto.json))]
    return found


def rows(page: AppTest) -> list[dict[str, Any]]:
    return component(page, "rows")["rows"]


def texts(page: AppTest) -> list[str]:
    """The texts of the table, row by row."""
    return [text for row in rows(page) for text in row["texts"]]


def look(page: AppTest) -> AppTest:
    """As the timer does."""
    st.cache_data.clear()
    page.run()
    assert not page.exception
    return page


def play(page: AppTest) -> AppTest:
    page.button(key="film_play").click()
    return look(page)


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(film, "PLAY_SECONDS", 0.0)


def test_nothing_chosen_says_what_to_do(visit):
    page = visit()
    assert "Choose two to four runs" in page.info[0].value
    assert not page.error


def test_what_came_along_is_compared_while_nobody_has_chosen(visit, store):
    archive.import_pretrained(store, ROOT / "pretrained")
    page = apptest.visit(PAGE)
    assert len(rows(page)) == 3
    assert not page.info
    assert "runs" not in page.query_params
    assert "Choose two to four runs" in apptest.visit(PAGE, runs="").info[0].value


def test_while_none_is_chosen_a_press_begins_with_networks_of_one_text(visit, store, monkeypatch):
    runs = [store.run(tiny.run(store, name=name)) for name in ("best", "other")]
    shown = gallery.Gallery([gallery.Shelf(runs[0], (runs[1],)), gallery.Shelf(runs[1])], [])
    monkeypatch.setattr(gallery, "gallery", lambda runs, epochs: shown)
    (button,) = (page := visit()).main.button
    assert button.label == "best\u2060\\: 2 networks"
    button.click()
    page.run()
    assert page.query_params["runs"] == ",".join(run.id for run in runs)
    assert len(rows(page)) == 2


def test_where_nobody_has_chosen_the_last_run_is_beside_the_best_on_its_text(store):
    best, last, worse, _ = (tiny.run(store, name=f"loss {loss}", loss=loss) for loss in (2.0, 4.0, 3.0, 5.0))
    page = apptest.visit(PAGE)
    page.session_state["_last_run"] = last
    page.run()
    assert [run["id"] for run in component(page, "along")["runs"]] == [last, best, worse]
    assert "runs" not in page.query_params
    page.checkbox(key=f"show {best}").uncheck().run()
    assert page.query_params["runs"] == f"{last},{worse}"


def test_a_link_shows_the_runs_it_names_and_says_which_is_lower(visit, store):
    page = visit(tiny.run(store, name="first"), tiny.run(store, name="second", loss=6.0))
    assert not page.exception
    assert not page.error
    assert page.header[0].value.startswith("A is lower: ")
    assert [run["name"] for run in component(page, "along")["runs"]] == ["first", "second"]
    results, *_ = page.dataframe
    assert list(results.value.columns) == ["A", "B"]
    assert list(results.value.loc["Best, as trained"]) == ["1.1000", "2.1000"]
    assert any("finished" in note.value and "same for all" in note.value for note in page.markdown)


def test_a_tick_shows_a_run_and_takes_it_away_until_four_are_shown(visit, store):
    first, *others = [tiny.run(store, name=f"run {number}") for number in range(5)]
    page = visit(first)
    for place, run in enumerate(others[:3], start=1):
        page.checkbox(key=f"show {run}").check().run()
        assert page.query_params["runs"] == ",".join([first, *others[:place]])
    assert page.checkbox(key=f"show {others[3]}").disabled
    page.checkbox(key=f"show {first}").uncheck().run()
    assert page.query_params["runs"] == ",".join(others[:3])
    assert [row["name"] for row in rows(page)] == ["run 1", "run 2", "run 3"]


def test_the_list_offers_runs_of_the_same_text_first_and_what_is_looked_for(visit, store):
    chosen, other = tiny.run(store, name="chosen"), tiny.run(store, name="other", corpus="elsewhere", loss=0.5)
    near = tiny.run(store, name="near", loss=4.0)
    page = visit(chosen)
    assert [box.key for box in page.checkbox] == [f"show {run}" for run in (chosen, near, other)]
    page.text_input(key="find_runs").set_value("elsewhere").run()
    assert [box.key for box in page.checkbox] == [f"show {run}" for run in (chosen, other)]


def test_a_run_that_is_gone_is_named_and_the_others_are_shown(visit, store):
    page = visit(tiny.run(store), "gone2345", tiny.run(store))
    assert "gone2345" in page.warning[0].value
    assert page.dataframe


def test_each_run_writes_at_every_temperature_in_its_row(visit, store):
    runs = [tiny.run(store), tiny.run(store, loss=4.0)]
    page = visit(*runs, length="40")
    (first, second), table = rows(page), component(page, "rows")
    assert table["columns"] == ["Temperature 0.3", "Temperature 0.7", "Temperature 1"]
    assert [len(text) for text in texts(page)] == [40] * 6
    assert (first["letter"], first["note"], len(first["likely"])) == ("A", "epoch 3", 6)
    settings = timeline.SETTINGS.__class__("The ", (0.3, 0.7, 1.0), 40, 0)
    assert [first["texts"], second["texts"]] == [
        view.texts for view in timeline.views(store, [(run, 3) for run in runs], settings)
    ]


def test_with_epochs_across_every_run_writes_at_each_of_them(visit, store):
    page = visit(tiny.run(store, epochs=2), tiny.run(store), epochs=["1", "3", "last"], temperatures="0.7")
    assert component(page, "rows")["columns"] == ["Epoch 1", "Epoch 3", "Last"]
    first, second = rows(page)
    assert first["texts"][1] is None  # it has not kept this epoch
    assert second["texts"][1] == second["texts"][2]
    assert first["note"] == "last: epoch 2"


def test_the_settings_of_the_texts_live_in_the_address_those_of_older_links_too(visit, store):
    runs = tiny.run(store), tiny.run(store)
    asked = {"temperatures": "1", "length": "20", "at": "2"}
    page = visit(*runs, prompt="fox", seed="7", **asked)
    assert len(texts(page)) == 2
    assert component(page, "rows")["prompt"] == "fox"
    assert texts(visit(*runs, film_prompt="fox", film_seed="7", **asked)) == texts(page)
    assert texts(visit(*runs, prompt="fox", seed="8", **asked)) != texts(page)


def test_each_run_says_which_symbols_of_the_prompt_it_does_not_know(visit, store):
    page = visit(tiny.run(store, name="plain"), tiny.run(store, tiny.TEXT + "é", name="accented"), prompt="fé")
    assert len(page.warning) == 1
    assert page.warning[0].value.startswith("A")
    page = visit(tiny.run(store), tiny.run(store, tiny.TEXT + "é"), prompt="é")
    first, second = rows(page)
    assert "é" in first["problem"]  # nothing of it is known to A; B writes all the same
    assert (len(second["texts"]), second["problem"]) == (3, "")


def test_four_runs_move_together_each_at_its_nearest_kept_epoch(visit, store):
    runs = [tiny.run(store, epochs=epochs, name=f"run {epochs}") for epochs in (4, 3, 2)]
    waits = store.create_run(tiny.config(name="waits"))
    page = visit(*runs, waits, at="3", length="20")
    assert component(page, "places")["places"] == ["1", "2", "3", "4"]
    assert [row["note"] for row in rows(page)] == ["epoch 3", "epoch 3", "epoch 2, the nearest kept", ""]
    assert rows(page)[3]["problem"] == "Nothing kept up to epoch 3."
    assert component(page, "along")["cursor"] == 3
    before = texts(page)
    page.query_params["at"] = "4"
    page.run()
    assert texts(page)[:3] != before[:3]
    assert texts(page)[3:] == before[3:]


def test_the_film_plays_to_its_end_and_leaves_the_address_alone(visit, store):
    page = play(visit(tiny.run(store), tiny.run(store), length="10"))  # from the end: once more from the beginning
    seen = [rows(page)[0]["note"]]
    while page.button(key="film_play").label == "Stop" and len(seen) < 20:
        seen.append(rows(look(page))[0]["note"])
    assert (seen[0] in ("epoch 1", "epoch 2"), seen[-1]) == (True, "epoch 3")
    assert "at" not in page.query_params


def test_only_the_person_ends_and_begins_to_follow_the_newest(visit, store):
    run = tiny.run(store, epochs=2, status=None)
    page = visit(run, tiny.run(store, epochs=1), length="10")
    assert page.button(key="film_follow").label == "Following"
    tiny.train(store, run, 1)
    assert rows(look(page))[0]["note"] == "epoch 3"
    page.button(key="film_follow").click()
    look(page)
    tiny.train(store, run, 1)
    assert (rows(look(page))[0]["note"], page.button(key="film_follow").label) == ("epoch 3", "Follow")
    page.button(key="film_follow").click()
    look(page)
    assert (rows(page)[0]["note"], "at" in page.query_params) == ("epoch 4", False)
    store.lease(run, tiny.TRAINER).end(Status.FINISHED)
    assert not any(button.key == "film_follow" for button in look(page).button)  # nothing newer will come


def test_runs_without_an_epoch_are_compared_as_far_as_they_are(visit, store, nobody_trains):
    page = visit(store.create_run(tiny.config(name="waits")), tiny.run(store, epochs=0, status=None))
    assert not page.error
    assert any("first batch" in info.value for info in page.info)


def test_how_much_is_new_is_drawn_for_each_run_when_asked_for(visit, store):
    text = own.add(store, tiny.TEXT, "foxes")
    runs = [tiny.run(store, corpus=text, name=name) for name in ("first", "second")]
    assert not charts_of(visit(*runs, length="40"))
    page = visit(*runs, length="40", novelty="true")
    assert not page.error
    assert len(charts_of(page)) == 2


def test_a_run_whose_text_is_gone_says_so_beside_the_others(visit, store):
    text = own.add(store, tiny.TEXT, "foxes")
    page = visit(tiny.run(store, corpus=text), tiny.run(store, corpus="text-0123456789"), length="40", novelty="true")
    assert len(page.error) == 1
    assert len(charts_of(page)) == 1


def charts_of(page: AppTest) -> list:
    """The charts of novelty."""
    return [chart for chart in page.get("vega_lite_chart") if chart.proto.alt.startswith("New ")]


def test_names_are_shown_letter_by_letter(visit, store):
    bad = "<script>alert(1)</script> **bold** :red[x] $y$"
    page = visit(tiny.run(store, name=bad), tiny.run(store, name=bad))
    labels = [box.label for box in page.checkbox]
    assert labels
    assert not any("<script>" in label or "**bold**" in label for label in labels)
    assert rows(page)[0]["name"] == bad  # the component makes a text node of it


def test_losses_are_in_bits_at_first_and_in_nats_where_somebody_chooses(visit, store):
    runs = tiny.run(store), tiny.run(store)
    assert component(visit(*runs), "along")["unit"]["name"] == "bits"
    page = visit(*runs, unit="Nats", along="Seconds")
    assert (component(page, "along")["unit"]["name"], component(page, "along")["along"]) == ("nats", "seconds")
    forecasts = visit(tiny.forecaster(store), tiny.forecaster(store))
    assert not forecasts.error
    assert component(forecasts, "along")["unit"]["name"] != "bits"
    assert not [one for one in forecasts.get("bidi_component") if "rows" in json.loads(one.proto.json)]


def test_the_page_takes_as_many_statements_with_a_hundred_other_runs(visit, store, nobody_trains):
    def statements() -> int:
        st.cache_data.clear()
        st.cache_resource.clear()
        with counted.statements() as said:
            visit(*runs)
        return len(said)

    runs = tiny.run(store), tiny.run(store)
    alone = statements()
    for _ in range(100):
        store.create_run(tiny.config(name="other"))
    assert statements() <= alone + 1
