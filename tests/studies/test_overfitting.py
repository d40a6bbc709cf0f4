"""A short text is memorised: its own loss falls, that of what is held out turns; dropout hides states."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from rnnkit import scratch
from rnnkit.errors import CorpusError
from rnnkit.scratch import through_time
from rnnkit.studies import overfitting
from rnnkit.texts import corpora


def test_the_held_out_loss_turns_while_the_training_loss_falls():
    seen = list(islice(overfitting.learn(corpora.load("cookbook")[:500], scratch.GRU, units=48), 16))
    turned = overfitting.turning_point(seen)
    assert 0 < turned.step < seen[-1].step
    assert seen[-1].held_out > turned.held_out + 0.2
    assert seen[-1].training < seen[0].training / 5


def test_without_dropout_the_gradient_is_that_of_the_mean_loss_and_all_dropped_gives_the_state_none():
    cell, random = scratch.LSTM, np.random.default_rng(0)
    w = through_time.fresh(cell, 4, 5)
    ids = random.integers(0, 4, (7, 1))
    codes = through_time.one_hot(ids, 4)
    whole = through_time.backward(cell, w, through_time.forward(cell, w, codes[:-1], codes[1:]), codes[1:])
    found = overfitting._gradients(cell, w, ids, 0.0, random)
    for name, array in whole.items():
        np.testing.assert_allclose(found[name], array / 6, atol=1e-6)
    dropped = overfitting._gradients(cell, w, ids, 0.999999, random)
    assert not dropped["U_f"].any()


def test_a_text_of_another_size_is_refused():
    for text in ("short", "long " * 900):
        with pytest.raises(CorpusError, match="200 to 2,000 characters"):
            next(overfitting.learn(text, scratch.RNN))
