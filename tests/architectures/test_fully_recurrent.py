"""The fully recurrent pool: its last nodes are the answer."""

from __future__ import annotations

from choices import config

from rnnkit import architectures
from rnnkit.architectures import parameter_table


def test_the_last_nodes_of_a_fully_recurrent_network_are_its_answer_and_nothing_stands_above_them():
    table = parameter_table(config("fully_recurrent", units=6, embedding_size=4), 9)
    pool = 6 + 9
    assert [(line.name, line.output_shape, line.params) for line in table] == [
        ("embedding", (3, 5, 4), 9 * 4),
        ("fully_recurrent", (3, 5, pool), pool * (4 + pool + 1)),
    ]
    assert architectures.build(config("fully_recurrent"), 9).output_shape == (3, 5, 9)
