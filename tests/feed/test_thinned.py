"""So few points as are drawn: their means, and the same ones whether they came one by one or all at once."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from rnnkit.feed import thinned
from rnnkit.feed.thinned import Thinned, width_for
from rnnkit.store import Point


@given(some.lists(some.integers(1, 50), min_size=1, max_size=4000), some.integers(0, 3))
def test_one_by_one_and_at_once_are_the_same(gaps: list[int], seed: int):
    losses = random.Random(seed)
    points = [Point(int(step), step / 7, losses.random()) for step in np.cumsum(gaps)]
    once, one_by_one = Thinned(), Thinned()
    once.extend(points)
    for point in points:
        one_by_one.extend([point])
    assert one_by_one.width == once.width
    assert len(once.means) == len(once.groups) <= thinned.MOST
    assert np.allclose(one_by_one.means, once.means)
    assert sum(mean.weight for mean in once.means) == len(points)
    total = sum(mean.loss * mean.weight for mean in once.means)
    assert np.isclose(total, sum(point.loss or 0.0 for point in points))


def test_points_without_a_loss_are_left_out():
    curve = Thinned()
    assert not curve.extend([Point(1, 0.1, None), Point(2, 0.2, 3.0)])
    assert [mean.step for mean in curve.means] == [2]


def test_groups_are_as_wide_as_they_need_to_be():
    assert width_for(thinned.MOST, 10**9) == 1
    for count, last in ((10**6, 10**6), (2000, 10**9), (1001, 1001)):
        width = width_for(count, last)
        assert last // width < thinned.MOST <= 2 * last // width + 1
