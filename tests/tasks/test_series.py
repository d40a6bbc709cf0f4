"""Tables of numbers become values, and values bins or a scale; a network forecasts them; errors are in their unit."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tiny

from rnnkit import architectures, engine, presets
from rnnkit.cli.main import main
from rnnkit.config import RunConfig, with_settings
from rnnkit.errors import ConfigError
from rnnkit.store import Lease, Status, Store
from rnnkit.studies import forecast
from rnnkit.studies.checkpoint import load
from rnnkit.tasks import TASKS, forecasting, scales
from rnnkit.texts import own, tables
from rnnkit.training import loop, processes, queueing

WAVE = "day,wave\n" + "".join(f"{day},{np.sin(day / 3):.3f}\n" for day in range(200))
TASK = TASKS["series"]


def test_a_scale_is_fitted_on_the_part_that_is_trained_on_alone():
    config = with_settings(presets.preset("series-rnn").config, {"corpus": "signal"})
    values = tables.parse(tables.load("signal")).values
    trained = values[: len(values) - int(0.1 * len(values))]
    assert queueing.measure(config).codec.edges[-1] == trained.max()


# ---- one step ahead


def small(head: str, **settings) -> RunConfig:
    """A preset's network made tiny, on the signal."""
    name = "series-regression" if head == "regression" else "series-rnn"
    few = {"corpus": "signal", "model.units": 4, "series.classes": 5, "batches.length": 20, "training.epochs": 2}
    return with_settings(presets.preset(name).config, few | settings)


@pytest.mark.parametrize("kind", ["streams", "windows"])
@pytest.mark.parametrize("head", ["classes", "regression"])
def test_one_step_forecasts_are_those_of_reading_on_value_by_value(head: str, kind: str):
    config = small(head, **{"batches.kind": kind})
    values = tables.parse(WAVE).values
    scale = scales.fit(values, "wave", config.series)
    size = len(scale.symbols)
    network = engine.network(config, size, tiny.arrays(config, size))
    steps = scale.steps(values)
    answers = forecasting.one_step(network, steps, 150)
    assert len(answers) == 50
    first = steps[130:150] if kind == "windows" else steps[:150]
    assert answers[0] == pytest.approx(forecasting._answers(network, first[None], 1)[0, 0], abs=1e-6)
    last = steps[179:199] if kind == "windows" else steps[:199]
    assert answers[-1] == pytest.approx(forecasting._answers(network, last[None], 1)[0, 0], abs=1e-6)


def test_long_parts_are_forecast_in_rows_that_know_what_came_before(monkeypatch: pytest.MonkeyPatch):
    config = small("regression")
    network = engine.network(config, 1, tiny.arrays(config, 1))
    steps = scales.fit(np.arange(9.0), "v", config.series).steps(np.sin(np.arange(600) / 5) * 9)
    whole = forecasting.one_step(network, steps, 300)
    monkeypatch.setattr(forecasting, "ROW", 70)
    assert forecasting.one_step(network, steps, 300) == pytest.approx(whole, abs=1e-4)


def test_without_a_network_one_says_tomorrow_is_today_or_like_the_same_days_of_the_years():
    days = np.datetime64("2000-01-01") + np.arange(1200)
    values = np.cos(2 * np.pi * np.arange(1200) / 365.25)
    found = forecasting.without_a_network(tables.Series(values, days.astype("datetime64[s]"), "v", ("v",)), 1100)
    assert found[forecasting.PERSISTENCE].tolist() == values[1099:-1].tolist()
    assert np.abs(found[forecasting.SEASON] - values[1100:]).max() < 0.05


# ---- training


def trained(store: Store, config: RunConfig) -> str:
    run = queueing.queue(store, config)
    assert loop.train(store, run, str(processes.token(note="test"))) == Status.FINISHED
    return run


@pytest.mark.parametrize("head", ["classes", "regression"])
def test_a_series_is_trained_and_forecast_in_the_unit_of_its_data(store: Store, head: str):
    run = trained(store, small(head, **{"training.learning_rate": 0.02}))
    last = store.epochs(run)[-1]
    assert last["val_mae"] < store.epochs(run)[0]["val_mae"] * 1.05
    found = forecast.backtest(store, load(store, run, 2))
    assert found.errors["mae"].iloc[0] == pytest.approx(last["val_mae"], rel=1e-5)
    assert found.errors["mae"].iloc[1] == pytest.approx(last["val_persistence_mae"])
    assert ("low" in found.table) == (head == "classes")
    assert found.verdict.startswith("The network is ")


def test_a_paused_regression_goes_on_to_the_same_weights(store: Store):
    config = small("regression")
    whole, paused = trained(store, config), queueing.queue(store, config)
    trainer = str(processes.token(note="test"))
    step = TASK.read(config, store, None).plan.steps // 2
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "REPORT_SECONDS", 0.0)
        report = Lease.progress
        patch.setattr(Lease, "progress", lambda *a, **k: "pause" if k["step"] >= step else report(*a, **k))
        assert loop.train(store, paused, trainer) == Status.PAUSED
    store.resume_run(paused)
    assert loop.train(store, paused, trainer) == Status.FINISHED
    ours, others = store.checkpoint(paused, 2), store.checkpoint(whole, 2)
    assert all(np.array_equal(ours[name], others[name]) for name in architectures.weight_shapes(config, 1))


def test_regression_of_symbols_is_refused_before_training():
    with pytest.raises(ConfigError, match=r"series\.head=regression needs model\.inputs=numbers"):
        queueing.check(small("regression", **{"model.inputs": "symbols"}))


def test_a_text_is_read_several_times_an_epoch_in_ever_new_orders():
    from rnnkit.texts.batches import Windows, plan

    config = small("classes", **{"batches.kind": "windows", "batches.passes": 3, "batches.length": 2}).batches
    config = config.model_copy(update={"batch_size": 1, "validation_fraction": 0.0})
    ids = np.arange(6, dtype=np.int32)
    windows = Windows(ids, config, seed=1)
    targets = [int(windows.epoch(1).batch(i)[1][0]) for i in range(windows.steps)]
    assert plan(6, config).steps == windows.steps == 12
    assert sorted(targets) == sorted([2, 3, 4, 5] * 3)
    assert len({tuple(targets[i : i + 4]) for i in (0, 4, 8)}) > 1
    once = Windows(ids, config.model_copy(update={"passes": 1}), seed=1).epoch(1)
    assert targets[:4] == [int(once.batch(i)[1][0]) for i in range(4)]


def test_a_network_of_three_words_reads_each_window_anew_while_it_writes():
    config = with_settings(presets.preset("meditations-lstm").config, {"model.units": 4})
    network = engine.network(config, 7, tiny.arrays(config, 7))
    logits = engine.logits_over(network, np.array([1, 2, 3, 4, 5]))
    assert logits[-1] == pytest.approx(engine.logits_over(network, np.array([3, 4, 5]))[-1], abs=1e-6)


def test_words_by_spaces_stay_as_they_stand():
    from rnnkit.config import TokenizerConfig
    from rnnkit.texts import tokenizers

    text = "In a sense, people are us—like sun."
    tokenizer = tokenizers.build(text, TokenizerConfig(kind="words", word_rules="spaces"))
    assert "us—like" in tokenizer.symbols
    assert tokenizer.decode(tokenizer.encode(text).ids) == text


def test_the_command_line_forecasts_too(store: Store, capsys: pytest.CaptureFixture):
    run = tiny.forecaster(store)
    assert main(["forecast", run, "--steps", "4", "--futures", "3", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [row["at"] for row in said["forecast"]] == ["4001", "4002", "4003", "4004"]
    assert said["errors"][1]["forecast"] == "tomorrow = today"
    assert main(["forecast", tiny.run(store)]) == 2
    assert "expected one that forecasts a series" in capsys.readouterr().err


def test_a_forecast_on_streams_cannot_read_backwards():
    with pytest.raises(ConfigError, match="the backward half would read the answer"):
        small("classes", **{"model.bidirectional": True})


@pytest.mark.parametrize("name", ["meditations-lstm", "meditations-better"])
def test_the_presets_of_three_words_train_on_any_text(store: Store, name: str):
    text = own.add(store, "What stands in the way becomes the way. " * 3, "A way")
    small = {
        "corpus": text,
        "model.units": 4,
        "training.epochs": 2,
        "batches.passes": 2,
        "sampling.prompt": "in the way",
    }
    run = trained(store, with_settings(presets.preset(name).config, small))
    assert store.run(run).steps == 2 * (24 - 3)
    assert len(store.samples(run, 2)) == 1
    assert {"loss", "accuracy"} <= store.epochs(run)[-1].keys()
