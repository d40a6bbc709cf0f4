"""Options that several commands share: a preset or a file, then the changes; what is wrong is said in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from cyclopts.completion._engine import compute_completions

from rnnkit import presets
from rnnkit.cli.main import app


def test_params_takes_a_config_file_and_settings(answer, tmp_path: Path):
    config = presets.preset("cookbook-gru").config
    (tmp_path / "run.json").write_text(config.model_dump_json())
    whole = answer("params", "--config", str(tmp_path / "run.json"))
    assert whole == answer("params", "--preset", "cookbook-gru")
    assert answer("params", "--config", str(tmp_path / "run.json"), "--set", "model.units=1")["total"] < whole["total"]


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


@pytest.mark.parametrize(
    ("argv", "meant"),
    [
        (["--preset", "cookbok-gru"], "cookbook-gru"),
        (["--preset", "cookbook-gru", "--set", "model.unit=3"], "model.units"),
        (["--preset", "cookbook-gru", "--corpus", "sherlok"], "sherlock"),
        (["--preset", "cookbook-gru", "--sett", "model.units=3"], "--set"),
    ],
)
def test_a_mistyped_name_is_guessed(sentence, argv: list[str], meant: str):
    assert sentence("params", *argv).endswith(f"; did you mean {meant}?")


def test_nothing_is_guessed_where_nothing_is_near(sentence):
    assert "did you mean" not in sentence("params", "--preset", "qqqqqq")


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["params", "--preset", ""], "cookbook-gru"),
        (["train", "--corpus", ""], "sherlock"),
        (["train", "--set", ""], "model.units="),
    ],
)
def test_the_shell_completes_names(words: list[str], offered: str):
    assert offered in [completion.value for completion in compute_completions(app, words)]
