"""Units are ranked by what the loss rises without them, and a token's chance is looked at where one asks."""

from __future__ import annotations

import numpy as np
import pytest
import tiny

from rnnkit import engine
from rnnkit.engine import Changed, Sampler
from rnnkit.errors import ConfigError, TooShort
from rnnkit.store import Store
from rnnkit.studies import ablation, sampling
from rnnkit.studies.checkpoint import Checkpoint, load
from rnnkit.studies.sampling import SampleSettings


@pytest.fixture
def checkpoint(store: Store) -> Checkpoint:
    return load(store, tiny.run(store))


@pytest.fixture
def ids(checkpoint: Checkpoint) -> np.ndarray:
    return checkpoint.codec.encode(tiny.TEXT).ids[:60]


def test_the_ranking_holds_every_unit_once_by_what_it_costs(checkpoint, ids, monkeypatch: pytest.MonkeyPatch):
    [layer] = ablation.layer_names(checkpoint)
    monkeypatch.setattr(ablation, "AT_ONCE", 3)
    told: list[tuple[int, int]] = []
    ranked = ablation.ranking(checkpoint, ids, layer, lambda *done: told.append(done))
    assert sorted(one.unit for one in ranked) == list(range(len(ranked)))
    assert [one.nats for one in ranked] == sorted((one.nats for one in ranked), reverse=True)
    dearest = ranked[0]
    untouched, changed = ablation.losses(checkpoint, ids, [Changed(0, dearest.unit)])
    assert untouched == pytest.approx(engine.score(checkpoint.network, ids), abs=1e-5)
    assert changed - untouched == pytest.approx(dearest.nats, abs=1e-5)
    done = [part / whole for part, whole in told]
    assert done == sorted(done)
    assert done[-1] <= 1


def test_a_chance_is_the_mean_over_the_places_one_names(checkpoint, ids):
    asked = ablation.changes(checkpoint, ablation.layer_names(checkpoint)[0], [0, 1])
    where = np.zeros(len(ids))
    where[[5, 20]] = 1
    found = ablation.chance(checkpoint, ids, asked, token=3, where=where)
    expected = []
    for at in (5, 20):
        logits = engine.Reader(checkpoint.network).read_all([ids[: at + 1]]).logits
        expected.append(engine.probabilities(Sampler(), logits)[0, 3])
    assert (found.places, found.untouched) == (2, pytest.approx(np.mean(expected), abs=1e-6))
    assert found.changed != pytest.approx(found.untouched, abs=1e-9)
    with pytest.raises(TooShort, match="a token with this property"):
        ablation.chance(checkpoint, ids, asked, 3, np.zeros(len(ids)))


def test_the_untouched_text_is_the_one_that_is_written_elsewhere(store: Store, checkpoint):
    [layer] = ablation.layer_names(checkpoint)
    asked = ablation.changes(checkpoint, layer, [0], value=1.0)
    untouched, changed = ablation.texts(checkpoint, "The fox", asked, Sampler(1.0), seed=3, length=40)
    elsewhere = sampling.write(store, checkpoint.run.id, SampleSettings("The fox", [1.0], length=40, seed=3)).texts[0]
    assert untouched == elsewhere.text
    assert len(changed) == 40


def test_what_is_not_there_is_said(checkpoint):
    with pytest.raises(ConfigError, match="layer: expected one of"):
        ablation.changes(checkpoint, "attic", [0])
    with pytest.raises(ConfigError, match="unit: expected a layer"):
        ablation.changes(checkpoint, ablation.layer_names(checkpoint)[0], [10**6])
    with pytest.raises(TooShort):
        ablation.losses(checkpoint, np.zeros(1, np.int32), [])
