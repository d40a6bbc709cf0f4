"""Commands that change runs, and --wait."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import tiny

from rnnkit.cli import main as cli
from rnnkit.store import Status, Store
from rnnkit.training import scheduler

ROOT = Path(__file__).parents[2]
LITTLE = (
    *("--set", "corpus=cookbook-3000", "--set", "model.units=8", "--set", "training.epochs=2"),
    *("--set", "sampling.length=20", "--set", "sampling.temperatures=0.5"),
)


def test_train_queues_a_run_of_the_preset_with_its_changes(answer, nobody_trains):
    run = answer("train", "--preset", "cookbook-gru", *LITTLE, "--name", "Mine", "--owner", "Ada")["run"]
    document = answer("show", run)
    assert document["status"] == Status.QUEUED
    assert (document["name"], document["preset"]) == ("Mine", "cookbook-gru")
    assert document["config"]["model"]["units"] == 8
    assert document["config"]["owner"] == "Ada"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (["corpus=nowhere"], "corpus: expected one of"),
        (["corpus=cookbook-300", "batches.length=2000"], "too short"),
        (["model.units=4096", "model.layers=4", "model.embedding_size=2048"], "model.units: expected at most"),
        (["model.architecture=unrolled"], "needs batches.kind=windows"),
        (["sampling.prompt=日本"], "sampling.prompt: expected tokens that the text has too"),
        (["task=classification"], "corpus: expected 2 to 10 texts joined"),
    ],
)  # fmt: skip
def test_what_cannot_be_trained_is_refused_before_it_is_queued(
    answer, sentence, nobody_trains, changes: list[str], said: str
):
    settings = [word for change in changes for word in ("--set", change)]
    assert said in sentence("train", "--preset", "cookbook-gru", *LITTLE, *settings)
    assert answer("runs") == []


def test_a_run_that_takes_hours_is_queued_and_standard_error_says_so(store: Store, nobody_trains, capsys):
    assert cli.main(["train", "--preset", "cookbook-gru", *LITTLE, "--set", "training.seconds=100000", "--json"]) == 0
    said = capsys.readouterr()
    assert said.err == "Training is set to 27 h 47 min. Within 2 h: at most 7,200 seconds.\n"
    assert json.loads(said.out)["run"] == store.runs()[0].id


def test_nothing_is_queued_where_nobody_could_train(sentence, store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RNNKIT_CPU_SLOTS", "0")
    said = sentence("train", "--preset", "cookbook-gru", *LITTLE)
    assert said == "RNNKIT_CPU_SLOTS: expected a whole number of at least 1, got '0'"
    assert store.runs() == []


def test_a_classifier_needs_two_texts(sentence, nobody_trains):
    assert "corpus: expected 2 to 10 texts" in sentence("train", "--preset", "lstm-classifier", "--corpus", "cookbook")


def test_a_queued_run_is_paused_resumed_stopped_and_deleted(answer, sentence, nobody_trains):
    run = answer("train", "--preset", "cookbook-gru", *LITTLE)["run"]
    assert answer("pause", run) == {"run": run, "status": Status.PAUSED}
    assert "expected one that is queued or training, got paused" in sentence("stop", run)
    assert answer("resume", run) == {"run": run}
    assert answer("stop", run) == {"run": run, "status": Status.STOPPED}
    assert answer("delete", run) == {"run": run}
    assert answer("runs") == []


def test_a_run_that_trains_is_not_deleted(sentence, store: Store):
    assert "stop it first" in sentence("delete", tiny.run(store, status=None))


def test_fork_goes_on_from_a_kept_epoch_with_changed_settings(answer, nobody_trains, store: Store):
    run = tiny.run(store, name="Fox", corpus="cookbook-9000", batches={"length": 20})
    child = answer("fork", run, "--epoch", "2", "--set", "training.learning_rate=0.1", "--owner", "Bo")["run"]
    document = answer("show", child)
    assert document["name"] == "Fox from 2"
    assert document["config"]["training"]["learning_rate"] == 0.1
    assert document["config"]["owner"] == "Bo"
    assert [epoch["epoch"] for epoch in document["epochs"]] == [1, 2]
    assert document["epochs"] == answer("show", run)["epochs"][:2]


def test_a_fork_onto_a_text_of_which_most_is_unknown_is_asked_for(
    answer, sentence, nobody_trains, store: Store, tmp_path: Path
):
    run = tiny.run(store, corpus="cookbook-9000", batches={"length": 20})
    file = tmp_path / "cats.txt"
    file.write_text("猫犬鳥魚 and fox\n猫犬鳥魚猫犬鳥魚\n" * 90, "utf-8")
    order = ("fork", run, "--epoch", "2", "--corpus", answer("corpora", "add", str(file))["name"])
    assert "are not in its vocabulary; --allow-unknown trains on it all the same" in sentence(*order)
    assert answer("show", answer(*order, "--allow-unknown")["run"])["status"] == "queued"


def test_pin_keeps_an_epoch_and_says_whether_its_optimizer_state_is_there(answer, say, sentence, store: Store):
    run = tiny.run(store)
    assert answer("pin", run, "last") == {"run": run, "epoch": 3, "step": 30, "optimizer": True}
    assert "a fork begins its averages anew" in say("pin", run, "2")
    assert answer("show", run)["pinned"] == [2, 3]
    assert answer("unpin", run, "2") == {"run": run, "epoch": 2, "step": 20, "kept": True}
    assert answer("show", run)["pinned"] == [3]
    assert "expected one that is kept" in sentence("pin", run, "9")


@pytest.mark.parametrize(("epoch", "state"), [("2", "anew"), ("last", "kept")])
def test_fork_says_what_becomes_of_the_optimizers_state(answer, nobody_trains, store: Store, epoch: str, state: str):
    run = tiny.run(store, corpus="cookbook-9000", batches={"length": 20})
    assert answer("fork", run, "--epoch", epoch, "--set", "training.epochs=5")["optimizer"] == state


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--epoch", "2", "--set", "model.units=9"], "model.units: expected 8 as in the run it is forked from"),
        (["--epoch", "2", "--set", "tokenizer.newlines=space"], "tokenizer.newlines: expected 'keep'"),
        (["--epoch", "9"], "expected one that is kept (1, 2, 3, last, best), got '9'"),
        (["--epoch", "3"], "training.epochs: expected more than the 3 epochs already trained, got 3"),
        (["--epoch", "2", "--corpus", "nowhere"], "corpus: expected one of"),
        (["--epoch", "two"], "expected one that is kept (1, 2, 3, last, best), got 'two'"),
    ],
)
def test_a_fork_that_the_weights_do_not_allow_is_refused(
    answer, sentence, nobody_trains, store: Store, argv: list[str], said: str
):
    run = tiny.run(store, corpus="cookbook-9000", batches={"length": 20})
    assert said in sentence("fork", run, *argv)
    assert len(answer("runs")) == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [(Status.FINISHED, 0), (Status.STOPPED, 0), (Status.PAUSED, 0), (Status.DIVERGED, 1), (Status.FAILED, 1)],
)
def test_wait_ends_with_the_run(answer, store: Store, monkeypatch: pytest.MonkeyPatch, status: str, code: int):
    def train_at_once(its_store: Store) -> None:
        for run in its_store.runs(statuses=[Status.QUEUED]):
            its_store.lease(run.id, "a test").claim()
            its_store.lease(run.id, "a test").end(status)

    monkeypatch.setattr(scheduler, "ensure_running", train_at_once)
    document = answer("train", "--preset", "cookbook-gru", *LITTLE, "--wait", status=code)
    assert document["status"] == status


def test_ctrl_c_ends_the_watching_but_not_the_run(say, store: Store, monkeypatch: pytest.MonkeyPatch, nobody_trains):
    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", interrupt)
    said = say("train", "--preset", "cookbook-gru", *LITTLE, "--wait", status=130)
    (run,) = store.runs()
    assert f"python -m rnnkit stop {run.id}" in said
    assert run.status == Status.QUEUED


@pytest.mark.timeout(240)
def test_train_wait_trains_for_real_and_the_run_can_write(our_scheduler: None):
    """The one test with a scheduler and a trainer of their own: seconds, most of them TensorFlow's import."""

    def run(*argv: str) -> Any:
        command = [sys.executable, "-m", "rnnkit", *argv, "--json"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    trained = run("train", "--preset", "cookbook-gru", *LITTLE, "--wait")
    assert trained["status"] == Status.FINISHED
    shown = run("show", trained["run"])
    assert [epoch["epoch"] for epoch in shown["epochs"]] == [1, 2]
    assert shown["epochs"][1]["loss"] < shown["epochs"][0]["loss"]
    assert len(run("sample", trained["run"], "--epochs", "1,2", "--length", "50")["samples"]) == 6
    assert run("check") == {"problems": []}


def test_stop_sees_to_it_that_somebody_ends_a_trainer_that_does_not_listen(answer, store, monkeypatch):
    seen = []
    monkeypatch.setattr(scheduler, "ensure_running", lambda store: seen.append(store.url))
    run = tiny.run(store, status=None)
    assert answer("stop", run) == {"run": run, "status": Status.TRAINING}
    assert seen == [store.url]


def test_without_a_preset_a_network_is_chosen_for_the_text_and_a_minute(answer, nobody_trains):
    run = answer("train", "--corpus", "cookbook", "--set", "training.seconds=30", "--set", "model.units=24")["run"]
    config = answer("show", run)["config"]
    assert (config["preset"], config["training"]["seconds"], config["training"]["schedule"]) == (
        "one-minute", 30, "one-cycle",
    )  # fmt: skip
    assert config["model"]["units"] == 24
    assert config["batches"]["random_offset"]


def test_tags_are_given_taken_shown_and_looked_for(answer, say, sentence, store: Store):
    run, other = tiny.run(store), tiny.run(store)
    assert answer("tag", run, "homework", "group 3") == {"run": run, "tags": ["homework", "group 3"]}
    assert answer("untag", run, "group 3")["tags"] == ["homework"]
    assert answer("show", run)["tags"] == ["homework"]
    assert "homework" in say("show", run)
    assert "tags" not in say("show", other)
    assert [one["run"] for one in answer("runs", "--tag", "homework")] == [run]
    assert sentence("tag", run, "a,b").startswith("tag: expected a few words")
