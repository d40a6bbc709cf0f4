"""Home: what trains now, what trained networks wrote at three epochs, where to go next."""

from __future__ import annotations

from pathlib import Path

import apptest
import pretend
import pytest
import shown
import tiny
from streamlit.testing.v1 import AppTest

from rnnkit.sharing import archive
from rnnkit.store import Sample, Status, Store

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home(store: Store):
    """Opens the page."""
    return apptest.visit


def headings(app: AppTest) -> list[str]:
    return [element.value for element in [*app.header, *app.subheader]]


def test_with_nothing_trained_it_says_how_to_begin(home):
    app = home()
    assert "The first one takes" in app.info[0].value
    assert headings(app) == ["Where to go next"]


def test_a_trained_network_shows_what_it_wrote_at_its_first_a_middle_and_its_last_epoch(home, store: Store):
    tiny.run(store, epochs=9, name="nine")
    app = home()
    assert shown.letters(app) == ["The ", *(f"what epoch {epoch} wrote" for epoch in (1, 5, 9))]
    assert any("After epoch 5" in element.value for element in app.markdown)
    assert "nine" in headings(app)


def test_what_a_network_wrote_is_never_read_as_markup(home, store: Store):
    hostile = "<b>x</b> </pre><script>alert(1)</script> &amp; **b**"
    run = pretend.training(store)
    pretend.finish(store, run, 1, samples=[Sample(1, 1.0, "", 0, hostile)])
    store.lease(run, pretend.ME).end(Status.FINISHED)
    app = home()
    assert shown.letters(app) == [hostile]
    assert not any("<script>alert" in element.proto.body for element in app.get("html"))


def test_a_network_with_one_epoch_shows_it_once(home, store: Store):
    tiny.run(store, epochs=1)
    assert shown.letters(home()) == ["The ", "what epoch 1 wrote"]


def test_what_trains_now_is_shown_with_its_loss_and_its_place_in_the_queue(home, store: Store):
    run = pretend.training(store, name="at it", training={"epochs": 4})
    pretend.finish(store, run, 1)
    pretend.progress(store, run, 5)
    store.create_run(tiny.config(name="next"))
    app = home()
    assert "Training now" in headings(app)
    assert {"at it", "next"} <= set(headings(app))
    bars = [element.proto.text for element in app.get("progress")]
    assert any("Epoch 2 of 4 · 50% of it" in text for text in bars)
    assert any("Number 1 in the queue" in text for text in bars)


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


def test_the_newest_network_is_shown_at_length_and_the_others_with_their_last_text(home, store: Store):
    tiny.run(store, epochs=2, name="older")
    tiny.run(store, epochs=3, name="newer")
    assert shown.letters(home()) == ["The ", *(f"what epoch {epoch} wrote" for epoch in (1, 2, 3, 2))]
