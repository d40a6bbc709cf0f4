"""Small runs, really trained in this process by Keras; for a test that replaces the text that they read."""

from __future__ import annotations

import numpy as np
import pytest

from rnnkit.config import RunConfig, with_settings
from rnnkit.store import Lease, Status, Store
from rnnkit.training import job, loop

ME = "vm|1|1|test"
SMALL = {
    "corpus": "cookbook-tiny",
    "batches.batch_size": 8,
    "batches.length": 16,
    "model.architecture": "gru",
    "model.units": 12,
    "model.embedding_size": 6,
    "training.epochs": 3,
    "training.learning_rate": 0.01,
    "training.moments": False,  # epochs only; tests/training/test_moments.py has those inside
    "sampling.length": 20,
    "sampling.temperatures": [0.0, 1.0],
}


def small(**changes) -> RunConfig:
    settings = {key.replace("__", "."): value for key, value in changes.items()}
    return with_settings(RunConfig(), SMALL | settings)


def trained(store: Store, config: RunConfig) -> str:
    run = store.create_run(config)
    assert loop.train(store, run, ME) == Status.FINISHED, store.run(run).message
    return run


def ask_at_report(monkeypatch: pytest.MonkeyPatch, store: Store, run: str, wanted: str, report: int) -> None:
    """Every batch is reported; at one of the reports somebody asks for something."""
    monkeypatch.setattr(job, "REPORT_SECONDS", 0.0)
    monkeypatch.setattr(job, "REPORT_SHARE", float("inf"))
    progress, reports = Lease.progress, iter(range(10**6))

    def asking(lease, **given):
        if next(reports) == report:
            store.ask(run, wanted)
        return progress(lease, **given)

    monkeypatch.setattr(Lease, "progress", asking)


def same_weights(store: Store, one: str, other: str, epoch: int) -> bool:
    a, b = store.checkpoint(one, epoch), store.checkpoint(other, epoch)
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name]) for name in a)
