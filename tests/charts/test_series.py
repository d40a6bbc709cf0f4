"""Series over time: the band only where there is one, futures with their median, long series thinned."""

import numpy as np
import pandas as pd
import pytest

from rnnkit.charts import series
from rnnkit.texts.tables import Series

DAYS = pd.date_range("2020-01-01", periods=3)


@pytest.mark.parametrize("at", [DAYS, [1, 2, 3]])
def test_a_forecast_lies_over_the_truth_and_has_a_band_where_its_table_has_bounds(at):
    table = pd.DataFrame({"at": at, "truth": [1.0, 2, 3], "forecast": [1.0, 2, 2], "persistence": [0.0, 1, 2]})
    lines = series.forecast(table, "rain").to_dict()["layer"]
    assert [layer["mark"]["type"] for layer in lines] == ["line"] * 3
    assert "the network" in lines[1]["transform"][0]["filter"]
    banded = series.forecast(table.assign(low=0.0, high=4.0), "rain").to_dict()["layer"]
    assert [layer["mark"]["type"] for layer in banded] == ["area", "line", "line", "line"]


def test_many_futures_are_thin_around_their_median_and_a_single_one_is_thick():
    truth = pd.DataFrame({"at": [1, 2], "value": [1.0, 2.0]})
    many = pd.DataFrame({"future": [0, 1, 2], "at": [3, 3, 3], "value": [1.0, 2.0, 9.0]})
    thin, _truth, median, _start = series.futures(many, truth, "rain").to_dict()["layer"]
    assert thin["mark"]["strokeWidth"] < median["mark"]["strokeWidth"]
    chart = series.futures(many, truth, "rain")
    assert chart.layer[2].data["value"].tolist() == [2.0]
    assert len(series.futures(many[many["future"] == 0], truth, "rain").layer) == 3


def test_a_long_series_is_thinned_to_what_can_be_seen():
    found = Series(np.arange(10_000.0), None, "rain", ("rain",))
    assert len(series.as_read(found).data) <= 2 * series.MOST_POINTS
