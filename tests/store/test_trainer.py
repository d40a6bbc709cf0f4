"""A trainer's writes: an epoch comes whole, in its turn, and from the one that holds the run."""

from __future__ import annotations

import numpy as np
import pytest
from at_once import in_threads, succeeds
from pretend import ME, MOMENTS, OTHER, WEIGHTS, finish, in_charge, lose, progress, training, whole

from rnnkit.config import RunConfig
from rnnkit.store import Lease, LostRun, Order, Point, Sample, Store


def test_an_epoch_brings_metrics_checkpoint_samples_and_resume_state_together(any_store: Store):
    run = training(any_store)
    assert finish(any_store, run, 1, loss=2.5) == "run"
    assert any_store.epochs(run) == [{"epoch": 1, "step": 10, "loss": 2.5, "val_loss": 2.5, "seconds": 1.0}]
    assert [(one.step, one.epoch) for one in any_store.kept(run)] == [(10, 1)]
    for weights in (any_store.checkpoint(run, 1), any_store.weights(run, 10)):
        np.testing.assert_array_equal(weights["dense/kernel"], WEIGHTS["dense/kernel"])
    assert any_store.samples(run, 1) == [Sample(1, 0.5, "Once", 7, "after 1", 10), Sample(1, 1.0, "Once", 7, "hot", 10)]
    assert any_store.points(run) == [Point(10, 1.0, 2.5)]
    state = any_store.resume_state(run)
    assert (state.epoch, state.step, state.state) == (1, 0, {"epoch_seconds": 0.0})
    np.testing.assert_array_equal(state.arrays["adam/m"], MOMENTS["adam/m"])
    assert (any_store.run(run).epochs_done, any_store.run(run).step) == (1, 0)
    assert any_store.check() == []


def test_a_trainer_that_leaves_a_run_asked_to_stop_stops_it(any_store: Store):
    run, left = training(any_store), training(any_store)
    any_store.ask(run, "stop")
    any_store.lease(run, ME).end("queued")
    any_store.lease(left, ME).end("queued")
    assert [any_store.run(run).status, any_store.run(left).status] == ["stopped", "queued"]
    assert any_store.run(left).ended_at is None
    assert any_store.check() == []


WRITES = {
    "save_description": lambda store, run: store.lease(run, ME).save_description(device="gpu"),
    "progress": lambda store, run: progress(store, run, 3, point=Point(13, 1.5, 1.0)),
    "heartbeat": lambda store, run: store.lease(run, ME).heartbeat(),
    "finish_epoch": lambda store, run: finish(store, run, 2),
    "keep_inside": lambda store, run: store.lease(run, ME).keep_inside(
        place=3,
        step=13,
        epoch=1.3,
        metrics={},
        checkpoint=WEIGHTS,
        samples=[],
        resume=MOMENTS,
        state={},
        train_seconds=1.3,
    ),
    "save_position": lambda store, run: store.lease(run, ME).save_position(epoch=1, step=1, state={}, resume=MOMENTS),
    "rewind_points": lambda store, run: store.lease(run, ME).rewind_points(0),
    "end": lambda store, run: store.lease(run, ME).end("finished"),
}


def test_every_write_of_a_trainer_is_tried_by_one_that_has_lost_its_run():
    """`claim` is how it gets one; `beat` is for whatever runs the trainer has."""
    assert {name for name in vars(Lease) if not name.startswith("_")} - {"claim", "beat"} == set(WRITES)


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize("now", ["of another", "queued", "ended", "deleted"])
def test_a_trainer_that_lost_its_run_can_write_nothing(any_store: Store, write, now: str):
    run = training(any_store, epochs=1)
    if now == "ended":
        any_store.lease(run, ME).end("stopped")
    else:
        assert lose(any_store, run, ME, "killed") == "queued"
    if now == "of another":
        any_store.lease(run, OTHER).claim()
    if now == "deleted":
        any_store.delete_run(run)
    before = None if now == "deleted" else whole(any_store, run)
    with pytest.raises(LostRun):
        write(any_store, run)
    assert (None if now == "deleted" else whole(any_store, run)) == before


def test_of_trainers_that_claim_at_once_one_gets_the_run(any_store: Store):
    for _ in range(5):
        run = any_store.create_run(RunConfig())
        got = in_threads(8, lambda i, run=run: succeeds(lambda: any_store.lease(run, f"trainer {i}").claim(), LostRun))
        assert sum(got) == 1


@pytest.mark.parametrize("epoch", [1, 2, 4])
def test_an_epoch_is_trained_once_and_in_its_turn(any_store: Store, epoch: int):
    run = training(any_store, epochs=2)
    before = whole(any_store, run)
    with pytest.raises(ValueError, match=f"expected 3 as the next, got {epoch}"):
        finish(any_store, run, epoch)
    assert whole(any_store, run) == before


def test_a_place_is_kept_only_within_the_epoch_that_comes_next(any_store: Store):
    run = training(any_store, epochs=2)
    with pytest.raises(ValueError, match="expected 2, the last finished, got 1"):
        any_store.lease(run, ME).save_position(epoch=1, step=3, state={}, resume=MOMENTS)


def test_a_finished_epoch_forgives_the_trainers_lost_before(any_store: Store):
    run = training(any_store)
    lose(any_store, run, ME)
    any_store.lease(run, ME).claim()
    finish(any_store, run, 1)
    assert any_store.run(run).attempts == 0


def test_numbers_that_are_none_become_none_and_numpys_become_pythons(any_store: Store):
    run = training(any_store)
    any_store.lease(run, ME).progress(
        step=np.int64(3), loss=float("nan"), chars_per_second=np.float32(np.inf),
        train_seconds=np.float64(0.5), point=Point(np.int64(3), np.float32(0.5), np.float32("nan")),
    )  # fmt: skip
    assert any_store.points(run) == [Point(3, 0.5, None)]
    assert (any_store.run(run).loss, any_store.run(run).chars_per_second) == (None, None)
    finish(any_store, run, 1, metrics={"loss": np.float32(0.5), "val_loss": float("inf"), "by": [float("nan"), 1]})
    assert any_store.epochs(run) == [{"epoch": 1, "step": 10, "loss": 0.5, "val_loss": None, "by": [None, 1]}]


def test_the_state_to_resume_from_comes_back_exactly(any_store: Store):
    run = training(any_store)
    state = {"best": float("inf"), "seconds": 0.1 + 0.2, "counts": [1, 2]}
    finish(any_store, run, 1, state=state)
    assert any_store.resume_state(run).state == state


def test_a_point_replaces_what_stood_after_it_before_a_rewind(any_store: Store):
    run = training(any_store)
    for step in (2, 4, 6):
        progress(any_store, run, step, point=Point(step, step / 10, 1.0))
    progress(any_store, run, 4, point=Point(4, 0.35, 2.0))
    assert any_store.points(run) == [Point(2, 0.2, 1.0), Point(4, 0.35, 2.0)]
    assert any_store.points(run, after=2) == [Point(4, 0.35, 2.0)]
    any_store.lease(run, ME).rewind_points(2)
    assert any_store.points(run) == [Point(2, 0.2, 1.0)]


def test_steps_of_the_longest_runs_fit(any_store: Store):
    run = training(any_store)
    progress(any_store, run, 1, point=Point(10_000_000_000, 1.0, 1.0))
    assert any_store.points(run)[-1].step == 10_000_000_000


def test_a_step_counts_the_batches_of_the_run_whatever_an_epoch_had(any_store: Store):
    run = training(any_store, epochs=1)
    finish(any_store, run, 2, step=14, last_point=None)  # its seconds were used up
    any_store.lease(run, ME).save_description(steps=100)
    finish(any_store, run, 3, last_point=None)
    assert [(one.step, one.epoch) for one in any_store.kept(run)] == [(10, 1), (14, 2), (114, 3)]
    assert [sample.step for sample in any_store.samples(run, 2)] == [14, 14]
    assert [epoch["step"] for epoch in any_store.epochs(run)] == [10, 14, 114]
    assert any_store.check() == []


def test_a_trainer_holds_a_device_as_long_as_it_has_the_run(any_store: Store):
    run = any_store.create_run(RunConfig())
    assert in_charge(any_store).assign([Order(run, ME, "gpu0")])
    assert any_store.lease(run, ME).claim().device_id == "gpu0"
    assert any_store.check() == []
    assert lose(any_store, run, ME) == "queued"
    assert any_store.run(run).device_id is None
    in_charge(any_store).assign([Order(run, OTHER, "gpu1")])
    any_store.lease(run, OTHER).end("stopped")
    assert any_store.run(run).device_id is None
    assert any_store.check() == []


def test_one_beat_is_for_all_runs_that_a_trainer_has_claimed_and_for_no_others(store: Store):
    mine, starting, others = (store.create_run(RunConfig()) for _ in range(3))
    for run, trainer in ((mine, "vm|1|1|a"), (others, "vm|2|2|b")):
        store.lease(run, trainer).claim()
    in_charge(store).assign([Order(starting, "vm|1|1|a")])
    before = {run: store.run(run).heartbeat_at for run in (mine, starting, others)}
    store.lease(others, "vm|1|1|a").beat()
    assert [run for run in before if store.run(run).heartbeat_at != before[run]] == [mine]
