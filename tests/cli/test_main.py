"""What holds for all commands: one JSON document, one sentence for what went wrong, and the right status."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Literal

import pytest
import tiny

import rnnkit.__main__
from rnnkit.cli import main as cli
from rnnkit.store import Status, Store, statements

ROOT = Path(__file__).parents[2]
NASTY = "a\x1b[31m\x1b]0;title\x07\x9b2J\u202eb"
OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]")


@pytest.mark.parametrize("run", ["../../etc/passwd", "zzzzzzzz", "", "a b", "%s", "x" * 300])
@pytest.mark.parametrize("command", ["show", "sample", "stop", "pause", "resume", "delete"])
def test_a_run_that_is_none_is_said_in_one_sentence(sentence, command: str, run: str):
    assert sentence(command, run).startswith("run: expected ")


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


def test_what_strangers_wrote_cannot_command_the_terminal(say, sentence, store: Store, tmp_path: Path):
    """A run from elsewhere, a text and an answer with what a terminal obeys, through every command that shows them."""
    run = tiny.run(store, status=None, corpus="cookbook-3000", name=NASTY, owner=NASTY, sampling={"prompt": NASTY})
    nasty = {"device": NASTY, "message": NASTY, "provenance": json.dumps({"corpus": {"title": NASTY}})}
    with store._database.write() as tx:
        statements.change_run(tx, run, status=Status.FAILED, log=NASTY, **nasty)
    text, card = tmp_path / "letters.txt", str(tmp_path / "card.md")
    text.write_text(f"{tiny.TEXT * 20}{NASTY}\n", "utf-8")
    said = [
        *(say(*words) for words in (["runs"], ["show", run], ["results"], ["take", run, card])),
        say("sample", run, "--length", "9", "--prompt", f"fox{NASTY}"),
        say("corpora", "add", str(text), "--name", NASTY), say("corpora"),
        *(sentence(*words, NASTY) for words in (["show"], ["corpora"], ["train", "--preset"], ["sampel"])),
        Path(card).read_text(),
    ]  # fmt: skip
    assert [place for place, one in enumerate(said) if OBEYED.search(one)] == []


def test_a_mistyped_command_is_guessed(sentence):
    assert sentence("sampel", "abc").endswith("got 'sampel'; see python -m rnnkit --help; did you mean sample?")


def test_an_option_that_a_command_lacks_is_guessed(sentence):
    said = sentence("sample", "abc", "--lenght", "3")
    assert said.startswith("expected an option that this command has, got --lenght; see python -m rnnkit sample --help")
    assert said.endswith("; did you mean --length?")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["show"], "RUN: expected a value, got nothing"),
        (["sample", "abc", "--seed"], "--seed: expected a value, got nothing"),
        (["show", "abc", "def"], "expected nothing more, got 'def'"),
        (["export", "abc", "a.zip", "--bits", "7"], "Argument --bits: expected one of 8, 16, 32, got '7'"),
        (["sample", "abc", "--top-p", "all"], "Argument --top-p: expected a number, got 'all'"),
    ],
)
def test_what_is_missing_or_too_much_is_said_in_one_sentence(sentence, argv: list[str], said: str):
    assert sentence(*argv) == f"{said}; see python -m rnnkit {argv[0]} --help"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_can_complete_every_command(shell: Literal["bash", "zsh", "fish"]):
    script = cli.app.meta.generate_completion(prog_name="rnnkit", shell=shell)
    assert not [command for command in cli.COMMANDS if command not in script]


def test_the_shell_asks_the_program_for_names(say):
    assert "cookbook-gru" in say("__complete", "train", "--preset", "cook")


def test_completion_is_installed_under_the_name_of_the_program(say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    say("--install-completion", "--shell", "bash")
    assert (tmp_path / ".local/share/bash-completion/completions/rnnkit").is_file()


def test_both_names_of_the_program_are_one(capsys: pytest.CaptureFixture[str]):
    with (ROOT / "pyproject.toml").open("rb") as file:
        assert tomllib.load(file)["project"]["scripts"] == {"rnnkit": "rnnkit.cli.main:main"}
    assert cli.main is rnnkit.__main__.main
