"""Networks that need the whole window: the answers of Keras on full and on shorter ones."""

from __future__ import annotations

import numpy as np
import pytest
from networks import (
    FORMS,
    STACKED,
    equal_for_every_window,
    in_keras,
    logits_over,
    network,
    some_ids,
)


@pytest.mark.parametrize(("layers", "embedding_size"), [(1, 0), (2, 5), (3, 5)])
@pytest.mark.parametrize("name", STACKED)
def test_bidirectional_logits_are_those_of_keras_for_every_window(name, layers, embedding_size):
    net = network(name, kind="windows", layers=layers, embedding_size=embedding_size, bidirectional=True)
    equal_for_every_window(net)


@pytest.mark.parametrize(
    "form", [FORMS["lstm-bidirectional"], FORMS["convolution"], {**FORMS["unrolled"], "length": 5}]
)
def test_until_a_window_is_full_the_logits_are_those_of_keras_on_the_shorter_window(form):
    net = network(**form)
    ids = some_ids(net.config.batches.length)
    ours = logits_over(net, ids)
    for seen in range(2, len(ids)):
        expected = in_keras(net, ids[None, :seen])[0]
        assert np.abs(ours[seen - 1] - expected).max() < 1e-5
