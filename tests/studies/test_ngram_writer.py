"""A text written by counting: what follows what, as often as in the text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.errors import ConfigError, TooShort
from rnnkit.studies.ngram_writer import NgramWriter

IDS = np.random.default_rng(0).integers(0, 5, 3_000)


@given(st.integers(2, 4), st.integers(0, 9))
def test_every_n_tokens_stand_in_the_text(n: int, seed: int):
    written = NgramWriter(IDS, n).write(IDS[:10], 60, seed)
    whole = np.concatenate([IDS[:10], written])
    in_the_text = set(map(tuple, np.lib.stride_tricks.sliding_window_view(IDS, n).tolist()))
    assert set(map(tuple, np.lib.stride_tricks.sliding_window_view(whole, n).tolist())) <= in_the_text


def test_tokens_follow_as_often_as_in_the_text():
    ids = np.array([0, 1, 0, 1, 0, 2] * 200)
    written = NgramWriter(ids, 2).write([0], 4_000, seed=1)
    after_0 = written[1:][written[:-1] == 0]
    assert (after_0 == 1).mean() == pytest.approx(2 / 3, abs=0.04)


def test_the_same_seed_writes_the_same_and_an_unknown_beginning_is_no_end():
    writer = NgramWriter(np.array([0, 1, 2, 0, 1, 2, 0]), 4)
    assert writer.write([7, 7, 7], 12, 3).tolist() == writer.write([7, 7, 7], 12, 3).tolist()
    assert len(writer.write([], 5)) == 5


def test_what_cannot_be_counted_is_said():
    with pytest.raises(ConfigError, match="n: expected 1 to 6"):
        NgramWriter(IDS, 7)
    with pytest.raises(TooShort):
        NgramWriter(IDS[:1], 2)
