"""A whole network by hand: gradients equal to those of Keras, fresh weights by its rules."""

from __future__ import annotations

import numpy as np
import pytest
from little_nets import TEXT, VOCAB_SIZE, config, each_cell

from rnnkit import architectures
from rnnkit.config import RunConfig, parse
from rnnkit.errors import ConfigError
from rnnkit.scratch import net


def by_keras(settings: RunConfig, inputs: np.ndarray, targets: np.ndarray) -> tuple[dict, float, dict]:
    """Weights, loss and gradients of the Keras network, by the names of its arrays. Ids are (B, T)."""
    import keras
    import tensorflow as tf

    model = architectures.build(settings, VOCAB_SIZE, seed=3)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(targets, model(inputs), from_logits=True))
    found = [tf.convert_to_tensor(g).numpy() for g in tape.gradient(loss, model.trainable_variables)]
    arrays = architectures.read_weights(model)
    return arrays, float(loss), dict(zip(arrays, found, strict=True))


@each_cell
@pytest.mark.parametrize(
    "model", [{}, {"embedding_size": 0}, {"layers": 2}], ids=["embedding", "one-hot", "two layers"]
)
def test_gradients_by_hand_are_those_of_keras_on_the_same_weights(cell, model):
    inputs, targets = TEXT[:27].reshape(3, 9), TEXT[27:54].reshape(3, 9)
    arrays, loss, expected = by_keras(config(cell, **model), inputs, targets)
    of = net.net(config(cell, **model), VOCAB_SIZE, arrays, np.float32)
    found = net.backward(of, inputs.T, targets.T)
    assert found.loss == pytest.approx(loss, abs=1e-5)
    assert set(found.gradients) == set(expected)
    for name, gradient in found.gradients.items():
        np.testing.assert_allclose(gradient, expected[name], rtol=0, atol=1e-5, err_msg=name)


def test_so_are_those_of_a_network_that_answers_once():
    inputs, targets = TEXT[:27].reshape(3, 9), TEXT[30:33]
    arrays, loss, expected = by_keras(config("lstm", "windows"), inputs, targets)
    found = net.backward(net.net(config("lstm", "windows"), VOCAB_SIZE, arrays), inputs.T, targets)
    assert found.loss == pytest.approx(loss, abs=1e-5)
    for name, gradient in found.gradients.items():
        np.testing.assert_allclose(gradient, expected[name], rtol=0, atol=1e-5, err_msg=name)


@each_cell
def test_fresh_weights_follow_the_rules_of_keras(cell):
    settings = config(cell, units=64, embedding_size=32)
    ours, theirs = net.fresh(settings, 50), architectures.read_weights(architectures.build(settings, 50))
    assert {name: a.shape for name, a in ours.items()} == {name: a.shape for name, a in theirs.items()}
    for name, array in theirs.items():
        assert ours[name].std() == pytest.approx(array.std(), rel=0.1), name
        assert np.abs(ours[name]).max() == pytest.approx(np.abs(array).max(), rel=0.25), name
    recurrent = ours[f"{cell}/recurrent_kernel"]
    np.testing.assert_allclose(recurrent @ recurrent.T, np.eye(64), atol=1e-10)


def test_a_radius_changes_nothing_but_the_size_of_the_recurrent_kernel():
    arrays = net.fresh(config(), VOCAB_SIZE)
    scaled = net.with_radius(arrays, 1.5)
    assert np.abs(np.linalg.eigvals(scaled["simple_rnn/recurrent_kernel"])).max() == pytest.approx(1.5)
    assert all(scaled[name] is array for name, array in arrays.items() if "recurrent" not in name)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"batches": {"kind": "windows"}, "model": {"architecture": "unrolled"}}, "architecture"),
        ({"batches": {"kind": "windows"}, "model": {"bidirectional": True}}, "bidirectional"),
        ({"batches": {"kind": "windows"}, "task": "classification"}, "task"),
    ],
)
def test_networks_without_such_a_way_back_are_refused_in_a_sentence(settings, named):
    with pytest.raises(ConfigError, match=f"{named}: expected .* got"):
        net.net(parse(settings), VOCAB_SIZE, {})
