"""The language model: its measure, its metrics, its samples, and networks of three words."""

from __future__ import annotations

import math

import numpy as np
import pytest
import tiny
from networks import logits_over
from trained import ME

from rnnkit import engine, presets, tasks
from rnnkit.config import with_settings
from rnnkit.errors import PromptError
from rnnkit.store import Status, Store
from rnnkit.tasks import language_model
from rnnkit.texts import corpora, own
from rnnkit.training import loop, queueing
from rnnkit.training.learner import at_once

TEXT = "The quick brown fox jumps over the lazy dog.\n" * 12
SMALL = {"batches": {"kind": "windows", "length": 8, "batch_size": 4}}


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch) -> language_model.TextData:
    """What a trainer gets of a small text."""
    monkeypatch.setattr(corpora, "load", lambda name, store=None, progress=None: TEXT)
    config = tiny.config(sampling={"prompt": "The ", "length": 5, "temperatures": [0.5, 1.0, 1.0]}, **SMALL)
    return language_model.TextData(config)


def test_a_loss_is_said_in_nats_bits_and_perplexity(data: language_model.TextData):
    said = data.measures("val_", math.log(2), 0.5)
    assert said == pytest.approx(
        {
            "val_loss": math.log(2),
            "val_accuracy": 0.5,
            "val_bits_per_char": 1.0,
            "val_perplexity": 2.0,
            "val_tokens": len(range(8, 54)),
        }
    )


def test_each_temperature_is_written_with_once_from_the_prompt(data: language_model.TextData):
    further, samples = at_once(data.report(3, tiny.arrays(data.config, data.vocab_size)))
    assert further == {}
    assert [sample[:3] for sample in samples] == [(3, 0.5, "The "), (3, 1.0, "The ")]
    assert all(len(sample.text) == 5 for sample in samples)


def test_a_fork_keeps_reading_the_symbols_of_its_parent(data: language_model.TextData):
    state = {**data.tokenizer_state}
    assert language_model.TextData(data.config, state=state).tokenizer_state == state
    measured = tasks.of(data.config).measure(data.config, None, state)
    assert (measured.chars, measured.symbols, measured.vocab_size) == (len(TEXT), len(TEXT), data.vocab_size)


def test_a_prompt_that_the_text_knows_nothing_of_is_refused(data: language_model.TextData):
    measured = tasks.of(data.config).measure(data.config, None, None)
    with pytest.raises(PromptError, match=r"sampling\.prompt: expected tokens that the text has too"):
        language_model.check(with_settings(data.config, {"sampling.prompt": "é"}), measured)


def test_a_network_of_three_words_reads_each_window_anew_while_it_writes():
    config = with_settings(presets.preset("meditations-lstm").config, {"model.units": 4})
    network = engine.network(config, 7, tiny.arrays(config, 7))
    logits = logits_over(network, np.array([1, 2, 3, 4, 5]))
    assert logits[-1] == pytest.approx(logits_over(network, np.array([3, 4, 5]))[-1], abs=1e-6)


@pytest.mark.parametrize("name", ["meditations-lstm", "meditations-better"])
def test_the_presets_of_three_words_train_on_any_text(store: Store, name: str):
    text = own.add(store, "What stands in the way becomes the way. " * 3, "A way")
    small = {
        "corpus": text,
        "model.units": 4,
        "training.epochs": 2,
        "batches.passes": 2,
        "sampling.prompt": "in the way",
    }
    run = _trained(store, with_settings(presets.preset(name).config, small))
    assert store.run(run).steps == 2 * (24 - 3)
    assert len(store.samples(run, 2)) == 1
    assert {"loss", "accuracy"} <= store.epochs(run)[-1].keys()


def _trained(store: Store, config) -> str:
    run = queueing.queue(store, config)
    assert loop.train(store, run, ME) == Status.FINISHED
    return run
