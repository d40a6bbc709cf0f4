"""What is told of waiting: the place in the queue is the scheduler's, and the seconds are those of equal shares."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pretend
import pytest
import tiny

from rnnkit.config import with_settings
from rnnkit.runs import waits
from rnnkit.runs.pace import BEGINS_SECONDS, Pace
from rnnkit.runs.progress import Progress
from rnnkit.runs.standing import sentence
from rnnkit.runs.waits import Wait
from rnnkit.store import Run, Status, Store
from rnnkit.training.planning import Plan


@pytest.fixture
def a_run(store: Store) -> Callable[..., Run]:
    """Makes one that has trained as long as it has still to train, or waits for 40 seconds of training."""
    like = store.run(store.create_run(with_settings(tiny.config(), {"training.seconds": 40})))
    store.delete_run(like.id)

    def make(owner: str, left: float, trainer: str | None = "t", **changes) -> Run:
        plan = Plan(int(200 * left), "compiled", 2, seconds=int(2 * left), steps_per_second=100.0)
        given = {"status": Status.TRAINING, "params": 1000, "provenance": {"plan": dataclasses.asdict(plan)}}
        given |= {"step": int(100 * left), "train_seconds": left}
        return dataclasses.replace(
            like, id=f"{owner}{left:g}", owner=owner, trainer=trainer, queued_at=left, steps=10**9,
            **(given if trainer else {}), **changes,
        )  # fmt: skip

    return make


def whole(trainer: str | None) -> Pace:
    """Trainers that do nothing but train."""
    return Pace(1.0)


def test_the_place_in_the_queue_is_the_one_that_the_scheduler_will_give(store: Store):
    first = [store.create_run(tiny.config(owner="Ann")) for _ in range(2)]
    other = store.create_run(tiny.config(owner="Bob"))
    training = pretend.training(store)
    found = waits.waits(store.runs())
    assert {run: found[run].place for run in (*first, other)} == {first[0]: 1, other: 2, first[1]: 3}
    assert found[training].place is None


def test_whoever_has_less_left_ends_first_and_the_last_when_all_have_ended(a_run):
    found = waits.waits([a_run("ann", 10), a_run("bob", 20), a_run("eva", 30)], whole)
    assert {run: wait.ends_in for run, wait in found.items()} == pytest.approx({"ann10": 30, "bob20": 50, "eva30": 60})
    assert {wait.beside for wait in found.values()} == {2}


def test_what_trains_alone_ends_when_its_seconds_are_over(a_run):
    assert waits.waits([a_run("ann", 10)], whole)["ann10"] == Wait(None, None, pytest.approx(10), 0)


def test_ones_second_run_moves_when_the_first_has_ended_and_a_newcomer_at_once(a_run):
    found = waits.waits([a_run("ann", 10), a_run("bob", 20), a_run("ann", 40, None), a_run("eva", 41, None)], whole)
    assert found["eva41"].moves_in == pytest.approx(BEGINS_SECONDS)
    assert found["ann40"].moves_in == pytest.approx(30), "ten seconds of each"
    assert found["ann40"].ends_in > found["eva41"].ends_in > found["bob20"].ends_in


def test_beside_a_run_that_goes_first_the_others_wait_for_its_end(a_run):
    found = waits.waits([a_run("ann", 10), a_run("", 30, goes_first=True)], whole)
    assert found["30"].ends_in < found["ann10"].ends_in
    assert found["ann10"].ends_in >= 40


def test_what_a_trainer_does_besides_training_makes_all_wait_longer(a_run):
    runs = [a_run("ann", 10), a_run("bob", 20)]
    found, undisturbed = waits.waits(runs, lambda trainer: Pace(0.5)), waits.waits(runs, whole)
    for run in found:
        assert found[run].ends_in == pytest.approx(2 * undisturbed[run].ends_in)


def test_those_who_have_still_to_begin_move_one_after_the_other(a_run):
    waiting = [a_run(f"p{place}", 10 + place, None) for place in range(8)]
    found = waits.waits(waiting, lambda trainer: Pace(0.5, begins=0.7))
    assert [found[one.id].moves_in for one in waiting] == pytest.approx([0.7 * place for place in range(1, 9)])


def test_the_sentence_tells_it(a_run):
    done = Progress(0.5, 1, 0.5, 20.0)
    queued, training = a_run("ann", 40, None), a_run("ann", 40)
    assert sentence(queued, done, Wait(3, 41.0, 300.0, 5)) == "Number 3 in the queue · about 41 s until yours moves"
    assert "about 6 min until it has ended, with 29 beside it" in sentence(training, done, Wait(None, None, 360.0, 29))
    assert "20 s left" in sentence(training, done, Wait(None, None, 20.0, 0))
