"""What tests of take-aways share: names that would harm, networks and presets of every kind, small runs of them."""

from __future__ import annotations

import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import classified
import pytest
import tiny

from rnnkit import tasks
from rnnkit.config import RunConfig, with_settings
from rnnkit.presets import PRESETS
from rnnkit.sharing import takeaway
from rnnkit.store import Status, Store
from rnnkit.training import provenance

HOSTILE = (
    '=HYPERLINK("x")', "+1", "-1", "@SUM(A1)", "  =1", "\uff1d1", '"""\nimport os', "coding: utf-7", "'''; x = 1 #",
    "<script>alert(1)</script>", "</title><img src=x onerror=alert(1)>", "`|*# [x](javascript:x)", "\\", "{0}{title}%s",
)  # fmt: skip
EVERY_NETWORK = {
    "simple rnn, one-hot": {"model": {"architecture": "simple_rnn", "embedding_size": 0}},
    "gru": {"model": {"architecture": "gru"}},
    "two dropped lstm": {"model": {"architecture": "lstm", "layers": 2, "dropout": 0.2, "recurrent_dropout": 0.1}},
    "lstm on windows": {"model": {"architecture": "lstm"}, "batches": {"kind": "windows", "length": 5}},
    "two gru both ways, one-hot": {
        "model": {"architecture": "gru", "layers": 2, "bidirectional": True, "embedding_size": 0},
        "batches": {"kind": "windows", "length": 5},
    },
    "dropped lstm with a dense layer": {
        "model": {
            "architecture": "lstm",
            "hidden_units": 6,
            "dropout": 0.2,
            "embedding_dropout": 0.1,
            "input_dropout": 0.3,
        },
        "batches": {"kind": "windows", "length": 5},
    },
    "gru of numbers": {"model": {"architecture": "gru", "inputs": "numbers"}},
    "unrolled": {"model": {"architecture": "unrolled"}, "batches": {"kind": "windows", "length": 4}},
    "unrolled over one, one-hot": {
        "model": {"architecture": "unrolled", "embedding_size": 0},
        "batches": {"kind": "windows", "length": 1},
    },
}
TWO_TEXTS = "cookbook-20000+mine"  # the second is set by the fixture of that name
# A preset and what is changed of it. Of classifiers and series: whoever reads neither has one of EVERY_NETWORK.
CLASSIFIERS = {
    "imdb-lstm": ("imdb-lstm", {}),
    "imdb-better": ("imdb-better", {"batches.validation_fraction": 0.2, "tokenizer.minimum_count": 2}),
    "who-wrote-this": ("who-wrote-this", {"corpus": TWO_TEXTS}),
    "rnn-classifier": ("rnn-classifier", {"corpus": TWO_TEXTS, "tokenizer.vocab_size": None}),
    "one output, characters": (
        "lstm-classifier", {"corpus": TWO_TEXTS, "tokenizer.kind": "characters", "model.classes": 1},
    ),
}  # fmt: skip
SERIES = {
    "classes": ("series-rnn", {}),
    "numbers of quantiles": ("series-rnn", {"series.binning": "quantiles", "model.inputs": "numbers"}),
    "regression": ("series-regression", {}),
    "regression on windows": (
        "series-regression", {"batches.kind": "windows", "batches.step": 3, "model.architecture": "convolution"},
    ),
    "classes on windows, nothing held out": (
        "series-rnn", {"batches.kind": "windows", "batches.validation_fraction": 0.0, "series.classes": 5},
    ),
}  # fmt: skip
OTHER_TASKS = {**CLASSIFIERS, **SERIES}
every_other_task = pytest.mark.parametrize("preset", OTHER_TASKS.values(), ids=OTHER_TASKS)
every_classifier = pytest.mark.parametrize("preset", CLASSIFIERS.values(), ids=CLASSIFIERS)
every_series = pytest.mark.parametrize("preset", SERIES.values(), ids=SERIES)
every_network = pytest.mark.parametrize("parts", EVERY_NETWORK.values(), ids=EVERY_NETWORK)


def taken(store: Store, run: str, way: str, **given) -> str:
    return takeaway.take(store, run, way, **given).decode()


def settings_of(preset: tuple[str, dict[str, Any]], **more) -> RunConfig:
    """A preset made small."""
    name, changes = preset
    if PRESETS[name].task == "classification":
        return classified.config(name, **{**changes, **more})
    small = {"corpus": "signal", "batches.length": 7, "model.units": 4, "training.epochs": 2}
    return with_settings(PRESETS[name].config, {**small, **changes, **more})


def run_on(store: Store, config: RunConfig) -> tuple[str, tasks.TaskData]:
    """A run after its first epoch, untrained, and what it reads."""
    run, material = store.create_run(config), tasks.of(config).read(config, store)
    lease = store.lease(run, tiny.TRAINER)
    lease.claim()
    lease.save_description(
        tokenizer=material.tokenizer_state, vocab_size=material.vocab_size, device="cpu", steps=9, params=9,
        provenance=provenance.provenance(store, config, material.sha256),
    )  # fmt: skip
    tiny.train(store, run, 1)
    lease.end(Status.FINISHED)
    return run, material


def files_of(store: Store, run: str, folder: Path) -> list[str]:
    """The data of the run as files, in the order in which its script wants them."""
    file = takeaway.write(store, run, f"{folder}/files/", "text")
    if file.suffix == ".txt":
        return [str(file)]
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder / "files")
        return [str(folder / "files" / name) for name in archive.namelist()]


class Page(HTMLParser):
    """The tags and the texts of a page; complains of tags that are not closed."""

    EMPTY = ("meta",)

    def __init__(self, text: str):
        super().__init__()
        self.open, self.tags, self.attributes, self.text = [], [], [], ""
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data
