"""Scores: the mean negative log-likelihood of what comes next."""

from __future__ import annotations

import numpy as np
import pytest
from networks import VOCAB_SIZE, logits_over, network, some_ids

from rnnkit import engine
from rnnkit.errors import TooShort


def test_a_score_is_the_mean_surprise_of_what_comes_next():
    net = network()
    ids = some_ids(60)
    logits = logits_over(net, ids)[:-1].astype(np.float64)
    probabilities = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    expected = -np.log(probabilities[np.arange(59), ids[1:]]).mean()
    assert engine.score(net, ids) == pytest.approx(expected, rel=1e-9)


def test_a_network_that_knows_nothing_is_surprised_by_the_logarithm_of_the_vocabulary():
    net = network()
    nothing = engine.network(net.config, VOCAB_SIZE, {name: np.zeros_like(array) for name, array in net.arrays.items()})
    assert engine.score(nothing, some_ids(30)) == pytest.approx(np.log(VOCAB_SIZE))


def test_one_symbol_cannot_be_scored():
    with pytest.raises(TooShort, match="at least 2 tokens"):
        engine.score(network(), [3])
