"""Runs go to other machines and come back; the dashboard opens from any folder."""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import psutil
import pytest
import tiny

from rnnkit import paths
from rnnkit.sharing import takeaway
from rnnkit.store import Store
from rnnkit.store.weights import BITS


@pytest.mark.parametrize("place", ["fox.rnnkit", "fox/"])
def test_an_exported_run_writes_the_same_on_another_machine(
    answer, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
):
    run = tiny.run(store, name="Fox", corpus="cookbook")
    order = ("--epochs", "1,last", "--length", "30", "--seed", "7")
    here = answer("sample", run, *order)["samples"]
    assert answer("export", run, f"{tmp_path}/{place}") == {"run": run, "file": f"{tmp_path}/{place}"}
    monkeypatch.setenv("RNNKIT_HOME", str(tmp_path / "elsewhere"))
    there, notes = answer("import", f"{tmp_path}/{place}").values()
    assert notes == []
    assert answer("show", there)["name"] == "Fox"
    assert answer("sample", there, *order)["samples"] == here
    assert f"The same run was here already, as {there}." in answer("import", f"{tmp_path}/{place}")["notes"]


@pytest.mark.parametrize(
    ("command", "name"), [("export", "diary.txt"), ("take", "diary.txt"), ("take", "card.md"), ("results", "diary.md")]
)
def test_a_file_that_is_somebodys_is_replaced_only_when_asked(
    answer, sentence, store: Store, tmp_path: Path, command: str, name: str
):
    file, words = tmp_path / name, [tiny.run(store, corpus="cookbook-3000")] if command != "results" else []
    file.write_text("years of work")
    assert "got '" in (said := sentence(command, *words, str(file)))
    assert said.endswith("which exists; --force replaces it")
    assert file.read_text() == "years of work"
    answer(command, *words, str(file), "--force")
    written = file.read_bytes()
    answer(command, *words, str(file))  # what is ours is replaced
    assert b"years of work" not in written


def test_a_file_that_is_no_exported_run_is_refused(answer, sentence, tmp_path: Path):
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    assert "picture.png" in sentence("import", str(tmp_path / "picture.png"))
    assert "expected" in sentence("import", str(tmp_path / "nowhere"))


def test_ways_and_bits_are_those_that_there_are(explained):
    assert f"[choices: {', '.join(takeaway.WAYS)}]" in explained("take")
    assert f"[choices: {', '.join(map(str, sorted(BITS)))}]" in explained("export")


def test_the_dashboard_opens_from_any_folder_on_this_machine_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """`dashboard` becomes Streamlit: the same process, so that Ctrl-C and SIGTERM reach it."""
    monkeypatch.chdir(tmp_path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = paths.python("-m", "rnnkit", "dashboard", f"--port={port}")
    environment = paths.environment(RNNKIT_WARM="0")
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            assert _answer(f"http://localhost:{port}/_stcore/health") == "ok"
            listening = {
                row.laddr.ip for row in psutil.Process(process.pid).net_connections() if row.status == "LISTEN"
            }
            assert listening <= {"127.0.0.1", "::1"}
        finally:
            process.terminate()
    assert not list(tmp_path.glob("*.*"))


def _answer(url: str, seconds: float = 30) -> str:
    """What a server says that is about to start."""
    until = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


@pytest.mark.parametrize("port", ["0", "65536", "-1"])
def test_a_port_that_is_none_is_said_in_one_sentence(sentence, port: str):
    assert sentence("dashboard", "--port", port) == f"--port: expected 1 to 65535, got {port}"
