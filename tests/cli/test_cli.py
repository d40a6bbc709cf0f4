"""The command line is the same product: one JSON document, one sentence for what went wrong, and the right status."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tiny

from rnnkit import presets
from rnnkit.cli import main as cli
from rnnkit.store import Status, Store
from rnnkit.training import processes, scheduler

ROOT = Path(__file__).parents[2]
LITTLE = (
    *("--set", "corpus=cookbook-3000", "--set", "model.units=8", "--set", "training.epochs=2"),
    *("--set", "sampling.length=20", "--set", "sampling.temperatures=0.5"),
)


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]):
    """say("runs") -> what it printed, after checking that it went well."""

    def say_(*argv: str, status: int = 0) -> str:
        assert cli.main(argv) == status, capsys.readouterr().err
        said = capsys.readouterr()
        assert status or not said.err
        return said.out

    return say_


@pytest.fixture
def answer(say):
    """answer("runs") -> the JSON document; nothing else may stand on standard output."""
    return lambda *argv, status=0: json.loads(say(*argv, "--json", status=status))


@pytest.fixture
def sentence(capsys: pytest.CaptureFixture[str]):
    """sentence("show", "x") -> the one line on standard error of a command that ends with status 2."""

    def sentence_(*argv: str, status: int = 2) -> str:
        assert cli.main(argv) == status
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.count("\n") == 1
        return said.err.strip()

    return sentence_


@pytest.fixture
def nobody_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is queued stays queued."""
    monkeypatch.setattr(scheduler, "ensure_running", lambda store: None)


def keys(document: dict[str, Any]) -> list[str]:
    return list(document)


# ---- commands that only look


def test_references_are_given_in_every_unit(answer, say):
    document = answer("references", "cookbook-3000", "--tokens", "words")
    uniform, *_, xz = document["references"]
    assert keys(uniform) == ["name", "nats", "bits_per_char", "perplexity"]
    assert (uniform["name"], xz["name"]) == ("uniform", "xz")
    assert uniform["perplexity"] == pytest.approx(document["vocab_size"])
    assert uniform["bits_per_char"] < uniform["nats"]  # a word is several characters
    assert "5-gram" in say("references", "cookbook-3000")


def test_a_corpus_is_described_after_normalising(answer):
    info = answer("corpora", "cookbook-3000")
    assert keys(info) == ["name", "title", "chars", "vocab", "sha256", "source", "licence"]
    assert info["chars"] >= 3000
    assert len(info["sha256"]) == 64


def test_all_corpora_are_listed_without_a_download(answer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("RNNKIT_CORPORA", str(tmp_path))
    rows = {row["name"]: row for row in answer("corpora")}
    assert rows["cookbook"]["chars"] > 100_000
    assert rows["sherlock"]["chars"] is None


def test_a_text_of_ones_own_is_added_once_and_can_be_trained_on(answer, sentence, tmp_path: Path, nobody_trains):
    (tmp_path / "mine.txt").write_bytes(("Les nôtres péchés. " * 300).encode("cp1252"))
    info = answer("corpora", "add", str(tmp_path / "mine.txt"), "--name", "Péchés")
    assert info["title"] == "Péchés"
    assert answer("corpora", "add", str(tmp_path / "mine.txt"))["name"] == info["name"]
    assert answer("corpora", info["name"])["vocab"] == len(set("Les nôtres péchés. "))
    assert answer("params", "--preset", "cookbook-gru", "--set", f"corpus={info['name']}")["total"]
    run = answer("train", "--preset", "cookbook-gru", *LITTLE, "--corpus", info["name"])["run"]
    assert answer("show", run)["config"]["corpus"] == info["name"]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["corpora", "sherlok"], "got 'sherlok'"),
        (["corpora", "../../etc/passwd"], "expected one of sherlock"),
        (["corpora", "text-0123456789"], "expected the name of a stored text"),
        (["corpora", "add"], "corpora add: expected the name of a file"),
        (["corpora", "add", "nowhere.txt"], "expected a file that can be read, got 'nowhere.txt'"),
        (["corpora", "sherlock", "extra"], "expected one name, or `add FILE`"),
    ],
)
def test_what_is_wrong_with_a_text_is_said_in_one_sentence(sentence, argv: list[str], said: str):
    assert said in sentence(*argv)


def test_an_empty_file_is_no_text(sentence, tmp_path: Path):
    (tmp_path / "empty.txt").write_bytes(b"")
    assert "text" in sentence("corpora", "add", str(tmp_path / "empty.txt"))


def test_presets_are_listed_with_their_documents(answer):
    rows = answer("presets")
    assert [row["name"] for row in rows] == list(presets.PRESETS)
    assert keys(rows[0]) == ["name", "title", "source", "task"]


@pytest.mark.parametrize(("name", "total"), [("rnn-classifier", 89_994), ("lstm-classifier", 164_106)])
def test_params_shows_the_table_of_the_document(answer, say, name: str, total: int):
    document = answer("params", "--preset", name)
    assert document["total"] == total == sum(layer["params"] for layer in document["layers"])
    assert keys(document["layers"][0]) == ["name", "kind", "shape", "params"]
    assert document["layers"][-1] == {"name": "dense", "kind": "Dense", "shape": [None, 10], "params": 1290}
    assert f"{total:,}" in say("params", "--preset", name)


def test_params_takes_a_config_file_and_settings(answer, tmp_path: Path):
    config = presets.preset("cookbook-gru").config
    (tmp_path / "run.json").write_text(config.model_dump_json())
    whole = answer("params", "--config", str(tmp_path / "run.json"))
    assert whole == answer("params", "--preset", "cookbook-gru")
    assert answer("params", "--config", str(tmp_path / "run.json"), "--set", "model.units=1")["total"] < whole["total"]


def test_params_loads_no_tensorflow_and_opens_no_store(home: Path):
    code = """
import sys
from rnnkit.__main__ import main
status = main(["params", "--preset", "lstm-classifier", "--json"])
print([name for name in ("tensorflow", "keras", "streamlit") if name in sys.modules], status)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    document, loaded = done.stdout.splitlines()
    assert json.loads(document)["total"] == 164_106
    assert loaded == "[] 0"
    assert not (home / "rnnkit.sqlite").exists()


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--preset", "sherlok"], "preset: expected one of"),
        (["--preset", "cookbook-gru", "--set", "model.units"], "--set: expected KEY=VALUE, got 'model.units'"),
        (["--preset", "cookbook-gru", "--set", "model.unit=3"], "setting 'model.unit': expected one of"),
        (["--preset", "cookbook-gru", "--set", "model.units=0"], "model.units: input should be greater"),
        (["--preset", "cookbook-gru", "--set", "model.architecture=elman"], "expected one of simple_rnn, gru, lstm"),
        (["--preset", "cookbook-gru", "--set", "model.bidirectional=true"], "needs batches.kind=windows"),
        (["--config", "nowhere.json"], "--config: expected a file that can be read, got 'nowhere.json'"),
        (["--config", "list.json"], "expected a JSON object in 'list.json', got list"),
        (["--config", "text.json"], "expected JSON in 'text.json'"),
        (["--config", "more.json"], "no such setting"),
        (["--config", "more.json", "--preset", "cookbook-gru"], "not allowed with"),
        ([], "ne of the arguments --preset --config is required"),
    ],
)
def test_a_wrong_setting_is_said_in_one_sentence(
    sentence, argv: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    Path("list.json").write_text("[1]")
    Path("text.json").write_text("hello")
    Path("more.json").write_text('{"more": 1}')
    assert said in sentence("params", *argv)


def test_runs_and_show_tell_all_of_a_run(answer, say, store: Store):
    run = tiny.run(store, name="Fox", owner="Ada")
    assert answer("runs") == [
        {"run": run, "name": "Fox", "preset": None, "corpus": "tiny", "status": Status.FINISHED, "pretrained": False}
    ]
    document = answer("show", run)
    assert {"run", "status", "config", "params", "device", "epochs"} <= set(document)
    assert document["config"]["owner"] == "Ada"
    assert [epoch["epoch"] for epoch in document["epochs"]] == [1, 2, 3]
    assert {"epoch", "loss", "val_loss", "seconds"} <= set(document["epochs"][0])
    assert "Fox" in say("runs")
    assert "val_loss" in say("show", run)


def test_an_empty_store_has_no_runs(answer, say):
    assert answer("runs") == []
    assert say("runs") == "No runs yet.\n"


@pytest.mark.parametrize("run", ["../../etc/passwd", "zzzzzzzz", "", "a b", "%s", "x" * 300])
@pytest.mark.parametrize("command", ["show", "sample", "stop", "pause", "resume", "delete"])
def test_a_run_that_is_none_is_said_in_one_sentence(sentence, command: str, run: str):
    assert sentence(command, run).startswith("run: expected ")


def test_sample_writes_for_every_epoch_and_temperature_the_same_for_the_same_seed(answer, say, store: Store):
    run = tiny.run(store)
    order = ("sample", run, "--epochs", "1,last", "--temperatures", "0,1", "--length", "30", "--seed", "7")
    document = answer(*order, "--prompt", "The quick ")
    assert [(s["epoch"], s["temperature"]) for s in document["samples"]] == [(1, 0.0), (1, 1.0), (3, 0.0), (3, 1.0)]
    assert all(len(sample["text"]) == 30 for sample in document["samples"])
    assert document["chars_per_second"] > 0
    assert document["samples"] == answer(*order, "--prompt", "The quick ")["samples"]
    alone = answer("sample", run, "--temperatures", "1", "--length", "30", "--seed", "7", "--prompt", "The quick ")
    assert alone["samples"] == document["samples"][-1:]
    assert "epoch 3, temperature 1" in say(*order)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--epochs", "9"], "expected one that is kept (1, 2, 3, last), got '9'"),
        (["--temperatures", "hot"], "--temperatures: expected numbers with commas between them, got 'hot'"),
        (["--temperatures", "-1"], "temperature: expected a number from 0 to 10"),
        (["--length", "0"], "length: expected 1 to"),
        (["--length", "many"], "invalid int value"),
        (["--seed", "-1"], "seed: expected"),
        (["--prompt", "日本"], "prompt: expected something that run"),
        (["--random-prompt", "0"], "length: expected 1 to"),
        (["--random-prompt", "5", "--prompt", "The"], "not allowed with argument"),
    ],
)
def test_an_order_that_cannot_be_written_is_said_in_one_sentence(sentence, store: Store, argv: list[str], said: str):
    assert said in sentence("sample", tiny.run(store), *argv)


def test_sample_can_begin_with_random_symbols(answer, store: Store):
    order = ("sample", tiny.run(store), "--random-prompt", "50", "--length", "10")
    first, again, other = answer(*order), answer(*order), answer(*order, "--seed", "2")
    assert len(first["prompt"]) == 50
    assert first["prompt"] == again["prompt"] != other["prompt"]
    assert not first["unknown"]


def test_a_prompt_of_broken_bytes_can_be_written_from(say, answer, store: Store):
    broken = ("sample", tiny.run(store), "--prompt", "The \udcff", "--length", "5")
    assert "The ?" in say(*broken)
    assert len(answer(*broken)["samples"]) == 3


def test_symbols_that_the_vocabulary_does_not_know_are_named(answer, store: Store):
    document = answer("sample", tiny.run(store), "--prompt", "The fox é", "--length", "5")
    assert "'é'" in document["unknown"]


# ---- commands that change something


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
        (["sampling.prompt=日本"], "sampling.prompt: expected symbols that the text has too"),
        (["task=classification"], "corpus: expected 2 to 10 texts joined"),
    ],
)  # fmt: skip
def test_what_cannot_be_trained_is_refused_before_it_is_queued(
    answer, sentence, nobody_trains, changes: list[str], said: str
):
    settings = [word for change in changes for word in ("--set", change)]
    assert said in sentence("train", "--preset", "cookbook-gru", *LITTLE, *settings)
    assert answer("runs") == []


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


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--epoch", "2", "--set", "model.units=9"], "model.units: expected 8 as in the run it goes on from"),
        (["--epoch", "2", "--set", "tokenizer.newlines=space"], "tokenizer.newlines: expected 'keep'"),
        (["--epoch", "9"], "expected one that is kept (1, 2, 3), got 9"),
        (["--epoch", "3"], "training.epochs: expected more than the 3 epochs already trained, got 3"),
        (["--epoch", "2", "--corpus", "nowhere"], "corpus: expected one of"),
        (["--epoch", "two"], "invalid int value: 'two'"),
    ],
)
def test_a_fork_that_the_weights_do_not_allow_is_refused(
    answer, sentence, nobody_trains, store: Store, argv: list[str], said: str
):
    run = tiny.run(store, corpus="cookbook-9000", batches={"length": 20})
    assert said in sentence("fork", run, *argv)
    assert len(answer("runs")) == 1


@pytest.mark.parametrize("place", ["fox.rnnkit", "fox/"])
def test_an_exported_run_writes_the_same_on_another_machine(
    answer, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
):
    run = tiny.run(store, name="Fox", corpus="cookbook")
    order = ("--epochs", "1,last", "--length", "30", "--seed", "7")
    here = answer("sample", run, *order)["samples"]
    assert answer("export", run, f"{tmp_path}/{place}") == {"run": run, "file": f"{tmp_path}/{place}"}
    monkeypatch.setenv("RNNKIT_HOME", str(tmp_path / "elsewhere"))
    there = answer("import", f"{tmp_path}/{place}")["run"]
    assert answer("show", there)["name"] == "Fox"
    assert answer("sample", there, *order)["samples"] == here


def test_a_file_that_is_no_exported_run_is_refused(answer, sentence, tmp_path: Path):
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    assert "picture.png" in sentence("import", str(tmp_path / "picture.png"))
    assert "expected" in sentence("import", str(tmp_path / "nowhere"))


def test_a_sound_store_is_said_to_be_sound(answer, say, store: Store):
    tiny.run(store)
    assert answer("check") == {"problems": []}
    assert say("check") == "The store is sound.\n"


def test_problems_of_the_store_are_listed_with_status_1(answer, store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Store, "check", lambda self: ["run x: two trainers"])
    assert answer("check", status=1) == {"problems": ["run x: two trainers"]}


# ---- --wait


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


# ---- what holds for all commands


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_every_command_takes_json_and_explains_itself(command: str, capsys: pytest.CaptureFixture[str]):
    assert cli.main([command, "--help"]) == 0
    said = capsys.readouterr().out
    assert "--json" in said
    assert f"python -m rnnkit {command}" in said.split("\n", 2)[2]  # an example, below the usage


@pytest.mark.parametrize("argv", [[], ["nothing"], ["--nothing"]])
def test_a_command_that_is_none_is_said_in_one_sentence(sentence, argv: list[str]):
    assert "--help" in sentence(*argv)


def test_a_fault_of_ours_is_one_sentence_with_status_1(sentence, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Store, "runs", lambda self: 1 / 0)
    assert sentence("runs", status=1).startswith("fault: ZeroDivisionError")


def test_a_store_that_cannot_be_opened_is_said_in_one_sentence(sentence, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RNNKIT_STORE", "nonsense")
    assert sentence("runs").startswith("RNNKIT_STORE: expected ")


def test_a_name_cannot_command_the_terminal(say, answer, store: Store):
    store.create_run(tiny.config(name="a \x1b[31mred\u009b name"))
    assert not set("\x1b\x9b") & set(say("runs"))


@pytest.fixture
def our_scheduler(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the test starts ends with it."""
    monkeypatch.setenv("RNNKIT_WARM", "0")
    yield
    with contextlib.closing(Store()) as store:
        token = store.scheduler()["token"]
    if token and processes.lives(token):
        os.kill(processes.parse(token).pid, signal.SIGTERM)


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
