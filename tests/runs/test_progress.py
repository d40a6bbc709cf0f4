"""What can be seen of a run while it trains."""

from __future__ import annotations

import math
from dataclasses import asdict

import pretend
import pytest
import tiny

from rnnkit.runs import progress
from rnnkit.store import Point, Store
from rnnkit.studies.baselines import Reference
from rnnkit.training.planning import Plan


def test_progress_counts_finished_epochs_and_batches_of_the_one_in_training(store: Store):
    run = pretend.training(store, epochs=1, training={"epochs": 4})
    pretend.progress(store, run, 5)
    seen = progress.progress(store.run(run), store.epochs(run))
    assert (seen.epoch, seen.epoch_share, seen.share) == (2, 0.5, 0.375)
    assert seen.seconds_left == pytest.approx(2.5)  # an epoch took one second


def test_time_left_is_unknown_until_something_was_measured(store: Store):
    run = pretend.training(store)
    assert progress.progress(store.run(run), []).seconds_left is None


def test_a_run_that_was_given_seconds_counts_its_planned_steps(store: Store):
    run = pretend.training(store, epochs=1, training={"epochs": 10_000, "seconds": 60})
    plan = Plan(40, "compiled", 2, seconds=60, steps_per_second=4.0)
    store.lease(run, pretend.ME).save_description(provenance={"plan": asdict(plan)})
    pretend.progress(store, run, 20)
    seen = progress.progress(store.run(run), store.epochs(run))
    assert (seen.steps_done, seen.steps, seen.share) == (30, 40, 0.75)
    assert seen.seconds_left == pytest.approx(store.run(run).train_seconds / 3)


def test_a_finished_run_is_whole(store: Store):
    run = tiny.run(store, epochs=3)
    assert progress.progress(store.run(run), store.epochs(run)).share == 1.0


def test_the_curve_has_the_points_inside_the_epochs_and_the_held_out_losses_at_their_ends(store: Store):
    run = pretend.training(store, epochs=2, training={"epochs": 4})
    pretend.progress(store, run, 5, point=Point(25, 2.5, 0.25))
    curve = progress.curve(store.run(run), store.points(run), store.epochs(run))
    training, held_out = curve[curve.part == "training"], curve[curve.part == "held out"]
    assert list(zip(training["at"], training["value"], strict=True)) == [(1.0, 1.0), (2.0, 0.5), (2.5, 0.25)]
    assert list(held_out["at"]) == [1.0, 2.0]


@pytest.mark.parametrize(("axis", "ends"), [("epoch", 2.0), ("step", 20.0), ("seconds", 2.0)])
def test_the_curve_runs_along_epochs_steps_or_seconds(store: Store, axis: str, ends: float):
    run = pretend.training(store, epochs=2)
    assert progress.curve(store.run(run), store.points(run), store.epochs(run), axis)["at"].max() == ends


@pytest.mark.parametrize(("unit", "value"), [("nats", 1.0), ("bits", 1 / math.log(2)), ("perplexity", math.e)])
def test_a_nat_is_shown_in_the_unit_that_was_asked_for(store: Store, unit: str, value: float):
    run = pretend.training(store, epochs=1)
    curve = progress.curve(store.run(run), store.points(run), store.epochs(run), unit=unit)
    assert curve["value"].to_list() == pytest.approx([value, value])


def test_bits_of_words_are_per_character_as_the_epochs_measured_them():
    assert progress.bits_per_nat([{"loss": 4.0, "bits_per_char": 1.0}]) == 0.25


def test_a_long_curve_is_thinned_and_keeps_its_ends(store: Store):
    run = store.run(pretend.training(store, steps=1000))
    points = [Point(step, step / 10, 2.0) for step in range(1, 10_001)]
    curve = progress.curve(run, points, [])
    assert len(curve) <= progress.MOST_POINTS
    assert curve["at"].iloc[-1] > 9.9


def test_a_run_without_anything_yet_has_an_empty_curve(store: Store):
    run = store.run(store.create_run(tiny.config()))
    assert progress.curve(run, [], []).empty


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, ""), (math.inf, ""), (0.2, "1 s"), (61, "61 s"), (200, "3 min"), (7500, "2 h 5 min")],
)
def test_seconds_are_said_as_people_say_them(seconds: float | None, words: str):
    assert progress.spoken(seconds) == words


def test_a_run_that_goes_on_from_an_epoch_shows_the_epochs_before_it_too(store: Store):
    run = store.run(pretend.training(store))
    epochs = [{"epoch": 1, "loss": 3.0}, {"epoch": 2, "loss": 2.0}]
    curve = progress.curve(run, [Point(23, 2.3, 1.5)], epochs)
    assert list(zip(curve["at"], curve["value"], strict=True)) == [(1.0, 3.0), (2.0, 2.0), (2.3, 1.5)]


def test_the_slowness_of_this_machine_is_what_its_epochs_took(store: Store):
    run = store.run(tiny.run(store))
    slower = progress.slowness([(run, [{"seconds": 1.0}])])
    assert slower > 1
    assert progress.slowness([(run, [{"seconds": 2.0}])]) == pytest.approx(2 * slower)
    assert progress.slowness([(run, []), (run, [{"seconds": None}])]) == 1.0


# ---- what the loss is worth

REFERENCES = [
    Reference("uniform", "guessing", 4.0),
    Reference("1-gram", "the 1-gram", 3.0),
    Reference("2-gram", "the 2-gram", 2.0),
    Reference("xz", "xz", 1.95),
    Reference("3-gram", "the 3-gram", 1.0),
]


def losses(*values: float | None) -> list[dict]:
    return [
        {"epoch": i, "val_loss": value, "elapsed_seconds": 10.0 * i, "seconds": 10.0}
        for i, value in enumerate(values, 1)
    ]


def test_a_reference_is_passed_in_the_first_epoch_that_is_below_it():
    passed = [
        (one.name, epoch, seconds) for one, epoch, seconds in progress.passed(REFERENCES, losses(3.5, 3.2, 1.8, 2.5))
    ]
    assert passed == [("uniform", 1, 10.0), ("1-gram", 3, 30.0), ("2-gram", 3, 30.0), ("xz", 3, 30.0)]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ((4.5,), "0.721 bits per character above guessing."),
        ((3.5,), "Past guessing after 10 s; 0.721 bits per character above the 1-gram."),
        ((3.5, 1.9), "Past guessing after 10 s, xz after 20 s; 1.298 bits per character above the 3-gram."),
        ((3.5, 1.9, 2.5), "Past guessing after 10 s, xz after 20 s; 1.298 bits per character above the 3-gram."),
        ((0.5,), "Past the 3-gram after 10 s: below all of them."),
        ((1.0,), "Past xz after 10 s; 0.000 bits per character above the 3-gram."),
        ((None, None), None),
        ((), None),
    ],
)
def test_what_the_loss_is_worth_is_said_in_one_sentence(values, sentence):
    assert progress.worth(REFERENCES, losses(*values)) == sentence


def test_without_references_nothing_is_said():
    assert progress.worth([], losses(1.0)) is None
