"""Finished runs from sequence to sequence for tests, made through the store in milliseconds: random weights."""

from __future__ import annotations

import numpy as np
import tiny

from rnnkit import architectures, tasks
from rnnkit.config import RunConfig, with_settings
from rnnkit.presets import PRESETS
from rnnkit.store import Status, Store
from rnnkit.studies.checkpoint import LAST, At, load
from rnnkit.studies.translation import Translator
from rnnkit.tasks import Does
from rnnkit.training.learner import at_once

LITTLE = {"model.units": 8, "model.embedding_size": 4, "pairs.examples": 60, "pairs.held_out": 120}


def config(preset: str, **changes) -> RunConfig:
    """A preset in small; `changes` as in the form: name="a", training__epochs=3."""
    settings = {key.replace("__", "."): value for key, value in changes.items()}
    return with_settings(PRESETS[preset].config, {**LITTLE, "training.epochs": 3, **settings})


def run(
    store: Store, preset: str = "attention", *, epochs: int = 3, status: str | None = Status.FINISHED, **changes
) -> str:
    """A run that has trained `epochs` epochs; still training when `status` is None. Returns its id."""
    settings = config(preset, **changes)
    material = tasks.of(settings).read(settings, store)
    shapes = architectures.weight_shapes(settings, material.vocab_size)
    lease = tiny.claimed(store, settings)
    lease.save_description(
        tokenizer=material.tokenizer_state, vocab_size=material.vocab_size, device="cpu", steps=4,
        params=sum(int(np.prod(shape)) for shape in shapes.values()),
    )  # fmt: skip
    for epoch in range(1, epochs + 1):
        arrays = tiny.arrays(settings, material.vocab_size, seed=epoch)
        further, samples = at_once(material.report(epoch, arrays))
        metrics = {"loss": 2 / epoch, "val_loss": 2 / epoch, "accuracy": 0.5, "val_accuracy": 0.5, "seconds": 1.0}
        lease.finish_epoch(
            epoch=epoch, metrics=metrics | further, samples=samples, checkpoint=arrays,
            resume={}, state={}, train_seconds=1.0 * epoch,
        )  # fmt: skip
    if status:
        lease.end(status)
    return lease.run_id


def translator(store: Store, run_id: str, at: At = LAST) -> Translator:
    """A checkpoint of such a run, ready to translate."""
    return load(store, run_id, at, does=Does.TRANSLATES)
