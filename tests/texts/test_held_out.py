"""The part of the held-out text that val_loss is measured on: bounded, the same always, and read in warm rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.config import BatchConfig
from rnnkit.texts import held_out


def counted(before: int, symbols: int, whole: bool = False, **fields: int) -> tuple[list[int], list[int]]:
    """Of a numbered text what counts, and how many symbols its row had read before each, in order of the text."""
    ids = np.arange(before + symbols, dtype=np.int32)
    config, found, begun = BatchConfig(**fields), {}, np.zeros(0)
    for inputs, targets, weights, begin in held_out.streams(ids[:before], ids[before:], config, whole=whole):
        assert inputs.shape == targets.shape == weights.shape
        assert inputs.shape[0] <= config.batch_size
        assert inputs.shape[1] == config.length
        begun = inputs[:, 0] if begin else begun
        assert (targets - inputs)[weights == 1].tolist() == [1] * int(weights.sum())
        for row, column in zip(*np.nonzero(weights), strict=True):
            target = int(targets[row, column])
            assert target not in found
            found[target] = target - int(begun[row])
    return [place - before for place in sorted(found)], [found[place] for place in sorted(found)]


@given(st.integers(0, 300), st.integers(2, 3000), st.integers(1, 40), st.integers(1, 70))
def test_every_symbol_counts_once_and_none_is_predicted_from_an_empty_state(before, symbols, rows, length):
    places, read = counted(before, symbols, batch_size=rows, length=length)
    assert places == list(range(1, symbols))
    assert places == held_out.places(symbols, BatchConfig()).tolist()
    assert min(read) >= min(1 + before, held_out.WARM)


@given(st.integers(2, 40), st.integers(2, 70))
def test_what_a_symbol_is_predicted_from_depends_on_no_batch(rows, length):
    assert counted(200, 1500, batch_size=rows, length=length) == counted(200, 1500, batch_size=1, length=1500)


def test_of_a_long_text_a_bounded_part_is_measured_that_is_spread_over_it_and_always_the_same():
    config = BatchConfig(batch_size=64, length=128)
    places = held_out.places(1_000_000, config)
    assert 0.95 * held_out.MOST <= len(places) <= held_out.MOST
    assert places.tolist() == held_out.places(1_000_000, BatchConfig(batch_size=3, length=7)).tolist()
    assert counted(500, 1_000_000, batch_size=64, length=128)[0] == places.tolist()
    assert {place // 200_000 for place in places.tolist()} == {0, 1, 2, 3, 4}
    assert len(held_out.places(1_000_000, config, whole=True)) == 999_999


@pytest.mark.parametrize("step", [1, 5])
def test_of_many_windows_as_many_are_measured_as_read_a_bounded_number_of_symbols(step: int):
    config = BatchConfig(kind="windows", length=40, step=step)
    every = held_out.places(1_000_000, config, whole=True)
    places = held_out.places(1_000_000, config)
    assert len(places) == held_out.MOST_READ // 40
    assert set(places.tolist()) < set(every.tolist())
    assert held_out.places(4_000, config).tolist() == list(range(40, 4_000, step))
