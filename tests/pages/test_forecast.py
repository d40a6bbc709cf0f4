"""The Forecast page: against the truth, into the future, and tables of one's own."""

from __future__ import annotations

from functools import partial

import apptest
import numpy as np
import pytest
import tiny
from streamlit.testing.v1 import AppTest

from rnnkit.store import Store
from rnnkit.studies import forecast
from rnnkit.studies.checkpoint import load
from rnnkit.tasks import forecasting

PAGE = "4_Other_tasks"
ADDRESS = {"do": "forecast"}
visit = partial(apptest.visit, PAGE, **ADDRESS)
WAVE = "date;level;rain\n" + "".join(
    f"{np.datetime64('2020-01-01') + np.timedelta64(day, 'D')};{np.sin(day / 3):.3f};{day % 4},5\n".replace(".", ",")
    for day in range(200)
)
PARTS = ("Against the truth", "Into the future")


def words(app: AppTest) -> str:
    kinds = ("header", "markdown", "info", "warning", "error")
    return " ".join(element.value for kind in kinds for element in getattr(app, kind))


def links(app: AppTest) -> list[str]:
    return [link.proto.query_string for link in app.get("page_link")]


def upload(text: str | bytes, name: str = "wave.csv") -> AppTest:
    app = visit(part="A table of your own")
    content = text.encode() if isinstance(text, str) else text
    app.get("file_uploader")[0].set_value((name, content, "text/csv")).run()
    assert not app.exception
    return app


def test_without_a_run_it_says_what_to_do_and_leads_there():
    app = visit()
    assert "Train one" in app.info[0].value
    assert any("preset=series-rnn" in link for link in links(app))


def test_the_verdict_stands_above_the_chart_and_is_that_of_the_engine(store: Store):
    run = tiny.forecaster(store)
    app = visit(run=run)
    found = forecast.backtest(store, load(store, run, 2))
    assert found.verdict.split(":")[0].replace("%", "")[:28] in words(app).replace("\\%", "")
    assert len(app.get("vega_lite_chart")) == 1
    assert app.table[0].value.index[1] == forecasting.PERSISTENCE


@pytest.mark.parametrize("head", ["classes", "regression"])
@pytest.mark.parametrize("part", PARTS)
def test_both_heads_are_drawn_and_explained(store: Store, head: str, part: str):
    app = visit(run=tiny.forecaster(store, head), part=part)
    assert not app.error
    assert len(app.get("vega_lite_chart")) == 1
    assert ("single number (**regression**)" in words(app)) == (head == "regression")


def test_the_epoch_lives_in_the_address(store: Store):
    run = tiny.forecaster(store)
    app = visit(run=run, epoch="1")
    assert app.select_slider(key="forecast_epoch").value == 1
    app.select_slider(key="forecast_epoch").set_value(2).run()
    assert app.query_params["epoch"] in ("2", ["2"])


def test_a_table_is_shown_as_it_was_read_and_kept(store: Store):
    app = upload(WAVE)
    assert "200 values of" in words(app)
    assert app.selectbox[0].options == ["level", "rain"]
    app.selectbox[0].set_value("rain").run()
    app.button[0].click().run()
    assert not app.exception
    assert [row.title for row in store.texts()] == ["wave"]
    assert any(f"corpus={store.texts()[0].name}&column=rain" in link for link in links(app))


def test_what_can_be_read_in_two_ways_is_chosen_and_trained_on(store: Store):
    app = upload("when;visitors\n" + "".join(f"01/{1 + i % 12:02}/{2000 + i // 12};1.{i % 9}40\n" for i in range(60)))
    assert "between 1040 and 1840" in words(app)
    assert "can be read in two ways" in words(app)
    assert [group.label for group in app.button_group][1:] == ["Decimal sign", "Order of dates"]
    app.button_group(key="decimal wave.csv").set_value(".").run()
    assert "between 1.04 and 1.84" in words(app).replace("\\", "").replace("\u2060", "")
    app.button[0].click().run()
    assert not app.exception
    assert any("decimal=.&dates=auto" in link for link in links(app))


def test_what_is_sure_can_be_read_otherwise_too_and_the_encoding_is_said_and_changed():
    app = upload("Größe;grün\n".encode("cp1252") + b"".join(b"%d.5;%d.25\n" % (i * 7 % 10, i) for i in range(60)))
    assert "cp1252" in words(app)
    assert app.selectbox[1].options[0] == "Größe"
    app.selectbox[0].set_value("cp850").run()
    assert app.selectbox[1].options[0] != "Größe"
    app.button_group(key="decimal wave.csv").set_value(",").run()
    assert "60 of them no numbers, the first “0.5” (row 2)" in words(app).replace("\\", "").replace("\u2060", "")


def test_another_column_can_be_chosen_where_the_first_cannot_be_read():
    app = upload("empty,wave\n" + "".join(f"{i if i % 3 else ''},{i * 7 % 10}\n" for i in range(60)))
    app.selectbox[0].set_value("empty").run()
    assert "at most 10% gaps" in app.error[0].value.replace("\\", "").replace("\u2060", "")
    app.selectbox[0].set_value("wave").run()
    assert not app.error


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b\nx,y\nz,w\n", "expected a column of numbers"),
        ("v\n1\n2\n", "expected at least 20 values"),
        (b"\x89PNG\r\n\x1a\n", "got a PNG picture"),
        ("v\n" + "4\n" * 40, "expected values that change"),
    ],
)
def test_a_table_that_cannot_be_read_is_said_in_a_sentence(text: str | bytes, sentence: str):
    app = upload(text)
    assert sentence in app.error[0].value.replace("\\", "").replace("\u2060", "")
