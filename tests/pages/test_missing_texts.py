"""Without a network and without texts every offer works, is grey, or says what it needs and how large that is."""

from __future__ import annotations

from pathlib import Path

import apptest
import pytest
import streamlit as st
import tiny
from streamlit.testing.v1 import AppTest

from pages.widgets.run import tabs
from pages.widgets.shared import page
from rnnkit import tasks
from rnnkit.errors import CorpusError
from rnnkit.presets import PRESETS
from rnnkit.sharing import archive
from rnnkit.store import Store
from rnnkit.tasks import Does
from rnnkit.texts import downloads

ROOT = Path(__file__).parents[2]
PAGES = (
    "", "1_Train", "2_Runs", "3_Compare", "4_Other_tasks", "6_Texts", "8_Duel", "9_From_scratch", "10_Gradients",
    "11_Words_and_verse", *(f"7_Run {tab}" for tab in tabs.TABS),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _far_away(monkeypatch: pytest.MonkeyPatch, tmp_path):
    """No network, no folder of texts, nothing downloaded before."""

    def no_network(name, *_):
        raise CorpusError(f"corpus {name}: is not on this machine and example.org cannot be reached")

    monkeypatch.setattr(downloads, "fetch", no_network)
    monkeypatch.setattr(downloads, "kept", lambda _filename: None)
    monkeypatch.setenv("RNNKIT_CORPORA", "")


def said(app: AppTest) -> str:
    every = [*app.error, *app.warning, *app.info, *app.markdown]
    return "\n".join(block.value for block in every).replace("\u2060", "").replace("\\", "")


def press(app: AppTest, label: str) -> AppTest:
    plain = [button for button in app.button if label in button.label.replace("\u2060", "").replace("\\", "")]
    plain[0].click().run()
    assert not app.exception
    return app


def test_a_forecast_is_of_made_up_weather_and_a_download_that_fails_leaves_the_page_whole(store: Store):
    run = tiny.forecaster(store, corpus="temperatures")
    app = apptest.visit("7_Run", run=run, tab="try")
    assert "are made up by the program: “Daily minimum temperatures in Melbourne, 1981-1990” is not" in said(app)
    assert len(app.get("vega_lite_chart")) == 1
    assert not app.error
    press(app, "0.1 MB")
    assert "example.org cannot be reached" in app.error[0].value.replace("\u2060", "").replace("\\", "")
    assert app.selectbox(key="run_choice").value == run
    assert not app.get("progress")


def test_experiments_and_texts_say_what_they_need_before_they_are_chosen():
    app = apptest.visit("1_Train")
    texts = app.selectbox(key="one-minute/corpus").options
    [sherlock] = [text for text in texts if "to be downloaded, 0.3 MB" in text]
    assert sherlock.startswith("The Adventures")
    assert "needs" not in texts[0] + texts[1]  # those that are here come first
    app.button(key="other_experiments").click().run()
    rows = {one.label: one for one in app.button if (one.key or "").startswith("experiment ")}
    assert len(rows) >= len(PRESETS)
    assert said(app).count("works now") > 10
    sonnets = rows[page.plain(PRESETS["sonnets-lstm"].title)]
    assert sonnets.disabled
    assert "needs the file sonnets.txt" in said(app)
    assert not rows[page.plain(PRESETS["play-lstm"].title)].disabled
    app = apptest.visit("1_Train", preset="sonnets-lstm")
    assert "put the file sonnets.txt into the folder that RNNKIT_CORPORA names" in said(app)
    assert not [button for button in app.button if button.label.startswith("Download")]


@pytest.mark.slow
@pytest.mark.parametrize("of_run", [False, True], ids=["page", "run"])
@pytest.mark.parametrize("name", PAGES)
def test_no_button_or_switch_of_any_page_is_dead_or_breaks_the_page(store: Store, name: str, of_run: bool):
    archive.import_pretrained(store, ROOT / "pretrained")
    name, _, tab = name.partition(" ")
    does = tabs.needs(tab) or Does.WRITES
    run, other, *_ = [one.id for one in store.runs() if tasks.of(one.config).does is does]
    address = ({"run": run, "runs": f"{run},{other}"} if of_run else {}) | ({"tab": tab} if tab else {})

    def visit() -> AppTest:
        st.cache_data.clear()
        return apptest.visit(name, **address)

    def seen(app: AppTest) -> tuple:
        buttons = [(one.label, one.disabled) for one in app.button]
        return said(app), dict(app.query_params), buttons, len(app.get("html"))

    for kind in ("button", "toggle"):
        for place, control in enumerate(getattr(visit(), kind)):
            if control.disabled or control.label.startswith("Start"):  # training
                continue
            app = visit()
            before, pressed = seen(app), getattr(app, kind)[place]
            (pressed.click() if kind == "button" else pressed.set_value(not pressed.value)).run()
            assert not app.exception, control.label
            assert "Something went wrong" not in said(app), control.label
            assert seen(app) != before or kind == "toggle", control.label
