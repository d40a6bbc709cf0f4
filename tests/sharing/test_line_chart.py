"""Line charts as SVG: axes for any points, few and round ticks."""

from __future__ import annotations

import pytest
from taken import Page

from rnnkit.sharing import line_chart


def test_a_chart_of_one_point_or_of_equal_points_has_axes():
    for points in ([(1.0, 2.0)], [(1.0, 2.0), (2.0, 2.0)], [(1.0, 0.0)], [(1.0, float("nan")), (2.0, 3.0)]):
        chart = Page(line_chart.svg([line_chart.Line("a", "b", points)], "x", "y"))
        assert chart.tags.count("line") >= 3
    assert line_chart.svg([line_chart.Line("a", "b", [])], "x", "y") == ""


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (1.23, 4.56), (0.0, 10_000.0), (2.001, 2.002), (-3.0, 5.0)])
def test_ticks_are_few_round_and_inside(low: float, high: float):
    ticks = line_chart.Scale(low, high, 0.0, 1.0).ticks()
    assert 3 <= len(ticks) <= 9
    assert all(low - 1e-9 <= tick <= high + 1e-9 for tick in ticks)
    assert len({f"{tick:g}" for tick in ticks}) == len(ticks)
