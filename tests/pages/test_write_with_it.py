"""Write with it, without a browser: what the box is told, the address, the measure, and a chat of one's own."""

from __future__ import annotations

import json
from functools import partial

import apptest
import pytest
import tiny
from streamlit.testing.v1 import AppTest

from pages.widgets.write_with_it import keystrokes_saved, suggestions
from rnnkit.store import Store
from rnnkit.studies import keyboard
from rnnkit.texts import own

visit = partial(apptest.visit, "7_Run", tab="write")


def answer(page: AppTest) -> dict:
    """What the box was told."""
    told = [json.loads(one.proto.json) for one in page.get("bidi_component")]
    return next(one for one in told if "words" in one)


def offered(page: AppTest) -> list[str]:
    return [offer["text"] for offer in answer(page)["words"]]


def test_the_address_holds_run_epoch_temperature_and_seed(store: Store):
    run = tiny.run(store)
    at = keyboard.keyboard(store, run, 2)
    page = visit(run=run, keyboard_epoch="2", keyboard_temperature="0.5")
    assert not page.error
    assert offered(page) == [offer.text for offer in at.offers("", 0.5).words]
    drawn = visit(run=run, keyboard_epoch="2", keyboard_draw="true", keyboard_seed="7")
    assert offered(drawn) == [offer.text for offer in at.offers("", 1.0, seed=7).words]


def test_the_newest_epoch_is_the_first_to_offer_and_the_slider_changes_it(store: Store):
    run = tiny.run(store)
    page = visit(run=run)
    last = answer(page)["symbols"]
    page.select_slider(key="keyboard_epoch").set_value("1").run()
    assert answer(page)["symbols"] != last


def test_a_run_of_one_epoch_and_one_of_words_have_a_keyboard(store: Store):
    assert answer(visit(run=tiny.run(store, epochs=1)))["words"]
    assert answer(visit(run=tiny.run(store, tokenizer={"kind": "words"})))["words"]


def test_an_epoch_that_is_not_there_is_the_last_one(store: Store):
    run = tiny.run(store)
    assert answer(visit(run=run, keyboard_epoch="99"))["symbols"] == answer(visit(run=run))["symbols"]


def test_whatever_a_browser_sends_is_read_or_is_nothing():
    nothing = {"number": 0, "text": ""}
    for sent in (None, {}, {"asked": 3}, {"asked": {"number": "1", "text": "a"}}, {"asked": {"number": 1}}):
        assert suggestions._asked(sent) == nothing
    assert suggestions._asked({"asked": {"number": 4, "text": "a" * 30_000}})["text"] == "a" * keyboard.MAX_CHARS


def test_keystrokes_are_measured_beside_the_page_when_asked_for(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(keyboard, "MEASURED_CHARS", 100)
    text = tiny.TEXT * 20
    run = tiny.run(store, text, corpus=own.add(store, text), batches={"validation_fraction": 0.1})
    assert not visit(run=run).get("vega_lite_chart")
    page = visit(run=run, keystrokes="true")
    for epoch in (1, 2, 3):
        keystrokes_saved._keystrokes(store, run, epoch).result(timeout=60)
        page.run()
    assert not page.error
    assert len(page.get("vega_lite_chart")) == 1


def test_a_text_that_is_not_here_is_said_before_anything_is_measured(store: Store, tmp_path, monkeypatch):
    monkeypatch.setenv("RNNKIT_CORPORA", str(tmp_path))
    page = visit(run=tiny.run(store, corpus="recipes"), keystrokes="true")
    assert "fetch it first" in page.info[0].value


def test_sample_leads_here(store: Store):
    links = [
        link.proto.query_string for link in apptest.visit("7_Run", tab="sample", run=tiny.run(store)).get("page_link")
    ]
    assert any("keyboard_epoch=3" in link for link in links)


def test_a_chat_is_read_one_person_chosen_kept_and_shown(store: Store):
    page = apptest.visit("6_Texts", bring="A chat")
    export = b"31/12/2021, 23:58 - Ada: Hello\n31/12/2021, 23:59 - <b>Bob</b>: Bye\n"
    export += b"31/12/2021, 23:59 - <b>Bob</b>: *Sticker*\n" * 2
    page.file_uploader(key="own_chat_0").upload("chat.txt", export, "text/plain").run()
    assert not page.error
    [whose] = [box for box in page.multiselect if box.label == "Messages of"]
    assert whose.options == ["<b>Bob</b> (3)", "Ada (1)"]
    whose.set_value(["<b>Bob</b>"]).run()
    [often] = [box for box in page.checkbox if box.label.endswith("(2 times)")]
    often.check().run()
    assert any("chosen by you: 3" in block.value for block in page.markdown)
    page.button(key="keep").click().run()
    assert not page.exception
    [row] = store.texts()
    assert (row.title, store.text(row.name)) == ("Messages of <b>Bob</b>", "Bye\n")


def test_a_file_that_is_no_chat_is_a_sentence():
    page = apptest.visit("6_Texts", bring="A chat")
    page.file_uploader(key="own_chat_0").upload("x.txt", b"To be or not to be", "text/plain").run()
    assert not page.exception
    assert "expected messages in an export of WhatsApp" in page.error[0].value
