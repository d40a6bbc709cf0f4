"""The library in five names, as a notebook uses it."""

from __future__ import annotations

import subprocess
import sys

import pytest
import tiny
from trained import ME, small

import rnnkit
from rnnkit.errors import ConfigError, UnknownEpoch, WrongStatus
from rnnkit.store import Status, Store
from rnnkit.texts import own
from rnnkit.training import loop, scheduler


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Queued runs are trained in this process, as soon as a scheduler is asked for."""

    def train_all(store: Store) -> None:
        for run in store.runs(statuses=[Status.QUEUED]):
            loop.train(store, run.id, ME)

    monkeypatch.setattr(scheduler, "ensure_running", train_all)


def test_a_network_is_trained_opened_and_writes(here: None, store: Store):
    run = rnnkit.train(small(corpus=own.add(store, tiny.TEXT * 20), training__epochs=1))
    assert store.run(run).status == Status.FINISHED
    checkpoint = rnnkit.load_checkpoint(run, "best")
    assert (checkpoint.run.id, checkpoint.epoch) == (run, 1)
    text = rnnkit.generate(checkpoint, "The ", length=20, temperature=0.5, seed=1)
    assert len(text) == 20
    assert text == rnnkit.generate(checkpoint, "The ", length=20, temperature=0.5, seed=1)


def test_without_waiting_a_run_is_only_queued(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(scheduler, "ensure_running", lambda store: None)
    run = rnnkit.train("cookbook-gru", store, wait=False)
    assert (store.run(run).status, store.run(run).preset) == (Status.QUEUED, "cookbook-gru")
    with pytest.raises(UnknownEpoch, match="wait for it"):
        rnnkit.load_checkpoint(run, store=store)


def test_what_cannot_be_trained_is_an_error_before_and_after_it_was_tried(store: Store, monkeypatch):
    with pytest.raises(ConfigError, match="preset"):
        rnnkit.train("nothing", store)

    def fail_all(store: Store) -> None:
        for run in store.runs(statuses=[Status.QUEUED]):
            lease = store.lease(run.id, ME)
            lease.claim()
            lease.end(Status.FAILED, message="There is no memory left")

    monkeypatch.setattr(scheduler, "ensure_running", fail_all)
    with pytest.raises(WrongStatus, match="expected a finished one, got one that is failed: There is no memory left"):
        rnnkit.train("cookbook-gru", store)


def test_nothing_is_loaded_before_it_is_used():
    code = (
        "import sys, rnnkit; print([name for name in sys.modules if name.startswith(('rnnkit.', 'numpy', 'pandas'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert all(getattr(rnnkit, name) for name in rnnkit.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = rnnkit.nothing
