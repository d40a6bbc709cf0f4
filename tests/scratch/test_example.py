"""The way through a word, step by step: its tables and its gradients."""

from __future__ import annotations

import numpy as np
import pytest

from rnnkit import scratch
from rnnkit.scratch import example, through_time


@pytest.mark.parametrize("cell", scratch.CELLS.values(), ids=scratch.CELLS)
def test_the_way_back_gathers_the_whole_gradient(cell):
    shown = example.read_word("hello", cell)
    codes = through_time.one_hot(shown.ids[:, None], 4)
    whole = through_time.backward(cell, shown.w, shown.reading, codes[1:])
    at_the_end = shown.gradients(0)
    assert all(np.allclose(at_the_end[name], whole[name], atol=1e-14) for name in whole)
    assert not np.allclose(shown.gradients(3)["V"], whole["V"])


@pytest.mark.parametrize("cell", scratch.CELLS.values(), ids=scratch.CELLS)
def test_every_place_has_its_tables(cell):
    shown = example.read_word("hello", cell)
    assert [place.t for place in shown.places()] == [0, 1, 2, 3, 3, 2, 1, 0]
    for t in range(4):
        for table in (example.hidden(shown, t), example.hidden_back(shown, t)):
            assert set(table["row"]) == {"unit 0", "unit 1", "unit 2"}
            assert np.isfinite(table["value"]).all()
        assert list(example.output(shown, t)["row"].unique()) == ["e", "h", "l", "o"]
        assert len(example.jacobian(shown, t)) == 16


def test_the_columns_of_the_cell_add_up_from_left_to_right():
    table = example.hidden(example.read_word("hello", scratch.RNN), 2).pivot(index="row", columns="column")["value"]
    np.testing.assert_allclose(table["U x"] + table["+ W s(t-1)"] + table["+ b"], table["= a"])
    np.testing.assert_allclose(np.tanh(table["= a"]), table["s = tanh a"])
