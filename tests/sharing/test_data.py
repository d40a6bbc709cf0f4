"""What a run was trained on, as files that its script reads."""

from __future__ import annotations

import io
import re
from pathlib import Path

import classified
import numpy as np
import pytest
import tiny
from taken import TWO_TEXTS, files_of, taken

from rnnkit.cli import main as cli
from rnnkit.errors import CorpusError, ExportError
from rnnkit.sharing import takeaway
from rnnkit.store import Store
from rnnkit.texts import corpora, own, reviews, tables


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
