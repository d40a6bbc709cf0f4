"""Checkpoints inside an epoch: when they come, that they change nothing, and that a run goes on from them."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pretend import lose
from trained import ME, same_weights, small, trained

from rnnkit import tasks
from rnnkit.errors import UnknownEpoch
from rnnkit.store import Lease, Status
from rnnkit.studies import checkpoint, sampling, score
from rnnkit.texts import cookbook, corpora
from rnnkit.training import loop, moments, queueing
from rnnkit.training.moments import Moments


@pytest.fixture(autouse=True)
def _tiny_text(monkeypatch: pytest.MonkeyPatch) -> None:
    text = cookbook.write(6_000, seed=1)
    monkeypatch.setattr(corpora, "load", lambda name, store=None, progress=None: text)


@pytest.fixture
def _for_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that the series has are kept, whatever they cost."""
    monkeypatch.setattr(moments, "OF_FIRST", 1e9)
    monkeypatch.setattr(moments, "SHARE", 1e9)


SERIES = [0, 1, 2, 5, 10, 20]  # of 45 batches
pays_nothing = pytest.mark.usefixtures("_for_free")


@given(cost=st.floats(0.001, 3), step=st.floats(0.001, 0.5), steps=st.integers(2, 3000), epochs=st.integers(1, 5))
def test_all_of_them_cost_less_than_a_twentieth_of_the_training_and_the_first_is_always_there(
    cost, step, steps, epochs
):
    plan = Moments(steps, steps * epochs)
    plan.kept(cost, 0.0)
    kept = []
    for at in range(1, min(steps * epochs, 3000)):
        if plan.due(at, at % steps, at * step, first=at < steps):
            plan.kept(cost, at * step)
            kept.append(at)
    assert not kept or plan.spent <= moments.SHARE * step * steps * epochs * (1 + 1e-9)
    assert all(at % steps for at in kept)


@given(
    text=st.floats(0.01, 0.5), validation=st.floats(0.05, 5), step=st.floats(0.002, 0.2), planned=st.integers(50, 5000)
)
def test_of_a_short_run_they_are_written_and_not_validated_and_cost_no_more(text, validation, step, planned):
    plan = Moments(planned, planned, validates=validation / step)
    validated = {}
    for at in range(planned):
        seconds = max(1, at) * step
        if at == 0 or plan.due(at, at, seconds, first=True):
            validated[at] = plan.validated(at, seconds, first=True)
            took = validation if validated[at] else None
            plan.kept(text + (took or 0.0), seconds, took)
    untrained = text + (validation if validated[0] else 0.0)
    assert plan.spent <= max(untrained, text + moments.SHARE * step * planned * (1 + 1e-9))
    if validation > moments.SHARE * step * planned:
        assert not any(validated.values()), "there is no time for one"
    if 20 * (text + validation) < moments.OF_FIRST * step * planned:
        assert all(validated.values()), "there is time for all"


def test_while_others_wait_none_is_validated_before_so_much_is_trained_that_it_costs_a_twentieth():
    """Thirty runs of a minute each spent nine tenths of their first 45 seconds on validating what had hardly begun."""
    plan, step, text, validation = Moments(5000, 5000, validates=25.0), 0.015, 0.03, 0.37
    for at in range(5000):
        seconds = max(1, at) * step
        if at == 0 or plan.due(at, at, seconds, first=True):
            if validated := plan.validated(at, seconds, first=True, shared=True):
                assert plan.spent + text + validation <= moments.SHARE * seconds + 1e-9
            plan.kept(text + validation * validated, seconds, validation if validated else None)
        assert plan.spent <= moments.SHARE * max(seconds, 20 * 9 * text) + 1e-9, "a text each of the first series"
    assert plan.spent > 9 * text + validation, "in time they are"


def test_those_of_a_race_are_all_validated_as_they_are_set_against_each_other():
    plan = Moments(1000, 1000, moments.Apart(steps=50), validates=5.0)
    assert all(plan.validated(at, at * 0.01, first=True) for at in (0, 50, 100))


def test_how_long_a_validation_takes_is_known_before_the_first():
    config = small(batches__batch_size=4, batches__length=8)
    data = tasks.of(config).read(config, None, None)
    read = sum(batch.inputs[0].size for batch in data.held_out["val_"]())
    assert moments.validation_in_steps(data) == pytest.approx(read / (4 * 8) / 3)
    whole = small(batches__validation_fraction=0.0)
    assert moments.validation_in_steps(tasks.of(whole).read(whole, None, None)) == 0


def test_where_there_is_no_time_to_validate_it_the_untrained_network_writes_all_the_same(store, monkeypatch):
    monkeypatch.setattr(moments, "OF_FIRST", 0.0)
    run = trained(store, small(training__moments=True, training__epochs=1))
    [first] = store.moments(run)
    assert (first["step"], "val_loss" in first) == (0, False)
    assert {sample.step for sample in store.samples(run)} == {0, 45}
    [epoch] = store.epochs(run)
    assert epoch["val_loss"] > 0
    assert score.held_out(store, checkpoint.load(store, run, "step:0")).val_loss is None
    assert store.check() == []


def test_a_long_epoch_has_one_every_half_minute():
    plan = Moments(10_000, 30_000)
    plan.kept(0.1, 0.0)
    kept = []
    for at in range(1, 10_000):
        if plan.due(at, at, at * 0.1, first=True):
            plan.kept(0.1, at * 0.1)
            kept.append(at)
    assert kept[:11] == [1, 2, 5, 10, 20, 50, 100, 200, 500, 800, 1000]
    assert max(right - left for left, right in pairwise(kept)) == 300


@pays_nothing
@pytest.mark.parametrize("engine", ["compiled", "keras"])
def test_what_is_kept_inside_an_epoch_changes_nothing_of_what_is_trained(store, engine):
    config = small(training__moments=True, training__epochs=2, training__engine=engine, model__dropout=0.2)
    run = trained(store, config)
    without = trained(
        store, config.model_copy(update={"training": config.training.model_copy(update={"moments": False})})
    )
    assert [one.step for one in store.kept(run)] == [*SERIES, 45, 90]
    assert [one.step for one in store.kept(without)] == [45, 90]
    assert all(same_weights(store, run, without, epoch) for epoch in (1, 2))
    shown = ("loss", "val_loss", "grad_norm")
    assert [[one[name] for name in shown] for one in store.epochs(run)] == [
        [one[name] for name in shown] for one in store.epochs(without)
    ]
    assert store.check() == []


@pays_nothing
def test_they_hold_what_an_epoch_holds_and_are_found_by_step_and_epoch(store):
    run = trained(store, small(training__moments=True, training__epochs=1))
    measured = store.moments(run)
    assert [(one["step"], one["epoch"]) for one in measured] == [(step, step / 45) for step in SERIES]
    assert all(one["val_loss"] > 0 for one in measured)
    assert [one["val_loss"] for one in measured] == sorted((one["val_loss"] for one in measured), reverse=True)
    assert {sample.step for sample in store.samples(run)} == {*SERIES, 45}
    assert store.checkpoint_epochs(run) == [1]
    ats = ["step:0", "0", "step:5", "0.11", 5 / 45, "last", "best"]
    assert [one.step for one in checkpoint.several(store, run, ats)] == [0, 5, 45]
    with pytest.raises(UnknownEpoch, match="expected one that is kept"):
        checkpoint.load(store, run, "0.3")
    of_step = score.held_out(store, checkpoint.load(store, run, "step:5"))
    assert of_step.nats == pytest.approx(of_step.val_loss, abs=1e-4)
    texts = sampling.write(store, run, sampling.SampleSettings(length=20, temperatures=(0.0,)), ats=["step:0", "last"])
    assert [(text.step, text.epoch) for text in texts.texts] == [(0, 0), (45, 1)]


@pays_nothing
@pytest.mark.parametrize("killed_after", [0, 1, 10, 20])
def test_a_run_killed_inside_an_epoch_goes_on_from_the_last_one(store, monkeypatch, killed_after):
    config = small(training__moments=True, training__epochs=2)
    whole, run = trained(store, config), store.create_run(config)
    keep = Lease.keep_inside

    def killed(lease, **given):
        wanted = keep(lease, **given)
        if given["step"] == killed_after:
            raise KeyboardInterrupt
        return wanted

    with monkeypatch.context() as patch:
        patch.setattr(Lease, "keep_inside", killed)
        with pytest.raises(KeyboardInterrupt):
            loop.train(store, run, ME)
    state = store.resume_state(run)
    assert (state.epoch, state.step) == (0, killed_after)
    assert store.check() == []
    lose(store, run, ME)
    assert loop.train(store, run, ME) == Status.FINISHED, store.run(run).message
    assert store.kept(run) == store.kept(whole)
    assert [one["val_loss"] for one in store.moments(run)] == [one["val_loss"] for one in store.moments(whole)]
    assert [sample.text for sample in store.samples(run)] == [sample.text for sample in store.samples(whole)]
    assert store.check() == []


@pays_nothing
@pytest.mark.parametrize("batch_size", [8, 4])
@pytest.mark.parametrize("step", [0, 20])
def test_a_fork_from_inside_an_epoch_goes_on_there(store, step, batch_size):
    parent = trained(store, small(training__moments=True, training__epochs=1))
    moment = next(one for one in store.kept(parent) if one.step == step)
    child = queueing.fork(store, parent, moment.epoch, {"training.epochs": 2, "batches.batch_size": batch_size})
    row = store.run(child)
    assert (row.parent_epoch, row.parent_step, row.epochs_done) == (0, step, 0)
    assert store.check() == []
    assert loop.train(store, child, ME) == Status.FINISHED, store.run(child).message
    assert np.array_equal(*(store.weights(run, step)["embedding/embeddings"] for run in (parent, child)))
    steps = store.run(child).steps
    assert [one["step"] for one in store.epochs(child)] == [
        step + steps - int(step / 45 * steps),
        step + 2 * steps - int(step / 45 * steps),
    ]
    assert store.epochs(child)[-1]["loss"] < store.epochs(parent)[-1]["loss"]
    assert store.check() == []


def test_a_full_disk_or_a_store_that_is_away_costs_one_of_them_and_no_more(store, monkeypatch):
    from rnnkit.errors import StoreFull

    def full(lease, **given):
        raise StoreFull("full disk")

    monkeypatch.setattr(Lease, "keep_inside", full)
    run = trained(store, small(training__moments=True, training__epochs=1))
    assert [one.step for one in store.kept(run)] == [45]


def test_they_are_none_of_the_seconds_of_training(store, monkeypatch):
    monkeypatch.setattr(moments, "OF_FIRST", 1e9)
    keep = Lease.keep_inside
    monkeypatch.setattr(Lease, "keep_inside", lambda *a, **k: [time.sleep(0.3), keep(*a, **k)][1])
    run = trained(store, small(training__moments=True, training__epochs=1))
    assert len(store.moments(run)) == len(SERIES)
    assert store.run(run).train_seconds < 0.3 * len(SERIES)
