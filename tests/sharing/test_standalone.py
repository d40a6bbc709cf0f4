"""The programs that scripts are made of, as modules: they cut data as the trainer does."""

from __future__ import annotations

import types
from itertools import pairwise
from typing import Any

import hypothesis
import numpy as np
import pytest
import tiny
from hypothesis import strategies as st
from taken import SERIES, settings_of

from rnnkit.config import RunConfig
from rnnkit.sharing.standalone import authors, held_out, reading, series, streams, windows
from rnnkit.tasks import language_model as trained_by
from rnnkit.tasks import scales
from rnnkit.tasks.language_model import TextBatches
from rnnkit.texts import authors as lines
from rnnkit.texts import batches, word_rules


def batches_of(ids: np.ndarray, config: RunConfig) -> tuple[np.ndarray, np.ndarray, TextBatches]:
    """The trained and the held-out ids, and the batches of a trainer."""
    trained, held_out = batches.split(ids, config.batches.validation_fraction)
    return trained, held_out, TextBatches(trained, held_out, config)


@hypothesis.given(st.text(st.sampled_from("aB1\u00e9\u0130\u03a3 -\u2014'\u2019/.,!\u201c$\t\n\x00\u00a0")))
@hypothesis.example("Caf\u00e9 -- it's 1/2, 3.14 or 1,000; \u201cso\u201d?\t\ufffd \u2014\u2014 well...\n'tis\n\n")
def test_words_are_those_of_the_recipe_lecture(text: str):
    assert reading.words_of(text.lower()) == word_rules.words(text)


@hypothesis.given(st.text(st.sampled_from("aB \n.,'-"), max_size=300))
def test_lines_are_those_of_the_task(text: str):
    assert authors.lines_of(text) == list(dict.fromkeys(lines.lines(text)))


def with_settings(monkeypatch: pytest.MonkeyPatch, module: types.ModuleType, **settings: Any) -> None:
    for name, value in settings.items():
        monkeypatch.setattr(module, name, value)


@pytest.mark.parametrize("length", [7, 16])
@pytest.mark.parametrize("size", [500, 611, 1000])
@pytest.mark.parametrize("offset", [False, True])
def test_streams_are_cut_as_the_trainer_does(monkeypatch: pytest.MonkeyPatch, size: int, length: int, offset: bool):
    with_settings(monkeypatch, streams, LENGTH=length, BATCH_SIZE=5, PASSES=2, RANDOM_OFFSET=offset, SEED=3)
    ids = np.random.default_rng(0).integers(0, 9, size).astype(np.int32)
    cut = {"length": length, "batch_size": 5, "passes": 2, "random_offset": offset}
    trained, _, data = batches_of(ids, tiny.config(batches=cut, training={"seed": 3}))
    assert streams.batches_in(trained) == data.steps
    ours = zip(*((*batch.inputs, batch.targets) for batch in data.training(1, 0)), strict=True)
    for one, other in zip(streams.streams(trained, 1), ours, strict=True):
        np.testing.assert_array_equal(one, np.concatenate(other))


@pytest.mark.parametrize("size", [500, 6_110, 40_000])
@pytest.mark.parametrize("most", [3_000, 65_536])
def test_what_is_held_out_is_read_as_the_trainer_does(monkeypatch: pytest.MonkeyPatch, size: int, most: int):
    monkeypatch.setattr(trained_by.held_out, "MOST", most)
    with_settings(monkeypatch, held_out, LENGTH=16, BATCH_SIZE=5, MOST_STEPS=most)
    ids = np.random.default_rng(0).integers(0, 9, size).astype(np.int32)
    trained, unread, data = batches_of(ids, tiny.config(batches={"length": 16, "batch_size": 5}))
    pieces, measured = held_out.pieces_of(len(unread)), list(data.validation())
    begun = [*(i for i, batch in enumerate(measured) if batch.begin), len(measured)]
    assert len(begun) == 1 + -(-len(pieces) // 5)
    for group, (first, last) in enumerate(pairwise(begun)):
        inputs, targets, weights = held_out.rows_of(ids, len(trained), pieces[5 * group : 5 * group + 5])
        ours = measured[first:last]
        rows = len(ours[0].targets)
        np.testing.assert_array_equal(inputs[:rows], np.hstack([batch.inputs[0] for batch in ours]))
        np.testing.assert_array_equal(targets[:rows], np.hstack([batch.targets for batch in ours]))
        np.testing.assert_array_equal(weights[:rows], np.hstack([batch.weights for batch in ours]))
        assert not weights[rows:].any()


def test_windows_are_cut_as_the_trainer_does_in_the_same_order(monkeypatch: pytest.MonkeyPatch):
    with_settings(monkeypatch, windows, LENGTH=6, STEP=4, BATCH_SIZE=16, PASSES=2, SEED=5)
    ids = np.random.default_rng(0).integers(0, 9, 500).astype(np.int32)
    cut = {"kind": "windows", "length": 6, "step": 4, "batch_size": 16, "passes": 2}
    trained, _, data = batches_of(ids, tiny.config(batches=cut, training={"seed": 5}))
    for epoch in (1, 2):
        found = windows.Windows(trained, windows.shuffled(windows.starts_of(trained), epoch))
        assert len(found) == data.steps == windows.batches_in(trained)
        for i, batch in enumerate(data.training(epoch, 0)):
            np.testing.assert_array_equal(found[i][0], batch.inputs[0])
            np.testing.assert_array_equal(found[i][1], batch.targets)


def test_quantiles_of_a_series_that_hardly_changes_are_two_bins_as_in_the_task(monkeypatch: pytest.MonkeyPatch):
    values = np.array([0.0] * 50 + [1.0])
    config = settings_of(SERIES["numbers of quantiles"])
    with_settings(monkeypatch, series, QUANTILES=True, BINS=config.series.classes)
    np.testing.assert_array_equal(series.bins_of(values)[0], scales.fit(values, "", config.series).edges)
