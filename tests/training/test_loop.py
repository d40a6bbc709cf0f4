"""The trainer, in this process: what a run leaves in the store, and that going on equals never having stopped."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import time
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
from full_disk import at_most_pages, page_count
from pretend import in_charge, lose
from trained import ME, ask_at_report, same_weights, small, trained

from rnnkit import tasks
from rnnkit.errors import ConfigError, StoreError, StoreFull
from rnnkit.store import Lease, LostRun, Order, Status
from rnnkit.texts import cookbook, corpora
from rnnkit.training import clock as awake
from rnnkit.training import engines, job, loop, patience, planning, queueing
from rnnkit.training.compiled import CompiledLearner


@pytest.fixture(autouse=True)
def _tiny_text(monkeypatch: pytest.MonkeyPatch) -> None:
    text = cookbook.write(6_000, seed=1)
    monkeypatch.setattr(corpora, "load", lambda name, store=None, progress=None: text)


def test_a_finished_run_holds_metrics_checkpoints_and_samples_of_every_epoch(store):
    run = trained(store, small())
    epochs = store.epochs(run)
    assert [metrics["epoch"] for metrics in epochs] == [1, 2, 3]
    assert epochs[2]["loss"] < epochs[0]["loss"]
    assert epochs[0]["bits_per_char"] == pytest.approx(epochs[0]["loss"] / np.log(2))
    assert epochs[0]["val_perplexity"] == pytest.approx(np.exp(epochs[0]["val_loss"]))
    assert store.checkpoint_epochs(run) == [1, 2, 3]
    assert [(sample.epoch, sample.temperature) for sample in store.samples(run)] == [
        (epoch, temperature) for epoch in (1, 2, 3) for temperature in (0.0, 1.0)
    ]
    assert all(len(sample.text) == 20 for sample in store.samples(run))
    row = store.run(run)
    assert (row.status, row.trainer, row.epochs_done) == (Status.FINISHED, None, 3)
    assert row.params == sum(array.size for array in store.checkpoint(run, 3).values())
    assert store.points(run)
    assert store.check() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"model__architecture": "lstm", "model__layers": 2, "model__dropout": 0.3},
        {"batches__kind": "windows", "batches__step": 7, "model__bidirectional": True},
        {"model__architecture": "unrolled", "batches__kind": "windows", "batches__length": 3, "batches__step": 3},
        {"tokenizer__kind": "words", "tokenizer__minimum_count": 2, "batches__length": 5, "batches__batch_size": 4},
        {"model__architecture": "simple_rnn", "model__embedding_size": 0, "training__schedule": "cosine"},
    ],
    ids=["two layers with dropout", "bidirectional windows", "unrolled", "words", "one-hot, falling rate"],
)
def test_a_run_paused_inside_an_epoch_and_resumed_equals_the_uninterrupted_one(store, monkeypatch, changes):
    config = small(training__epochs=2, **changes)
    whole = trained(store, config)
    run = store.create_run(config)
    ask_at_report(monkeypatch, store, run, "pause", report=2)
    assert loop.train(store, run, ME) == Status.PAUSED
    assert store.run(run).step == 3
    store.resume_run(run)
    assert loop.train(store, run, ME) == Status.FINISHED, store.run(run).message
    assert same_weights(store, run, whole, 1)
    assert same_weights(store, run, whole, 2)
    measured = ("loss", "accuracy", "val_loss", "learning_rate")
    for one, other in zip(store.epochs(run), store.epochs(whole), strict=True):
        assert [one[key] for key in measured] == [other[key] for key in measured]
    assert [s.text for s in store.samples(run)] == [s.text for s in store.samples(whole)]
    assert store.check() == []


def test_a_run_stopped_after_an_epoch_and_resumed_equals_the_uninterrupted_one(store, monkeypatch):
    whole = trained(store, small())
    run = store.create_run(small())
    finish = Lease.finish_epoch
    monkeypatch.setattr(Lease, "finish_epoch", lambda *a, **k: [store.ask(run, "stop"), finish(*a, **k)][1])
    assert loop.train(store, run, ME) == Status.STOPPED
    assert store.run(run).epochs_done == 1
    monkeypatch.setattr(Lease, "finish_epoch", finish)
    store.resume_run(run)
    assert loop.train(store, run, ME) == Status.FINISHED, store.run(run).message
    assert all(same_weights(store, run, whole, epoch) for epoch in (1, 2, 3))


def test_a_stop_that_comes_with_the_last_epoch_still_finishes_the_run(store, monkeypatch):
    run = store.create_run(small(training__epochs=1))
    finish = Lease.finish_epoch
    monkeypatch.setattr(Lease, "finish_epoch", lambda *a, **k: [store.ask(run, "stop"), finish(*a, **k)][1])
    assert loop.train(store, run, ME) == Status.FINISHED, store.run(run).message


def test_a_trainer_told_to_leave_gives_the_run_back_to_the_queue_with_its_place(store, monkeypatch):
    whole = trained(store, small(training__epochs=1))
    run = store.create_run(small(training__epochs=1))
    monkeypatch.setattr(job, "_asked_to_leave", True)
    assert loop.train(store, run, ME) == Status.QUEUED
    assert (store.run(run).status, store.run(run).step) == (Status.QUEUED, 1)
    monkeypatch.setattr(job, "_asked_to_leave", False)
    assert loop.train(store, run, ME) == Status.FINISHED, store.run(run).message
    assert same_weights(store, run, whole, 1)


def test_a_learning_rate_of_1e30_ends_as_diverged_and_the_last_finite_epoch_can_be_sampled(store):
    parent = trained(store, small(training__epochs=1))
    child = queueing.fork(store, parent, 1, {"training.epochs": 3, "training.learning_rate": 1e30})
    assert loop.train(store, child, ME) == Status.DIVERGED
    row = store.run(child)
    assert "diverged" in row.message
    assert "epoch 1 can still be sampled" in row.message
    assert store.checkpoint_epochs(child) == [1]
    assert store.check() == []


def test_a_fork_goes_on_from_the_kept_epoch_and_shares_its_history(store):
    parent = trained(store, small())
    child = queueing.fork(store, parent, 2, {"training.epochs": 4, "training.learning_rate": 0.001})
    assert loop.train(store, child, ME) == Status.FINISHED
    assert same_weights(store, child, parent, 2)
    shared, own = store.epochs(child)[:2], store.epochs(child)[2:]
    assert shared == store.epochs(parent)[:2]
    assert [metrics["learning_rate"] for metrics in own] == pytest.approx([0.001, 0.001])
    assert own[0]["elapsed_seconds"] > shared[-1]["elapsed_seconds"]
    assert store.check() == []


def test_early_stopping_ends_the_run_when_the_held_out_loss_is_no_longer_better(store):
    run = store.create_run(small(training__epochs=50, training__patience=2, training__learning_rate=0.5))
    assert loop.train(store, run, ME) == Status.FINISHED, store.run(run).message
    row, losses = store.run(run), [metrics["val_loss"] for metrics in store.epochs(run)]
    assert row.epochs_done < 50
    assert min(losses) == losses[-3]
    assert "Stopped early" in row.message


def test_a_held_out_loss_that_is_no_number_stops_a_resumed_run_where_it_stops_the_uninterrupted_one(store, monkeypatch):
    held_out, evaluate = {}, CompiledLearner.evaluate

    def evaluated(learner, data):
        return dataclasses.replace((yield from evaluate(learner, data)), loss=next(held_out["losses"]))

    monkeypatch.setattr(CompiledLearner, "evaluate", evaluated)
    losses, config = [1.0, math.nan, 0.9, math.nan, 0.95, 0.96, 0.97], small(training__epochs=7, training__patience=3)
    held_out["losses"] = iter(losses)
    whole = trained(store, config)
    held_out["losses"] = iter(losses)
    run = store.create_run(config)
    steps = store.run(whole).steps
    ask_at_report(monkeypatch, store, run, "pause", report=3 * steps + 1)  # in the fourth epoch: a NaN is stored then
    assert loop.train(store, run, ME) == Status.PAUSED
    assert store.run(run).epochs_done == 3
    store.resume_run(run)
    assert loop.train(store, run, ME) == Status.FINISHED, store.run(run).message
    assert store.run(run).epochs_done == store.run(whole).epochs_done == 6
    assert store.run(run).message == store.run(whole).message == "Stopped early: no better loss for 3 epochs."
    assert store.checkpoint_epochs(run) == store.checkpoint_epochs(whole)
    assert store.check() == []


def busy(now: Callable[[], float]) -> SimpleNamespace:
    """The clocks of a machine on which this process is always at work."""
    return SimpleNamespace(perf_counter=now, process_time=now, monotonic=now)


@pytest.fixture
def a_second_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that only training moves, by one second with each batch."""
    clock, step = {"now": 0.0}, CompiledLearner.step

    def timed(learner: CompiledLearner, batch) -> None:
        clock["now"] += 1.0
        step(learner, batch)

    monkeypatch.setattr(CompiledLearner, "step", timed)
    for module in (awake, planning):
        monkeypatch.setattr(module, "time", busy(lambda: clock["now"]))


def test_a_run_ends_when_its_seconds_are_used_up_and_keeps_the_epoch_that_it_is_in(store, a_second_a_batch):
    whole = trained(store, small(training__epochs=2))
    batches = store.run(whole).steps
    run = trained(store, small(training__epochs=10_000, training__seconds=batches + 5))
    first, last = store.epochs(run)
    assert "epoch_share" not in first
    assert last["epoch_share"] == pytest.approx(5 / batches)
    assert last["elapsed_seconds"] == batches + 5
    assert last["chars_per_second"] == pytest.approx(first["chars_per_second"])
    assert last["val_loss"] < first["val_loss"]
    assert same_weights(store, run, whole, 1)
    assert not same_weights(store, run, whole, 2)
    assert store.points(run)[-1].step == batches + 5
    assert "seconds of training" in store.run(run).message
    assert store.check() == []


def test_a_trainer_that_was_stopped_for_an_hour_has_not_trained_meanwhile(store, monkeypatch):
    now, step, batches = {"now": 0.0}, CompiledLearner.step, iter(range(1, 10**6))
    monkeypatch.setattr(planning, "steps_per_second", lambda *_: 1.0)

    def stopped_in_the_fifth(learner: CompiledLearner, batch) -> None:
        now["now"] += 3600.0 if next(batches) == 5 else 1.0
        step(learner, batch)

    monkeypatch.setattr(CompiledLearner, "step", stopped_in_the_fifth)
    monkeypatch.setattr(awake, "time", busy(lambda: now["now"]))
    run = trained(store, small(training__seconds=12, training__epochs=10_000))
    [metrics] = store.epochs(run)
    assert (metrics["step"], metrics["elapsed_seconds"]) == (12, 11 + awake.LONGEST_SECONDS)
    assert metrics["chars_per_second"] == pytest.approx(8 * 16 * 12 / 13)
    assert store.run(run).train_seconds == 13


def test_waiting_for_the_store_is_no_training(store, monkeypatch, a_second_a_batch):
    monkeypatch.setattr(job, "REPORT_SECONDS", 0.0)
    monkeypatch.setattr(job, "REPORT_SHARE", float("inf"))
    progress, now, waited = Lease.progress, awake.time.perf_counter, {"seconds": 0.0}
    monkeypatch.setattr(awake, "time", busy(lambda: now() + waited["seconds"]))

    def slow(lease, **given):
        waited["seconds"] += 1.5
        return progress(lease, **given)

    monkeypatch.setattr(Lease, "progress", slow)
    run = trained(store, small(training__epochs=1))
    assert store.epochs(run)[0]["seconds"] == store.run(run).steps


@pytest.mark.parametrize("report", [2, 8], ids=["in the first epoch", "with the last second"])
def test_a_run_with_a_limit_of_seconds_that_was_paused_equals_the_uninterrupted_one(
    store, monkeypatch, a_second_a_batch, report: int
):
    config = small(training__seconds=8)
    whole = trained(store, config)
    run = store.create_run(config)
    ask_at_report(monkeypatch, store, run, "pause", report=report - 1)
    assert loop.train(store, run, ME) == Status.PAUSED
    assert store.run(run).step == report
    store.resume_run(run)
    assert loop.train(store, run, ME) == Status.FINISHED, store.run(run).message
    assert same_weights(store, run, whole, 1)
    for key in ("loss", "val_loss", "elapsed_seconds"):
        assert store.epochs(run)[-1][key] == store.epochs(whole)[-1][key]
    assert store.epochs(run)[-1]["elapsed_seconds"] == 8
    assert store.check() == []


BY_SECONDS = {
    "training__seconds": 2, "training__epochs": 10_000, "training__schedule": "one-cycle", "batches__passes": 2,
    "training__weight_average": 0.9, "batches__random_offset": True, "model__dropout": 0.2,
}  # fmt: skip


@pytest.mark.parametrize("engine", ["compiled", "keras"])
def test_a_run_planned_by_its_seconds_trains_the_same_on_a_machine_that_becomes_slow(store, monkeypatch, engine):
    config, finish = small(**BY_SECONDS, training__engine=engine), Lease.finish_epoch
    monkeypatch.setattr(planning, "steps_per_second", lambda *_: 47.0)
    whole, run = trained(store, config), store.create_run(config)
    assert store.epochs(whole)[-1]["step"] == 94 > store.run(whole).steps
    ask_at_report(monkeypatch, store, run, "pause", report=5)
    assert loop.train(store, run, ME) == Status.PAUSED
    monkeypatch.setattr(planning, "steps_per_second", lambda *_: 1.0)
    monkeypatch.setenv("RNNKIT_THREADS", "1")
    monkeypatch.setattr(Lease, "finish_epoch", lambda *a, **k: [finish(*a, **k), [][1]])
    store.resume_run(run)
    with pytest.raises(IndexError):
        loop.train(store, run, ME)
    monkeypatch.setattr(Lease, "finish_epoch", finish)
    lose(store, run, ME)
    assert loop.train(store, run, ME) == Status.FINISHED, store.run(run).message
    last = store.run(whole).epochs_done
    assert store.run(run).epochs_done == last > 1
    assert same_weights(store, run, whole, last)
    plan = store.run(run).provenance["plan"]
    assert plan == store.run(whole).provenance["plan"]
    assert (plan["steps"], plan["engine"], plan["seconds"], plan["steps_per_second"]) == (94, engine, 2, 47.0)
    assert [epoch["learning_rate"] for epoch in store.epochs(run)][-1] == pytest.approx(0.01 * 0.02, rel=0.1)


def test_a_run_whose_time_is_enough_for_few_steps_says_so(store, monkeypatch):
    monkeypatch.setattr(planning, "steps_per_second", lambda *_: 4.0)
    run = trained(store, small(training__seconds=2, training__epochs=10_000, sampling__length=0))
    assert store.run(run).message == ("Ended after 8 steps, planned for 2 seconds of training: more time would help.")
    by_epochs = trained(store, small(training__seconds=200, training__epochs=1, sampling__length=0))
    assert store.run(by_epochs).message is None


@pytest.mark.parametrize("engine", ["compiled", "keras"])
def test_measuring_the_speed_of_a_learner_leaves_it_as_it_was(monkeypatch, engine):
    config = small(**BY_SECONDS, training__engine=engine)
    data = tasks.of(config).read(config, None, None)
    learner = engines.learner(config, data.vocab_size, planning.by_epochs(config.training, 9, engine, 0, 0))
    before = {name: array.copy() for name, array in learner.arrays().items()}
    monkeypatch.setattr(planning, "MEASURED_SECONDS", 0.01)
    assert 1 < planning.steps_per_second(learner, lambda: data.training(1, 0)) < 1e5
    after = learner.arrays()
    assert before.keys() == after.keys()
    assert all((before[name] == after[name]).all() for name in before)


def test_thirty_alike_are_measured_once_and_others_or_later_ones_for_themselves(monkeypatch):
    now = {"now": 0.0}
    monkeypatch.setattr(planning, "time", busy(lambda: now["now"]))
    speeds, asked = planning.Speeds(), []

    def speed(name: str = "", **changes) -> float:
        config = small(**changes)
        plan = planning.by_epochs(config.training, 9, "compiled", 0, 0)
        return speeds.of(config, plan, 30, lambda: asked.append(name) or float(len(asked)))

    assert [
        speed("first", training__seed=seed, owner=f"person {seed}", training__seconds=20) for seed in range(30)
    ] == [1.0] * 30
    assert speed("larger", model__units=99) == 2.0
    assert speed("other batches", batches__batch_size=3) == 3.0
    assert speed() == 1.0
    now["now"] = planning.KNOWN_SECONDS + 1
    assert speed("later") == 4.0
    assert asked == ["first", "larger", "other batches", "later"]


def test_a_run_of_an_older_version_that_was_given_seconds_is_planned_where_it_goes_on(store, monkeypatch):
    config = small(training__seconds=10, training__epochs=10_000)
    monkeypatch.setattr(planning, "steps_per_second", lambda *_: 3.0)
    run = store.create_run(config)
    ask_at_report(monkeypatch, store, run, "pause", report=4)
    assert loop.train(store, run, ME) == Status.PAUSED
    monkeypatch.setattr(planning, "stored", lambda run: None)
    store.resume_run(run)
    assert loop.train(store, run, ME) == Status.FINISHED
    assert 30 < store.epochs(run)[-1]["step"] <= 36


def test_a_trainer_lost_after_the_last_second_leaves_nothing_to_train(store, monkeypatch, a_second_a_batch):
    run, end = store.create_run(small(training__seconds=8)), Lease.end
    monkeypatch.setattr(Lease, "end", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        loop.train(store, run, ME)
    monkeypatch.setattr(Lease, "end", end)
    lose(store, run, ME)
    assert loop.train(store, run, ME) == Status.FINISHED
    assert [metrics["elapsed_seconds"] for metrics in store.epochs(run)] == [8]


FALLING = {"training__schedule": "cosine", "training__epochs": 4}


@pytest.mark.parametrize("engine", ["compiled", "keras"])
def test_a_fork_of_the_last_epoch_trains_the_weights_that_the_parent_would_have(store, engine):
    """With a constant rate, as another number of epochs makes another schedule."""
    config = small(training__epochs=2, training__engine=engine, model__layers=2, model__dropout=0.3)
    parent = trained(store, config)
    child = queueing.fork(store, parent, 2, {"training.epochs": 3})
    assert loop.train(store, child, ME) == Status.FINISHED
    whole = trained(store, small(training__epochs=3, training__engine=engine, model__layers=2, model__dropout=0.3))
    assert same_weights(store, child, whole, 3)
    assert store.check() == []


def pinned_after_the_first(store, monkeypatch, config) -> str:
    """A run whose first epoch somebody pins while it trains on."""
    finish = Lease.finish_epoch

    def pinning(lease, **given):
        wanted = finish(lease, **given)
        if given["epoch"] == 1:
            store.pin(lease.run_id, store.kept(lease.run_id)[0].step)
        return wanted

    with monkeypatch.context() as patch:
        patch.setattr(Lease, "finish_epoch", pinning)
        return trained(store, config)


@pytest.mark.parametrize("engine", ["compiled", "keras"])
def test_a_fork_of_the_best_or_a_pinned_epoch_trains_the_weights_that_the_parent_did(store, monkeypatch, engine):
    """The parent trains on past both; the run is paused inside an epoch too, after which its last can be forked."""
    config = small(**FALLING, training__engine=engine, model__layers=2, model__dropout=0.3)
    measured = job.Job._metrics
    losses = iter([3.0, 1.0, 2.0, 2.5])

    def with_losses(self: job.Job, epoch: int):
        return (yield from measured(self, epoch)) | {"val_loss": next(losses)}

    monkeypatch.setattr(job.Job, "_metrics", with_losses)
    parent = pinned_after_the_first(store, monkeypatch, config)
    monkeypatch.setattr(job.Job, "_metrics", measured)
    assert store.state_epochs(parent) == [1, 2, 4]
    for epoch in (1, 2):
        assert queueing.keeps_optimizer(store, store.run(parent), epoch, {})
        child = queueing.fork(store, parent, epoch, {})
        assert loop.train(store, child, ME) == Status.FINISHED
        assert same_weights(store, child, parent, 4)
    assert store.check() == []
    store.pin(parent, store.kept(parent)[0].step, False)
    assert store.state_epochs(parent) == [2, 4]


def test_a_fork_of_a_run_that_was_given_seconds_trains_as_many_steps_as_it_did(store, monkeypatch):
    planned = {"training__seconds": 2, "training__schedule": "cosine", "training__epochs": 3}
    parent = pinned_after_the_first(store, monkeypatch, small(**planned))
    child = queueing.fork(store, parent, 1, {})
    assert loop.train(store, child, ME) == Status.FINISHED
    assert planning.stored(store.run(child)) == planning.stored(store.run(parent))
    assert same_weights(store, child, parent, store.run(parent).epochs_done)


def test_a_run_paused_inside_an_epoch_can_be_forked_from_its_last_as_it_stood_there(store, monkeypatch):
    whole = trained(store, small(training__epochs=2))
    run = store.create_run(small(training__epochs=2))
    with monkeypatch.context() as patch:
        ask_at_report(patch, store, run, "pause", report=store.run(whole).steps + 2)
        assert loop.train(store, run, ME) == Status.PAUSED
    child = queueing.fork(store, run, 1, {})
    assert loop.train(store, child, ME) == Status.FINISHED
    assert same_weights(store, child, whole, 2)


@pytest.mark.parametrize("field", ["batches.batch_size=4", "batches.length=8", "model.dropout=0.2", "model.dropout=0"])
def test_a_fork_that_changes_what_the_state_is_shaped_by_begins_its_averages_anew(store, field):
    name, value = field.split("=")
    parent = trained(store, small(training__epochs=1, training__engine="keras", model__dropout=0.1))
    child = queueing.fork(store, parent, 1, {"training.epochs": 2, name: value})
    assert store.resume_state(child) is None
    assert loop.train(store, child, ME) == Status.FINISHED


@pytest.mark.parametrize("engine", ["compiled", "keras"])
def test_a_fork_of_an_earlier_epoch_keeps_its_place_in_the_schedule(store, engine):
    parent = trained(store, small(**FALLING, training__engine=engine))
    child = queueing.fork(store, parent, 2, {})
    assert loop.train(store, child, ME) == Status.FINISHED
    rates = [[epoch["learning_rate"] for epoch in store.epochs(run)] for run in (parent, child)]
    assert rates[1] == pytest.approx(rates[0])
    assert rates[0][3] < rates[0][2]


def test_a_fork_with_another_optimizer_begins_its_averages_anew(store):
    parent = trained(store, small(training__epochs=1))
    child = queueing.fork(store, parent, 1, {"training.epochs": 2, "training.optimizer": "rmsprop"})
    assert store.resume_state(child) is None
    assert loop.train(store, child, ME) == Status.FINISHED


def test_a_fork_of_the_last_epoch_learns_at_its_own_rate(store):
    for engine in ("compiled", "keras"):
        parent = trained(store, small(training__epochs=1, training__engine=engine))
        child = queueing.fork(store, parent, 1, {"training.epochs": 2, "training.learning_rate": 0.0005})
        assert loop.train(store, child, ME) == Status.FINISHED
        assert store.epochs(child)[-1]["learning_rate"] == pytest.approx(0.0005)


def test_a_fork_needs_more_seconds_than_its_parent_has_trained(store, a_second_a_batch):
    parent = trained(store, small(training__seconds=8, training__epochs=5))
    with pytest.raises(ConfigError, match=r"training\.seconds: expected more than the 8\.0 seconds already trained"):
        queueing.fork(store, parent, 1, {})
    child = queueing.fork(store, parent, 1, {"training.seconds": 10})
    assert loop.train(store, child, ME) == Status.FINISHED
    assert store.epochs(child)[-1]["elapsed_seconds"] == 10


def test_a_run_that_began_with_the_compiled_learner_says_what_it_needs_where_that_is_missing(store, monkeypatch):
    run = store.create_run(small(training__epochs=2))
    ask_at_report(monkeypatch, store, run, "pause", report=2)
    assert loop.train(store, run, ME) == Status.PAUSED
    store.resume_run(run)
    with monkeypatch.context() as patch:
        patch.setattr(engines, "has_kernels", lambda: False)
        assert loop.train(store, run, ME) == Status.FAILED
    assert "numba: expected to be installed" in store.run(run).message
    store.resume_run(run)
    assert loop.train(store, run, ME) == Status.FINISHED, store.run(run).message


def test_a_text_that_is_too_short_fails_with_the_sentence_that_says_so(store, monkeypatch):
    monkeypatch.setattr(corpora, "load", lambda name, store=None, progress=None: "abcab" * 4)
    run = store.create_run(small())
    assert loop.train(store, run, ME) == Status.FAILED
    assert "too short" in store.run(run).message


def test_without_a_held_out_part_there_are_no_validation_metrics(store):
    run = trained(store, small(batches__validation_fraction=0.0, training__epochs=1))
    assert not [key for key in store.epochs(run)[0] if key.startswith("val_")]


def test_a_run_of_another_trainer_is_left_alone(store):
    run = store.create_run(small())
    in_charge(store).assign([Order(run, "vm|2|2|other")])
    with pytest.raises(LostRun):
        loop.train(store, run, ME)


def test_symbols_of_a_new_text_that_a_forked_vocabulary_does_not_know_are_said(store, monkeypatch):
    parent = trained(store, small(training__epochs=1))
    text = cookbook.write(6_000, seed=2) + "ÞÞ"
    monkeypatch.setattr(corpora, "load", lambda name, store=None, progress=None: text)
    child = queueing.fork(store, parent, 1, {"training.epochs": 2})
    assert loop.train(store, child, ME) == Status.FINISHED
    assert "Þ" in store.run(child).message


def test_the_curve_inside_an_epoch_grows_with_steps_and_seconds(store, monkeypatch):
    monkeypatch.setattr(job, "REPORT_SECONDS", 0.0)
    monkeypatch.setattr(job, "REPORT_SHARE", float("inf"))
    run = trained(store, small(training__epochs=2))
    points = store.points(run)
    steps = store.run(run).steps
    assert [point.step for point in points] == list(range(1, 2 * steps + 1))
    assert points[0].loss > points[-1].loss
    mean = np.mean([point.loss for point in points[:steps]])
    assert mean == pytest.approx(store.epochs(run)[0]["loss"], rel=1e-5)


def test_a_disk_that_is_full_when_an_epoch_ends_is_waited_for_and_loses_nothing(store, monkeypatch):
    whole = trained(store, small())
    run = store.create_run(small())
    finish, waits, seen = Lease.finish_epoch, patience.time.sleep, []
    full = {2}
    monkeypatch.setattr(patience, "ROOM_SECONDS", 0.0)

    def no_room(lease, *, epoch, **given):
        with at_most_pages(store, page_count(store)) if epoch in full else contextlib.nullcontext():
            return finish(lease, epoch=epoch, **given)

    def sleep(seconds: float) -> None:
        seen.append((store.run(run).status, store.run(run).message))
        if len(seen) == 3:
            full.clear()
        waits(seconds)

    monkeypatch.setattr(Lease, "finish_epoch", no_room)
    monkeypatch.setattr(patience, "time", SimpleNamespace(sleep=sleep, monotonic=time.monotonic))
    assert loop.train(store, run, ME) == Status.FINISHED, store.run(run).message
    assert seen == 3 * [(Status.TRAINING, job.WAITS)]
    assert store.run(run).message is None
    assert all(same_weights(store, run, whole, epoch) for epoch in (1, 2, 3))
    assert store.check() == []


def test_a_trainer_told_to_leave_does_not_wait_for_room(store, monkeypatch):
    run = store.create_run(small(training__epochs=1))

    def no_room(*_, **__):
        monkeypatch.setattr(job, "_asked_to_leave", True)
        raise StoreFull("store: full")

    with monkeypatch.context() as patch:
        patch.setattr(Lease, "finish_epoch", no_room)
        with pytest.raises(StoreFull):
            loop.train(store, run, ME)
    monkeypatch.setattr(job, "_asked_to_leave", False)
    assert lose(store, run, ME) == Status.QUEUED
    assert loop.train(store, run, ME) == Status.FINISHED


def faults(monkeypatch: pytest.MonkeyPatch, method: str, times: int, *, after: bool = False) -> list[int]:
    """The store is away when a trainer asks for `method`, so many times; `after` it has done what was asked."""
    real, left = getattr(Lease, method), [times]
    monkeypatch.setattr(patience, "RETRY_SECONDS", 0.0)

    def away(lease, *given, **named):
        if not left[0]:
            return real(lease, *given, **named)
        left[0] -= 1
        if after:
            real(lease, *given, **named)
        raise StoreError("store: expected a database that answers, got: the connection is closed")

    monkeypatch.setattr(Lease, method, away)
    return left


@pytest.mark.parametrize("after", [False, True], ids=["before it is written", "after it is written"])
@pytest.mark.parametrize("method", ["claim", "save_description", "progress", "finish_epoch", "end"])
def test_a_database_that_is_away_for_a_moment_costs_a_run_nothing(store, monkeypatch, method, after):
    whole = trained(store, small(training__epochs=2))
    monkeypatch.setattr(job, "REPORT_SECONDS", 0.0)
    monkeypatch.setattr(job, "REPORT_SHARE", float("inf"))
    left = faults(monkeypatch, method, 1 if after else 3, after=after)
    run = trained(store, small(training__epochs=2))
    assert left == [0]
    assert [epoch["epoch"] for epoch in store.epochs(run)] == [1, 2]
    assert same_weights(store, run, whole, 2)
    assert store.check() == []


def test_a_database_that_stays_away_leaves_the_run_to_the_next_trainer(store, monkeypatch):
    monkeypatch.setattr(patience, "PATIENCE_SECONDS", 0.0)
    with monkeypatch.context() as patch:
        faults(patch, "finish_epoch", 10**6)
        run = store.create_run(small(training__epochs=1))
        with pytest.raises(StoreError, match="the connection is closed"):
            loop.train(store, run, ME)
    assert store.run(run).status == Status.TRAINING
    lose(store, run, ME)
    assert store.run(run).status == Status.QUEUED
    assert loop.train(store, run, ME) == Status.FINISHED
