"""The whole held-out text, measured when a run has come to its end."""

from __future__ import annotations

import pytest
from trained import small, trained

from rnnkit.store import Status
from rnnkit.texts import cookbook, corpora, held_out
from rnnkit.training import whole


@pytest.fixture(autouse=True)
def _tiny_text(monkeypatch: pytest.MonkeyPatch) -> None:
    text = cookbook.write(6_000, seed=1)
    monkeypatch.setattr(corpora, "load", lambda name, store=None, progress=None: text)


def test_a_whole_text_that_takes_long_is_measured_after_the_run_has_ended(store, monkeypatch):
    monkeypatch.setattr(held_out, "MOST", 300)
    monkeypatch.setattr(whole, "QUICK_SECONDS", -1.0)
    monkeypatch.setattr(whole, "QUICK_SHARE", -1.0)
    measured, seen = whole.Whole.measure, []

    def watched(job, epochs):
        seen.append(store.run(job.run.id).status)
        yield from measured(job, epochs)

    monkeypatch.setattr(whole.Whole, "measure", watched)
    run = trained(store, small(training__epochs=2))
    assert seen == [Status.FINISHED]
    last = store.epochs(run)[-1]
    assert last["val_tokens"] < 400
    assert last["val_loss_full"] != last["val_loss"]
    assert last["val_loss_full"] == pytest.approx(last["val_loss"], abs=0.2)


def test_of_a_short_text_the_whole_is_the_part(store):
    for epoch in store.epochs(trained(store, small(training__epochs=1))):
        assert epoch["val_loss_full"] == epoch["val_loss"]


def test_a_trainer_that_is_asked_to_leave_leaves_the_whole_text_unmeasured(store, monkeypatch):
    monkeypatch.setattr(held_out, "MOST", 300)
    monkeypatch.setattr(whole.Whole, "_unless_left", lambda *_: (_ for _ in ()).throw(whole.Left))
    run = trained(store, small(training__epochs=1))
    assert "val_loss_full" not in store.epochs(run)[-1]
