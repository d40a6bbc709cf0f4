"""What a choice costs before it is trained: what does not fit is refused with the largest that does."""

from __future__ import annotations

import re

import pytest

from rnnkit.config import RunConfig, parse, with_settings
from rnnkit.errors import TooLarge
from rnnkit.texts import batches
from rnnkit.texts.batches import BatchPlan
from rnnkit.training import cost

CONFIG = parse({"model": {"units": 1000, "embedding_size": 16}, "batches": {"length": 50, "batch_size": 8}})
GIGABYTE = 10**9


@pytest.mark.parametrize(("engine", "free"), [("keras", 820_000_000), ("compiled", 320_000_000)])
def test_what_needs_more_memory_than_is_free_is_refused_with_the_largest_that_fits(engine: str, free: int):
    config = with_settings(CONFIG, {"training.engine": engine})
    cost.check_fits(config, 50, free_bytes=4 * GIGABYTE)
    with pytest.raises(
        TooLarge, match=r"model\.units: expected at most [\d,]+ .*got 1,000, .*memory while 0\.[83] GB"
    ) as error:
        cost.check_fits(config, 50, free_bytes=free)
    largest = int(re.search(r"at most ([\d,]+)", str(error.value))[1].replace(",", ""))
    cost.check_fits(with_settings(config, {"model.units": largest}), 50, free_bytes=free)
    with pytest.raises(TooLarge):
        cost.check_fits(with_settings(config, {"model.units": largest + 1}), 50, free_bytes=free)


def test_what_does_not_fit_a_gpu_is_refused_with_the_largest_that_does_and_the_way_to_the_processor():
    cost.check_fits_gpu(CONFIG, 50, 2 * GIGABYTE)
    with pytest.raises(
        TooLarge, match=r"model\.units: expected at most [\d,]+ .*each run has 0\.8 GB there; .* cpu"
    ) as error:
        cost.check_fits_gpu(CONFIG, 50, 850_000_000)
    largest = int(re.search(r"at most ([\d,]+)", str(error.value))[1].replace(",", ""))
    cost.check_fits_gpu(with_settings(CONFIG, {"model.units": largest}), 50, 850_000_000)


# Milliseconds of a step on two cores without other work to speak of (`python -m benchmarks.keras_steps`).
STEPS = {
    ("gru", 48, 64, 120): 26.8, ("gru", 32, 16, 64): 8.8, ("gru", 32, 64, 64): 13.3, ("gru", 128, 16, 64): 13.8,
    ("gru", 128, 64, 64): 28.2, ("gru", 256, 64, 64): 63.1, ("lstm", 32, 16, 64): 8.7, ("lstm", 32, 64, 64): 12.1,
    ("lstm", 128, 16, 64): 14.3, ("lstm", 128, 64, 64): 27.3, ("lstm", 256, 64, 64): 96.1,
    ("simple_rnn", 32, 16, 64): 6.2, ("simple_rnn", 32, 64, 64): 9.0, ("simple_rnn", 128, 64, 64): 12.2,
}  # fmt: skip


@pytest.mark.parametrize("shape", STEPS, ids=str)
def test_steps_of_keras_are_expected_to_take_about_what_they_took(shape: tuple[str, int, int, int]):
    cell, units, rows, length = shape
    parts = {"model": {"architecture": cell, "units": units, "embedding_size": 32}, "training": {"engine": "keras"}}
    config = parse({**parts, "batches": {"batch_size": rows, "length": length}})
    expected = 1000 * cost.seconds_per_epoch(config, 60, BatchPlan(1, rows * length))
    assert 0.55 < expected / STEPS[shape] < 1.8


def test_the_kernel_of_one_hot_inputs_is_looked_up_and_not_multiplied_with():
    one_hot = with_settings(CONFIG, {"model.embedding_size": 0})
    few, many = (cost.seconds_per_epoch(one_hot, size, BatchPlan(1, 400)) for size in (50, 100))
    assert many < 1.2 * few


def test_where_no_size_helps_the_vocabulary_is_what_is_too_large():
    with pytest.raises(TooLarge, match=r"tokenizer\.vocab_size: expected fewer tokens, got 90,000"):
        cost.check_fits(CONFIG, 90_000, free_bytes=1000)


def test_weights_that_the_store_cannot_hold_are_refused():
    large = with_settings(CONFIG, {"model.units": 4096, "model.layers": 2})
    with pytest.raises(TooLarge, match=r"model\.units: .*for weights and optimizer, while the store takes 0\.9 GB"):
        cost.check_fits(large, 50, free_bytes=1000 * GIGABYTE)
    cost.check_fits(with_settings(large, {"training.optimizer": "sgd"}), 50, free_bytes=1000 * GIGABYTE)


def estimate(config: RunConfig, symbols: int = 100_000, slower: float = 1.0) -> cost.Estimate:
    return cost.estimate(config, 50, symbols, batches.plan(symbols, config.batches), slower)


def test_an_epoch_takes_as_many_times_longer_as_the_machine_is_slower():
    assert estimate(CONFIG, slower=3.0).seconds_per_epoch == pytest.approx(3 * estimate(CONFIG).seconds_per_epoch)
    measured = [(CONFIG, 50, batches.plan(100_000, CONFIG.batches), 2 * estimate(CONFIG).seconds_per_epoch)]
    assert cost.measured_slowness(measured) == pytest.approx(2.0)
    assert cost.measured_slowness([]) == 1.0


@pytest.mark.parametrize("field", ["model.units", "model.layers", "batches.batch_size"])
def test_more_of_everything_needs_more_memory(field: str):
    more = with_settings(CONFIG, {field: {"model.units": 1200, "model.layers": 2, "batches.batch_size": 64}[field]})
    assert estimate(more).memory_bytes > estimate(CONFIG).memory_bytes


def test_one_hot_arrays_are_those_that_the_documents_would_have_made():
    assert cost.one_hot_bytes(CONFIG, 50, 1000) == 2 * 1000 * 50  # inputs and targets of a stream, a byte each
    windows = with_settings(CONFIG, {"batches.kind": "windows", "batches.length": 40, "batches.step": 5})
    assert cost.one_hot_bytes(windows, 50, 1000) == 192 * (40 * 50 + 8 * 50)
    assert cost.one_hot_bytes(windows, 50, 10) == 0


HOURS = parse({"model": {"units": 2048, "layers": 2}, "training": {"epochs": 20}})


def test_hours_and_most_of_the_memory_are_asked_about_with_what_would_be_less(monkeypatch: pytest.MonkeyPatch):
    def said(config: RunConfig, **more) -> list[str]:
        planned = batches.plan(5_000_000, config.batches)
        return cost.concerns(config, 50, planned, **{"free_bytes": 100 * GIGABYTE, **more})

    assert said(with_settings(HOURS, {"model.units": 64})) == []
    (sentence,) = said(HOURS)
    assert re.fullmatch(
        r"An epoch is expected to take [\d h]+ min, all 20 together \d+ h \d+ min\. "
        r"Within 2 h: at most [\d,]+ units in place of 2,048\.", sentence,
    )  # fmt: skip
    most = int(re.search(r"at most ([\d,]+)", sentence)[1].replace(",", ""))
    assert said(with_settings(HOURS, {"model.units": most})) == []
    assert said(with_settings(HOURS, {"model.units": most + 1}))
    short = with_settings(HOURS, {"model.units": most, "training.epochs": 200})
    assert re.search(r"or \d+ epochs in place of 200\.$", said(short)[0])
    assert said(short, epochs_done=190) == []
    assert said(with_settings(HOURS, {"training.seconds": 60})) == []
    assert said(with_settings(HOURS, {"training.seconds": 7300})) == [
        "Training is set to 2 h 2 min. Within 2 h: at most 7,200 seconds."
    ]
    monkeypatch.setenv("RNNKIT_ASK_HOURS", "10000")
    assert said(HOURS) == []
    needed = cost.memory_bytes(HOURS, 50)
    assert (
        "GB are free on this machine. With half of what is free: at most"
        in said(HOURS, free_bytes=int(1.5 * needed))[0]
    )
    assert said(HOURS, free_bytes=3 * needed) == []
