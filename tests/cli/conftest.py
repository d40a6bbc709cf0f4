"""The command line as a function: `say`, `answer` and `sentence`."""

from __future__ import annotations

import json

import pytest

from rnnkit.cli import main as cli


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
def explained(say):
    """explained("runs") -> its help, without frames and line ends."""
    return lambda command: " ".join(say(command, "--help").replace("│", " ").split())


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
