"""What a network reads: look-ups, products too large for a table, numbers."""

from __future__ import annotations

import numpy as np
import pytest
from networks import (
    FORMS,
    in_keras,
    logits_over,
    network,
    some_ids,
)

from rnnkit.engine.network import runner


def test_a_vocabulary_too_large_for_a_table_of_products_gives_the_same_logits():
    net = network("lstm", vocab_size=20_000, units=16, embedding_size=5)
    assert net.prepared.first[0].table is None
    ids = some_ids(50, vocab_size=20_000)
    assert np.abs(logits_over(net, ids) - in_keras(net, ids[None])[0]).max() < 1e-5


@pytest.mark.parametrize("inputs", ["symbols", "numbers"])
@pytest.mark.parametrize("form", ["lstm", "lstm-bidirectional", "unrolled"])
def test_numbers_and_a_dense_layer_answer_as_in_keras(form, inputs):
    net = network(**FORMS[form] | {"inputs": inputs, "hidden_units": 6, "length": 8})
    ids = some_ids(8)
    expected = in_keras(net, ids[None])[0]
    ours = logits_over(net, ids)
    assert np.abs((ours if form == "lstm" else ours[-1]) - expected).max() < 1e-5


@pytest.mark.parametrize("form", ["lstm", "gru-bidirectional-numbers"])
def test_a_network_of_numbers_reads_any_value_and_not_only_ids(form):
    net = network(**FORMS[form] | {"inputs": "numbers", "length": 8})
    values = np.random.default_rng(2).normal(size=8).astype(np.float32)
    one = runner([net], [1])
    state = one.initial_state()
    for value in values:
        one.advance(np.array([value]), state)
    expected = in_keras(net, values[None])[0]
    assert np.abs(one.logits(state)[0] - (expected[-1] if form == "lstm" else expected)).max() < 1e-5
