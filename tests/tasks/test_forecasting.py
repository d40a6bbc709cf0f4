"""Forecasts one step ahead by a network, and those that need none."""

from __future__ import annotations

import numpy as np
import pytest
import tiny

from rnnkit import engine, presets
from rnnkit.config import RunConfig, with_settings
from rnnkit.tasks import forecasting, scales
from rnnkit.texts import tables

WAVE = "day,wave\n" + "".join(f"{day},{np.sin(day / 3):.3f}\n" for day in range(200))


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
