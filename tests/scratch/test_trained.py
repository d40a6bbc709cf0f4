"""A trained network stepped through by hand has the engine's numbers and Keras's gradients, whatever is shown of it."""

from __future__ import annotations

import numpy as np
import pytest
from little_nets import each_cell
from networks import network, some_ids

from rnnkit.errors import ConfigError
from rnnkit.scratch import example, net, to_keras, trained

IDS = some_ids(9)
FORMS = {
    "one-hot": {"embedding_size": 0}, "embedding, upper layer": {"layers": 2, "embedding_size": 5, "layer": 1},
    "lower layer": {"layers": 2, "embedding_size": 0}, "windows": {"kind": "windows", "length": 12},
}  # fmt: skip


@each_cell
@pytest.mark.parametrize("form", FORMS)
def test_its_numbers_are_those_of_the_engine_and_its_gradients_those_of_the_whole_network(cell: str, form: str):
    more = dict(FORMS[form])
    layer = int(more.pop("layer", 0))
    of = network(cell, **more)
    symbols = [chr(65 + n) for n in range(of.vocab_size)]
    shown = trained.step_through(of, IDS, symbols, layer=layer, seen=[1, 3])
    found = trained.differences(of, shown, layer)
    assert found.states < 1e-5
    assert found.probabilities < 1e-5
    assert found.gradients < 1e-6
    # tests/scratch/test_net.py holds these against Keras's
    targets = IDS[-1:] if form == "windows" else IDS[1:, None]
    whole = net.backward(net.net(of.config, of.vocab_size, of.arrays), IDS[:-1, None], targets)
    answers = 1 if form == "windows" else len(IDS) - 1
    name = net.net(of.config, of.vocab_size, of.arrays).layers[layer][0]
    for part, array in to_keras(shown.cell, shown.gradients(0)).items():
        np.testing.assert_allclose(array, whole.gradients[f"{name}/{part}"] * answers, atol=1e-9)
    for t in range(len(IDS) - 1):
        for table in (example.hidden(shown, t), example.hidden_back(shown, t)):
            assert list(table["row"].unique()) == ["unit 1", "unit 3"]
    tables = example.gradient_tables(shown, 0)
    assert ("V" in tables) == (form != "lower layer")
    assert all(len(table) for table in tables.values())


def test_a_wrong_number_is_seen_in_the_differences():
    of = network("gru")
    shown = trained.step_through(of, IDS, [str(n) for n in range(of.vocab_size)])
    shown.reading.steps[3]["z"][2] += 0.01
    shown.backs[2].gradients["W_r"][0, 1] *= 3
    found = trained.differences(of, shown)
    assert found.states == pytest.approx(0.01, abs=1e-4)


def test_what_cannot_be_stepped_through_is_refused():
    symbols = [str(n) for n in range(network("gru").vocab_size)]
    for asked, named in (({"layer": 3}, "layer"), ({"seen": [-1]}, "unit")):
        with pytest.raises(ConfigError, match=f"{named}: expected one from 0"):
            trained.step_through(network("gru"), IDS, symbols, **asked)
    with pytest.raises(ConfigError, match="text: expected 2 to 9 tokens"):
        trained.step_through(network("gru", kind="windows", length=8), some_ids(12), symbols)
    with pytest.raises(ConfigError, match="architecture"):
        trained.step_through(network("min_gru"), IDS, symbols)
