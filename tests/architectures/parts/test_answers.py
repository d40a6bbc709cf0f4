"""What stands above the recurrent layers: dropout, a dense layer, one logit per class."""

from __future__ import annotations

from choices import VOCAB_SIZE, config

from rnnkit import architectures
from rnnkit.architectures import parameter_table


def test_a_dense_layer_takes_the_last_dropout_and_leaves_those_between_recurrent_layers():
    table = parameter_table(config("gru", hidden_units=5, dropout=0.2, layers=2), VOCAB_SIZE)
    assert [line.name for line in table] == ["embedding", "gru", "dropout", "gru_1", "hidden", "dropout_1", "dense"]


def test_a_classifier_has_one_logit_per_class_whatever_the_vocabulary():
    assert architectures.build(config("lstm", task="classification", classes=4), 50).output_shape == (None, 4)
