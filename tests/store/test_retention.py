"""Which checkpoints are kept, and that none wanted is ever gone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pretend import ME, finish, training

from rnnkit.errors import UnknownEpoch, WrongStatus
from rnnkit.metrics import judged
from rnnkit.store import Store
from rnnkit.store.retention import kept_epochs, kept_inside


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


def test_a_pinned_epoch_stays_with_its_state_until_it_is_unpinned(any_store: Store):
    run = training(any_store)
    for epoch in range(1, 15):
        finish(any_store, run, epoch, loss=abs(epoch - 3) + 1.0)
        if epoch == 7:
            any_store.pin(run, 70)
    assert any_store.state_epochs(run) == [3, 7, 14]
    assert any_store.checkpoint_epochs(run) == [1, 2, 3, 5, 7, 10, 14]
    assert [one.epoch for one in any_store.kept(run) if one.pinned] == [7]
    assert any_store.resume_state(run).epoch == 14
    assert any_store.check() == []
    any_store.pin(run, 70, False)
    assert any_store.state_epochs(run) == [3, 14]
    assert 7 not in any_store.checkpoint_epochs(run)
    assert any_store.check() == []
    with pytest.raises(UnknownEpoch, match="expected one that is kept"):
        any_store.pin(run, 70)


def test_a_run_has_twelve_pins_at_most_and_a_fork_none(any_store: Store):
    run = training(any_store, epochs=14, training={"epochs": 30})
    any_store.lease(run, ME).save_position(epoch=14, step=3, state={}, resume={})
    assert any_store.state_epochs(run) == [14]
    for epoch in range(15, 26):
        finish(any_store, run, epoch)
        any_store.pin(run, 10 * epoch)
    any_store.pin(run, 10)
    with pytest.raises(WrongStatus, match="expected at most 12 pinned checkpoints"):
        any_store.pin(run, 20)
    assert any_store.state_epochs(run) == [*range(15, 26)]
    child = any_store.fork_run(run, 20, any_store.run(run).config, keep_optimizer=True)
    assert not any(one.pinned for one in any_store.kept(child))
    assert any_store.state_epochs(child) == [20]
    assert any_store.check() == []


@given(data=st.data(), steps=st.integers(1, 30_000), epochs=st.integers(1, 4))
def test_dropping_checkpoints_inside_epochs_as_they_come_leaves_what_the_rule_says_afresh(data, steps, epochs):
    places = data.draw(st.sets(st.integers(0, steps * epochs - 1), max_size=30))
    series = {n * 10**k for n in (0, 1, 2, 5) for k in range(5)} & set(range(steps))
    taken, kept = list[tuple[int, float]](), set[tuple[int, float]]()
    for step in sorted({*places, *series}):
        place, done = (step, step / steps), step // steps
        if step and not step % steps:
            continue  # the end of an epoch
        taken.append(place)
        wanted = kept_inside({*kept, place}, done)
        kept = {one for one in {*kept, place} if one[0] in wanted}
        assert {one[0] for one in kept} == kept_inside(taken, done)
        assert len(kept) <= 13 + 3
        assert {place, (0, 0.0)} <= kept
    assert kept_inside(taken, epochs) <= series, "no epoch is in training"
