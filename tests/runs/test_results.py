"""RESULTS.md: every figure in it is a stored run's, and what is missing or different is said."""

from __future__ import annotations

from pathlib import Path

import tiny

from rnnkit.cli import main as cli
from rnnkit.presets import PRESETS
from rnnkit.runs import results
from rnnkit.store import Status, Store


def row(text: str, preset: str) -> list[str]:
    """The cells of the line that begins with a preset's name."""
    line = next(line for line in text.splitlines() if line.startswith("|") and f"`{preset}`" in line)
    return [cell.strip() for cell in line.strip("|").split("|")]


def changed(text: str, preset: str) -> str:
    """The line of what the settings of a preset's run are that the preset's are not."""
    return next(line for line in text.splitlines() if line.startswith(f"* `{preset}`"))


def test_every_documented_preset_has_a_row_even_without_a_run(store: Store):
    text = results.markdown(store)
    for name in results.REPORTED:
        if name in PRESETS:
            assert "no run stored" in row(text, name)


def test_a_row_says_what_the_run_reached_how_long_it_took_where_and_how_to_open_it(store: Store):
    run = tiny.run(store, epochs=3, loss=3.0, preset="sherlock-deeper")
    _, document, figure, ours, seconds, device, opened = row(results.markdown(store), "sherlock-deeper")
    assert (document, figure) == ("document 000", "a challenge: better than the row above")
    assert ours.startswith("held-out loss 1.1000; 1.587 bits per character; epoch 3;")  # 3.0 / 3 + 0.1 nats
    assert (seconds, device, opened) == ("6 in 3 epochs", "cpu", f"`{run}`")


def test_settings_that_are_not_the_presets_are_listed(store: Store):
    tiny.run(store, preset="sonnets-lstm", model={"units": 8})
    assert "model.units=8 (preset: 192)" in changed(results.markdown(store), "sonnets-lstm")


def test_a_run_that_was_stopped_is_listed_and_one_that_ended_by_its_own_patience_is_not(store: Store):
    as_the_preset = PRESETS["sonnets-lstm"].config.model_dump(mode="json")
    tiny.run(store, **{**as_the_preset, "corpus": "tiny"}, status=Status.STOPPED)
    assert "3 epochs so far" in changed(results.markdown(store), "sonnets-lstm")
    tiny.run(store, **{**as_the_preset, "corpus": "tiny"}, epochs=4)
    assert "epochs so far" not in changed(results.markdown(store), "sonnets-lstm")


def test_the_run_that_trained_longest_stands_for_its_preset_and_a_failed_one_for_nothing(store: Store):
    tiny.run(store, epochs=2, preset="verse-lstm")
    longest = tiny.run(store, epochs=4, preset="verse-lstm")
    tiny.run(store, epochs=6, preset="verse-lstm", status=Status.FAILED)
    assert row(results.markdown(store), "verse-lstm")[-1] == f"`{longest}`"


def test_one_command_writes_the_file(store: Store, tmp_path: Path, capsys):
    tiny.run(store, preset="cookbook-gru")
    assert cli.main(["results", str(tmp_path / "RESULTS.md")]) == 0
    assert (tmp_path / "RESULTS.md").read_text("utf-8") == results.markdown(store)
    assert cli.main(["results", str(tmp_path / "no" / "where.md")]) == 2
    assert "expected a file that can be written" in capsys.readouterr().err
