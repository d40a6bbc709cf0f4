"""A run's line says what there is to say of it, whatever its status."""

from __future__ import annotations

import pretend
import pytest
import tiny

from rnnkit.runs import progress, standing
from rnnkit.runs.waits import Wait
from rnnkit.store import Status, Store, Wanted


def said(store: Store, run_id: str, wait: Wait | None = None) -> str:
    run = store.run(run_id)
    return standing.sentence(run, progress.progress(run, store.epochs(run_id)), wait)


def test_a_queued_run_says_its_place(store: Store):
    run = store.create_run(tiny.config())
    assert said(store, run, Wait(3)) == "Number 3 in the queue"
    assert said(store, run) == "Number 1 in the queue"


def test_a_training_run_says_its_epoch_its_time_and_what_it_was_asked(store: Store):
    run = pretend.training(store, epochs=1, training={"epochs": 4})
    pretend.progress(store, run, 5)
    assert said(store, run) == "Epoch 2 of 4 · 50% of it · 2 s left · 99 characters a second"
    store.ask(run, Wanted.PAUSE)
    assert "pausing" in said(store, run)


@pytest.mark.parametrize("status", [Status.FINISHED, Status.STOPPED, Status.DIVERGED])
def test_one_that_has_ended_says_how_long_it_trained(store: Store, status: Status):
    assert said(store, tiny.run(store, status=status)) == "3 of 3 epochs, 6 s of training"
