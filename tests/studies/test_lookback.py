"""How much earlier tokens moved a token's chance: equal to finite differences, and to what the engine computes."""

from __future__ import annotations

import numpy as np
import pytest
from networks import network, some_ids

from rnnkit import engine
from rnnkit.engine import Network, Sampler
from rnnkit.errors import ConfigError, PromptError
from rnnkit.scratch import CELLS
from rnnkit.scratch.softmax import softmax
from rnnkit.studies import lookback

IDS = some_ids(20)
FORMS = {
    "streams": {}, "two layers": {"layers": 2}, "one-hot": {"embedding_size": 0}, "hidden": {"hidden_units": 7},
    "windows": {"kind": "windows"}, "bidirectional": {"kind": "windows", "bidirectional": True, "layers": 2},
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("cell", CELLS)
def test_gradients_are_finite_differences(cell: str, form: str):
    net = network(cell, **{"length": 8, **FORMS[form]})
    at = 15
    found = lookback.look_back(net, IDS, at, distance=9)
    first = int(found.places[0])
    layers, table = lookback._layers(net), lookback._table(net)
    xs = [table[token][:, None] for token in IDS[first:at]]
    carried = (
        lookback._after(layers, [table[token][:, None] for token in IDS[:first]]) if "kind" not in FORMS[form] else None
    )

    def log_chance(xs: list[np.ndarray]) -> float:
        logits = lookback._logits(net, lookback._forward(net, layers, xs, carried))
        return float(np.log(softmax(logits)[IDS[at], 0]))

    for t in (0, len(xs) // 2, len(xs) - 1):
        gradient = np.empty(len(xs[t]))
        for place in range(len(gradient)):
            ends = []
            for step in (1e-5, -1e-5):
                moved = [x.copy() for x in xs]
                moved[t][place] += step
                ends.append(log_chance(moved))
            gradient[place] = (ends[0] - ends[1]) / 2e-5
        assert found.sizes[t] == pytest.approx(np.linalg.norm(gradient), rel=1e-4, abs=1e-8)
        assert found.moved[t] == pytest.approx(float(gradient @ xs[t][:, 0]), rel=1e-4, abs=1e-8)


@pytest.mark.parametrize("form", FORMS)
def test_the_chance_is_the_one_that_the_engine_gives(form: str):
    net = network("lstm", **{"length": 8, **FORMS[form]})
    logits = engine.Reader(net).read_all([IDS[:15]]).logits
    expected = engine.probabilities(Sampler(), logits)[0, IDS[15]]
    assert lookback.look_back(net, IDS, 15).probability == pytest.approx(expected, rel=1e-4)


def mirrored(net: Network) -> Network:
    """A bidirectional network whose two directions have the same weights."""
    arrays = dict(net.arrays)
    for name in [name for name in arrays if "/forward_" in name]:
        arrays[name.replace("/forward_", "/backward_")] = arrays[name].copy()
    half = len(arrays["dense/kernel"]) // 2
    arrays["dense/kernel"] = np.concatenate([arrays["dense/kernel"][:half]] * 2)
    return engine.network(net.config, net.vocab_size, arrays)


def test_a_bidirectional_network_of_equal_directions_looks_at_a_palindrome_alike_from_both_ends():
    net = mirrored(network("gru", kind="windows", length=9, bidirectional=True))
    palindrome = np.array([1, 2, 3, 4, 5, 4, 3, 2, 1, 7])
    found = lookback.look_back(net, palindrome, 9)
    np.testing.assert_allclose(found.sizes, found.sizes[::-1], rtol=1e-6)


def test_on_windows_nothing_before_the_window_counts_and_on_streams_what_is_asked_for():
    assert lookback.look_back(network("gru", kind="windows", length=8), IDS, 15).places.tolist() == list(range(7, 15))
    assert lookback.look_back(network("gru"), IDS, 15, distance=4).places.tolist() == [11, 12, 13, 14]
    far, near = (lookback.look_back(network("gru"), IDS, 15, distance=n) for n in (15, 4))
    np.testing.assert_allclose(far.sizes[-4:], near.sizes, rtol=1e-8)  # what stands before is read all the same


def test_what_cannot_be_looked_back_in_is_said():
    with pytest.raises(ConfigError, match=r"model\.architecture: expected one of"):
        lookback.look_back(network("slstm"), IDS, 5)
    with pytest.raises(PromptError, match="place: expected 1 to 19"):
        lookback.look_back(network("gru"), IDS, 0)


def test_the_same_place_is_found_in_other_tokens():
    letters, words = list("the fox ran"), ["the", " ", "fox", " ran"]
    assert [words[lookback.same_place(letters, at, words)] for at in (0, 2, 4, 6, 8)] == [
        "the", "the", "fox", "fox", " ran",
    ]  # fmt: skip
    assert lookback.same_place(words, 3, letters) == 7
    with pytest.raises(PromptError, match="both vocabularies"):
        lookback.same_place(letters, 3, list("THE fox ran"))


def test_half_of_the_gradient_is_counted_from_the_token_back():
    found = lookback.LookBack(np.arange(4), np.array([5.0, 1.0, 1.0, 2.0]), np.zeros(4), 0.5)
    assert lookback.half(found) == 4
    assert lookback.half(found._replace(sizes=np.array([0.0, 0.0, 1.0, 9.0]))) == 1
