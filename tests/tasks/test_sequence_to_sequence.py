"""From one sequence to another: pairs, their batches, training, and what one makes of them."""

from __future__ import annotations

import numpy as np
import paired
import pytest
from trained import ME, ask_at_report, same_weights

from rnnkit import tasks
from rnnkit.architectures.parts.sequences import END, PAD, START
from rnnkit.config import RunConfig, with_settings
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


each_preset = pytest.mark.parametrize("name", SHAPES)


def small(name: str, **changes) -> RunConfig:
    settings = {key.replace("__", "."): value for key, value in changes.items()}
    return with_settings(PRESETS[name].config, SMALL | settings)


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
    settings = small(name, training__moments=False)  # how many are kept inside an epoch depends on the time they take
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


def test_a_coder_says_what_it_cannot_translate():
    for text, sentence in {
        "": "expected something to translate, got nothing",
        "Δευτέρα": "expected tokens that the network has read before, got 'Δ'",
        "1 😀 2": "got '😀'",
        "1" * 10_000: "expected at most 56 tokens, which is what the network reads, got 10,000",
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


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ("2023-03-01", "1 March 2023 → 2023-03-01"),
        ("2023-03-02", "1 March 2023 → 2023-03-02 ✗ 2023-03-01"),
        ("2023-02-29", "1 March 2023 → 2023-02-29 (no such date) ✗ 2023-03-01"),
        ("", "1 March 2023 → nothing (no such date) ✗ 2023-03-01"),
    ],
)
def test_a_sample_marks_what_no_calendar_has(answer: str, line: str):
    assert sequence_to_sequence._line(sequence_to_sequence.Pair("1 March 2023", "2023-03-01"), answer) == line


def test_a_network_of_an_earlier_version_is_measured_on_its_spellings_and_a_fork_may_learn_all(store: Store):
    earlier = small("attention", pairs__spellings="common")
    assert with_settings(RunConfig(task="sequence-to-sequence", corpus="dates"), {}).pairs.spellings == "common"
    unseen = [set(map(str, sequence_to_sequence.unseen_dates(one.pairs))) for one in (earlier, small("attention"))]
    assert unseen[0] != unseen[1]
    parent = paired.run(store, pairs__spellings="common")
    child = store.run(queueing.fork(store, parent, 2, {"pairs.spellings": "all", "training.epochs": 4}))
    assert child.config.pairs.spellings == "all"
    assert child.tokenizer == store.run(parent).tokenizer
