"""Attention of a Transformer: shares that sum to 1, with which it answers. States: tests/contracts has them."""

from __future__ import annotations

import numpy as np
import pytest
from networks import network, some_ids

from rnnkit import architectures, engine
from rnnkit.architectures import transformer
from rnnkit.errors import ConfigError


@pytest.mark.parametrize("kind", ["streams", "windows"])
def test_each_head_looks_at_the_steps_it_can_see_and_the_answer_is_made_of_them(kind: str):
    net = network("transformer", kind=kind, length=8, layers=1, heads=2)
    for n in (1, 5, 8, 13):
        found = engine.attention(net, some_ids(n))
        assert found.shape == (1, 2, min(n, 8))
        np.testing.assert_allclose(found.sum(axis=-1), 1, atol=1e-6)
    ids = some_ids(6)
    [weights], [block] = engine.attention(net, ids), net.prepared.blocks
    x = np.empty((6, net.config.model.units), np.float32)
    net.prepared.first(ids, out=x)
    values = np.split(transformer._norm(x, block["attention_scale"]) @ block["attention_kernel"], 3, axis=1)[2]
    looked_at = np.einsum("hn,nhs->hs", weights, values.reshape(6, 2, -1)).reshape(1, -1)
    shown = x[-1:].copy()
    transformer._add(block, looked_at, shown)
    expected = net.prepared.answer(
        transformer._norm(shown, net.prepared.scale), out=np.empty((1, net.outputs), np.float32)
    )
    np.testing.assert_allclose(engine.Reader(net).read_all([ids]).logits, expected, atol=1e-5)


def test_who_has_no_attention_says_so():
    with pytest.raises(ConfigError, match="looks back by attention"):
        engine.attention(network("gru"), some_ids(3))
    assert architectures.ARCHITECTURES["gru"].attention is None
