"""The film-strip on Compare and on a run's page."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import apptest
import pandas as pd
import pyarrow.ipc
import pytest
import streamlit as st
import tiny
from shown import letters
from streamlit.testing.v1 import AppTest

from pages.widgets.shared import epoch_timeline, page
from rnnkit.charts import curves
from rnnkit.store import Status, Store
from rnnkit.studies import timeline

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _place(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(epoch_timeline, "PLAY_SECONDS", 0.0)  # while the film plays, every look at the page is a frame


def visit(*runs: str, **address: str) -> AppTest:
    """A run's page, or Compare for several."""
    name, key = ("7_Run", "run") if len(runs) == 1 else ("3_Compare", "runs")
    st.cache_data.clear()
    return apptest.visit(name, **{key: ",".join(runs), **address})


def look(app: AppTest) -> AppTest:
    """The page as the next tick draws it, with what is newest in the store."""
    st.cache_data.clear()
    app.run()
    assert not app.exception
    return app


def texts(app: AppTest) -> list[str]:
    """What the strip shows; no other text of these pages is as long."""
    return [text for text in letters(app) if len(text) >= timeline.SETTINGS.length]


def rows(app: AppTest, alt: str) -> list[pd.DataFrame]:
    """The rows of the charts that are described so."""
    found = [chart.proto for chart in app.get("vega_lite_chart") if chart.proto.alt.startswith(alt)]
    return [pyarrow.ipc.open_stream(proto.data.data).read_pandas() for proto in found]


def cursor(app: AppTest) -> float:
    (table,) = rows(app, "Loss over epochs")
    return table.loc[table["mark"] == curves.CURSOR, "at"].item()


def shown(app: AppTest) -> tuple:
    """Everything that the slider moves."""
    return cursor(app), texts(app), [table.to_dict() for table in rows(app, "What ")]


def fine(app: AppTest) -> AppTest:
    assert not app.exception
    return app


def move(app: AppTest, epoch: int) -> AppTest:
    """As the slider does; the hand on it is in the tests in a browser."""
    app.query_params["at"] = str(epoch)
    app.run()
    assert not app.exception
    return app


def places(app: AppTest) -> list[str]:
    """Where the slider can stand."""
    (slider,) = app.get("bidi_component")
    return json.loads(slider.proto.json)["places"]


def play(app: AppTest) -> AppTest:
    app.button(key="film_play").click().run()
    assert not app.exception
    return app


def test_the_slider_moves_texts_cursor_and_probabilities_together(store: Store):
    app = visit(tiny.run(store))
    assert len(texts(app)) == 3
    last = shown(app)
    first = shown(move(app, 1))
    assert (last[0], first[0]) == (3, 1)
    assert not set(last[1]) & set(first[1])
    assert last[2] != first[2]
    assert shown(move(app, 3)) == last


def test_the_texts_are_those_of_the_engine_at_three_temperatures(store: Store):
    run = tiny.run(store)
    (view,) = timeline.views(store, [(run, 2)], replace(timeline.SETTINGS, prompt="The "))
    assert texts(visit(run, at="2")) == [f"The {text}" for text in view.texts]


def test_a_link_shows_the_same_frame(store: Store):
    run = tiny.run(store)
    link = {"at": "2", "film_prompt": "fox", "film_seed": "7"}
    first, again = visit(run, **link), visit(run, **link)
    assert shown(first) == shown(again)
    assert all(text.startswith("fox") for text in texts(first))
    assert shown(first) != shown(visit(run, **{**link, "film_seed": "8"}))
    assert cursor(visit(run, at="<b>")) == 3


def test_play_goes_from_frame_to_frame_and_stops_at_the_end(store: Store):
    app = play(visit(tiny.run(store)))  # from the end: once more from the beginning
    seen = [cursor(app)]
    while app.button(key="film_play").label == "Stop film" and len(seen) < 20:
        seen.append(cursor(look(app)))
    assert seen[0] < seen[-1] == 3
    assert seen == sorted(seen)
    assert app.button(key="film_play").label == "Play film"
    assert "at" not in app.query_params  # no frame went into the address: nobody chose one
    assert cursor(look(app)) == 3


def test_a_film_that_began_at_a_chosen_epoch_stays_at_its_end(store: Store):
    run = tiny.run(store, epochs=2, status=None)
    app = play(visit(run, at="1"))
    while app.button(key="film_play").label == "Stop film":
        look(app)
    assert app.query_params["at"] in ("2", ["2"])
    tiny.train(store, run, 1)
    assert cursor(look(app)) == 2


def test_only_the_person_ends_and_begins_to_follow_the_newest(store: Store):
    run = tiny.run(store, epochs=2, status=None)
    app = visit(run)
    assert app.button(key="film_follow").label == "Following newest"
    tiny.train(store, run, 1)
    assert cursor(look(app)) == 3
    fine(app.button(key="film_follow").click().run())
    tiny.train(store, run, 1)
    assert (cursor(look(app)), app.button(key="film_follow").label) == (3, "Follow newest")
    fine(app.button(key="film_follow").click().run())
    assert (cursor(app), "at" in app.query_params) == (4, False)
    store.lease(run, tiny.TRAINER).end(Status.FINISHED)
    assert not any(button.key == "film_follow" for button in look(app).button)  # nothing newer will come


def test_pause_stays_where_it_is_and_play_goes_on_from_there(store: Store):
    app = play(visit(tiny.run(store, epochs=9), at="2"))
    stopped = cursor(play(app))
    assert app.button(key="film_play").label == "Play film"
    assert cursor(look(app)) == stopped < 9
    assert cursor(look(play(app))) > stopped


def test_a_frame_stays_as_long_as_it_should(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(epoch_timeline, "PLAY_SECONDS", 60.0)
    app = play(visit(tiny.run(store)))
    assert cursor(look(app)) == 1


def test_a_run_that_trains_extends_the_film_and_leaves_the_hand_where_it_is(store: Store):
    run = tiny.run(store, epochs=2, status=None)
    held, following = visit(run, at="1"), visit(run)
    before = shown(held)
    tiny.train(store, run, 2)
    look(held)
    assert places(held) == ["1", "2", "3", "4"]
    assert (cursor(held), texts(held)) == before[:2]
    assert cursor(look(following)) == 4  # nobody has moved it: it shows the newest


def test_nothing_kept_yet_says_so(store: Store):
    waiting = store.create_run(tiny.config())
    for runs in ([waiting], [waiting, tiny.run(store, epochs=0, status=None)]):
        app = visit(*runs)
        assert any("The film-strip starts" in info.value for info in app.info)
        assert not texts(app)


def test_one_epoch_is_a_film_that_cannot_be_played(store: Store):
    app = visit(tiny.run(store, epochs=1))
    assert len(texts(app)) == 3
    assert app.button(key="film_play").disabled


def test_four_runs_move_together_each_at_its_nearest_kept_epoch(store: Store):
    runs = [tiny.run(store, epochs=epochs, name=f"run {epochs}") for epochs in (4, 3, 2)]
    app = visit(*runs, store.create_run(tiny.config(name="waits")), at="3")
    assert places(app) == ["1", "2", "3", "4"]
    assert len(texts(app)) == 3 * 3
    assert len(rows(app, "What ")) == 3
    headings = [block.value.replace("\u2060", "") for block in app.markdown if block.value.startswith("####")][:4]
    assert [heading.rpartition(" · ")[2] for heading in headings] == [
        "epoch 3", "epoch 3", "epoch 2, the nearest kept", "nothing kept up to epoch 3",
    ]  # fmt: skip
    (table,) = rows(app, "Loss over epochs")
    stands = table[table["mark"] == curves.STANDS]
    assert dict(zip(stands["letter"], stands["at"], strict=True)) == {"A": 3, "B": 3, "C": 2}
    before = texts(app)
    after = texts(move(app, 4))
    assert before[:3] != after[:3]
    assert before[3:] == after[3:]


def test_a_run_that_knows_nothing_of_the_prompt_says_so_beside_the_others(store: Store):
    app = visit(tiny.run(store), tiny.run(store, tiny.TEXT + "é"), film_prompt="é")
    assert "é" in app.error[0].value
    assert len(texts(app)) == 3


def test_names_are_shown_letter_by_letter(store: Store):
    bad = "<script>alert(1)</script> **bold** $y$"
    app = visit(tiny.run(store, name=bad), tiny.run(store, name=bad), film_prompt="The **x**")
    assert page.plain(bad) in " ".join(block.value for block in app.markdown)
    assert not any("<script>" in block.value or "**x**" in block.value for block in app.markdown)


def test_a_frame_that_was_shown_is_not_written_again(store: Store, monkeypatch: pytest.MonkeyPatch):
    asked, views = [], timeline.views
    monkeypatch.setattr(
        timeline, "views", lambda store, order, settings: asked.append(order) or views(store, order, settings)
    )
    run = tiny.run(store)
    app = visit(run)
    for epoch in (1, 3, 1, 2):
        move(app, epoch)
    assert asked == [((run, epoch),) for epoch in (3, 1, 2)]


def test_the_film_of_other_runs_does_not_play_by_itself(store: Store):
    first, second = tiny.run(store), tiny.run(store)
    app = play(visit(first))
    app.query_params.clear()
    app.query_params["run"], app.query_params["at"] = second, "1"
    assert cursor(look(look(app))) == 1
    assert app.button(key="film_play").label == "Play film"
