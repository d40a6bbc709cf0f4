"""Stacks of recurrent layers in Keras: look-ups, directions, dropout, carried state."""

from __future__ import annotations

import numpy as np
import pytest
from choices import VOCAB_SIZE, config

from rnnkit import architectures
from rnnkit.architectures.parts import stack


@pytest.mark.parametrize("name", ["simple_rnn", "gru", "lstm"])
def test_a_row_looked_up_learns_as_the_product_with_a_one_hot_vector_does(name, monkeypatch):
    settings = config(name, "windows", embedding_size=0, bidirectional=name == "lstm")
    ids, targets = np.arange(20).reshape(4, 5) % VOCAB_SIZE, np.arange(4)

    def trained() -> dict[str, np.ndarray]:
        model = architectures.build(settings, VOCAB_SIZE)
        model.compile("sgd", "sparse_categorical_crossentropy")
        for _ in range(3):
            model.train_on_batch(ids, targets)
        return architectures.read_weights(model)

    looked_up = trained()
    monkeypatch.setattr(stack, "looks_up", lambda cell, config: False)
    for name, array in trained().items():
        np.testing.assert_allclose(looked_up[name], array, atol=1e-5)


def test_the_two_halves_of_a_bidirectional_layer_start_differently():
    arrays = architectures.read_weights(architectures.build(config("gru", "windows", bidirectional=True), VOCAB_SIZE))
    for name in ("kernel", "recurrent_kernel"):
        assert not np.allclose(arrays[f"bidirectional/forward_{name}"], arrays[f"bidirectional/backward_{name}"])


DROPPED = [
    {"dropout": 0.5},
    {"recurrent_dropout": 0.5},
    {"input_dropout": 0.5},
    {"embedding_dropout": 0.5},
    {"layers": 2, "dropout": 0.5},
    {"architecture": "coupled_lstm", "input_dropout": 0.5},
    {"architecture": "coupled_lstm", "recurrent_dropout": 0.5},
]


@pytest.mark.parametrize("where", DROPPED)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_what_dropout_drops_follows_from_the_seed(where, bidirectional):
    settings = config(kind="windows", bidirectional=bidirectional, **where)
    ids = np.arange(10).reshape(2, 5) % VOCAB_SIZE

    def two_passes(seed: int) -> list[np.ndarray]:
        model = architectures.build(settings, VOCAB_SIZE, seed=seed)
        return [np.asarray(model(ids, training=True)) for _ in range(2)]

    first, again = two_passes(5), two_passes(5)
    assert np.array_equal(first, again)
    assert not np.array_equal(first[0], first[1])


def test_what_changes_while_training_holds_the_carried_state_and_the_random_state_of_dropout():
    model = architectures.build(config("lstm", layers=2, dropout=0.5, recurrent_dropout=0.2), VOCAB_SIZE)
    ids = np.arange(15).reshape(3, 5) % VOCAB_SIZE
    variables = architectures.changing_variables(model)
    saved = [np.array(variable.numpy()) for variable in variables]
    first = np.asarray(model(ids, training=True))
    assert not np.array_equal(first, np.asarray(model(ids, training=True)))
    for variable, value in zip(variables, saved, strict=True):
        variable.assign(value)
    assert np.array_equal(first, np.asarray(model(ids, training=True)))


def test_streams_carry_their_state_from_batch_to_batch_until_it_is_reset():
    model = architectures.build(config("gru"), VOCAB_SIZE)
    ids = np.arange(15).reshape(3, 5) % VOCAB_SIZE
    first, second = np.asarray(model(ids)), np.asarray(model(ids))
    assert not np.allclose(first, second)
    architectures.reset_states(model)
    assert np.array_equal(first, np.asarray(model(ids)))


def test_streams_can_be_built_for_another_number_of_rows():
    assert architectures.build(config(), VOCAB_SIZE).output_shape == (3, 5, VOCAB_SIZE)
    assert architectures.build(config(), VOCAB_SIZE, batch_size=8).output_shape == (8, 5, VOCAB_SIZE)
    assert architectures.build(config("lstm", "windows"), VOCAB_SIZE).output_shape == (None, VOCAB_SIZE)
