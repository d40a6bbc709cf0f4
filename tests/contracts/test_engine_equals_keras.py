"""The NumPy engine computes what Keras computes, for every architecture."""

from __future__ import annotations

import numpy as np
import pytest
from networks import FORMS, STACKED, VOCAB_SIZE, config, in_keras, network, random_arrays, some_ids

from rnnkit import engine
from rnnkit.engine import Network
from rnnkit.engine.network import runner


@pytest.mark.parametrize(("layers", "embedding_size"), [(1, 0), (2, 5), (3, 5)])
@pytest.mark.parametrize("name", STACKED)
def test_logits_are_those_of_keras_over_200_steps(name, layers, embedding_size):
    net = network(name, layers=layers, embedding_size=embedding_size)
    ids = some_ids()
    expected = in_keras(net, ids[None])[0]
    assert np.abs(engine.logits_over(net, ids) - expected).max() < 1e-5


@pytest.mark.parametrize(("layers", "embedding_size"), [(1, 0), (2, 5)])
@pytest.mark.parametrize("name", [*STACKED, "fully_recurrent"])
def test_a_network_trained_on_windows_reads_its_window_anew_for_every_symbol(name, layers, embedding_size):
    net = network(name, kind="windows", layers=layers, embedding_size=embedding_size)
    _equal_for_every_window(net)
    ids, length = some_ids(), net.config.batches.length
    ours = engine.logits_over(net, ids)
    for seen in range(1, length):
        assert np.abs(ours[seen - 1] - in_keras(net, ids[None, :seen])[0]).max() < 1e-5


@pytest.mark.parametrize(("layers", "embedding_size"), [(1, 0), (2, 5), (3, 5)])
@pytest.mark.parametrize("name", STACKED)
def test_bidirectional_logits_are_those_of_keras_for_every_window(name, layers, embedding_size):
    net = network(name, kind="windows", layers=layers, embedding_size=embedding_size, bidirectional=True)
    _equal_for_every_window(net)


@pytest.mark.parametrize("inputs", [{"embedding_size": 0}, {"embedding_size": 5}, {"inputs": "numbers"}])
def test_fully_recurrent_logits_are_those_of_keras_over_50_steps(inputs):
    net = network("fully_recurrent", **inputs)
    ids = some_ids(50)
    expected = in_keras(net, ids[None])[0]
    ours = engine.logits_over(net, ids)
    assert np.abs(ours - expected).max() < 1e-5
    _equal_for_every_window(network("fully_recurrent", kind="windows", **inputs))


@pytest.mark.parametrize(
    "choice",
    [
        {"embedding_size": 0, "kernel_width": 1},
        {"layers": 3, "kernel_width": 4, "hidden_units": 7},
        {"layers": 2, "kernel_width": 12, "length": 5},
        {"inputs": "numbers"},
    ],
)
def test_convolutions_answer_as_in_keras_for_every_window(choice):
    _equal_for_every_window(network("convolution", kind="windows", **choice))


@pytest.mark.parametrize("length", [1, 2, 3, 8])
@pytest.mark.parametrize("embedding_size", [0, 5])
def test_unrolled_logits_are_those_of_keras_for_every_window(length, embedding_size):
    _equal_for_every_window(network("unrolled", kind="windows", length=length, embedding_size=embedding_size))


def _equal_for_every_window(net: Network) -> None:
    ids, length = some_ids(), net.config.batches.length
    windows = np.lib.stride_tricks.sliding_window_view(ids, length)
    expected = in_keras(net, windows)
    assert np.abs(engine.logits_over(net, ids)[length - 1 :] - expected).max() < 1e-5


@pytest.mark.parametrize(
    "form", [FORMS["lstm-bidirectional"], FORMS["convolution"], {**FORMS["unrolled"], "length": 5}]
)
def test_until_a_window_is_full_the_logits_are_those_of_keras_on_the_shorter_window(form):
    net = network(**form)
    ids = some_ids(net.config.batches.length)
    ours = engine.logits_over(net, ids)
    for seen in range(2, len(ids)):
        expected = in_keras(net, ids[None, :seen])[0]
        assert np.abs(ours[seen - 1] - expected).max() < 1e-5


@pytest.mark.parametrize("name", ["gru", "lstm"])
def test_a_network_of_a_real_size_agrees_with_keras(name):
    net = network(name, vocab_size=90, units=256, embedding_size=64)
    ids = some_ids(vocab_size=90)
    expected = in_keras(net, ids[None])[0]
    assert np.abs(engine.logits_over(net, ids) - expected).max() < 1e-5


def test_a_vocabulary_too_large_for_a_table_of_products_gives_the_same_logits():
    net = network("lstm", vocab_size=20_000, units=16, embedding_size=5)
    assert net.prepared.first[0].table is None
    ids = some_ids(50, vocab_size=20_000)
    assert np.abs(engine.logits_over(net, ids) - in_keras(net, ids[None])[0]).max() < 1e-5


@pytest.mark.parametrize("inputs", ["symbols", "numbers"])
@pytest.mark.parametrize("form", ["lstm", "lstm-bidirectional", "unrolled"])
def test_numbers_and_a_dense_layer_answer_as_in_keras(form, inputs):
    net = network(**FORMS[form] | {"inputs": inputs, "hidden_units": 6, "length": 8})
    ids = some_ids(8)
    expected = in_keras(net, ids[None])[0]
    ours = engine.logits_over(net, ids)
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


def test_a_classifier_answers_as_in_keras():
    settings = config("lstm", kind="windows", classes=4).model_copy(update={"task": "classification"})
    net = engine.network(settings, VOCAB_SIZE, random_arrays(settings))
    ids = some_ids(8)
    logits = engine.logits_over(net, ids)
    assert logits.shape == (8, 4)
    assert np.abs(logits[-1] - in_keras(net, ids[None])[0]).max() < 1e-5
