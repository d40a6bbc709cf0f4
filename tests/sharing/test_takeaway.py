"""What one can carry away from a run: every way makes its file, and obeys nobody's name."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import classified
import numpy as np
import pytest
import tiny
from taken import HOSTILE, TWO_TEXTS, files_of, taken

from rnnkit.cli import main as cli
from rnnkit.errors import ConfigError, CorpusError, ExportError, UnknownRun
from rnnkit.sharing import takeaway
from rnnkit.store import Store
from rnnkit.texts import corpora, own, reviews, tables


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


# ---- what a run was trained on, as files that its script reads


def test_the_data_of_a_series_are_its_values(store: Store):
    run = tiny.forecaster(store)
    text = taken(store, run, "text")
    np.testing.assert_array_equal(np.loadtxt(io.StringIO(text)), tables.parse(tables.load("signal")).values)


def test_texts_that_are_told_apart_come_as_files_in_the_order_of_their_classes(data: Store, tmp_path: Path):
    config = classified.config("who-wrote-this", corpus=TWO_TEXTS)
    run = classified.run(data, config, labels=("../../etc/passwd", "a\\b:\n*" * 30))
    first, second = files_of(data, run, tmp_path)
    assert Path(first).name == "0-------etc-passwd.txt"
    assert re.fullmatch(r"1-[\w-]{80}\.txt", Path(second).name)
    assert Path(second).read_text() == corpora.load("mine")


def test_reviews_come_as_the_two_tables_of_the_corpora_folder(data: Store, tmp_path: Path):
    files = [Path(file) for file in files_of(data, classified.run(data), tmp_path)]
    assert [file.name for file in files] == list(reviews.FILES.values())
    assert [file.read_bytes() for file in files] == [(tmp_path / "corpora" / file.name).read_bytes() for file in files]


def test_a_classifier_names_the_ending_that_its_data_have(data: Store, tmp_path: Path, capsys):
    run = classified.run(data)
    assert cli.main(["take", run, str(tmp_path / "text.txt")]) == 2
    assert re.fullmatch(r"take: expected a file that ends in \.zip for .* got 'text\.txt'\n", capsys.readouterr().err)
    assert cli.main(["take", run, str(tmp_path / "reviews.zip")]) == 0


def test_a_classifier_without_an_epoch_has_no_data_yet(store: Store):
    with pytest.raises(ExportError, match="expected a run with a finished epoch, got one with none"):
        takeaway.take(store, store.create_run(classified.config()), "text")


def test_the_text_is_the_one_that_the_run_reads(store: Store):
    run = tiny.run(store, corpus=own.add(store, b"a text\r\nof my own, long enough", "Mine"))
    assert taken(store, run, "text") == "a text\nof my own, long enough"
    with pytest.raises(CorpusError):
        takeaway.take(store, tiny.run(store, corpus="unheard-of"), "text")
