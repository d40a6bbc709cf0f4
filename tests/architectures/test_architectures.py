"""One description, three readings: the table and the Keras model agree for every choice one can make."""

from __future__ import annotations

import itertools
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from rnnkit import architectures
from rnnkit.architectures import ARCHITECTURES, parameter_table
from rnnkit.architectures.parts import stack
from rnnkit.config import ANSWERS, ModelConfig, RunConfig, parse
from rnnkit.errors import ConfigError, DamagedCheckpoint

VOCAB_SIZE = 7


def config(architecture: str = "lstm", kind: str = "streams", task: str = "language-model", **model) -> RunConfig:
    sizes = {"units": 6, "embedding_size": 4, "classes": 3, **model}
    batches = {"kind": kind, "length": 5, "batch_size": 3}
    return parse({"task": task, "batches": batches, "model": {"architecture": architecture, **sizes}})


def every_choice() -> dict[str, RunConfig]:
    """All architectures with all that changes their layers, as far as it goes together."""
    choices = {
        "kind": ("windows", "streams"),
        "task": ("language-model", "classification"),
        "layers": (1, 3),
        "bidirectional": (False, True),
        "embedding_size": (0, 4),
        "dropout": (0.0, 0.3),
        "recurrent_dropout": (0.0, 0.2),
    }
    found = {}
    for name, *values in itertools.product(ARCHITECTURES, *choices.values()):
        chosen = dict(zip(choices, values, strict=True))
        if _goes_together(name, chosen):
            found["-".join([name, *(str(value) for value in values)])] = config(name, **chosen)
    return found


def _goes_together(name: str, chosen: dict) -> bool:
    architecture, plain = ARCHITECTURES[name], ModelConfig().model_dump()
    unused = set(chosen) & set(plain) - set(architecture.fields)
    on_streams = chosen["kind"] == "streams"
    return (
        ANSWERS[chosen["task"]] in architecture.answers
        and all(chosen[field] == plain[field] for field in unused)
        and not (on_streams and chosen["bidirectional"])
        and not (on_streams and architecture.needs_windows)
    )


# The network of document 004 in small, and numbers in place of symbols.
REVIEWS = {
    "embedding_dropout": 0.2, "input_dropout": 0.2, "recurrent_dropout": 0.2, "hidden_units": 5, "dropout": 0.2,
    "classes": 1,
}  # fmt: skip
CHOICES = every_choice() | {
    "lstm-reviews": config("lstm", "windows", "classification", **REVIEWS),
    "gru-hidden-layers": config("gru", hidden_units=5, dropout=0.2, layers=2),
    "lstm-numbers": config("lstm", inputs="numbers"),
    "unrolled-numbers": config("unrolled", "windows", inputs="numbers"),
    "fully_recurrent-numbers": config("fully_recurrent", "windows", inputs="numbers"),
    "convolution-hidden-layers": config(
        "convolution", "windows", hidden_units=5, dropout=0.2, layers=3, kernel_width=9
    ),
}
# Building a Keras model takes a tenth of a second: these are the plainest and the fullest of every kind.
BUILT = {
    name: choice
    for name, choice in CHOICES.items()
    if ("-1-" in name and name.endswith("-0-0.0-0.0"))
    or ("-3-" in name and name.endswith("-4-0.3-0.2"))
    or not name[-1].isdigit()
    or "unrolled" in name
}
each_choice = pytest.mark.parametrize("config", BUILT.values(), ids=BUILT.keys())
each_architecture = pytest.mark.parametrize("name", ARCHITECTURES)


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


def test_the_last_nodes_of_a_fully_recurrent_network_are_its_answer_and_nothing_stands_above_them():
    table = parameter_table(config("fully_recurrent", units=6, embedding_size=4), 9)
    pool = 6 + 9
    assert [(line.name, line.output_shape, line.params) for line in table] == [
        ("embedding", (3, 5, 4), 9 * 4),
        ("fully_recurrent", (3, 5, pool), pool * (4 + pool + 1)),
    ]
    assert architectures.build(config("fully_recurrent"), 9).output_shape == (3, 5, 9)


def test_a_dense_layer_takes_the_last_dropout_and_leaves_those_between_recurrent_layers():
    table = parameter_table(config("gru", hidden_units=5, dropout=0.2, layers=2), VOCAB_SIZE)
    assert [line.name for line in table] == ["embedding", "gru", "dropout", "gru_1", "hidden", "dropout_1", "dense"]


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


@each_choice
def test_two_builds_with_one_seed_are_the_same_network_and_another_seed_is_another(config):
    one, same, other = (architectures.read_weights(architectures.build(config, VOCAB_SIZE, seed=s)) for s in (3, 3, 4))
    assert all(np.array_equal(one[name], same[name]) for name in one)
    kernels = [name for name in one if not name.endswith("bias")]
    assert not any(np.array_equal(one[name], other[name]) for name in kernels)


def test_without_a_seed_of_its_own_a_build_takes_that_of_the_config():
    settings = config().model_copy(update={"training": config().training.model_copy(update={"seed": 9})})
    one, other = architectures.build(settings, VOCAB_SIZE), architectures.build(config(), VOCAB_SIZE, seed=9)
    assert np.array_equal(one.layers[0].get_weights()[0], other.layers[0].get_weights()[0])


@pytest.mark.parametrize("name", ["simple_rnn", "gru", "lstm"])
def test_a_row_looked_up_learns_as_the_product_with_a_one_hot_vector_does(name, monkeypatch):
    settings = config(name, "windows", embedding_size=0, bidirectional=name == "lstm")
    ids, targets = np.arange(20).reshape(4, 5) % VOCAB_SIZE, np.arange(4)

    def trained() -> dict[str, np.ndarray]:
        model = architectures.build(settings, VOCAB_SIZE)
        model.compile("sgd", "sparse_categorical_crossentropy")
        for _ in range(3):
            model.train_on_batch(ids, targets)
        return architectures.read_weights(model)

    looked_up = trained()
    monkeypatch.setattr(stack, "looks_up", lambda cell, config: False)
    for name, array in trained().items():
        np.testing.assert_allclose(looked_up[name], array, atol=1e-5)


def test_the_two_halves_of_a_bidirectional_layer_start_differently():
    arrays = architectures.read_weights(architectures.build(config("gru", "windows", bidirectional=True), VOCAB_SIZE))
    for name in ("kernel", "recurrent_kernel"):
        assert not np.allclose(arrays[f"bidirectional/forward_{name}"], arrays[f"bidirectional/backward_{name}"])


DROPPED = [
    {"dropout": 0.5},
    {"recurrent_dropout": 0.5},
    {"input_dropout": 0.5},
    {"embedding_dropout": 0.5},
    {"layers": 2, "dropout": 0.5},
    {"architecture": "coupled_lstm", "input_dropout": 0.5},
    {"architecture": "coupled_lstm", "recurrent_dropout": 0.5},
]


@pytest.mark.parametrize("where", DROPPED)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_what_dropout_drops_follows_from_the_seed(where, bidirectional):
    settings = config(kind="windows", bidirectional=bidirectional, **where)
    ids = np.arange(10).reshape(2, 5) % VOCAB_SIZE

    def two_passes(seed: int) -> list[np.ndarray]:
        model = architectures.build(settings, VOCAB_SIZE, seed=seed)
        return [np.asarray(model(ids, training=True)) for _ in range(2)]

    first, again = two_passes(5), two_passes(5)
    assert np.array_equal(first, again)
    assert not np.array_equal(first[0], first[1])


def test_what_changes_while_training_holds_the_carried_state_and_the_random_state_of_dropout():
    model = architectures.build(config("lstm", layers=2, dropout=0.5, recurrent_dropout=0.2), VOCAB_SIZE)
    ids = np.arange(15).reshape(3, 5) % VOCAB_SIZE
    variables = architectures.changing_variables(model)
    saved = [np.array(variable.numpy()) for variable in variables]
    first = np.asarray(model(ids, training=True))
    assert not np.array_equal(first, np.asarray(model(ids, training=True)))
    for variable, value in zip(variables, saved, strict=True):
        variable.assign(value)
    assert np.array_equal(first, np.asarray(model(ids, training=True)))


@pytest.mark.parametrize("name", ["lstm", "peephole_lstm", "coupled_lstm"])
def test_an_lstm_starts_with_open_forget_gates_and_all_other_biases_at_zero(name):
    bias = architectures.read_weights(architectures.build(config(name), VOCAB_SIZE))[f"{name}/bias"]
    assert sorted(bias.reshape(-1, 6).sum(axis=1)) == [0.0] * (len(bias) // 6 - 1) + [6.0]


def test_streams_carry_their_state_from_batch_to_batch_until_it_is_reset():
    model = architectures.build(config("gru"), VOCAB_SIZE)
    ids = np.arange(15).reshape(3, 5) % VOCAB_SIZE
    first, second = np.asarray(model(ids)), np.asarray(model(ids))
    assert not np.allclose(first, second)
    architectures.reset_states(model)
    assert np.array_equal(first, np.asarray(model(ids)))


def test_streams_can_be_built_for_another_number_of_rows():
    assert architectures.build(config(), VOCAB_SIZE).output_shape == (3, 5, VOCAB_SIZE)
    assert architectures.build(config(), VOCAB_SIZE, batch_size=8).output_shape == (8, 5, VOCAB_SIZE)
    assert architectures.build(config("lstm", "windows"), VOCAB_SIZE).output_shape == (None, VOCAB_SIZE)


def test_a_classifier_has_one_logit_per_class_whatever_the_vocabulary():
    assert architectures.build(config("lstm", task="classification", classes=4), 50).output_shape == (None, 4)


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
    with pytest.raises(ConfigError, match=r"expected one of simple_rnn, gru, lstm, .*got 'transformer'"):
        parameter_table(config("transformer"), VOCAB_SIZE)


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


def test_the_unrolled_network_can_be_built_for_its_longest_window_and_is_refused_for_a_longer_one():
    def of_length(length: int) -> RunConfig:
        return parse({"batches": {"kind": "windows", "length": length}, "model": {"architecture": "unrolled"}})

    assert architectures.build(of_length(200), 7).output_shape == (None, 7)
    with pytest.raises(ConfigError, match=r"batches.length: expected at most 200 .*unrolled, got 201"):
        parameter_table(of_length(201), 7)


def test_the_table_is_fast_enough_to_follow_a_slider():
    from timeit import repeat

    widest = config("lstm", "windows", layers=4, bidirectional=True, dropout=0.5)
    assert min(repeat(lambda: parameter_table(widest, 100), number=100, repeat=5)) / 100 < 500e-6
