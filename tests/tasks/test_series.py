"""Tables of numbers become values, and values bins or a scale; a network forecasts them; errors are in their unit."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import tiny

from rnnkit import architectures, presets
from rnnkit.cli.main import main
from rnnkit.config import RunConfig, with_settings
from rnnkit.errors import ConfigError
from rnnkit.store import Lease, Status, Store
from rnnkit.studies import forecast
from rnnkit.studies.checkpoint import load
from rnnkit.tasks import TASKS
from rnnkit.texts import tables
from rnnkit.training import job, loop, processes, queueing

WAVE = "day,wave\n" + "".join(f"{day},{np.sin(day / 3):.3f}\n" for day in range(200))
TASK = TASKS["series"]


def test_a_scale_is_fitted_on_the_part_that_is_trained_on_alone():
    config = with_settings(presets.preset("series-rnn").config, {"corpus": "signal"})
    values = tables.parse(tables.load("signal")).values
    trained = values[: len(values) - int(0.1 * len(values))]
    assert queueing.measure(config).codec.edges[-1] == trained.max()


def small(head: str, **settings) -> RunConfig:
    """A preset's network made tiny, on the signal."""
    name = "series-regression" if head == "regression" else "series-rnn"
    few = {"corpus": "signal", "model.units": 4, "series.classes": 5, "batches.length": 20, "training.epochs": 2}
    return with_settings(presets.preset(name).config, few | settings)


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
        patch.setattr(job, "REPORT_SECONDS", 0.0)
        patch.setattr(job, "REPORT_SHARE", math.inf)
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
