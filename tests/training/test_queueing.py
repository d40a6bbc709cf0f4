"""What must hold before a run is queued: what a trainer could only fail at is refused, and nothing is queued."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor

import paired
import pytest
import tiny
from pretend import in_charge

from rnnkit.config import fields, with_settings
from rnnkit.errors import ConfigError, CorpusError, PromptError, QueueFull, TooLarge, TooShort, UnknownEpoch
from rnnkit.presets import PRESETS
from rnnkit.store import Order, Status, Store, Wanted
from rnnkit.texts import own
from rnnkit.training import queueing
from rnnkit.training.launchers import Device

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


LETTER = "The quick brown fox, the lazy dog: 12 + 12 = 24\n" * 90


def test_a_fork_onto_a_text_of_which_most_is_unknown_is_refused_unless_asked(store: Store, parent: str):
    hebrew = own.add(store, "שלום לכולם וברוכים, the fox\n" * 120, "letters")
    changes = {"corpus": hebrew, "training.epochs": 4}
    said = f"corpus: expected a text in tokens that run {parent} has learned, got {hebrew}, of which 6[0-9]% are not"
    with pytest.raises(CorpusError, match=said):
        queueing.fork(store, parent, 2, changes)
    child = store.run(queueing.fork(store, parent, 2, changes, allow_unknown=True))
    assert child.tokenizer == store.run(parent).tokenizer
    queueing.fork(store, parent, 2, {"corpus": own.add(store, LETTER, "sums"), "training.epochs": 4})  # little of it


def test_too_little_that_is_known_is_said_to_be_why_a_text_is_too_short(store: Store, parent: str):
    cats = own.add(store, "猫犬鳥魚 fox\n" * 40, "cats")
    with pytest.raises(TooShort, match=r"too short.*; 44% of its tokens are not in the vocabulary"):
        queueing.fork(store, parent, 2, {"corpus": cats, "training.epochs": 4, "batches.length": 100})


def test_a_fork_onto_the_same_text_is_never_asked(store: Store):
    """A vocabulary of two leaves most of its own text out."""
    text = own.add(store, tiny.TEXT * 40, "foxes")
    few = tiny.run(store, corpus=text, tokenizer={"vocab_size": 3}, batches={"length": 8, "batch_size": 4})
    queueing.fork(store, few, 2, {"training.epochs": 4})


def test_lines_of_other_symbols_are_refused_and_not_left_to_the_trainer(store: Store):
    writer = paired.run(store, "one-to-many")
    with pytest.raises(
        CorpusError, match="corpus: expected lines in tokens that the run's vocabulary has, got others:"
    ):
        queueing.fork(store, writer, 2, {"corpus": "cookbook+cookbook-90000", "training.epochs": 4})


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


# ---- how many may wait


def ordered(owner: str = "") -> dict:
    return with_settings(CONFIG, {"owner": owner})


WAYS = {
    "a new run": lambda store, owner, parent: queueing.queue(store, ordered(owner)),
    "a duel": lambda store, owner, parent: queueing.order(store, [ordered(owner)] * 2),
    "a fork": lambda store, owner, parent: queueing.fork(store, parent, 2, {"owner": owner, "training.epochs": 4}),
    "a run that goes on": lambda store, owner, parent: queueing.resume(store, stopped(store, owner)),
}


def stopped(store: Store, owner: str) -> str:
    run = store.create_run(ordered(owner))
    store.ask(run, Wanted.STOP)
    return run


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("owner", "whose"), [("Ada", "of 'Ada'"), ("", "without an owner's name")])
def test_one_owner_has_no_more_than_so_many_runs_in_the_queue(
    store: Store, parent: str, monkeypatch: pytest.MonkeyPatch, way: str, owner: str, whose: str
):
    monkeypatch.setenv("RNNKIT_QUEUED_PER_OWNER", "3")
    store.create_runs([ordered(owner)] * 3)
    before = len([run for run in store.runs() if run.status == Status.QUEUED])
    with pytest.raises(QueueFull, match=f"^queue: expected at most 3 runs {whose}, got [12] beside 3; wait until"):
        WAYS[way](store, owner, parent)
    assert len([run for run in store.runs() if run.status == Status.QUEUED]) == before
    WAYS[way](store, "somebody else", parent)


def test_what_trains_or_has_ended_takes_no_place_in_the_queue(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RNNKIT_QUEUED_PER_OWNER", "1")
    assert in_charge(store).assign([Order(queueing.queue(store, ordered()), "trainer")])
    stopped(store, "")
    queueing.queue(store, ordered())
    with pytest.raises(QueueFull):
        queueing.queue(store, ordered())


def test_names_that_are_made_up_do_not_fill_the_queue(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RNNKIT_QUEUED_PER_OWNER", "2")
    for number in range(20):
        queueing.order(store, [ordered(f"owner {number}")])
    with pytest.raises(QueueFull, match=r"^queue: expected at most 20 runs, got 1 beside 20"):
        queueing.queue(store, ordered("somebody else"))


def test_two_orders_at_once_do_not_both_get_the_last_place(any_store: Store):
    def press(_: int) -> bool:
        with contextlib.suppress(QueueFull):
            return bool(any_store.create_runs([ordered("Ada")], most_queued=5))
        return False

    with ThreadPoolExecutor(8) as together:
        assert sum(together.map(press, range(24))) == 5


def test_what_comes_back_from_the_trash_does_not_fill_the_queue(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RNNKIT_QUEUED_PER_OWNER", "2")
    gone, *_ = queueing.order(store, [ordered("Ada"), ordered("Ada")])
    store.delete_run(gone)
    queueing.order(store, [ordered("Ada")])
    assert queueing.undelete(store, gone).notes == (
        "The queue has no room for it: it is stopped, to be resumed later.",
    )
    assert store.run(gone).status == "stopped"
    store.delete_run(gone)
    assert queueing.undelete(store, gone).notes == ()


@pytest.mark.parametrize("device", ["auto", "gpu"])
def test_what_does_not_fit_the_gpu_is_refused_before_it_waits_and_the_processor_takes_it(store: Store, device: str):
    gpu = Device("gpu0", "a small GPU", 2, 1_500_000_000)
    in_charge(store).heartbeat({"devices": [gpu._asdict(), Device("cpu", "", 1)._asdict()]})
    config = tiny.config(corpus="cookbook-9000", training={"device": device})
    with pytest.raises(TooLarge, match=r"each run has 0\.8 GB there"):
        queueing.queue(store, config)
    assert store.runs() == []
    assert queueing.queue(store, with_settings(config, {"training.device": "cpu"}))
    in_charge(store).heartbeat({"devices": [gpu._replace(memory_bytes=None)._asdict()]})
    queueing.check(config, store)  # what is not known refuses nothing
