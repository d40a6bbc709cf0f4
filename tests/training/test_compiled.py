"""The compiled learner is the Keras learner with other loops: same weights and batches in, same numbers out."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import get_args

import numpy as np
import pytest

from rnnkit import architectures
from rnnkit.architectures import ARCHITECTURES
from rnnkit.config import RunConfig, TrainingConfig, parse
from rnnkit.errors import DamagedCheckpoint
from rnnkit.tasks import Batch
from rnnkit.training.compiled import CompiledLearner
from rnnkit.training.keras_learner import KerasLearner, _optimizer
from rnnkit.training.learner import at_once, compilable
from rnnkit.training.schedules import rate_after

V, STEPS = 13, 4
CELLS = [name for name, one in ARCHITECTURES.items() if one.cell and one.cell.compiled]
FORMS = {
    "one-hot streams": {"embedding_size": 0, "kind": "streams"},
    "two layers over an embedding": {"embedding_size": 5, "layers": 2, "kind": "streams", "optimizer": "rmsprop"},
    "windows": {"embedding_size": 0, "layers": 2, "kind": "windows", "optimizer": "sgd", "learning_rate": 0.1},
    "windows with a hidden layer": {"embedding_size": 5, "hidden_units": 6, "kind": "windows", "schedule": "cosine"},
    "a vocabulary larger than a batch": {"embedding_size": 5, "kind": "streams", "batch_size": 2, "length": 3},
    "one-hot, larger than a batch": {"embedding_size": 0, "kind": "windows", "batch_size": 1, "length": 4},
    "not clipped": {"embedding_size": 5, "kind": "streams", "clip_norm": 0.0, "schedule": "exponential"},
    "clipped hard": {"embedding_size": 5, "kind": "streams", "clip_norm": 0.01, "optimizer": "rmsprop"},
    "AdamW in one cycle": {"embedding_size": 5, "optimizer": "adamw", "weight_decay": 0.3, "schedule": "one-cycle"},
    "momentum, clipped by value": {"optimizer": "sgd", "momentum": 0.9, "clip_value": 0.003, "learning_rate": 0.5},
    "momentum of RMSProp, averaged": {"optimizer": "rmsprop", "momentum": 0.7, "weight_average": 0.8, "warm_up": 0.5},
    "Adam, averaged and clipped twice": {"weight_average": 0.9, "clip_value": 0.01, "clip_norm": 0.05},
}


def config(architecture: str = "lstm", **choice) -> RunConfig:
    parts: dict = {
        "model": {"architecture": architecture, "units": 9},
        "batches": {"kind": "streams", "length": 7, "batch_size": 6},
        "training": {"learning_rate": 0.01, "epochs": 2},
    }
    of = {"kind": "batches", "length": "batches", "batch_size": "batches"}
    of |= dict.fromkeys(TrainingConfig.model_fields, "training")
    for name, value in choice.items():
        parts[of.get(name, "model")][name] = value
    return parse({"corpus": "tiny", **parts})


def batches(of: RunConfig, count: int = STEPS, weights: bool = False) -> Iterator[Batch]:
    random = np.random.default_rng(3)
    for _ in range(count):
        ids = random.integers(0, V, (of.batches.batch_size, of.batches.length + 1)).astype(np.int32)
        targets = ids[:, -1] if of.batches.kind == "windows" else ids[:, 1:]
        counted = random.integers(0, 2, targets.shape).astype(np.float32) if weights else None
        yield Batch((ids[:, :-1],), targets, counted)


def both(of: RunConfig) -> tuple[CompiledLearner, KerasLearner]:
    """Two learners that begin with the same weights."""
    ours, theirs = CompiledLearner(of, V, STEPS, threads=2), KerasLearner(of, V, STEPS)
    architectures.load_weights(theirs.model, ours.read_weights())
    for learner in (ours, theirs):
        learner.begin_epoch()
    return ours, theirs


def trained(of: RunConfig, count: int = STEPS, **options) -> CompiledLearner:
    learner = CompiledLearner(of, V, STEPS, **options)
    learner.begin_epoch()
    for batch in batches(of, count):
        learner.step(batch)
    return learner


QUICK = (
    "one-hot streams",
    "windows with a hidden layer",
    "momentum of RMSProp, averaged",
)  # for every cell; all forms for all cells are slow


@pytest.mark.parametrize(
    ("name", "form"),
    [
        pytest.param(
            name, form, id=f"{name}, {form}", marks=() if name == "lstm" or form in QUICK else pytest.mark.slow
        )
        for name in CELLS
        for form in FORMS
    ],
)
def test_losses_gradients_and_weights_of_an_epoch_are_those_of_keras(name: str, form: str):
    of = config(name, **FORMS[form])
    ours, other = both(of)
    for batch in batches(of):
        ours.step(batch)
        other.step(batch)
    mine, theirs = ours.totals(), other.totals()
    assert mine.loss == pytest.approx(theirs.loss, abs=1e-5)
    assert mine.metric == theirs.metric
    assert mine.grad_norm == pytest.approx(theirs.grad_norm, rel=1e-5)
    expected = other.read_weights()
    for weight, array in ours.read_weights().items():
        assert array == pytest.approx(expected[weight], abs=1e-5), weight
    assert ours.learning_rate() == pytest.approx(other.learning_rate(), rel=1e-5)
    held_out = list(batches(of, weights=True))
    assert at_once(ours.evaluate(held_out)).loss == pytest.approx(at_once(other.evaluate(held_out)).loss, abs=1e-5)


@pytest.mark.parametrize("name", CELLS)
def test_the_first_weights_have_the_distributions_of_keras(name: str):
    of = config(name, units=24, embedding_size=20)
    ours = CompiledLearner(of, V, STEPS).read_weights()
    theirs = architectures.read_weights(architectures.build(of, V))
    for weight, array in ours.items():
        if weight.endswith("bias"):
            assert (array == theirs[weight]).all()  # zeros, and ones for a gate that begins open
        else:
            assert array.std() == pytest.approx(theirs[weight].std(), rel=0.2), weight
            assert np.abs(array).max() == pytest.approx(np.abs(theirs[weight]).max(), rel=0.6), weight
    recurrent = ours.get(f"{ARCHITECTURES[name].cell.name}/recurrent_kernel", np.eye(24))
    assert recurrent @ recurrent.T == pytest.approx(np.eye(24), abs=1e-5)
    assert (CompiledLearner(of, V, STEPS).read_weights()["dense/kernel"] == ours["dense/kernel"]).all()


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("kind", ["streams", "windows"])
def test_gradients_are_those_of_finite_differences(name: str, kind: str):
    """Through every kind of weight, a dropout between the layers included."""
    of = config(name, layers=2, embedding_size=5, dropout=0.3, kind=kind, units=4, clip_norm=0.0, learning_rate=1e-6)
    [batch] = batches(of, 1)
    learner = CompiledLearner(of, V, STEPS, threads=1)
    weights = learner.read_weights()

    def loss(changed: dict[str, np.ndarray]) -> float:
        learner.load_weights(changed)
        learner.iterations = 0  # the same dropout
        learner.begin_epoch()
        learner.step(batch)
        return learner.totals().loss

    loss(weights)
    gradient = {name: array.copy() for name, array in learner.gradient().items()}
    random = np.random.default_rng(0)
    for weight, array in weights.items():
        direction = random.standard_normal(array.shape).astype(np.float32)
        direction /= np.linalg.norm(direction)
        step = np.float32(1e-2)
        there = [loss({**weights, weight: array + sign * step * direction}) for sign in (1, -1)]
        numerical = (there[0] - there[1]) / (2 * float(step))
        assert numerical == pytest.approx(float((gradient[weight] * direction).sum()), rel=2e-3, abs=1e-3), weight


def test_dropout_drops_as_many_as_it_says_and_others_at_each_step():
    learner = CompiledLearner(config(dropout=0.25), V, STEPS)
    first, again = (learner._masks(0)(1, (200, 100)) for _ in range(2))
    assert (first == again).all()
    assert set(np.unique(first)) == {0, np.float32(1 / 0.75)}
    assert (first == 0).mean() == pytest.approx(0.25, abs=0.02)
    learner.iterations = 1
    assert (learner._masks(0)(1, (200, 100)) != first).any()
    assert (learner._masks(1)(1, (200, 100)) != learner._masks(0)(1, (200, 100))).any()


def test_with_the_same_masks_a_network_with_dropout_learns_what_keras_learns(monkeypatch: pytest.MonkeyPatch):
    from keras import layers

    # A mask of its own for each place; for all rows and steps the same, so that their order does not matter.
    places = {"embedding_dropout": 0, "dropout": 1, "dropout_1": 3}
    columns = {place: np.random.default_rng(place).integers(0, 2, 20).astype(np.float32) * 2 for place in range(4)}

    def call(layer, inputs, training=False):
        return inputs * columns[places[layer.name]][: inputs.shape[-1]] if training else inputs

    monkeypatch.setattr(layers.Dropout, "call", call)
    of = config(layers=2, embedding_size=5, embedding_dropout=0.2, dropout=0.4, hidden_units=6)
    ours, other = both(of)
    monkeypatch.setattr(
        ours, "_masks", lambda part: lambda place, shape: np.broadcast_to(columns[place][: shape[-1]], shape)
    )
    for batch in batches(of):
        ours.step(batch)
        other.step(batch)
    assert ours.totals().loss == pytest.approx(other.totals().loss, abs=1e-5)
    expected = architectures.read_weights(other.model)
    assert all(array == pytest.approx(expected[name], abs=1e-5) for name, array in ours.read_weights().items())


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_same_threads_give_the_same_weights_to_the_last_bit(threads: int):
    of = config(layers=2, dropout=0.3)
    first, again = (trained(of, threads=threads) for _ in range(2))
    for weight, array in first.read_weights().items():
        assert (array == again.read_weights()[weight]).all()


def test_another_number_of_threads_gives_the_same_but_for_rounding():
    of = config("gru", embedding_size=5)
    one, three = trained(of, threads=1).read_weights(), trained(of, threads=3).read_weights()
    assert all(one[weight] == pytest.approx(three[weight], abs=1e-5) for weight in one)


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("optimizer", ["adam", "adamw", "rmsprop", "sgd"])
def test_whoever_takes_over_goes_on_to_the_last_bit(name: str, optimizer: str):
    of = config(
        name, layers=2, dropout=0.2, optimizer=optimizer, schedule="one-cycle", momentum=0.5, weight_average=0.7
    )
    whole = trained(of, 4, threads=2)
    half = trained(of, 2, threads=2)
    other = CompiledLearner(of, V, STEPS, threads=2)
    other.restore({name: array.copy() for name, array in half.arrays().items()})
    for batch in itertools.islice(batches(of, 4), 2, None):
        other.step(batch)
    expected, found = whole.arrays(), other.arrays()
    assert expected.keys() == found.keys()
    assert all((expected[array] == found[array]).all() for array in expected)


def test_resume_state_of_another_network_is_refused():
    arrays = trained(config(units=9)).arrays()
    with pytest.raises(DamagedCheckpoint, match=r"resume state weights: expected shape \(\d+,\), got \(\d+,\)"):
        CompiledLearner(config(units=8), V, STEPS).restore(arrays)


def test_a_loss_that_is_not_a_number_stays_one():
    of = config()
    learner = CompiledLearner(of, V, STEPS)
    weights = learner.read_weights()
    weights["lstm/recurrent_kernel"][0, 0] = np.nan
    learner.load_weights(weights)
    learner.begin_epoch()
    for batch in batches(of, 1):
        learner.step(batch)
    assert np.isnan(learner.totals().loss)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({}, True),
        ({"architecture": "gru", "kind": "windows"}, True),
        ({"bidirectional": True, "kind": "windows"}, False),
        ({"recurrent_dropout": 0.1}, False),
        ({"input_dropout": 0.1}, False),
        ({"inputs": "numbers", "kind": "windows"}, False),
        ({"architecture": "fully_recurrent"}, False),
        ({"architecture": "unrolled", "kind": "windows"}, False),
    ],
)
def test_it_says_what_it_can_train(choice: dict, expected: bool):
    assert compilable(config(**choice)) is expected


def test_rates_fall_as_the_schedules_of_keras():
    from keras.optimizers import schedules

    places = range(12)
    for name, theirs in {
        "cosine": schedules.CosineDecay(0.1, 10, alpha=0.05), "exponential": schedules.ExponentialDecay(0.1, 10, 0.05)
    }.items():  # fmt: skip
        training = config(schedule=name, learning_rate=0.1).training
        expected = [float(theirs(min(place, 10))) for place in places]
        assert [rate_after(training, place, 10) for place in places] == pytest.approx(expected)


def test_one_cycle_rises_over_a_tenth_and_falls_to_a_fiftieth():
    cycle = config(schedule="one-cycle", learning_rate=1.0).training
    assert [rate_after(cycle, place, 100) for place in (0, 4, 9, 10, 55, 100, 200)] == pytest.approx(
        [0.1, 0.5, 1.0, 1.0, 0.51, 0.02, 0.02]
    )


@pytest.mark.parametrize("schedule", get_args(TrainingConfig.model_fields["schedule"].annotation))
@pytest.mark.parametrize("warm", [0.0, 0.25])
@pytest.mark.parametrize("last", [1, 7, 1000])
def test_both_learners_have_the_same_rate_in_every_step(schedule: str, warm: float, last: int):
    import keras

    of = config(schedule=schedule, warm_up=warm, learning_rate=0.3)
    before, planned = (keras.Variable(0, dtype="int64") for _ in range(2))
    planned.assign(last)
    theirs = _optimizer(of.training, before, planned)
    ours = CompiledLearner(of, V, last)
    for place in {0, 1, last // 10, last // 4, last // 2, last - 1, last}:
        theirs.iterations.assign(place)
        ours.iterations = place
        assert ours.learning_rate() == pytest.approx(float(theirs.learning_rate), rel=1e-5)


def test_a_checkpoint_holds_the_averaged_weights_and_the_state_to_resume_the_raw_ones():
    of = config(weight_average=0.9, learning_rate=0.1)
    learner, plain = trained(of), trained(config(learning_rate=0.1))
    average, raw = learner.read_weights(), plain.read_weights()
    assert (learner.arrays()["weights"] == plain.arrays()["weights"]).all()
    assert any((average[name] != raw[name]).any() for name in raw)
    held_out = list(batches(of))
    measured = at_once(learner.evaluate(held_out)).loss
    assert (learner.arrays()["weights"] == plain.arrays()["weights"]).all()
    learner.load_weights(average)
    learner.iterations = 0
    assert at_once(learner.evaluate(held_out)).loss == measured


def test_averages_of_a_slow_decay_follow_the_weights_from_the_first_steps():
    of = config(weight_average=0.9999, learning_rate=0.1)
    first, last = trained(of, 1).arrays()["weights"], trained(of, 60).arrays()
    moved = np.linalg.norm(last["weights"] - first)
    assert np.linalg.norm(last["average"] - last["weights"]) < moved / 3
