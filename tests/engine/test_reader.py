"""Reading symbol by symbol: the same numbers as everywhere, in any company, and nothing is read twice."""

from __future__ import annotations

import numpy as np
import pytest
import tiny
from networks import logits_over

from rnnkit import engine
from rnnkit.engine import PrefixReader, Reader, reader

SIZE = 9
FORMS = {
    "gru": {},
    "lstm of two layers": {"model": {"architecture": "lstm", "layers": 2}},
    "windows": {"batches": {"kind": "windows", "length": 6}},
    "unrolled": {"model": {"architecture": "unrolled"}, "batches": {"kind": "windows", "length": 3}},
}
each_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
IDS = np.random.default_rng(5).integers(0, SIZE, 80).astype(np.int32)


def network(seed: int = 0, **form) -> engine.Network:
    config = tiny.config(**form)
    return engine.network(config, SIZE, tiny.arrays(config, SIZE, seed))


@each_form
def test_after_each_symbol_the_logits_are_those_over_the_text(form):
    net = network(**form)
    expected, reading = logits_over(net, IDS), Reader(net)
    for row, symbol in zip(expected, IDS, strict=True):
        assert np.array_equal(reading.read(np.array([symbol])).logits[0], row)


@each_form
def test_texts_of_any_lengths_are_read_in_step_as_each_is_alone(form):
    net, texts = network(**form), [IDS[:40], IDS[40:47], IDS[60:61]]
    together = Reader(net, 3).read_all(texts).logits
    for row, text in zip(together, texts, strict=True):
        assert np.array_equal(row, Reader(net).read_all([text]).logits[0])


def test_networks_of_one_form_are_read_by_one_reader():
    nets = [network(seed=1), network(seed=2)]
    both = Reader(nets, [2, 1]).read_all([IDS[:9], IDS[9:18], IDS[:9]]).logits
    assert np.array_equal(both[0], Reader(nets[0]).read_all([IDS[:9]]).logits[0])
    assert np.array_equal(both[2], Reader(nets[1]).read_all([IDS[:9]]).logits[0])
    assert not np.array_equal(both[0], both[2])


@each_form
def test_a_copy_goes_on_by_itself_and_what_was_looked_at_stays(form):
    first = Reader(network(**form)).read_all([IDS[:20]])
    seen, second = first.logits, first.copy()
    before = seen.copy()
    second.read(IDS[20:21])
    assert np.array_equal(seen, before)
    assert np.array_equal(first.logits, before)
    assert not np.array_equal(second.logits, before)
    assert np.array_equal(first.read(IDS[20:21]).logits, second.logits)


def test_weights_that_lead_to_infinite_numbers_are_read_without_a_word():
    net = network()
    net.arrays["dense/bias"][:] = np.inf
    assert not np.isfinite(Reader(net).read_all([IDS[:5]]).logits).any()


@each_form
def test_a_text_that_was_read_costs_nothing_and_one_that_is_longer_by_a_symbol_costs_a_step(form):
    net, prefixes = network(**form), PrefixReader(network(**form))
    assert [prefixes.read(IDS[:n])[1] for n in (79, 79, 80, 78, 40)] == [79, 0, 1, 14, 8]
    for length in (79, 80, 78, 40):
        found, _ = prefixes.read(IDS[:length])
        assert np.array_equal(found.logits[0], logits_over(net, IDS[:length])[-1])


def test_only_so_many_states_are_kept(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reader, "KEPT_BYTES", 0)
    prefixes = PrefixReader(network())
    for start in range(70):
        prefixes.read(IDS[start : start + 5])
    assert prefixes.read(IDS[:5])[1] == 5
    assert prefixes.read(IDS[69:74])[1] == 0
