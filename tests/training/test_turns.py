"""Several runs in one trainer, by turns: each ends as it does alone, whatever becomes of the others."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from pretend import in_charge, lose
from short_run import SHORT
from trained import ME, small, trained

from rnnkit.config import RunConfig, with_settings
from rnnkit.store import Lease, Order, Status, Store
from rnnkit.texts import cookbook, corpora
from rnnkit.training import job, loop, planning, shares, turns
from rnnkit.training.turns import Trainer


@pytest.fixture
def tiny_text(monkeypatch: pytest.MonkeyPatch) -> None:
    text = cookbook.write(6_000, seed=1)
    monkeypatch.setattr(corpora, "load", lambda name, store=None, progress=None: text)


@pytest.fixture
def each_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn is one batch."""
    monkeypatch.setattr(shares, "LONGEST", 0.0)


def left(store: Store, run: str) -> tuple:
    """All that a run leaves but its id and what a clock says."""
    timed = ("seconds", "per_second")
    epochs = [{k: v for k, v in one.items() if not k.endswith(timed)} for one in store.epochs(run)]
    weights = {
        one.epoch: {name: array.tobytes() for name, array in store.weights(run, one.step).items()}
        for one in store.kept(run)
    }
    row, state = store.run(run), store.resume_state(run)
    assert state is not None
    arrays = {name: np.asarray(array).tobytes() for name, array in state.arrays.items()}
    samples = [(one.epoch, one.temperature, one.text) for one in store.samples(run)]
    return row.status, row.epochs_done, row.message, epochs, weights, samples, (state.epoch, state.step), arrays


COMPILED = {
    "a GRU in streams": {},
    "two LSTMs with dropout": {"model__architecture": "lstm", "model__layers": 2, "model__dropout": 0.3},
    "a simple RNN, one-hot, falling rate": {
        "model__architecture": "simple_rnn", "model__embedding_size": 0, "training__schedule": "cosine",
    },
    "windows, averaged weights": {
        "batches__kind": "windows", "batches__step": 7,
        "training__weight_average": 0.9, "training__optimizer": "rmsprop",
    },
    "planned in steps by its seconds": {
        "training__seconds": 3, "training__epochs": 9, "training__schedule": "one-cycle", "training__seed": 5,
    },
    "words, little patience": {
        "tokenizer__kind": "words", "tokenizer__minimum_count": 2, "batches__length": 5, "batches__batch_size": 4,
        "training__patience": 1, "training__epochs": 9,
    },
}  # fmt: skip
KERAS = {"an LSTM by Keras with dropout inside": {"training__engine": "keras", "model__recurrent_dropout": 0.2}}


@pytest.mark.parametrize("changes", [COMPILED, {**KERAS, "a GRU in streams": {}}], ids=["compiled", "Keras"])
def test_runs_that_take_turns_end_as_each_does_alone(store, monkeypatch, tiny_text, each_batch, changes):
    monkeypatch.setattr(planning, "steps_per_second", lambda *_: 11.0)
    configs = [small(**{"training__epochs": 2} | change) for change in changes.values()]
    alone = [left(store, trained(store, config)) for config in configs]
    ids = [store.create_run(config) for config in configs]
    assert Trainer(store, ME).train(ids) == [Status.FINISHED] * len(ids)
    for run, expected, what in zip(ids, alone, changes, strict=True):
        assert left(store, run) == expected, what
    assert store.check() == []


def interleaved(store: Store, kinds: list[RunConfig], persons: int) -> None:
    """Each person's run ends as one of its kind does alone."""
    alone = [left(store, trained(store, config)) for config in kinds]
    of = [place % len(kinds) for place in range(persons)]
    ids = [store.create_run(with_settings(kinds[kind], {"owner": f"person {place}"})) for place, kind in enumerate(of)]
    assert Trainer(store, ME).train(ids) == [Status.FINISHED] * persons
    for run, kind in zip(ids, of, strict=True):
        assert left(store, run) == alone[kind]
    assert store.check() == []


def test_thirty_runs_of_thirty_persons_end_with_the_weights_that_each_has_alone(store, tiny_text, each_batch):
    interleaved(store, [small(training__epochs=1, **COMPILED[name]) for name in list(COMPILED)[:3]], persons=30)


@pytest.mark.slow
def test_thirty_larger_runs_those_by_keras_too_end_with_the_weights_that_each_has_alone(store, tiny_text):
    larger = {"model__units": 64, "training__epochs": 4}
    interleaved(store, [small(**larger | COMPILED[name]) for name in list(COMPILED)[:4]], persons=28)
    interleaved(store, [small(**larger | {"training__engine": "keras"}), small(**larger)], persons=6)


def order_of_turns(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The runs in the order of their turns, of those that have begun."""
    turns_of: list[str] = []
    advance = loop.Training.advance

    def noting(training: loop.Training, *given: float) -> bool:
        if not training.begins:
            turns_of.append(training.run.id)
        return advance(training, *given)

    monkeypatch.setattr(loop.Training, "advance", noting)
    return turns_of


def test_a_run_that_goes_first_has_all_turns_till_it_has_ended(store, monkeypatch, tiny_text, each_batch):
    order = order_of_turns(monkeypatch)
    other = store.create_run(small(owner="ann", training__epochs=1))
    [first] = store.create_runs([small(training__epochs=1)], goes_first=True)
    store.lease(other, ME)
    assert Trainer(store, ME).train([other, first]) == [Status.FINISHED] * 2
    assert order.index(other) > len(order) - order[::-1].index(first) - 1, "not once before the first had ended"
    assert len(set(order)) == 2


def test_a_paused_class_holds_still_what_members_train_and_goes_on_with_just_that(
    store, monkeypatch, tiny_text, each_batch
):
    monkeypatch.setattr(turns, "LOOK_SECONDS", 0.0)
    alone = left(store, trained(store, small(training__epochs=2)))
    store.begin_class("k1", "ABCD", "", 24, {"paused": False})
    ids = [
        store.create_runs([small(training__epochs=2)], member=member)[0] for member in ("a" * 64, "b" * 64, "c" * 64)
    ]
    teachers = store.create_run(small(training__epochs=2))
    finish, end, held, seen = Lease.finish_epoch, Lease.end, {}, []

    def paused_at_the_first_epoch(lease: Lease, **given):
        if lease.run_id == teachers and given["epoch"] == 1:
            store.change_class(lambda values: values | {"paused": True})
            held.update({run: (store.run(run).epochs_done, store.run(run).step) for run in ids[:2]})
        return finish(lease, **given)

    def gone_on_at_the_teachers_end(lease: Lease, status: Status, message: str | None = None) -> None:
        end(lease, status, message)
        if lease.run_id == teachers:
            seen.append({run: (store.run(run).epochs_done, store.run(run).step) for run in ids[:2]})
            seen.append([store.run(run).status for run in ids])
            store.change_class(lambda values: values | {"paused": False})

    monkeypatch.setattr(Lease, "finish_epoch", paused_at_the_first_epoch)
    monkeypatch.setattr(Lease, "end", gone_on_at_the_teachers_end)
    look = Trainer._look

    def stopped_meanwhile(trainer: Trainer) -> None:
        look(trainer)
        if trainer._paused and store.run(ids[2]).live:
            store.ask(ids[2], "stop")

    monkeypatch.setattr(Trainer, "_look", stopped_meanwhile)
    Trainer(store, ME).train([*ids, teachers])
    assert seen == [held, [Status.TRAINING, Status.TRAINING, Status.STOPPED]], "a stop is heard all the same"
    assert [left(store, run) for run in (*ids[:2], teachers)] == [alone] * 3


def test_what_is_stopped_before_its_first_batch_ends_without_one(store, monkeypatch, tiny_text, each_batch):
    monkeypatch.setattr(turns, "LOOK_SECONDS", 0.0)
    ids = [store.create_run(small(owner=owner)) for owner in ("ann", "bob")]
    take = Trainer._take

    def stopped_at_once(trainer: Trainer, run: str) -> None:
        take(trainer, run)
        if run == ids[1]:
            store.ask(run, "stop")

    monkeypatch.setattr(Trainer, "_take", stopped_at_once)
    assert Trainer(store, ME).train(ids) == [Status.STOPPED, Status.FINISHED]
    assert (store.run(ids[1]).step, store.run(ids[1]).status) == (0, Status.STOPPED)


def test_who_had_to_wait_for_the_store_is_not_held_to_it(store, monkeypatch, tiny_text):
    """While thirty press Start the first beginning took 2.9 s, and its person was not trained again for a minute."""
    ids = [store.create_run(small(owner=owner, training__epochs=2)) for owner in ("ann", "bob")]
    describe, had = Lease.save_description, shares.Shares.took

    def waiting(lease: Lease, **found) -> None:
        time.sleep(1.0 if lease.run_id == ids[0] else 0.0)
        describe(lease, **found)

    took: dict[str, list[float]] = {"ann": [], "bob": []}
    monkeypatch.setattr(Lease, "save_description", waiting)
    monkeypatch.setattr(
        shares.Shares, "took", lambda self, person, seconds: [had(self, person, seconds), took[person].append(seconds)]
    )
    assert Trainer(store, ME).train(ids) == [Status.FINISHED] * 2
    assert sum(took["ann"]) < 0.5 + sum(took["bob"])
    assert all(store.epochs(run)[0]["seconds"] > 0 for run in ids)


def watched(monkeypatch: pytest.MonkeyPatch) -> list[list[float]]:
    """How much of each run is trained after each turn, where all have been prepared and none has ended."""
    seen: list[list[float]] = []
    advance = loop.Training.advance

    def noting(training: loop.Training, *given: float) -> bool:
        more = advance(training, *given)
        if all(one._job for one in trainer._held) and not trainer._ended and training.status is None:
            seen.append([one.share() for one in trainer._held])
        return more

    monkeypatch.setattr(loop.Training, "advance", noting)
    init = Trainer.__init__

    def keeping(self: Trainer, *given) -> None:
        nonlocal trainer
        trainer = self
        init(self, *given)

    trainer: Trainer
    monkeypatch.setattr(Trainer, "__init__", keeping)
    return seen


def test_in_a_race_over_epochs_nobody_is_more_than_a_batch_ahead(store, monkeypatch, tiny_text, each_batch):
    seen = watched(monkeypatch)
    ids = [store.create_run(small(model__architecture=name)) for name in ("gru", "lstm", "simple_rnn")]
    Trainer(store, ME).train(ids)
    steps = store.run(ids[0]).steps * 3
    assert len(seen) > steps
    assert seen[0] == [0.0, 0.0, 0.0], "all are ready before the first batch"
    assert max(max(shares) - min(shares) for shares in seen) <= 1.0001 / steps


def test_in_a_race_over_seconds_nobody_has_trained_longer_than_a_turn_more(store, monkeypatch, tiny_text):
    monkeypatch.setattr(shares, "LONGEST", 0.02)
    monkeypatch.setattr(loop, "LEAST_SECONDS", 0.01)
    seen = watched(monkeypatch)
    monkeypatch.setattr(planning, "RACE_SECONDS", 0.1)
    sizes = {"gru": 8, "lstm": 64, "simple_rnn": 200}
    shared = {"training__seconds": 1, "training__epochs": 1000, "batches__batch_size": 2}
    configs = [small(model__architecture=a, model__units=u, **shared) for a, u in sizes.items()]
    ids = store.create_runs(configs, races=["r1"] * 3)
    Trainer(store, ME).train(ids)
    apart = sorted(max(shares) - min(shares) for shares in seen)
    assert len(apart) > 30
    assert apart[int(0.9 * len(apart))] < 0.1, "nine of ten times; a busy machine may hold up a batch"
    assert [store.run(run).status for run in ids] == [Status.FINISHED] * 3


@pytest.mark.parametrize("wanted", ["pause", "stop"])
def test_one_is_stopped_and_deleted_or_paused_and_taken_up_while_the_others_go_on(
    store, monkeypatch, tiny_text, each_batch, wanted
):
    monkeypatch.setattr(turns, "LOOK_SECONDS", 0.0)
    config = small(training__epochs=2)
    alone = left(store, trained(store, config))
    ids = [store.create_run(config) for _ in range(3)]
    finish = Lease.finish_epoch

    def asked_when_another_ends_an_epoch(lease: Lease, **given):
        if lease.run_id == ids[0] and given["epoch"] == 1:
            store.ask(ids[1], wanted)
        return finish(lease, **given)

    monkeypatch.setattr(Lease, "finish_epoch", asked_when_another_ends_an_epoch)
    end, given_back = Lease.end, []

    def resumed_at_once(lease: Lease, *given) -> None:
        end(lease, *given)
        if lease.run_id == ids[1] and not given_back:
            given_back.append(store.run(ids[1]).status)
            if wanted == "stop":
                store.delete_run(ids[1], now=True)
            else:
                store.resume_run(ids[1])
                assert in_charge(store).assign([Order(ids[1], ME, "cpu")])

    monkeypatch.setattr(Lease, "end", resumed_at_once)
    Trainer(store, ME).train(ids)
    assert given_back == [Status.PAUSED if wanted == "pause" else Status.STOPPED]
    there = [run for run in ids if wanted == "pause" or run != ids[1]]
    assert [left(store, run) for run in there] == [alone] * len(there)
    assert {run.id for run in store.runs()} >= {*there}
    assert store.check() == []


def test_what_fails_diverges_or_is_lost_ends_alone(store, monkeypatch, tiny_text, each_batch):
    alone = left(store, trained(store, small()))
    configs = [small(training__learning_rate=1e30), small(model__units=13), small(model__units=14), small()]
    ids = [store.create_run(config) for config in configs]
    train_epoch = job.Job.train_epoch

    def broken(self: job.Job, epoch: int):
        wanted = yield from train_epoch(self, epoch)
        if self.run.id == ids[1]:
            raise ZeroDivisionError("by nothing")
        if self.run.id == ids[2]:
            lose(store, ids[2], ME)
        return wanted

    monkeypatch.setattr(job.Job, "train_epoch", broken)
    Trainer(store, ME).train(ids)
    diverged, failed, lost, _ = map(store.run, ids)
    assert diverged.status == Status.DIVERGED
    assert failed.status == Status.FAILED
    assert "ZeroDivisionError: by nothing" in failed.message
    assert lost.status == Status.QUEUED
    assert left(store, ids[3]) == alone
    assert store.check() == []


def test_all_keep_their_places_when_the_trainer_is_told_to_leave(store, monkeypatch, tiny_text, each_batch):
    alone = left(store, trained(store, small()))
    ids = [store.create_run(small()) for _ in range(2)]
    with monkeypatch.context() as patch:
        patch.setattr(job, "_asked_to_leave", True)
        assert Trainer(store, ME).train(ids) == [Status.QUEUED] * 2
    assert [store.run(run).step for run in ids] == [1, 1]
    Trainer(store, ME).train(ids)
    assert [left(store, run) for run in ids] == [alone] * 2


def a_process(ids: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "rnnkit.training.turns", *ids], start_new_session=True)


def killed_half_way(store: Store, configs: list[RunConfig], kills: int) -> None:
    """Compare runs whose one trainer was killed so often with those trained alone."""
    alone = [trained(store, config) for config in configs]
    ids = [store.create_run(config) for config in configs]
    for kill in range(1, kills + 1):
        process = a_process(ids)
        done = [store.run(run).epochs_done for run in ids]
        until = time.monotonic() + 120
        while not all(now > before for now, before in zip([store.run(i).epochs_done for i in ids], done, strict=True)):
            assert time.monotonic() < until, f"no epoch before kill {kill}"
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert store.check() == []
        for run in ids:
            lose(store, run, str(store.run(run).trainer), most_attempts=10**9)
    assert a_process(ids).wait(120) == 0
    assert [left(store, run) for run in ids] == [left(store, run) for run in alone]
    assert store.check() == []


def short(**changes) -> RunConfig:
    return with_settings(SHORT, {"training.epochs": 6, "training.moments": False} | changes)


def test_a_trainer_of_several_that_is_killed_costs_none_of_them_anything(store):
    killed_half_way(store, [short(), short(**{"model.architecture": "lstm", "model.dropout": 0.2})], kills=1)


@pytest.mark.slow
def test_a_trainer_of_several_that_is_killed_again_and_again_costs_nothing(store):
    kinds = ("gru", "lstm", "simple_rnn")
    killed_half_way(store, [short(**{"model.architecture": kind, "training.epochs": 9}) for kind in kinds], kills=8)
