"""The named experiments keep the sizes and figures of their documents, and every one of them can be trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnkit import architectures, presets
from rnnkit.config import RunConfig, parse
from rnnkit.errors import ConfigError
from rnnkit.presets import PRESETS
from rnnkit.texts import batches, corpora
from rnnkit.training import queueing

TRAINABLE = [name for name, preset in PRESETS.items() if preset.task == "language-model"]


def here(corpus: str) -> str:
    """The name, or a skip where the text is neither built in nor on this machine."""
    if corpus.partition("-")[0] not in corpora.offline_names():  # play-30000 is a play
        pytest.skip(f"the text {corpus!r} is not on this machine; RNNKIT_CORPORA may name a folder that has it")
    return corpus


def params(config: RunConfig) -> list[int]:
    return [layer.params for layer in architectures.parameter_table(config, queueing.vocab_size(config))]


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_says_where_it_comes_from_and_what_it_teaches(name: str):
    preset = presets.preset(name)
    assert preset.name == name == preset.config.preset
    assert preset.source.split()[-1] in ("000", "001", "002", "003", "004", "ours")
    assert preset.title
    assert preset.lesson.endswith(".")
    assert parse(preset.config.model_dump(mode="json")) == preset.config


@pytest.mark.parametrize("name", TRAINABLE)
def test_every_preset_of_a_language_model_can_be_ordered(name: str):
    config = PRESETS[name].config
    here(config.corpus)
    measured = queueing.check(config)
    assert not measured.codec.encode(config.sampling.prompt).unknown
    assert params(config)[-1] > 0


@pytest.mark.parametrize("corpus", ["cookbook", "python"])
def test_a_preset_is_there_for_each_text_that_needs_no_network(corpus: str):
    assert any(preset.config.corpus == corpus for preset in PRESETS.values())


@pytest.mark.parametrize(
    ("name", "figures"), [("rnn-classifier", [64_000, 24_704, 1_290]), ("lstm-classifier", [64_000, 98_816, 1_290])]
)
def test_the_classifiers_of_document_000_have_its_parameters(name: str, figures: list[int]):
    assert params(PRESETS[name].config) == figures
    assert sum(figures) == {"rnn-classifier": 89_994, "lstm-classifier": 164_106}[name]


def test_sherlock_has_the_symbols_and_windows_of_document_000():
    config = PRESETS["sherlock-bilstm"].config
    here(config.corpus)
    measured = queueing.measure(config)
    planned = batches.plan(measured.symbols, config.batches)
    assert measured.vocab_size == 91
    assert batches.Windows(np.arange(measured.symbols), config.batches).count == 54_974
    assert planned.steps == 1718  # the 1718/1718 of its log
    assert config.training.epochs == 5


def test_nietzsche_has_the_characters_and_symbols_of_document_001():
    config = PRESETS["nietzsche-unrolled"].config
    here(config.corpus)
    measured = queueing.measure(config)
    assert (measured.chars, measured.vocab_size) == (600_901, 85 + 1)
    cells = [PRESETS[f"nietzsche-{cell}"].config for cell in ("rnn", "lstm", "gru")]
    assert {config.batches.length for config in cells} == {100}


def test_an_unknown_preset_is_answered_with_the_known_ones():
    with pytest.raises(ConfigError, match=r"preset: expected one of one-minute, .*got 'cookbok'"):
        presets.preset("cookbok")


def test_the_first_preset_needs_nothing_but_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("RNNKIT_CORPORA", str(tmp_path))
    first = next(iter(PRESETS.values()))
    assert first.config.corpus in corpora.offline_names()
    assert "sherlock" not in corpora.offline_names()
