"""The unrolled network: windows of fixed length, shared layers."""

from __future__ import annotations

import pytest
from choices import config

from rnnkit import architectures
from rnnkit.architectures import parameter_table
from rnnkit.config import RunConfig, parse
from rnnkit.errors import ConfigError


def test_the_unrolled_network_of_one_symbol_has_nothing_to_carry_over():
    one = parse({"batches": {"kind": "windows", "length": 1}, "model": {"architecture": "unrolled", "units": 6}})
    assert [line.name for line in parameter_table(one, 7)] == ["embedding", "dense_input", "dense_output"]
    assert architectures.build(one, 7).count_params() == sum(line.params for line in parameter_table(one, 7))


def test_the_unrolled_network_of_the_notebook_has_its_sizes():
    notebook = config("unrolled", "windows", embedding_size=30, units=256)
    assert [line.params for line in parameter_table(notebook, 86)] == [
        86 * 30,
        30 * 256 + 256,
        256 * 256 + 256,
        256 * 86 + 86,
    ]


def test_the_unrolled_network_can_be_built_for_its_longest_window_and_is_refused_for_a_longer_one():
    def of_length(length: int) -> RunConfig:
        return parse({"batches": {"kind": "windows", "length": length}, "model": {"architecture": "unrolled"}})

    assert architectures.build(of_length(200), 7).output_shape == (None, 7)
    with pytest.raises(ConfigError, match=r"batches.length: expected at most 200 .*unrolled, got 201"):
        parameter_table(of_length(201), 7)
