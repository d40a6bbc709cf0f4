"""Ticks are counted and timed, those that fail too."""

from __future__ import annotations

import itertools

import pytest

from rnnkit.training.ticks import LAST, Ticks


def test_ticks_are_counted_with_the_95th_percentile_of_the_last():
    times = itertools.chain.from_iterable((0.0, 0.001 * number) for number in range(1, 1001))
    ticks = Ticks(times.__next__)
    assert ticks.state() == {"ticks": 0, "tick_seconds": 0.0, "tick_p95": 0.0, "errors": 0}
    for _ in range(1000):
        with ticks.one():
            pass
    state = ticks.state()
    assert state["ticks"] == 1000
    assert state["tick_seconds"] == pytest.approx(500.5)
    assert state["tick_p95"] == pytest.approx(0.001 * (1000 - LAST + 0.95 * LAST + 1))


def test_a_tick_that_fails_is_one_too():
    ticks = Ticks()
    with pytest.raises(KeyError), ticks.one():
        raise KeyError
    assert ticks.state()["ticks"] == 1
