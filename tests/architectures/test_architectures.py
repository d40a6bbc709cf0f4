"""One description, three readings: the table and the Keras model agree for every choice one can make."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import numpy as np
import pytest
from choices import CHOICES, REVIEWS, VOCAB_SIZE, config, each_architecture, each_choice

from rnnkit import architectures
from rnnkit.architectures import ARCHITECTURES, parameter_table
from rnnkit.config import ModelConfig
from rnnkit.errors import ConfigError, DamagedCheckpoint


def layers_of(model) -> list:
    return [layer for layer in model.layers if type(layer).__name__ != "InputLayer"]


@each_choice
def test_the_table_says_what_keras_builds(config):
    model, table = architectures.build(config, VOCAB_SIZE), parameter_table(config, VOCAB_SIZE)
    built = {layer.name: layer for layer in layers_of(model)}
    assert set(built) == {line.name for line in table}
    assert sum(line.params for line in table) == model.count_params()
    for line in table:
        layer = built[line.name]
        assert type(layer).__name__ == line.kind
        assert layer.count_params() == line.params
        if not isinstance(layer.output, list) and line.name != "dense_hidden":  # called once per symbol
            assert layer.output.shape == line.output_shape


@each_choice
def test_weights_read_from_keras_are_those_the_table_names_and_can_be_put_back(config):
    model = architectures.build(config, VOCAB_SIZE, seed=1)
    arrays = architectures.read_weights(model)
    assert {name: array.shape for name, array in arrays.items()} == architectures.weight_shapes(config, VOCAB_SIZE)
    assert list(arrays) == list(architectures.weight_shapes(config, VOCAB_SIZE))
    assert all(array.dtype == np.float32 for array in arrays.values())
    other = architectures.build(config, VOCAB_SIZE, seed=2)
    architectures.load_weights(other, arrays)
    assert all(np.array_equal(arrays[name], array) for name, array in architectures.read_weights(other).items())


@pytest.mark.slow
@pytest.mark.parametrize("config", CHOICES.values(), ids=CHOICES.keys())
def test_the_table_counts_what_keras_counts_for_every_choice_there_is(config):
    expected = architectures.build(config, VOCAB_SIZE).count_params()
    assert sum(line.params for line in parameter_table(config, VOCAB_SIZE)) == expected


def test_the_classifiers_of_the_course_have_the_parameters_it_prints_and_keras_is_not_loaded():
    script = textwrap.dedent("""
        import sys
        from rnnkit import architectures
        from rnnkit.config import parse
        for name in ("simple_rnn", "lstm"):
            config = parse({"task": "classification", "batches": {"kind": "windows"},
                            "model": {"architecture": name, "units": 128, "embedding_size": 64, "classes": 10}})
            print(sum(layer.params for layer in architectures.parameter_table(config, 1000)))
        print([name for name in ("keras", "tensorflow", "jax", "torch") if name in sys.modules])
    """)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:3] == ["89994", "164106", "[]"]


def test_the_reviews_network_of_document_004_has_its_layers_in_its_order():
    reviews = config(
        "lstm", "windows", "classification", **REVIEWS | {"units": 100, "embedding_size": 50, "hidden_units": 250}
    )
    assert [(line.name, line.kind, line.params) for line in parameter_table(reviews, 1000)] == [
        ("embedding", "Embedding", 50_000),
        ("embedding_dropout", "Dropout", 0),
        ("lstm", "LSTM", 60_400),
        ("hidden", "Dense", 25_250),
        ("dropout", "Dropout", 0),
        ("dense", "Dense", 251),
    ]


def test_the_table_reads_like_keras_summary():
    table = parameter_table(config("lstm", "windows", units=64, layers=2, embedding_size=8, dropout=0.2), 91)
    assert [(line.name, line.kind, line.output_shape, line.params) for line in table] == [
        ("embedding", "Embedding", (None, 5, 8), 91 * 8),
        ("lstm", "LSTM", (None, 5, 64), 4 * 64 * (8 + 64 + 1)),
        ("dropout", "Dropout", (None, 5, 64), 0),
        ("lstm_1", "LSTM", (None, 64), 4 * 64 * (64 + 64 + 1)),
        ("dropout_1", "Dropout", (None, 64), 0),
        ("dense", "Dense", (None, 91), 64 * 91 + 91),
    ]


@each_choice
def test_two_builds_with_one_seed_are_the_same_network_and_another_seed_is_another(config):
    one, same, other = (architectures.read_weights(architectures.build(config, VOCAB_SIZE, seed=s)) for s in (3, 3, 4))
    assert all(np.array_equal(one[name], same[name]) for name in one)
    kernels = [name for name in one if not name.endswith(("bias", "scale"))]
    assert not any(np.array_equal(one[name], other[name]) for name in kernels)


def test_without_a_seed_of_its_own_a_build_takes_that_of_the_config():
    settings = config().model_copy(update={"training": config().training.model_copy(update={"seed": 9})})
    one, other = architectures.build(settings, VOCAB_SIZE), architectures.build(config(), VOCAB_SIZE, seed=9)
    assert np.array_equal(one.layers[0].get_weights()[0], other.layers[0].get_weights()[0])


@each_architecture
def test_every_architecture_explains_itself(name):
    architecture = ARCHITECTURES[name]
    assert architecture.name == name
    assert architecture.title
    assert architecture.summary.endswith(".")
    assert set(architecture.fields) <= set(ModelConfig.model_fields)
    assert len(architecture.equations) >= 2
    for latex, words in architecture.equations:
        assert latex.count("{") == latex.count("}")
        assert words.endswith(".")


def test_only_default_lstm_and_gru_take_the_fast_path_and_the_others_say_why():
    assert architectures.fast_path(config("lstm")) is None
    assert architectures.fast_path(config("gru", dropout=0.5)) is None
    for slow in (
        config("simple_rnn"),
        config("peephole_lstm"),
        config("unrolled", "windows"),
        config("lstm", recurrent_dropout=0.1),
    ):
        assert architectures.fast_path(slow).endswith(".")


def test_an_architecture_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(ConfigError, match=r"expected one of simple_rnn, gru, lstm, .*got 'perceptron'"):
        parameter_table(config("perceptron"), VOCAB_SIZE)


@pytest.mark.parametrize("name", ["unrolled", "convolution"])
def test_a_network_without_a_memory_is_refused_on_streams(name):
    with pytest.raises(ConfigError, match=rf"{name} needs batches.kind=windows.*got batches.kind=streams"):
        parameter_table(config(name), VOCAB_SIZE)


def test_arrays_that_do_not_fit_are_refused_and_the_model_stays_as_it_was():
    model = architectures.build(config(), VOCAB_SIZE)
    before = architectures.read_weights(model)
    changed = {name: array + 1 for name, array in before.items()}
    with pytest.raises(DamagedCheckpoint, match="dense/bias"):
        architectures.load_weights(model, {k: v for k, v in changed.items() if k != "dense/bias"})
    with pytest.raises(DamagedCheckpoint, match=r"'dense/bias': expected shape \(7,\), got \(8,\)"):
        architectures.load_weights(model, changed | {"dense/bias": np.zeros(8, np.float32)})
    after = architectures.read_weights(model)
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_the_table_is_fast_enough_to_follow_a_slider():
    from timeit import repeat

    widest = config("lstm", "windows", layers=4, bidirectional=True, dropout=0.5)
    assert min(repeat(lambda: parameter_table(widest, 100), number=100, repeat=5)) / 100 < 500e-6
