"""What the figures of an epoch mean, and which epoch is best."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit import metrics
from rnnkit.runs import comparison
from rnnkit.store.retention import kept_epochs

LOSSES = st.one_of(st.sampled_from([None, math.nan, math.inf, -math.inf]), st.integers(0, 9), st.floats(0, 9))


@st.composite
def runs(draw: st.DrawFn) -> list[dict]:
    """Metrics of the epochs of a run: with something held out, with a test set, with both or neither."""
    names = ["loss", *draw(st.sampled_from([[], ["val_loss"], ["test_loss"], ["val_loss", "test_loss"]]))]
    rows = draw(st.lists(st.tuples(*(LOSSES for _ in names)), max_size=150))
    return [{"epoch": i, **dict(zip(names, row, strict=True))} for i, row in enumerate(rows, 1)]


def as_stored(epochs: list[dict]) -> list[dict]:
    """What the store gives back: None where a number was not finite."""
    return [{k: v if v is not None and math.isfinite(v) else None for k, v in epoch.items()} for epoch in epochs]


# ---- which epoch is best


@given(epochs=runs())
def test_the_best_epoch_is_always_a_kept_one(epochs: list[dict]):
    kept, best = kept_epochs(epochs), metrics.best(epochs)
    assert best is None or best["epoch"] in kept
    assert metrics.best_kept(epochs, kept) is best


@given(epochs=runs())
def test_an_epoch_that_is_no_longer_wanted_is_never_wanted_again(epochs: list[dict]):
    left: set[int] = set()
    for end in range(1, len(epochs) + 1):
        left = (left | {end}) & kept_epochs(epochs[:end])
        assert left == kept_epochs(epochs[:end])


def test_epochs_that_an_older_version_measured_are_not_set_against_newer_ones():
    older = [{"epoch": 1, "val_loss": 1.0}, {"epoch": 2, "val_loss": 1.1}]
    newer = [{"epoch": 3, "val_loss": 1.3, "val_tokens": 9}, {"epoch": 4, "val_loss": 1.2, "val_tokens": 9}]
    assert metrics.best(older)["epoch"] == 1
    assert metrics.best(older + newer)["epoch"] == 4


@given(epochs=runs())
def test_no_epoch_is_better_than_the_best_and_a_loss_that_is_no_number_is_never_best(epochs: list[dict]):
    best = metrics.best(epochs)
    scored = [loss for epoch in epochs if (loss := metrics.judged(epoch)) is not None]
    assert (best is None) == (not scored)
    assert best is None or metrics.judged(best) == min(scored)
    assert all(map(math.isfinite, scored))


@given(epochs=runs(), patience=st.integers(1, 5))
def test_a_resumed_run_stops_where_the_uninterrupted_one_does(epochs: list[dict], patience: int):
    for end in range(1, len(epochs) + 1):
        since = metrics.epochs_since_best(epochs[:end])
        for taken_up in range(end + 1):
            mixed = as_stored(epochs[:taken_up]) + epochs[taken_up:end]
            assert (metrics.epochs_since_best(mixed) >= patience) == (since >= patience)


@given(epochs=runs())
def test_the_test_set_chooses_nothing(epochs: list[dict]):
    without = [{name: value for name, value in epoch.items() if name != "test_loss"} for epoch in epochs]
    best, same = metrics.best(epochs), metrics.best(without)
    assert (best and best["epoch"]) == (same and same["epoch"])


def test_a_nan_among_held_out_losses_neither_stops_a_run_nor_lends_it_its_training_loss():
    epochs = [{"epoch": i, "loss": 0.1, "val_loss": loss} for i, loss in enumerate([1.0, math.nan, 0.9], 1)]
    assert metrics.best(epochs) is epochs[2]
    assert metrics.epochs_since_best(epochs) == 0
    assert metrics.epochs_since_best(epochs[:2]) == metrics.epochs_since_best(as_stored(epochs[:2])) == 1


def test_compare_names_a_kept_epoch_of_a_run_that_has_a_test_set_only():
    epochs = [{"epoch": i, "loss": 1 / i, "test_loss": abs(i - 7)} for i in range(1, 21)]
    best = metrics.best(epochs)
    assert best["epoch"] in kept_epochs(epochs)
    assert best["epoch"] == 20
    assert comparison.best_figure(epochs) == 13, "the figure of the test set, at the epoch that the training loss chose"


def test_losses_are_those_of_the_held_out_text_where_there_is_one():
    epochs = [{"epoch": 1, "loss": 3.0, "val_loss": 3.1}, {"epoch": 2, "loss": 2.0}, {"epoch": 3}]
    no_number = [{"epoch": 4, "loss": math.nan}, {"epoch": 5, "loss": 1.0, "val_loss": None}]
    assert metrics.losses([*epochs, *no_number]) == [(1, 3.1), (2, 2.0)]


# ---- figures


def test_the_figure_shown_is_of_unseen_text_where_there_is_some():
    assert metrics.shown({"loss": 3.0, "val_loss": 2.0, "test_loss": 1.0}, "loss") == 2.0
    assert metrics.shown({"loss": 3.0, "test_loss": 1.0}, "loss") == 1.0
    assert metrics.shown({"loss": 3.0}, "loss") == 3.0
    assert metrics.unseen({"loss": 3.0}, "loss") is None
    assert metrics.shown({"loss": 3.0, "val_loss": math.nan}, "loss") is None


def test_a_metric_is_written_with_its_own_digits_and_named_with_its_set():
    epoch = {"val_accuracy": 0.875, "elapsed_seconds": 1234.56, "loss": math.nan}
    assert [metrics.written(epoch, name) for name in ("val_accuracy", "elapsed_seconds", "loss", "mae")] == [
        "87.50%", "1,234.6", "", ""
    ]  # fmt: skip
    assert metrics.metric("val_loss").title == "held-out loss"
    assert metrics.metric("test_accuracy").title == "test accuracy"
    assert metrics.metric("something_new").title == "something new"


@pytest.mark.parametrize("name", metrics.METRICS)
def test_every_metric_says_what_it_is(name: str):
    described = metrics.METRICS[name]
    assert described.title
    assert described.formula
    assert described.better in ("lower", "higher", "")
    assert described.form.format(0.5)


def test_every_unit_reads_a_metric_that_is_described():
    assert {unit.metric for unit in metrics.UNITS.values()} <= set(metrics.METRICS)
    assert metrics.perplexity(0.0) == 1.0
    assert metrics.bits_per_char(math.log(2) * 6, 3.0) == pytest.approx(2.0)


def test_epochs_without_a_time_of_their_own_are_added_up():
    epochs = [{"epoch": 1, "seconds": 2.0}, {"epoch": 2, "seconds": 3.0}, {"epoch": 3, "elapsed_seconds": 9.0}]
    assert [seconds for _, seconds in metrics.timed(epochs)] == [2.0, 5.0, 9.0]


def test_a_figure_is_said_in_its_unit_and_guesses_are_made_of_any_loss_in_nats():
    epoch = {"epoch": 1, "loss": 2.0, "val_loss": math.log(8), "val_bits_per_char": 3.0}
    assert metrics.said(metrics.figure(epoch, "bits"), "bits") == "3.000 bits per character"
    assert metrics.said(metrics.figure(epoch, "perplexity"), "perplexity") == "1 in 8.00 guesses"
    assert metrics.figure(epoch, "nats", metrics.value) == 2.0
    assert metrics.figure(epoch, "accuracy") is None
    assert metrics.stored(("bits", "perplexity", "nats")) == "nats"
