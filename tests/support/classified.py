"""Labelled texts in miniature, and runs that classify them, made through the store in milliseconds."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import tiny

from rnnkit.architectures import parameter_table
from rnnkit.config import RunConfig, with_settings
from rnnkit.presets import PRESETS
from rnnkit.store import Status, Store
from rnnkit.studies.checkpoint import LAST, At, load
from rnnkit.studies.classifier import Classifier
from rnnkit.tasks import Does, classification
from rnnkit.tasks.classification import Examples, LabelledTexts
from rnnkit.texts.reviews import FILES

GOOD = "a wonderful film with a great cast and I loved it all"
BAD = "a dull film with an awful plot and I hated it all"


def write_reviews(folder: Path, count: int = 20) -> Path:
    """imdb-train.csv.gz and imdb-test.csv.gz as they are in a corpora folder, both verdicts in turn."""
    folder.mkdir(parents=True, exist_ok=True)
    for part, name in FILES.items():
        rows = [f'{i % 2},"{(BAD, GOOD)[i % 2]}, says {part} {i}<br />"' for i in range(count)]
        (folder / name).write_bytes(gzip.compress("\n".join(["label,review", *rows, ""]).encode()))
    return folder


def config(preset: str = "imdb-lstm", **settings) -> RunConfig:
    """A preset made small: the same network over few words, with few units."""
    small = {
        "batches.length": 12, "batches.batch_size": 8, "model.units": 6, "model.embedding_size": 4,
        "tokenizer.vocab_size": 60, "training.epochs": 2,
    }  # fmt: skip
    if PRESETS[preset].config.model.hidden_units:
        small["model.hidden_units"] = 5
    return with_settings(PRESETS[preset].config, small | settings)


def run(store: Store, settings: RunConfig | None = None, *, epochs: int = 2, labels=("negative", "positive")) -> str:
    """A finished run with random weights, of film reviews unless the settings name other texts."""
    settings = settings or config()
    names = settings.corpora
    texts = LabelledTexts([GOOD, BAD] * 4, np.array([1, 0] * 4, np.int32))
    vocabulary = classification.build(Examples(names, labels, texts, texts), settings.tokenizer)
    lease = tiny.claimed(store, settings)
    lease.save_description(
        tokenizer=vocabulary.to_json(), vocab_size=vocabulary.vocab_size, device="cpu", steps=3,
        params=sum(layer.params for layer in parameter_table(settings, vocabulary.vocab_size)),
    )  # fmt: skip
    for epoch in range(1, epochs + 1):
        measured = {"loss": 0.7 / epoch, "accuracy": 0.5 + 0.1 * epoch, "seconds": 2.0, "elapsed_seconds": 2.0 * epoch}
        lease.finish_epoch(
            epoch=epoch, samples=[], resume={}, state={}, train_seconds=2.0 * epoch,
            metrics=measured | {"test_accuracy": 0.55, "val_loss": 0.8 / epoch, "val_accuracy": 0.5},
            checkpoint=tiny.arrays(settings, vocabulary.vocab_size, seed=epoch),
        )  # fmt: skip
    lease.end(Status.FINISHED)
    return lease.run_id


def classifier(store: Store, run_id: str, at: At = LAST) -> Classifier:
    """A checkpoint of such a run, ready to classify."""
    return load(store, run_id, at, does=Does.CLASSIFIES)
