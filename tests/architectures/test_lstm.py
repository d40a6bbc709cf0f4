"""LSTM cells as Keras builds them, peepholes and coupled gates included."""

from __future__ import annotations

import pytest
from choices import VOCAB_SIZE, config

from rnnkit import architectures


@pytest.mark.parametrize("name", ["lstm", "peephole_lstm", "coupled_lstm"])
def test_an_lstm_starts_with_open_forget_gates_and_all_other_biases_at_zero(name):
    bias = architectures.read_weights(architectures.build(config(name), VOCAB_SIZE))[f"{name}/bias"]
    assert sorted(bias.reshape(-1, 6).sum(axis=1)) == [0.0] * (len(bias) // 6 - 1) + [6.0]
