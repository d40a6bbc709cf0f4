"""The true text after a true past and after one of the network's own."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from networks import network, some_ids

from rnnkit import engine
from rnnkit.errors import TooShort
from rnnkit.studies import forcing


def test_the_forced_loss_is_that_of_reading_the_text():
    net, ids = network("gru"), some_ids(30)
    found = forcing.losses(net, ids, beginning=9, length=20, places=1)
    reader, nats = engine.Reader(net), []
    for token, following in pairwise(ids):
        logits = reader.read(np.array([token])).logits[0].astype(float)
        nats.append(np.log(np.exp(logits).sum()) - logits[following])
    np.testing.assert_allclose(found.forced, nats[8:28], atol=1e-5)


def test_both_begin_alike_and_part_with_the_first_own_token():
    found = forcing.losses(network("lstm"), some_ids(200), beginning=20, length=30, places=8)
    assert found.forced[0] == pytest.approx(found.free[0])
    assert np.abs(found.forced[1:] - found.free[1:]).max() > 1e-4
    again = forcing.losses(network("lstm"), some_ids(200), beginning=20, length=30, places=8)
    np.testing.assert_array_equal(found.free, again.free)


def test_a_network_that_knows_the_text_loses_its_place_when_it_writes_freely():
    """A network that always repeats: the truth is likely while it is told, and as unlikely as any once it is not."""
    net = network("simple_rnn", embedding_size=0, units=11)
    for array in net.arrays.values():
        array[:] = 0
    net.arrays["simple_rnn/kernel"][:] = 3 * np.eye(11)
    net.arrays["dense/kernel"][:] = 4 * np.roll(np.eye(11), 1, axis=1)  # the next token is the one after
    found = forcing.losses(net, np.arange(400) % 11, beginning=10, length=60, places=16)
    assert found.forced.max() < 0.5
    assert found.free[-20:].mean() > 2 * found.forced.mean()


def test_a_text_without_room_is_said():
    with pytest.raises(TooShort, match="expected more than 29 tokens"):
        forcing.losses(network("gru"), some_ids(29), beginning=9, length=20)
