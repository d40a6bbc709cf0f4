"""One way to open a trained network at a kept moment: how one is named, what is refused, the text it was trained on."""

from __future__ import annotations

from dataclasses import replace

import classified
import numpy as np
import paired
import pytest
import tiny

from rnnkit.errors import ConfigError, CorpusError, DamagedCheckpoint, UnknownEpoch, UnknownRun
from rnnkit.store import Store, statements, weights
from rnnkit.studies import checkpoint
from rnnkit.studies.checkpoint import BEST
from rnnkit.tasks import Does
from rnnkit.texts import own
from rnnkit.texts.tokenizers import Tokenizer


def run_with_losses(store: Store, losses: list[float]) -> str:
    """A run of ten batches an epoch whose held-out losses these are; still training."""
    run_id = tiny.run(store, epochs=0, status=None)
    run, lease = store.run(run_id), store.lease(run_id, tiny.TRAINER)
    for epoch, loss in enumerate(losses, start=1):
        lease.finish_epoch(
            epoch=epoch, metrics={"loss": 1.0, "val_loss": loss}, samples=[], resume={}, state={}, train_seconds=1.0,
            checkpoint=tiny.arrays(run.config, run.vocab_size, seed=epoch),
        )  # fmt: skip
    return run_id


@pytest.mark.parametrize(
    ("at", "epoch"), [("last", 3), ("best", 2), (1, 1), ("2", 2), (" 3 ", 3), ("step:10", 1), ("step:30", 3)]
)
def test_a_checkpoint_is_named_last_best_by_epoch_or_by_step(store: Store, at: int | str, epoch: int):
    run = run_with_losses(store, [2.0, 1.0, 1.5])
    found = checkpoint.load(store, run, at)
    assert (found.run.id, found.epoch, found.step) == (run, epoch, 10 * epoch)
    expected = store.checkpoint(run, epoch)
    assert all(np.array_equal(found.network.arrays[name], expected[name]) for name in expected)


@pytest.mark.parametrize(
    ("losses", "best"), [([1.0, float("nan"), 2.0], 1), ([float("nan")] * 2, 2), ([1.0, 1.0], 1), ([3.0, 2.0, 1.0], 3)]
)
def test_the_best_has_the_lowest_loss_that_is_a_number_and_without_one_it_is_the_last(store, losses, best):
    assert checkpoint.load(store, run_with_losses(store, losses), BEST).epoch == best


def test_every_task_comes_with_what_maps_its_data_to_ids(store: Store):
    text, pair, series = tiny.run(store), paired.run(store), tiny.forecaster(store)
    assert isinstance(checkpoint.load(store, text, does=Does.WRITES).codec, Tokenizer)
    assert checkpoint.load(store, classified.run(store), does=Does.CLASSIFIES).codec.labels == ("negative", "positive")
    assert checkpoint.load(store, pair, does=Does.TRANSLATES).codec.choices is None
    assert len(checkpoint.load(store, series, does=Does.FORECASTS).codec.symbols) == 6
    assert checkpoint.load(store, store.run(text)).run.id == text


def test_a_checkpoint_inside_the_first_epoch_is_named_by_its_part_of_it_or_its_step(store: Store):
    run = store.run(tiny.run(store))
    arrays = tiny.arrays(run.config, run.vocab_size, seed=9)
    with store._database.write() as tx:
        statements.put_checkpoint(tx, run.id, 3, 0.25, statements.blob(weights.pack(arrays)))
    for at in (0.25, "0.25", "step:3"):
        found = checkpoint.load(store, run, at)
        assert (found.step, found.epoch) == (3, 0.25)
        assert np.array_equal(found.network.arrays["dense/bias"], arrays["dense/bias"])
    assert [checkpoint.load(store, run, at).epoch for at in (1.0, "last", "best")] == [1, 3, 3]


def test_several_come_in_the_order_wanted_and_each_once(store: Store):
    run = tiny.run(store)
    assert [one.epoch for one in checkpoint.several(store, run, ["last", 1, "3", "step:10"])] == [3, 1]
    assert [one.epoch for one in checkpoint.several(store, run, "last")] == [3]


@pytest.mark.parametrize("at", [4, "4", "first", "step:11", "", "<b>" * 99])
def test_a_moment_that_is_not_kept_is_refused_and_the_kept_ones_are_named(store: Store, at: int | str):
    with pytest.raises(UnknownEpoch, match=r"expected one that is kept \(1, 2, 3, last, best\), got '") as refused:
        checkpoint.load(store, tiny.run(store), at)
    assert len(str(refused.value)) < 120


def test_a_run_without_a_finished_epoch_says_so_whether_or_not_it_has_read_its_text(store: Store):
    sentence = "expected one with a finished epoch, got one that is {} and has none; wait for it"
    with pytest.raises(UnknownEpoch, match=sentence.format("queued")):
        checkpoint.load(store, store.create_run(tiny.config()))
    with pytest.raises(UnknownEpoch, match=sentence.format("training")):
        checkpoint.load(store, tiny.run(store, epochs=0, status=None))
    with pytest.raises(UnknownRun):
        checkpoint.load(store, "../../etc/passwd")


@pytest.mark.parametrize("does", list(Does))
def test_a_run_of_another_task_is_refused_by_what_was_expected_of_it(store: Store, does: Does):
    other = tiny.forecaster(store) if does is Does.WRITES else tiny.run(store)
    with pytest.raises(ConfigError, match=f"expected one that {does}, got one that learned "):
        checkpoint.load(store, other, does=does)


def test_arrays_of_another_network_are_refused(store: Store):
    run_id = tiny.run(store, epochs=0, status=None)
    store.lease(run_id, tiny.TRAINER).finish_epoch(
        epoch=1, metrics={"loss": 1.0}, samples=[], resume={}, state={}, train_seconds=1.0,
        checkpoint={"dense/kernel": np.zeros((2, 2), np.float32)},
    )  # fmt: skip
    with pytest.raises(DamagedCheckpoint, match="arrays of the network: expected"):
        checkpoint.load(store, run_id)


def test_the_text_is_the_one_that_the_run_has_read(store: Store):
    run = store.run(tiny.run(store, corpus=own.add(store, tiny.TEXT)))
    assert checkpoint.load(store, run).text(store) == tiny.TEXT
    assert checkpoint.read_sha256(run) is None
    other = replace(run, provenance={"corpus": {"sha256": "0" * 64}})
    assert checkpoint.read_sha256(other) == "0" * 64
    with pytest.raises(CorpusError, match=r"expected the text that run .* has read, with SHA-256 0{16}\.\.\., got "):
        checkpoint.text_of(store, other)
