"""Forecasts by checkpoints: the held-out part, and futures that follow any day."""

from __future__ import annotations

import pytest
import tiny

from rnnkit.errors import ConfigError
from rnnkit.store import Store
from rnnkit.studies import forecast
from rnnkit.studies.checkpoint import load
from rnnkit.tasks import Does

each_head = pytest.mark.parametrize("head", ["classes", "regression"])


@each_head
def test_the_held_out_part_is_forecast_beside_what_needs_no_network(store: Store, head: str):
    found = forecast.backtest(store, load(store, tiny.forecaster(store, head)))
    assert len(found.table) == 4000 - forecast.span(store, store.runs()[0]).held_out
    assert found.errors["forecast"].tolist()[:2] == ["the network", "tomorrow = today"]
    assert ("low" in found.table) == (head == "classes")
    assert found.verdict.startswith("The network is ")


@each_head
def test_a_network_with_classes_draws_futures_and_one_with_regression_has_a_single_one(store: Store, head: str):
    checkpoint = load(store, tiny.forecaster(store, head))
    made = forecast.futures(store, checkpoint, start=3990, length=30, count=3)
    assert made.table["future"].nunique() == (3 if head == "classes" else 1)
    assert len(made.table) == 30 * made.table["future"].nunique()
    assert made.table["at"].iloc[29] == 4020
    again = forecast.futures(store, checkpoint, start=3990, length=30, count=3)
    assert made.table.equals(again.table)


@pytest.mark.parametrize("numbers", [{"start": 0}, {"start": 4001}, {"length": 2001}, {"count": 51}])
def test_numbers_out_of_range_are_sentences(store: Store, numbers: dict[str, int]):
    [name] = numbers
    with pytest.raises(ConfigError, match=f"{name}: expected 1 to "):
        forecast.futures(store, load(store, tiny.forecaster(store)), **{"start": 10, **numbers})


def test_only_runs_that_forecast_are_asked_to(store: Store):
    with pytest.raises(ConfigError, match="expected one that forecasts a series, got one that learned language-model"):
        load(store, tiny.run(store), does=Does.FORECASTS)
