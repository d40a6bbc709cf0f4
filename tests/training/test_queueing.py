"""What must hold before a run is queued: what a trainer could only fail at is refused, and nothing is queued."""

from __future__ import annotations

import pytest
import tiny

from rnnkit.config import fields, with_settings
from rnnkit.errors import ConfigError, CorpusError, PromptError, TooShort, UnknownEpoch
from rnnkit.presets import PRESETS
from rnnkit.store import Status, Store
from rnnkit.texts import own
from rnnkit.training import queueing

SMALL = {"corpus": "cookbook-9000", "model.units": 4, "batches.length": 16, "batches.batch_size": 4}
CONFIG = with_settings(PRESETS["cookbook-gru"].config, SMALL)


def test_a_run_is_queued_with_its_texts(store: Store):
    run = store.run(queueing.queue(store, CONFIG))
    assert (run.status, run.corpus, run.config.corpora) == (Status.QUEUED, "cookbook-9000", ("cookbook-9000",))
    assert run.config.model == CONFIG.model


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"corpus": "nowhere"}, CorpusError),
        ({"corpus": "cookbook-300"}, TooShort),
        ({"sampling.prompt": "猫"}, PromptError),
        ({"model.architecture": "magic"}, ConfigError),
    ],
)
def test_what_a_trainer_could_only_fail_at_is_refused_and_not_queued(store: Store, changes: dict, error: type):
    with pytest.raises(error):
        queueing.queue(store, with_settings(CONFIG, changes | {"batches.batch_size": 32}))
    assert store.runs() == []


@pytest.fixture
def parent(store: Store) -> str:
    """A finished run of three epochs on a text of somebody's own."""
    return tiny.run(store, corpus=own.add(store, tiny.TEXT * 20, "foxes"), batches={"length": 8, "batch_size": 4})


def test_a_fork_keeps_the_vocabulary_of_its_parent_on_another_text(store: Store, parent: str):
    other = own.add(store, "A wolf, too, Quick and lazy: jumps!\n" * 90, "wolves")
    child = store.run(queueing.fork(store, parent, 2, {"corpus": other, "training.epochs": 4}))
    assert (child.corpus, child.parent, child.parent_epoch) == (other, parent, 2)
    assert child.name.endswith(" from 2")
    assert child.tokenizer == store.run(parent).tokenizer


@pytest.mark.parametrize(
    ("changes", "error", "sentence"),
    [
        ({"model.units": 99}, ConfigError, "model.units: expected 8 as in"),
        ({"training.epochs": 2}, ConfigError, "training.epochs: expected more than the 2 epochs already trained"),
        ({"training.seconds": 3}, ConfigError, r"training.seconds: expected more than the 4\.0 seconds already"),
        ({"corpus": "nowhere"}, CorpusError, "corpus: expected one of"),
        ({"batches.length": 900}, TooShort, "too short"),
    ],
)
def test_a_fork_that_cannot_train_is_refused(store: Store, parent: str, changes: dict, error: type, sentence: str):
    with pytest.raises(error, match=sentence):
        queueing.fork(store, parent, 2, changes)
    assert [run.id for run in store.runs()] == [parent]


def test_an_epoch_that_is_not_kept_cannot_be_forked_from(store: Store, parent: str):
    with pytest.raises(UnknownEpoch):
        queueing.fork(store, parent, 9, {})


def test_a_fork_may_change_what_no_weight_depends_on():
    assert set(queueing.FORK_FIELDS) <= fields().keys()
    changeable = {name for name in fields() if queueing.may_change(name)}
    assert {"corpus", "training.epochs", "sampling.prompt", "model.dropout"} <= changeable
    assert not {"task", "model.units", "model.architecture", "tokenizer.kind", "series.head"} & changeable


def test_a_classifiers_vocabulary_is_known_without_its_texts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(queueing, "measure", lambda *_: pytest.fail("looked at the texts"))
    assert queueing.vocab_size(PRESETS["lstm-classifier"].config) == 1000
