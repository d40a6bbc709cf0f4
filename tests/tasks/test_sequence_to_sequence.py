"""From one sequence to another: pairs, their batches, three networks in Keras and NumPy, and what one makes of them."""

from __future__ import annotations

import numpy as np
import pytest
from trained import ME, ask_at_report, same_weights

from rnnkit import architectures, engine, tasks
from rnnkit.architectures import ARCHITECTURES
from rnnkit.architectures.parts.sequences import END, PAD, START
from rnnkit.config import RunConfig, parse, with_settings
from rnnkit.errors import ConfigError, CorpusError, DamagedCheckpoint, PromptError, TooShort
from rnnkit.presets import PRESETS
from rnnkit.store import Status, Store
from rnnkit.tasks import sequence_to_sequence
from rnnkit.tasks.sequence_to_sequence import SPECIAL, PairCodec
from rnnkit.training import loop, queueing

SHAPES = ("attention", "encoder-decoder", "one-to-many")
SMALL = {"model.units": 8, "model.embedding_size": 4, "pairs.examples": 60, "pairs.held_out": 12}
SMALL |= {"batches.batch_size": 16, "training.epochs": 2, "sampling.temperatures": [0.0, 1.0]}
CODER = PairCodec((*SPECIAL, " ", *"0123456789", *"abcdefgh"), None)
NETWORKS = {
    "attention": {"architecture": "attention"},
    "attention, one-hot, dropout": {"architecture": "attention", "embedding_size": 0, "dropout": 0.3},
    "encoder and decoder": {"architecture": "encoder_decoder"},
    "decoder": {"architecture": "decoder"},
}
each_network = pytest.mark.parametrize("model", NETWORKS.values(), ids=NETWORKS.keys())
each_preset = pytest.mark.parametrize("name", SHAPES)


def small(name: str, **changes) -> RunConfig:
    settings = {key.replace("__", "."): value for key, value in changes.items()}
    return with_settings(PRESETS[name].config, SMALL | settings)


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


# ---- the networks


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
        assert np.abs(engine.logits_over(net, ids)[length:] - expected[row]).max() < 1e-5


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


def test_an_architecture_is_refused_for_a_task_that_it_cannot_learn():
    with pytest.raises(ConfigError, match=r"expected one of encoder_decoder, attention, decoder .*got lstm"):
        architectures.chosen(config(architecture="lstm"))
    with pytest.raises(ConfigError, match=r"model.architecture: expected one of simple_rnn.*got attention"):
        architectures.chosen(parse({"model": {"architecture": "attention"}}))
    assert set(architectures.for_task("sequence-to-sequence")) == {"encoder_decoder", "attention", "decoder"}
    assert not set(architectures.for_task("language-model")) & {"encoder_decoder", "attention", "decoder"}


@pytest.mark.parametrize("name", ["encoder_decoder", "attention", "decoder"])
def test_every_network_explains_itself(name):
    architecture = ARCHITECTURES[name]
    assert architecture.summary.endswith(".")
    assert len(architecture.equations) >= 3
    assert all(words.endswith(".") and latex.count("{") == latex.count("}") for latex, words in architecture.equations)


# ---- training


@each_preset
def test_a_preset_trains_and_measures_what_it_should(store: Store, name: str):
    run = store.create_run(small(name))
    assert loop.train(store, run, ME) == Status.FINISHED, store.run(run).message
    first, last = store.epochs(run)
    assert last["loss"] < first["loss"]
    assert {"val_loss", "val_accuracy"} <= set(last)
    assert "perplexity" not in last
    assert ("val_exact" in last) == (name != "one-to-many")
    assert store.checkpoint_epochs(run) == [1, 2]
    assert all("→" in sample.text for sample in store.samples(run))
    assert store.check() == []


@each_preset
def test_a_run_paused_inside_an_epoch_and_resumed_equals_the_uninterrupted_one(store, monkeypatch, name):
    settings = small(name)
    whole, run = store.create_run(settings), store.create_run(settings)
    assert loop.train(store, whole, ME) == Status.FINISHED
    ask_at_report(monkeypatch, store, run, "pause", report=2)
    assert loop.train(store, run, ME) == Status.PAUSED
    assert store.run(run).step == 3
    store.resume_run(run)
    assert loop.train(store, run, ME) == Status.FINISHED, store.run(run).message
    assert same_weights(store, run, whole, 2)
    assert [sample.text for sample in store.samples(run)] == [sample.text for sample in store.samples(whole)]


@each_preset
def test_batches_follow_from_seed_and_epoch_alone(name):
    material = tasks.of(small(name)).read(small(name))
    whole = list(material.training(1, 0))
    assert len(whole) == material.plan.steps
    for one, same in zip(whole[2:], material.training(1, 2), strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one.inputs, same.inputs, strict=True))
    sums = [sorted(batch.inputs[1].sum() for batch in material.training(epoch, 0)) for epoch in (1, 2)]
    assert sums[0] != sums[1]


def test_a_batch_reads_start_and_what_was_written_before_and_answers_with_what_comes_next():
    material = tasks.of(small("attention")).read(small("attention"))
    coder, pairs = sequence_to_sequence.decode(material.tokenizer_state), {}
    for batch in material.training(1, 0):
        sources, written = batch.inputs
        assert (written[:, 0] == START).all()
        assert (
            np.array_equal(written[:, 1:], np.where(batch.targets[:, :-1] == END, PAD, batch.targets[:, :-1]))
            or (written[:, 1:] == batch.targets[:, :-1]).all()
        )
        assert np.array_equal(batch.weights, (batch.targets != PAD).astype(np.float32))
        assert (sources[:, -1] != PAD).any()  # no wider than its longest source
        for source, target in zip(sources, batch.targets, strict=True):
            pairs["".join(coder.symbols[i] for i in source if i != PAD)] = coder.decode(target)
    learned = sequence_to_sequence.pairs(small("attention")).seen
    assert pairs == {pair.source: pair.target for pair in learned}


def test_no_unseen_date_is_learned_from_in_any_spelling():
    found = sequence_to_sequence.pairs(small("attention", pairs__examples=5000, pairs__held_out=500))
    assert not {pair.target for pair in found.seen} & {pair.target for pair in found.unseen}
    assert len(found.unseen) == 500


def test_no_unseen_line_is_learned_from_and_each_text_gives_as_many():
    found = sequence_to_sequence.pairs(small("one-to-many", pairs__examples=400, pairs__held_out=100))
    assert not {pair.target for pair in found.seen} & {pair.target for pair in found.unseen}
    names = [pair.source[0] for pair in found.seen + found.unseen]
    assert (names.count("cookbook"), names.count("python")) == (250, 250)
    assert max(len(pair.target) for pair in found.seen) <= 60


def test_of_one_text_the_first_letter_is_what_is_read():
    found = sequence_to_sequence.pairs(small("one-to-many", corpus="cookbook"))
    assert all(pair.source == (pair.target[0],) for pair in found.seen)
    assert set(found.choices) == {pair.target[0] for pair in found.seen}


# ---- orders


@each_preset
def test_a_preset_can_be_ordered(store: Store, name: str):
    measured = queueing.check(PRESETS[name].config, store)
    assert measured.plan.steps > 100
    assert (measured.codec.choices == ("cookbook", "python")) == (name == "one-to-many")


@pytest.mark.parametrize(
    ("name", "changes", "error", "sentence"),
    [
        ("attention", {"batches__length": 20}, ConfigError, "batches.length: expected at least 56"),
        ("attention", {"pairs__longest_output": 9}, ConfigError, "pairs.longest_output: expected at least 10"),
        ("attention", {"model__architecture": "gru"}, ConfigError, "expected one of encoder_decoder, attention"),
        ("one-to-many", {"corpus": "dates"}, ConfigError, "begins with a single symbol"),
        ("one-to-many", {"corpus": "dates+python"}, CorpusError, r"corpus: expected dates, or 1 to 10 texts"),
        ("one-to-many", {"corpus": "+"}, CorpusError, r"corpus: expected dates, or 1 to 10 texts"),
        ("one-to-many", {"corpus": "nothing"}, CorpusError, "corpus: expected one of"),
        ("one-to-many", {"corpus": "cookbook-300"}, TooShort, "pairs.held_out: expected fewer than"),
    ],
)
def test_what_cannot_be_trained_is_refused_with_a_sentence(store: Store, name, changes, error, sentence):
    changed = {"batches__length": 56 if changes.get("corpus") == "dates" else PRESETS[name].config.batches.length}
    with pytest.raises(error, match=sentence):
        queueing.queue(store, small(name, **changed | changes))
    assert store.runs() == []


def test_a_fork_keeps_the_unseen_dates_unseen(store: Store):
    run = store.create_run(small("attention", training__epochs=1))
    assert loop.train(store, run, ME) == Status.FINISHED
    with pytest.raises(ConfigError, match=r"pairs.seed: expected 0 as in the run it is forked from"):
        queueing.fork(store, run, 1, {"pairs.seed": 1, "training.epochs": 2})
    child = queueing.fork(store, run, 1, {"training.epochs": 2, "training.seed": 5})
    assert loop.train(store, child, ME) == Status.FINISHED


# ---- the coder


def test_a_coder_says_what_it_cannot_translate():
    for text, sentence in {
        "": "expected something to translate, got nothing",
        "Δευτέρα": "expected symbols that the network has read before, got 'Δ'",
        "1 😀 2": "got '😀'",
        "1" * 10_000: "expected at most 56 symbols, which is what the network reads, got 10,000",
    }.items():
        with pytest.raises(PromptError, match=sentence):
            CODER.source(text, 56)
    with pytest.raises(PromptError, match="choice: expected one of 'a', 'cookbook', got 'b'"):
        PairCodec((*SPECIAL, "a", "b", "cookbook"), ("a", "cookbook")).source("b", 1)


def test_a_coder_is_what_its_json_says_and_a_damaged_one_is_refused():
    assert sequence_to_sequence.decode(CODER.to_json()) == CODER
    good = CODER.to_json()
    for bad in ({}, {"symbols": good["symbols"]}, {**good, "symbols": ["a", "b"]}, {**good, "choices": ["zz"]}):
        with pytest.raises(DamagedCheckpoint, match="vocabulary"):
            sequence_to_sequence.decode(bad)
    with pytest.raises(DamagedCheckpoint, match="vocabulary"):
        sequence_to_sequence.decode({**good, "symbols": [*good["symbols"], "a"]})


def test_what_is_written_ends_at_its_end():
    assert CODER.decode([CODER.index["1"], START, PAD, CODER.index["2"], END, CODER.index["3"]]) == "12"
    assert CODER.decode([END]) == ""
