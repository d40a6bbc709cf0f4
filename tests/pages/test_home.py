"""Home: what trains now, one's own runs, the best network, and a card for each question."""

from __future__ import annotations

import json
import re
from pathlib import Path

import apptest
import pretend
import pytest
import shown
import tiny
from streamlit.testing.v1 import AppTest

from pages.widgets.shared import reads
from rnnkit.feed.cache import Feeds
from rnnkit.presets.questions import QUESTIONS
from rnnkit.sharing import archive
from rnnkit.store import Sample, Status, Store, schema

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home(store: Store):
    """Opens the page."""
    return apptest.visit


def said(app: AppTest) -> str:
    return " ".join(block.value for block in app.markdown).replace("\u2060", "").replace("\\", "")


def headings(app: AppTest) -> list[str]:
    return [element.value for element in [*app.header, *app.subheader]]


def links(app: AppTest) -> list[str]:
    return [f"{one.proto.label}: {one.proto.page}?{one.proto.query_string}" for one in app.get("page_link")]


def test_with_an_empty_store_every_question_can_be_trained_and_none_watched(home):
    app = home()
    assert "Train one" in app.info[0].value
    assert headings(app) == ["What do you want to know?", *(question.asks for question in QUESTIONS)]
    assert sum(link.startswith(("Train it", "Race")) for link in links(app)) == len(QUESTIONS)
    assert not [link for link in links(app) if link.startswith(("Watch", "Compare"))]


def test_a_card_has_a_whole_line_of_a_network_that_came_along_and_leads_to_it(home, store: Store):
    archive.import_pretrained(store, ROOT / "pretrained")
    app = home()
    written = shown.letters(app)
    assert len(written) == 1 + sum(bool(one.shown) for one in QUESTIONS)
    assert all(text.strip() == text and "\n" not in text for text in written)
    assert "Sherlock Holmes, two LSTM layers" in said(app)  # the best leads
    ids = {run.id: run.preset for run in store.runs()}
    for question, link in zip([one for one in QUESTIONS if one.shown and not one.compares],
                              [one for one in links(app) if one.startswith("Watch it")], strict=True):  # fmt: skip
        run = re.search(r"run=(\w+)&tab=(\w+)", link)
        assert ids[run[1]] in question.shown  # type: ignore[index]
        assert run[2] == question.tab  # type: ignore[index]
    assert sum(link.startswith("Compare") for link in links(app)) == 2


def test_what_cannot_be_trained_offline_says_why_and_the_minutes_of_others_are_known_once_asked(
    home, store: Store, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("RNNKIT_CORPORA", "")
    reads.forget_texts()
    reads.seconds(store, "cookbook-gru")
    notes = said(home())
    assert notes.count("Trains offline in about") == 1
    assert "Text to be downloaded, 0.1 MB" in notes


def test_ones_own_runs_stand_before_the_gallery_the_newest_first(home, store: Store):
    tiny.run(store, name="older")
    tiny.run(store, name="newer", status=Status.STOPPED)
    app = home()
    mine = [link for link in links(app) if "older" in link or "newer" in link]
    assert ["newer" in mine[0], "older" in mine[1]] == [True, True]
    assert headings(app)[0] == "Trained here"


def test_what_a_network_wrote_is_never_read_as_markup(home, store: Store):
    hostile = "Then. <b>x</b> </pre><script>alert(1)</script> &amp; **b**. And so on."
    run = pretend.training(store, preset="play-lstm")
    pretend.finish(store, run, 1, samples=[Sample(1, 1.0, "", 0, hostile)])
    store.lease(run, pretend.ME).end(Status.FINISHED)
    with store._write() as tx:
        tx.execute(schema.runs.update().values(pretrained=True))
    app = home()
    assert shown.letters(app) == ["<b>x</b> </pre><script>alert(1)</script> &amp; **b**."]
    assert not any("<script>alert" in element.proto.body for element in app.get("html"))


def test_what_trains_now_is_shown_with_its_loss_and_its_place_in_the_queue(home, store: Store):
    run = pretend.training(store, name="at it", training={"epochs": 4})
    pretend.finish(store, run, 1)
    pretend.progress(store, run, 5)
    store.create_run(tiny.config(name="next"))
    [listed] = [one.proto for one in home().get("bidi_component") if "training_now" in one.proto.component_name]
    drawn = json.loads(listed.json)
    assert (drawn["title"], [run["name"] for run in drawn["first"]]) == ("Training now", ["at it", "next"])
    lines = Feeds(store).lines().answer(lambda run: True)
    assert [(line["name"], line["says"]) for line in json.loads(lines.body)["runs"]] == [
        ("at it", "Epoch 2 of 4 · 50% of it · 2 s left · 99 characters a second"),
            ("next", "Number 1 in the queue · about 1 s until yours moves"),
    ]  # fmt: skip


def test_an_exported_run_is_taken_in_once_and_a_strange_file_is_refused(home, store: Store, tmp_path: Path):
    run = tiny.run(store, name="from elsewhere")
    file = archive.export_run(store, run, tmp_path / "run.zip").read_bytes()
    store.delete_run(run)
    app = home()
    app.file_uploader[0].set_value(("run.zip", file, "application/zip")).run()
    app.run()
    assert [taken.name for taken in store.runs()] == ["from elsewhere"]
    app.file_uploader[0].set_value(("run.zip", b"no zip", "application/zip")).run()
    assert len(app.error) == 1
    assert len(store.runs()) == 1
