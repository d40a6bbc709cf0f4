"""What one can carry away from a run: every way makes its file, and obeys nobody's name."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import classified
import pytest
import tiny
from taken import HOSTILE, taken

from rnnkit.cli import main as cli
from rnnkit.errors import ConfigError, ExportError, UnknownRun
from rnnkit.sharing import takeaway
from rnnkit.store import Store


@pytest.mark.parametrize("way", sorted(takeaway.WAYS.keys() - {"text", "keras"}))
@pytest.mark.parametrize("name", HOSTILE)
def test_every_way_takes_a_run_of_any_name(store: Store, way: str, name: str):
    assert takeaway.take(store, tiny.run(store, name=name), way)


@pytest.mark.parametrize("way", sorted(takeaway.WAYS.keys() - {"text"}))
def test_a_run_without_an_epoch_has_nothing_to_take(store: Store, way: str):
    with pytest.raises(ExportError, match="expected a run with a finished epoch, got one with none"):
        takeaway.take(store, tiny.run(store, epochs=0), way)


def test_a_run_that_trains_is_taken_as_far_as_it_has_come(store: Store):
    run = tiny.run(store, epochs=2, status=None)
    rows = csv.DictReader(io.StringIO(taken(store, run, "csv"), newline=""))
    assert [row["epoch"] for row in rows] == ["1", "2"]


def test_nobody_takes_a_run_that_is_not_there(store: Store):
    with pytest.raises(UnknownRun):
        takeaway.take(store, "nobody", "csv")


@pytest.mark.parametrize(
    ("file", "way"),
    [("a.csv", "csv"), ("a.HTML", "html"), ("a.md", "card"), ("a.py", "script"), ("a.keras", "keras"),
     ("a.txt", "text"), ("a.zip", "text"), ("events.out.tfevents.1.x", "tensorboard")],
)  # fmt: skip
def test_the_ending_of_a_file_says_what_it_is(file: str, way: str):
    assert takeaway.way_of_file(file) == way


def test_a_file_of_no_known_ending_is_refused_with_the_endings_there_are():
    with pytest.raises(ConfigError, match=r"expected a file that ends in \.html, .* got 'a\.pdf'"):
        takeaway.way_of_file("a.pdf")


def test_every_way_names_a_file_that_is_known_as_its_own(store: Store):
    for run in (tiny.run(store, corpus="cookbook"), classified.run(store)):
        for way in takeaway.WAYS:
            assert takeaway.way_of_file(takeaway.file_name(store.run(run), way)) == way


def test_the_command_line_writes_files_and_into_folders(store: Store, tmp_path: Path, capsys):
    run = tiny.run(store)
    assert cli.main(["take", run, str(tmp_path / "curve.csv"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"run": run, "file": str(tmp_path / "curve.csv")}
    assert cli.main(["take", run, f"{tmp_path}/logs/", "--as", "tensorboard"]) == 0
    assert cli.main(["take", run, f"{tmp_path}/logs/", "--as", "card"]) == 0
    names = sorted(path.name for path in (tmp_path / "logs").iterdir())
    assert [name.partition(".out")[0] for name in names] == ["events", f"rnnkit-{run}.md"]


def test_what_cannot_be_written_is_one_sentence(store: Store, tmp_path: Path, capsys):
    run = tiny.run(store)
    assert cli.main(["take", run, str(tmp_path / "none" / "curve.csv")]) == 2
    assert re.fullmatch(r"take: expected a place that can be written, got .*\n", capsys.readouterr().err)
    assert cli.main(["take", run, str(tmp_path) + "/"]) == 2
    assert "--as and one of html" in capsys.readouterr().err


@pytest.mark.parametrize("corpus", ["../../etc/passwd", "C:\\x", "a/b", ".", "\n", "{run}"])
def test_the_name_of_a_text_leads_out_of_no_folder(store: Store, corpus: str):
    name = takeaway.file_name(store.run(tiny.run(store, corpus=corpus)), "text")
    assert re.fullmatch(r"[\w-]+\.txt", name)
