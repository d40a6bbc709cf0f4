"""The NumPy engine computes what Keras computes, for every architecture."""

from __future__ import annotations

import numpy as np
import pytest
from networks import (
    STACKED,
    VOCAB_SIZE,
    config,
    equal_for_every_window,
    in_keras,
    logits_over,
    network,
    random_arrays,
    some_ids,
)

from rnnkit import architectures, engine


@pytest.mark.parametrize(("layers", "embedding_size"), [(1, 0), (2, 5), (3, 5)])
@pytest.mark.parametrize("name", STACKED)
def test_logits_are_those_of_keras_over_200_steps(name, layers, embedding_size):
    net = network(name, layers=layers, embedding_size=embedding_size)
    ids = some_ids()
    expected = in_keras(net, ids[None])[0]
    assert np.abs(logits_over(net, ids) - expected).max() < 1e-5


@pytest.mark.parametrize("inputs", [{"embedding_size": 0}, {"embedding_size": 5}, {"inputs": "numbers"}])
def test_fully_recurrent_logits_are_those_of_keras_over_50_steps(inputs):
    net = network("fully_recurrent", **inputs)
    ids = some_ids(50)
    expected = in_keras(net, ids[None])[0]
    ours = logits_over(net, ids)
    assert np.abs(ours - expected).max() < 1e-5
    equal_for_every_window(network("fully_recurrent", kind="windows", **inputs))


def test_a_transformer_reads_batch_after_batch_as_the_engine_reads_symbol_after_symbol():
    net = network("transformer", layers=2, heads=2, length=8)
    ids, model = some_ids(), architectures.build(net.config, net.vocab_size)
    architectures.load_weights(model, net.arrays)
    expected = np.concatenate([model.predict_on_batch(part[None])[0] for part in ids.reshape(-1, 8)])
    assert np.abs(logits_over(net, ids) - expected).max() < 1e-5
    architectures.reset_states(model)
    assert np.abs(model.predict_on_batch(ids[None, :8])[0] - expected[:8]).max() < 1e-6
    equal_for_every_window(network("transformer", kind="windows", heads=3, length=5))


@pytest.mark.parametrize("length", [1, 2, 3, 8])
@pytest.mark.parametrize("embedding_size", [0, 5])
def test_unrolled_logits_are_those_of_keras_for_every_window(length, embedding_size):
    equal_for_every_window(network("unrolled", kind="windows", length=length, embedding_size=embedding_size))


@pytest.mark.parametrize("name", ["gru", "lstm"])
def test_a_network_of_a_real_size_agrees_with_keras(name):
    net = network(name, vocab_size=90, units=256, embedding_size=64)
    ids = some_ids(vocab_size=90)
    expected = in_keras(net, ids[None])[0]
    assert np.abs(logits_over(net, ids) - expected).max() < 1e-5


def test_a_classifier_answers_as_in_keras():
    settings = config("lstm", kind="windows", classes=4).model_copy(update={"task": "classification"})
    net = engine.network(settings, VOCAB_SIZE, random_arrays(settings))
    ids = some_ids(8)
    logits = logits_over(net, ids)
    assert logits.shape == (8, 4)
    assert np.abs(logits[-1] - in_keras(net, ids[None])[0]).max() < 1e-5
