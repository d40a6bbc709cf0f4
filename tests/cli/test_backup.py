"""The whole store goes into a file and back; a damaged one is a sentence, never a traceback."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tiny

from rnnkit.cli import main as cli
from rnnkit.store import Store
from rnnkit.texts import own


def test_a_backup_is_written_and_restored_elsewhere(answer, say, sentence, store: Store, tmp_path: Path, monkeypatch):
    run, text = tiny.run(store, name="Fox"), own.add(store, tiny.TEXT, "Diary")
    file = str(tmp_path / "a.backup")
    made = answer("backup", file)
    assert {key: made[key] for key in ("file", "runs", "texts", "deleted")} == {
        "file": file, "runs": 1, "texts": 1, "deleted": 0,
    }  # fmt: skip
    assert len(made["sha256"]) == 64
    assert "exists; --force replaces it" in sentence("backup", file)
    assert "1 runs, 1 texts" in say("backup", file, "--force")
    assert "expected an empty store" in sentence("restore", file)
    monkeypatch.setenv("RNNKIT_HOME", str(tmp_path / "elsewhere"))
    assert answer("restore", file) == {"file": file, "runs": 1, "texts": 1, "deleted": 0, "notes": []}
    assert [row["run"] for row in answer("runs")] == [run]
    assert text in [row["name"] for row in answer("corpora")]
    assert answer("check") == {"problems": []}
    [note] = answer("restore", file, "--force")["notes"]
    assert "before-restore-" in note


def test_a_damaged_store_is_saved_and_put_in_place(
    answer, sentence, store: Store, home: Path, tmp_path: Path, open_store
):
    run = tiny.run(store, name="Fox")
    store.close()
    data = bytearray(Path(store.place).read_bytes())
    data[100:4096] = b"\xff" * 3996
    Path(store.place).write_bytes(data)
    for words in (
        ["runs"],
        ["show", run],
        ["check"],
        ["backup", str(tmp_path / "a")],
        ["restore", str(tmp_path / "a")],
    ):
        assert "`python -m rnnkit backup FILE --salvage` copies what can still be read" in sentence(*words)
    Path(store.place).unlink()
    whole = tiny.run(open_store(None), name="again")
    answer("backup", str(tmp_path / "b"))
    Path(store.place).write_bytes(data)
    assert "expected a backup of a store" in sentence("restore", __file__, "--force")
    [note] = answer("restore", str(tmp_path / "b"), "--force")["notes"]
    assert [row["run"] for row in answer("runs")] == [whole]
    [aside] = home.glob("rnnkit.sqlite.damaged-*")
    assert str(aside) in note
    assert aside.read_bytes() == data


def test_salvage_names_what_is_lost(answer, store: Store, tmp_path: Path):
    run, text = tiny.run(store, name="Fox"), own.add(store, tiny.TEXT, "Diary")
    with store._database.write() as tx:
        tx.exec_driver_sql("UPDATE texts SET content=x'00'")
    saved = answer("backup", str(tmp_path / "saved"), "--salvage")
    assert (saved["runs"], saved["texts"], saved["lost"]) == (1, 0, [f"text {text} (“Diary”) is lost"])
    assert answer("restore", str(tmp_path / "saved"), "--force")["runs"] == 1
    assert [row["run"] for row in answer("runs")] == [run]


@pytest.mark.parametrize("seed", range(6))
def test_no_command_shows_a_traceback_whatever_is_damaged(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str], seed: int
):
    run = tiny.run(store, name="Fox", corpus="cookbook-3000")
    own.add(store, tiny.TEXT * 50, "Diary")
    store.close()
    random, data = np.random.default_rng(seed), bytearray(Path(store.place).read_bytes())
    for _ in range(3):
        place = int(random.integers(0, len(data)))
        data[place : place + 40] = random.bytes(len(data[place : place + 40]))
    Path(store.place).write_bytes(data)
    for words in (["runs"], ["show", run], ["check"], ["corpora"], ["undelete"], ["sample", run, "--length", "5"]):
        assert cli.main(words) in (0, 1, 2)
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        assert not said.err.startswith("fault:"), said.err
