"""Runs and texts are deleted, listed, and brought back."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiny

from rnnkit.store import Store
from rnnkit.texts import own


@pytest.fixture
def text(store: Store) -> str:
    return own.add(store, tiny.TEXT * 20, "My diary")


def test_a_deleted_run_is_listed_and_comes_back(answer, say, sentence, store: Store):
    run = tiny.run(store, name="Fox")
    assert f"python -m rnnkit undelete {run}" in say("delete", run)
    assert answer("runs") == []
    assert "which was deleted; for a day `undelete`" in sentence("show", run)
    [listed] = answer("undelete")
    assert (listed["kind"], listed["id"], listed["name"]) == ("run", run, "Fox")
    assert listed["until"] - listed["deleted_at"] == 24 * 3600
    assert "24.0 h" in say("undelete")
    assert answer("undelete", run) == {"run": run, "notes": []}
    assert [row["run"] for row in answer("runs")] == [run]
    assert answer("undelete") == []
    assert "expected a run or a text that was deleted within a day" in sentence("undelete", run)


def test_a_run_can_be_deleted_for_good_at_once_and_from_the_trash(answer, sentence, store: Store):
    one, two = tiny.run(store), tiny.run(store)
    assert answer("delete", one, "--now") == {"run": one}
    answer("delete", two)
    assert answer("delete", two, "--now") == {"run": two}
    assert answer("undelete") == []
    for run in (one, two):
        assert "expected the id of a run in this store" in sentence("delete", run, "--now")


def test_a_text_is_deleted_by_its_title_and_comes_back_by_it(answer, store: Store, text: str):
    assert answer("corpora", "delete", "my DIARY") == {"corpus": text}
    assert text not in [row["name"] for row in answer("corpora")]
    assert answer("undelete", "My diary") == {"text": text, "notes": []}
    assert store.texts()[0].name == text


def test_a_text_that_a_run_needs_is_not_deleted_not_even_by_force(sentence, store: Store, text: str):
    run = store.create_run(tiny.config(corpus=f"cookbook+{text}"))
    for force in ([], ["--force"], ["--now"], ["--now", "--force"]):
        assert f"got one that these need: {run} (queued)" in sentence("corpora", "delete", text, *force)
    assert store.texts()


def test_of_a_text_that_was_trained_on_it_is_said_what_will_not_work(answer, sentence, store: Store, text: str):
    run = tiny.run(store, corpus=text)
    said = sentence("corpora", "delete", text)
    assert f"got one that these have: {run} (finished); without it they keep their weights" in said
    assert said.endswith("--force deletes it")
    assert answer("corpora", "delete", text, "--force") == {"corpus": text}
    assert "which was deleted; `undelete text-" in sentence("sample", run, "--copies")
    assert answer("corpora", "delete", text, "--now") == {"corpus": text}
    assert answer("undelete") == []


def test_a_known_text_and_none_are_not_deleted(sentence):
    for name in ("sherlock", "nowhere"):
        assert "expected the name of a stored text" in sentence("corpora", "delete", name)


def test_a_queued_run_that_comes_back_is_trained(answer, nobody_trains, store: Store):
    run = store.create_run(tiny.config())
    answer("delete", run)
    assert answer("undelete", run)["notes"] == [f"It waits in the queue again, as {run}."]


def test_a_run_is_not_resumed_whose_text_an_older_version_deleted(sentence, nobody_trains, store: Store, text: str):
    run = tiny.run(store, corpus=f"cookbook+{text}", status="stopped")
    with store._database.write() as tx:
        tx.exec_driver_sql("DELETE FROM texts")
    assert f"got '{text}': there is none, or no longer" in sentence("resume", run)
    assert store.run(run).status == "stopped"


def test_a_run_names_its_text_by_its_name_whatever_title_was_given(answer, nobody_trains, store: Store, tmp_path: Path):
    name = own.add(store, tiny.TEXT * 200, "Diary")
    config = tiny.config(corpus="diary", batches={"length": 8, "batch_size": 4})
    (tmp_path / "run.json").write_text(config.model_dump_json())
    run = answer("train", "--config", str(tmp_path / "run.json"))["run"]
    assert store.run(run).corpus == name
