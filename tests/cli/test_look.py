"""Commands that only look: one JSON document with all there is to know, or one sentence."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pretend
import pytest
import tiny
from later import silent

from rnnkit import presets
from rnnkit.config import TokenizerConfig
from rnnkit.store import Status, Store

ROOT = Path(__file__).parents[2]


def test_references_are_given_in_every_unit(answer, say):
    document = answer("references", "cookbook-3000", "--tokens", "words")
    uniform, *_, xz = document["references"]
    assert list(uniform) == ["name", "nats", "bits_per_char", "perplexity"]
    assert (uniform["name"], xz["name"]) == ("uniform", "xz")
    assert uniform["perplexity"] == pytest.approx(document["vocab_size"])
    assert uniform["bits_per_char"] < uniform["nats"]  # a word is several characters
    assert "5-gram" in say("references", "cookbook-3000")


def test_a_corpus_is_described_after_normalising(answer):
    info = answer("corpora", "cookbook-3000")
    assert list(info) == ["name", "title", "chars", "vocab", "sha256", "source", "licence"]
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
    run = answer("train", "--preset", "cookbook-gru", "--corpus", info["name"])["run"]
    assert answer("show", run)["config"]["corpus"] == info["name"]


def test_what_is_personal_in_a_text_is_said_and_can_be_replaced(answer, tmp_path: Path):
    file = tmp_path / "anna@web.de.txt"
    file.write_bytes(("Schreib an anna@web.de, 0170 1234567, Ahornweg 3. Grüße " * 40).encode("cp1252"))
    kept = answer("corpora", "add", str(file), "--name", "Brief")
    assert kept["personal"] == {"e-mail": 40, "telephone": 40, "address": 40}
    assert "40 e-mail addresses, 40 telephone numbers, 40 postal addresses; kept as they are" in kept["notes"][-1]
    without = answer("corpora", "add", str(file), "--redact")
    assert without["title"] == "[e-mail]"
    with contextlib.closing(Store()) as store:
        assert store.text(without["name"]).startswith("Schreib an [e-mail], [telephone], [address]. Grüße ")
        assert store.original(without["name"]) is None  # the file would say what the text does not
        assert store.original(kept["name"]) is not None


def test_how_a_text_was_read_is_said_and_can_be_corrected(answer, sentence, tmp_path: Path):
    (tmp_path / "old.txt").write_bytes("Večer jsem uvařil polévku. Kniha ležela na stole.\x1a".encode("iso8859_2"))
    info = answer("corpora", "add", str(tmp_path / "old.txt"), "--name", "Večer doma")
    assert (info["encoding"], info["replaced"]) == ("iso8859_2", 0)
    assert info["notes"] == ["Taken out at the end: NUL or end-of-file signs (1)."]
    assert "cp1250" in [one["encoding"] for one in info["candidates"]]
    again = answer("corpora", "add", str(tmp_path / "old.txt"), "--encoding", "iso8859_2", "--name", "Again")
    assert again["notes"][-1] == "This text is already here as “Večer doma”."
    other = answer("corpora", "add", str(tmp_path / "old.txt"), "--encoding", "cp1252", "--fold", "2")
    assert other["name"] != info["name"]
    name = info["name"]
    assert answer("corpora", name)["encoding"] == "iso8859_2"
    read = answer("corpora", "read", name, "--encoding", "cp1252")
    assert (read["title"], read["encoding"]) == ("Večer doma (cp1252)", "cp1252")
    assert answer("corpora", "read", read["name"], "--encoding", "iso8859_2")["name"] == name
    (tmp_path / "new.txt").write_text("Večer jsem uvařil polévku.", encoding="utf-8")
    sure = answer("corpora", "add", str(tmp_path / "new.txt"))
    assert "expected one whose file was kept" in sentence("corpora", "read", sure["name"], "--encoding", "cp1250")
    assert "expected a text, got nothing" in sentence("corpora", "read")
    assert "did you mean cp1250" in sentence("corpora", "add", str(tmp_path / "old.txt"), "--encoding", "cp12500")


def test_a_text_is_named_by_its_title_wherever_one_is_named(answer, tmp_path: Path, nobody_trains):
    (tmp_path / "mine.txt").write_text("To be or not to be. " * 300)
    info = answer("corpora", "add", str(tmp_path / "mine.txt"), "--name", "My diary")
    assert answer("corpora", "My diary")["name"] == info["name"]
    assert answer("references", "My diary")["corpus"] == info["name"]
    run = answer("train", "--preset", "cookbook-gru", "--corpus", "My diary")["run"]
    assert answer("show", run)["config"]["corpus"] == info["name"]
    assert answer("params", "--preset", "cookbook-gru", "--set", "corpus=my diary")["total"]


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
    assert list(rows[0]) == ["name", "title", "source", "task"]


@pytest.mark.parametrize(("name", "total"), [("rnn-classifier", 89_994), ("lstm-classifier", 164_106)])
def test_params_shows_the_table_of_the_document(answer, say, name: str, total: int):
    document = answer("params", "--preset", name)
    assert document["total"] == total == sum(layer["params"] for layer in document["layers"])
    assert list(document["layers"][0]) == ["name", "kind", "shape", "params"]
    assert document["layers"][-1] == {"name": "dense", "kind": "Dense", "shape": [None, 10], "params": 1290}
    assert f"{total:,}" in say("params", "--preset", name)


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


def test_runs_and_show_tell_all_of_a_run(answer, say, store: Store):
    run = tiny.run(store, name="Fox", owner="Ada")
    assert answer("runs") == [
        {"run": run, "name": "Fox", "preset": None, "corpus": "tiny", "status": Status.FINISHED, "pretrained": False}
    ]
    document = answer("show", run)
    assert {"run", "status", "config", "params", "device", "epochs"} <= set(document)
    assert document["config"]["owner"] == "Ada"
    assert [epoch["epoch"] for epoch in document["epochs"]] == [1, 2, 3]
    assert [epoch["step"] for epoch in document["epochs"]] == [10, 20, 30]
    assert {"epoch", "loss", "val_loss", "seconds"} <= set(document["epochs"][0])
    assert "Fox" in say("runs")
    assert "val_loss" in say("show", run)


def test_an_empty_store_has_no_runs(answer, say):
    assert answer("runs") == []
    assert say("runs") == "No runs yet.\n"


def test_a_sound_store_is_said_to_be_sound(answer, say, store: Store):
    tiny.run(store)
    assert answer("check") == {"problems": []}
    assert say("check") == "The store is sound.\n"


def test_problems_of_the_store_are_listed_with_status_1(answer, store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Store, "check", lambda self: ["run x: two trainers"])
    assert answer("check", status=1) == {"problems": ["run x: two trainers"]}


@pytest.mark.parametrize("command", ["presets", "--help", "--version"])
def test_what_needs_no_store_loads_none(command: str):
    code = f"""
import sys
from rnnkit.__main__ import main
status = main(["{command}"])
print(*[name for name in ("pandas", "sqlalchemy", "streamlit", "plotly", "keras", "tensorflow") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == ""


def test_tokens_are_those_of_a_run(explained):
    kinds = get_args(TokenizerConfig.model_fields["kind"].annotation)
    assert f"[choices: {', '.join(kinds)}] [default: {kinds[0]}]" in explained("references")


def test_show_says_what_is_wrong_while_it_lasts(say, answer):
    with contextlib.closing(Store()) as store:
        run = pretend.training(store)
        pretend.in_charge(store)
        assert answer("show", run)["troubles"] == []
        assert "troubles" not in say("show", run)
        silent(store, 40, scheduler=False)
    assert re.search(r"No sign of the trainer for 4\d s", answer("show", run)["troubles"][0])
    assert re.search(r"No sign of the trainer for 4\d s", say("show", run))
