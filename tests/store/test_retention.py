"""Which checkpoints are kept, and that none wanted is ever gone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pretend import finish, training

from rnnkit.metrics import judged
from rnnkit.store import Store
from rnnkit.store.retention import kept_epochs


@given(losses=st.lists(st.one_of(st.none(), st.integers(0, 20)), min_size=1, max_size=150))
def test_dropping_as_epochs_come_leaves_what_the_rule_says_afresh(losses: list):
    kept: set[int] = set()
    seen: list[dict] = []
    for epoch, loss in enumerate(losses, 1):
        seen.append({"epoch": epoch, "loss": loss})
        kept = (kept | {epoch}) & kept_epochs(seen)
        assert kept == kept_epochs(seen)


def test_700_epochs_keep_the_first_three_the_best_the_last_and_twelve_spaced_ones():
    kept: set[int] = set()
    losses: list[dict] = []
    for epoch in range(1, 701):
        losses.append({"epoch": epoch, "loss": abs(epoch - 437) / 100})  # the best, 437, has a loss of exactly 0
        kept = (kept | {epoch}) & kept_epochs(losses)
        assert kept == kept_epochs(losses)
        assert len(kept) <= 3 + 12 + 2
    assert kept == {1, 2, 3, 100, 200, 300, 400, 437, 500, 600, 700}


def test_a_held_out_loss_of_zero_is_the_best_there_is(any_store: Store):
    run = training(any_store)
    for epoch in range(1, 31):
        finish(any_store, run, epoch, metrics={"loss": 0.5, "val_loss": 0.0 if epoch == 17 else 0.25})
    assert any_store.checkpoint_epochs(run) == [1, 2, 3, 5, 10, 15, 17, 20, 25, 30]
    assert judged({"loss": 0.5, "val_loss": 0.0}) == 0.0
    assert judged({"loss": 0.5, "val_loss": None}) is None, "it was no number: its training loss stands for nothing"
    assert any_store.check() == []
