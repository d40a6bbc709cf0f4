"""Units switched off, held and swapped: what the rest of a network then computes."""

from __future__ import annotations

import numpy as np
import pytest
from networks import STACKED, logits_over, network, some_ids

from rnnkit import engine
from rnnkit.engine import Changed, Sampler
from rnnkit.errors import ConfigError

IDS = some_ids(25)


def logits(net: engine.Network, *rows: list[Changed]) -> np.ndarray:
    """(N, rows, outputs)"""
    return np.array([found.copy() for found in engine.changed_logits(net, IDS, rows)])


@pytest.mark.parametrize("kind", ["streams", "windows"])
@pytest.mark.parametrize("name", [*STACKED, "fully_recurrent"])
def test_a_row_without_changes_is_the_network_as_it_is(name: str, kind: str):
    net = network(name, kind=kind, layers=1)
    untouched, off = logits(net, [], [Changed(0, 3)]).swapaxes(0, 1)
    np.testing.assert_allclose(untouched, logits_over(net, IDS), atol=1e-5)
    assert np.abs(off - untouched).max() > 1e-4


def without(net: engine.Network, unit: int) -> engine.Network:
    """The same simple RNN of two layers in which nothing reads what this unit of the first layer holds."""
    arrays = {name: array.copy() for name, array in net.arrays.items()}
    arrays["simple_rnn/recurrent_kernel"][unit] = 0
    arrays["simple_rnn_1/kernel"][unit] = 0
    return engine.network(net.config, net.vocab_size, arrays)


@pytest.mark.parametrize("kind", ["streams", "windows"])
def test_a_unit_that_is_off_is_read_by_nobody(kind: str):
    net = network("simple_rnn", kind=kind, layers=2)
    [off] = logits(net, [Changed(0, 5)]).swapaxes(0, 1)
    np.testing.assert_allclose(off, logits_over(without(net, 5), IDS), atol=1e-5)


def test_a_held_unit_is_a_bias_to_the_layer_above():
    net = network("simple_rnn", layers=2)
    net.arrays["simple_rnn/recurrent_kernel"][5] = 0  # its own layer does not read it
    biased = without(net, 5)
    biased.arrays["simple_rnn_1/bias"][:] += 0.7 * net.arrays["simple_rnn_1/kernel"][5]
    [held] = logits(net, [Changed(0, 5, 0.7)]).swapaxes(0, 1)
    np.testing.assert_allclose(held, logits_over(biased, IDS), atol=1e-5)
    assert np.abs(held - logits_over(net, IDS)).max() > 1e-3


def test_swapped_units_take_each_others_place():
    """Swapped after each of two steps: once, and back again."""
    net = network("gru")
    reader = engine.ChangedReader(net, [[Changed(0, 2, swapped_with=9)]])
    reader.read(IDS[:1])
    [layer] = engine.states(net, IDS[:1])
    expected = layer.quantities["hidden"][0].copy()
    expected[[2, 9]] = expected[[9, 2]]
    np.testing.assert_allclose(reader.state[0][0], expected, atol=1e-6)


def test_many_rows_are_what_each_is_alone():
    net = network("lstm", layers=2)
    rows = [[Changed(0, 1)], [Changed(1, 4)], [Changed(0, 1), Changed(1, 4, 0.5)], [Changed(0, 2, swapped_with=3)]]
    together = logits(net, *rows).swapaxes(0, 1)
    for row, found in zip(rows, together, strict=True):
        np.testing.assert_allclose(logits(net, row)[:, 0], found, atol=1e-5)


def test_scores_are_those_of_the_engine_where_nothing_is_changed():
    net = network("lstm")
    told: list[tuple[int, int]] = []
    scores = engine.changed_scores(net, IDS, [[], [Changed(0, 0)]], lambda *done: told.append(done))
    assert scores[0] == pytest.approx(engine.score(net, IDS), abs=1e-5)
    assert scores[1] != pytest.approx(scores[0], abs=1e-6)
    assert told


def test_the_same_seed_writes_what_it_writes_everywhere_where_nothing_is_changed():
    net = network("gru")
    request = engine.Request(net, IDS, Sampler(0.8), 7)
    untouched, off = engine.changed_texts(net, IDS, [[], [Changed(0, 0), Changed(0, 1)]], Sampler(0.8), 7, 60)
    np.testing.assert_array_equal(untouched, engine.trace(request, 60).ids)
    assert (untouched != off).any()


@pytest.mark.parametrize("change", [Changed(2, 0), Changed(-1, 0), Changed(0, 16), Changed(0, 1, swapped_with=99)])
def test_what_is_not_there_cannot_be_changed(change: Changed):
    with pytest.raises(ConfigError, match="unit: expected a layer from 0 to 1 and a unit from 0 to 15"):
        engine.ChangedReader(network("lstm", layers=2), [[change]])


@pytest.mark.parametrize("net", [network("transformer"), network("lstm", kind="windows", bidirectional=True)])
def test_a_network_that_carries_no_state_forward_cannot_be_changed(net: engine.Network):
    with pytest.raises(ConfigError, match="network: expected one"):
        engine.ChangedReader(net, [[]])
