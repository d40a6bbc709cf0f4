"""Networks from one sequence to another: the table, Keras and NumPy agree, and padding changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
from networks import logits_over

from rnnkit import architectures, engine
from rnnkit.architectures import ARCHITECTURES
from rnnkit.architectures.parts.sequences import PAD, START
from rnnkit.config import RunConfig, parse
from rnnkit.errors import ConfigError
from rnnkit.tasks import sequence_to_sequence
from rnnkit.tasks.sequence_to_sequence import SPECIAL, PairCodec

CODER = PairCodec((*SPECIAL, " ", *"0123456789", *"abcdefgh"), None)


NETWORKS = {
    "attention": {"architecture": "attention"},
    "attention, one-hot, dropout": {"architecture": "attention", "embedding_size": 0, "dropout": 0.3},
    "encoder and decoder": {"architecture": "encoder_decoder"},
    "decoder": {"architecture": "decoder"},
}


each_network = pytest.mark.parametrize("model", NETWORKS.values(), ids=NETWORKS.keys())


def config(longest_output: int = 6, length: int = 9, **model) -> RunConfig:
    length = 1 if model["architecture"] == "decoder" else length
    return parse(
        {
            "task": "sequence-to-sequence",
            "corpus": "dates",
            "batches": {"length": length},
            "pairs": {"longest_output": longest_output},
            "model": {"units": 7, "embedding_size": 5, **model},
        }
    )


def network(settings: RunConfig, seed: int = 0) -> engine.Network:
    random = np.random.default_rng(seed)
    shapes = architectures.weight_shapes(settings, CODER.vocab_size)
    arrays = {name: random.normal(0, 0.7, shape).astype(np.float32) for name, shape in shapes.items()}
    return engine.network(settings, CODER.vocab_size, arrays)


def in_keras(net: engine.Network, sources: np.ndarray, written: np.ndarray) -> np.ndarray:
    model = architectures.build(net.config, net.vocab_size)
    architectures.load_weights(model, net.arrays)
    return np.asarray(model([sources.astype(np.int32), written.astype(np.int32)]))


@each_network
def test_the_table_says_what_keras_builds(model):
    settings = config(**model)
    built = architectures.build(settings, CODER.vocab_size)
    table = architectures.parameter_table(settings, CODER.vocab_size)
    layers = {layer.name: layer for layer in built.layers if type(layer).__name__ != "InputLayer"}
    assert {line.name: (line.kind, line.output_shape, line.params) for line in table} == {
        name: (type(layer).__name__, layer.output.shape, layer.count_params()) for name, layer in layers.items()
    }
    shapes = architectures.weight_shapes(settings, CODER.vocab_size)
    assert list(architectures.read_weights(built)) == list(shapes)


@each_network
def test_numpy_answers_as_keras_for_sources_of_any_length(model):
    net = network(config(**model))
    longest = net.config.batches.length
    random = np.random.default_rng(1)
    lengths = sorted({1, longest // 2 or 1, longest})
    sources = np.full((len(lengths), longest), PAD)
    written = random.integers(3, net.vocab_size, (len(lengths), 7))
    written[:, 0] = START
    for row, length in enumerate(lengths):
        sources[row, :length] = random.integers(3, net.vocab_size, length)
    expected = in_keras(net, sources, written)
    for row, length in enumerate(lengths):
        ids = np.concatenate([sources[row, :length], written[row]])
        assert np.abs(logits_over(net, ids)[length:] - expected[row]).max() < 1e-5


@pytest.mark.parametrize("name", ["attention", "encoder_decoder"])
def test_padding_changes_nothing(name):
    net = network(config(architecture=name, length=20))
    source, written = np.array([[5, 6, 7]]), np.array([[START, 8, 9, 8, 9, 8, 9]])
    padded = np.pad(source, ((0, 0), (0, 17)), constant_values=PAD)
    assert np.abs(in_keras(net, source, written) - in_keras(net, padded, written)).max() < 1e-6


@each_network
def test_a_text_is_the_same_whatever_is_translated_beside_it(model):
    net = network(config(**model))
    sources = ["a", "b", "c"] if model["architecture"] == "decoder" else ["a", "12 abc", "h 3 4 5 6"]
    together = sequence_to_sequence.write(net, CODER, sources)
    assert together == [sequence_to_sequence.write(net, CODER, [source])[0] for source in sources]


def test_two_builds_with_one_seed_are_the_same_network_and_another_seed_is_another():
    settings = config(architecture="attention")
    one, same, other = (
        architectures.read_weights(architectures.build(settings, CODER.vocab_size, seed=s)) for s in (3, 3, 4)
    )
    assert all(np.array_equal(one[name], same[name]) for name in one)
    assert not any(np.array_equal(one[name], other[name]) for name in one if not name.endswith("bias"))


@pytest.mark.parametrize("name", ["encoder_decoder", "attention", "decoder"])
def test_every_network_explains_itself(name):
    architecture = ARCHITECTURES[name]
    assert architecture.summary.endswith(".")
    assert len(architecture.equations) >= 3
    assert all(words.endswith(".") and latex.count("{") == latex.count("}") for latex, words in architecture.equations)


def test_an_architecture_is_refused_for_a_task_that_it_cannot_learn():
    with pytest.raises(ConfigError, match=r"expected one of encoder_decoder, attention, decoder .*got lstm"):
        architectures.chosen(config(architecture="lstm"))
    with pytest.raises(ConfigError, match=r"model.architecture: expected one of simple_rnn.*got attention"):
        architectures.chosen(parse({"model": {"architecture": "attention"}}))
    assert set(architectures.for_task("sequence-to-sequence")) == {"encoder_decoder", "attention", "decoder"}
    assert not set(architectures.for_task("language-model")) & {"encoder_decoder", "attention", "decoder"}
