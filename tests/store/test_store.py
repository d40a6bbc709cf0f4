"""The run store: the same contract on SQLite and PostgreSQL, and what each must survive."""

from __future__ import annotations

import hashlib
import multiprocessing
import multiprocessing.context
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pretend
import pytest
import sqlalchemy as sa
import tiny
from full_disk import at_most_pages, page_count
from hypothesis import given
from hypothesis import strategies as st
from pretend import ME, MOMENTS, OTHER, TOKENIZER, WEIGHTS, finish, progress, training

from rnnkit.config import RunConfig
from rnnkit.errors import (
    CorpusError,
    DamagedCheckpoint,
    PersonError,
    StoreError,
    StoreFull,
    UnknownEpoch,
    UnknownRun,
    WrongStatus,
)
from rnnkit.metrics import judged
from rnnkit.store import ENDED, LostRun, Point, Sample, Store, check_run_id, schema
from rnnkit.store.retention import kept_epochs


def whole(store: Store, run: str) -> tuple:
    """All that is stored of a run, to see that nothing of it has changed."""
    state = store.resume_state(run)
    return (
        store.run(run), store.epochs(run), store.samples(run), store.points(run), store.checkpoint_epochs(run),
        state and (state.epoch, state.step, state.state),
    )  # fmt: skip


# ---- the contract, on both databases


def test_a_new_run_waits_in_the_queue_under_a_name_of_its_own(any_store: Store):
    run = any_store.run(any_store.create_run(RunConfig(preset="my-preset")))
    assert (run.status, run.epochs_done, run.trainer, run.wanted) == ("queued", 0, None, "run")
    assert run.name == f"my-preset {run.id[:4]}" == run.config.name
    assert run.live
    assert not run.active


def test_an_epoch_brings_metrics_checkpoint_samples_and_resume_state_together(any_store: Store):
    run = training(any_store)
    assert finish(any_store, run, 1, loss=2.5) == "run"
    assert any_store.epochs(run) == [{"epoch": 1, "loss": 2.5, "val_loss": 2.5, "seconds": 1.0}]
    np.testing.assert_array_equal(any_store.checkpoint(run, 1)["dense/kernel"], WEIGHTS["dense/kernel"])
    assert any_store.samples(run, 1) == [Sample(1, 0.5, "Once", 7, "after 1"), Sample(1, 1.0, "Once", 7, "hot")]
    assert any_store.points(run) == [Point(10, 1.0, 2.5)]
    state = any_store.resume_state(run)
    assert (state.epoch, state.step, state.state) == (1, 0, {"epoch_seconds": 0.0})
    np.testing.assert_array_equal(state.arrays["adam/m"], MOMENTS["adam/m"])
    assert (any_store.run(run).epochs_done, any_store.run(run).step) == (1, 0)
    assert any_store.check() == []


def test_a_run_goes_through_pause_resume_and_end(any_store: Store):
    run = training(any_store, epochs=1)
    any_store.ask(run, "pause")
    assert progress(any_store, run, 4) == "pause"
    any_store.lease(run, ME).save_position(epoch=1, step=4, state={"s": 0.5}, resume=MOMENTS)
    any_store.lease(run, ME).end("paused")
    assert any_store.check() == []
    any_store.resume_run(run)
    assert any_store.run(run).status == "queued"
    assert any_store.resume_state(run).step == 4
    assert any_store.lease(run, OTHER).claim().wanted == "run"
    finish(any_store, run, 2, trainer=OTHER)
    any_store.lease(run, OTHER).end("finished", "done")
    ended = any_store.run(run)
    assert (ended.status, ended.trainer, ended.message) == ("finished", None, "done")
    assert ended.ended_at is not None
    assert any_store.check() == []


def test_a_queued_run_stops_at_once_and_an_ended_one_cannot_be_asked(any_store: Store):
    run = any_store.create_run(RunConfig())
    any_store.ask(run, "stop")
    assert any_store.run(run).status == "stopped"
    with pytest.raises(WrongStatus, match="expected one that is queued or training, got stopped"):
        any_store.ask(run, "stop")


def test_a_trainer_that_leaves_a_run_asked_to_stop_stops_it(any_store: Store):
    run, left = training(any_store), training(any_store)
    any_store.ask(run, "stop")
    any_store.lease(run, ME).end("queued")
    any_store.lease(left, ME).end("queued")
    assert [any_store.run(run).status, any_store.run(left).status] == ["stopped", "queued"]
    assert any_store.run(left).ended_at is None
    assert any_store.check() == []


WRITES = {
    "describe": lambda store, run: store.lease(run, ME).save_description(device="gpu"),
    "progress": lambda store, run: progress(store, run, 3, point=Point(13, 1.5, 1.0)),
    "heartbeat": lambda store, run: store.lease(run, ME).heartbeat(),
    "finish_epoch": lambda store, run: finish(store, run, 2),
    "save_position": lambda store, run: store.lease(run, ME).save_position(epoch=1, step=1, state={}, resume=MOMENTS),
    "rewind_points": lambda store, run: store.lease(run, ME).rewind_points(0),
    "end_run": lambda store, run: store.lease(run, ME).end("finished"),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize("now", ["of another", "queued", "ended", "deleted"])
def test_a_trainer_that_lost_its_run_can_write_nothing(any_store: Store, write, now: str):
    run = training(any_store, epochs=1)
    if now == "ended":
        any_store.lease(run, ME).end("stopped")
    else:
        assert any_store.trainer_lost(run, ME, "killed", most_attempts=3) == "queued"
    if now == "of another":
        any_store.lease(run, OTHER).claim()
    if now == "deleted":
        any_store.delete_run(run)
    before = None if now == "deleted" else whole(any_store, run)
    with pytest.raises(LostRun):
        write(any_store, run)
    assert (None if now == "deleted" else whole(any_store, run)) == before


def test_a_run_is_assigned_once_and_claimed_by_that_trainer_only(any_store: Store):
    run = any_store.create_run(RunConfig())
    assert any_store.assign(run, ME)
    assert not any_store.assign(run, OTHER)
    with pytest.raises(LostRun):
        any_store.lease(run, OTHER).claim()
    assert any_store.lease(run, ME).claim().status == "training"
    with pytest.raises(LostRun):
        any_store.lease(run, ME).claim()


def test_of_trainers_that_claim_at_once_one_gets_the_run(any_store: Store):
    for _ in range(5):
        run = any_store.create_run(RunConfig())
        got = in_threads(8, lambda i, run=run: succeeds(lambda: any_store.lease(run, f"trainer {i}").claim(), LostRun))
        assert sum(got) == 1


def test_of_schedulers_that_start_at_once_one_becomes_the_scheduler(any_store: Store):
    for _ in range(10):
        got = in_threads(8, lambda i: any_store.take_scheduler(f"scheduler {i}", stale_seconds=60))
        assert sum(got) == 1
        any_store.leave_scheduler(f"scheduler {got.index(True)}")


def in_threads(count: int, function) -> list:
    """What `function` gives for 0, 1, ..., all called at the same moment."""
    together = threading.Barrier(count)

    def call(number: int) -> object:
        together.wait()
        return function(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(call, range(count)))


def succeeds(function, error: type[Exception]) -> bool:
    try:
        function()
    except error:
        return False
    return True


@pytest.mark.parametrize("epoch", [1, 2, 4])
def test_an_epoch_is_trained_once_and_in_its_turn(any_store: Store, epoch: int):
    run = training(any_store, epochs=2)
    before = whole(any_store, run)
    with pytest.raises(ValueError, match=f"expected 3 as the next, got {epoch}"):
        finish(any_store, run, epoch)
    assert whole(any_store, run) == before


def test_a_place_is_kept_only_within_the_epoch_that_comes_next(any_store: Store):
    run = training(any_store, epochs=2)
    with pytest.raises(ValueError, match="expected 2, the last finished, got 1"):
        any_store.lease(run, ME).save_position(epoch=1, step=3, state={}, resume=MOMENTS)


def test_a_lost_trainer_gives_the_run_back_and_after_three_it_fails_with_its_log(any_store: Store):
    run = training(any_store, epochs=1)
    for attempt, status in enumerate(("queued", "queued", "failed"), 1):
        assert any_store.trainer_lost(run, ME, f"line {attempt}\n\0\ud800", most_attempts=3) == status
        assert any_store.run(run).attempts == attempt
        if status == "queued":
            any_store.lease(run, ME).claim()
    assert any_store.run(run).log == "line 3\n\ufffd\ufffd"
    assert any_store.check() == []
    any_store.resume_run(run)
    assert (any_store.run(run).attempts, any_store.run(run).log) == (0, None)


def test_a_finished_epoch_forgives_the_trainers_lost_before(any_store: Store):
    run = training(any_store)
    any_store.trainer_lost(run, ME, "", most_attempts=3)
    any_store.lease(run, ME).claim()
    finish(any_store, run, 1)
    assert any_store.run(run).attempts == 0


def test_a_lost_trainer_that_was_asked_to_stop_has_stopped(any_store: Store):
    run = training(any_store)
    any_store.ask(run, "stop")
    assert any_store.trainer_lost(run, ME, "", most_attempts=3) == "stopped"
    assert any_store.trainer_lost(run, ME, "", most_attempts=3) is None
    assert any_store.check() == []


def test_a_fork_takes_the_history_along_and_goes_its_own_way(any_store: Store):
    parent = training(any_store, epochs=5)
    fork = any_store.fork_run(parent, 3, tiny.config(name="fork", training={"epochs": 9}))
    forked = any_store.run(fork)
    assert (forked.parent, forked.parent_epoch, forked.epochs_done, forked.train_seconds) == (parent, 3, 3, 3.0)
    assert any_store.epochs(fork) == any_store.epochs(parent)[:3]
    assert any_store.checkpoint_epochs(fork) == [3]
    assert list(any_store.checkpoint_sums(fork)) == [3]
    assert forked.tokenizer == TOKENIZER
    assert any_store.resume_state(fork) is None
    assert any_store.check() == []
    any_store.lease(fork, OTHER).claim()
    for epoch in range(4, 31):
        finish(any_store, fork, epoch, trainer=OTHER)
    any_store.lease(fork, OTHER).end("finished")
    assert any_store.check() == []
    any_store.trainer_lost(parent, ME, "", most_attempts=1)
    any_store.delete_run(parent)
    assert len(any_store.samples(fork)) == 60
    assert any_store.check() == []


def test_a_fork_from_an_epoch_that_is_not_kept_says_which_are(any_store: Store):
    parent = training(any_store, epochs=14)
    with pytest.raises(UnknownEpoch, match=r"expected one that is kept \(1, 2, 3, 5, 10, 14\), got 4"):
        any_store.fork_run(parent, 4, tiny.config())
    assert len(any_store.runs()) == 1


def test_deleting_takes_all_of_a_run_but_never_one_that_trains(any_store: Store):
    run, other = training(any_store, epochs=2), training(any_store, epochs=1)
    with pytest.raises(WrongStatus, match="got training; stop it first"):
        any_store.delete_run(run)
    any_store.lease(run, ME).end("stopped")
    any_store.delete_run(run)
    with pytest.raises(UnknownRun):
        any_store.run(run)
    assert any_store.epochs(run) == any_store.samples(run) == any_store.points(run) == []
    assert len(any_store.epochs(other)) == 1
    assert any_store.check() == []


@pytest.mark.parametrize("run", ["../../etc/passwd", "", "A", "a" * 41, "a b", "<b>", "é", "a\n", "\0", "\ud800"])
def test_what_is_no_id_is_an_unknown_run(any_store: Store, run: str):
    with pytest.raises(UnknownRun, match="expected an id of letters, digits and dashes"):
        check_run_id(run)
    reads = (
        any_store.run,
        any_store.epochs,
        any_store.points,
        any_store.samples,
        any_store.checkpoint_epochs,
        any_store.checkpoint_sums,
    )
    for ask in (*reads, any_store.delete_run, any_store.resume_run):
        with pytest.raises(UnknownRun):
            ask(run)


def test_runs_come_newest_first_and_by_status_or_owner(any_store: Store):
    first = any_store.create_run(tiny.config(owner="ada"))
    second = any_store.create_run(tiny.config(owner="bob"))
    any_store.ask(first, "stop")
    assert [run.id for run in any_store.runs()] == [second, first]
    assert [run.id for run in any_store.runs(statuses=["stopped"])] == [first]
    assert [run.id for run in any_store.runs(owner="bob")] == [second]


def test_listed_runs_come_without_their_vocabulary_and_say_so(any_store: Store):
    run = training(any_store)
    with pytest.raises(RuntimeError, match=r"expected one from Store\.run\(\)"):
        _ = any_store.runs()[0].tokenizer
    assert any_store.run(run).tokenizer == TOKENIZER
    assert any_store.run(any_store.create_run(RunConfig())).tokenizer is None


def test_texts_come_back_as_they_were_put_in(any_store: Store):
    nasty = "\0 NUL, \ufffd, \U0001f600, <script>, \x1b[31m, 'quote' \"double\" \\ \r\n"
    title = "a\0b\ud800c"
    name = any_store.add_text("ab" * 32, title, nasty)
    assert name == any_store.add_text("ab" * 32, "another title", nasty) == "text-" + "ab" * 5
    assert any_store.text(name) == nasty
    assert [(row.title, row.chars, row.vocab) for row in any_store.texts()] == [
        ("a\ufffdb\ufffdc", len(nasty), len(set(nasty)))
    ]


def test_a_text_with_half_a_character_or_anothers_name_is_refused(any_store: Store):
    with pytest.raises(CorpusError, match="expected whole characters, got half a one at 3"):
        any_store.add_text("cd" * 32, "title", "abc\ud800")
    any_store.add_text("ef" * 32, "title", "abc")
    with pytest.raises(CorpusError, match="got that of another text"):
        any_store.add_text("ef" * 16 + "00" * 16, "title", "abd")
    with pytest.raises(CorpusError, match="expected the name of a stored text"):
        any_store.text("text-\0nowhere")


def test_a_text_is_kept_while_a_run_may_need_it(any_store: Store):
    name = any_store.add_text("ab" * 32, "title", "abc")
    run = any_store.create_run(tiny.config(corpus=name))
    with pytest.raises(WrongStatus, match=f"got one that run {run} needs"):
        any_store.delete_text(name)
    any_store.ask(run, "pause")
    with pytest.raises(WrongStatus, match=f"got one that run {run} needs"):
        any_store.delete_text(name)
    any_store.resume_run(run)
    any_store.ask(run, "stop")
    any_store.delete_text(name)
    assert any_store.texts() == []


def test_whatever_networks_and_people_write_is_stored_or_mended(any_store: Store):
    run = training(any_store, name="<script>alert(1)</script>", sampling={"prompt": "\0\n</p>"})
    text = "*a* \0 \ud800 \U0001f600 <b>"
    finish(any_store, run, 1, samples=[Sample(1, 0.0, "\0", 1, text)])
    assert any_store.samples(run) == [Sample(1, 0.0, "\ufffd", 1, "*a* \ufffd \ufffd \U0001f600 <b>")]
    assert any_store.run(run).name == "<script>alert(1)</script>"
    assert any_store.run(run).config.sampling.prompt == "\0\n</p>"
    any_store.lease(run, ME).end("failed", "a \0 message \udc00")
    assert any_store.run(run).message == "a \ufffd message \ufffd"


def test_numbers_that_are_none_become_none_and_numpys_become_pythons(any_store: Store):
    run = training(any_store)
    any_store.lease(run, ME).progress(
        step=np.int64(3), loss=float("nan"), chars_per_second=np.float32(np.inf),
        train_seconds=np.float64(0.5), point=Point(np.int64(3), np.float32(0.5), np.float32("nan")),
    )  # fmt: skip
    assert any_store.points(run) == [Point(3, 0.5, None)]
    assert (any_store.run(run).loss, any_store.run(run).chars_per_second) == (None, None)
    finish(any_store, run, 1, metrics={"loss": np.float32(0.5), "val_loss": float("inf"), "by": [float("nan"), 1]})
    assert any_store.epochs(run) == [{"epoch": 1, "loss": 0.5, "val_loss": None, "by": [None, 1]}]


def test_the_state_to_resume_from_comes_back_exactly(any_store: Store):
    run = training(any_store)
    state = {"best": float("inf"), "seconds": 0.1 + 0.2, "counts": [1, 2]}
    finish(any_store, run, 1, state=state)
    assert any_store.resume_state(run).state == state


def test_a_point_replaces_what_stood_after_it_before_a_rewind(any_store: Store):
    run = training(any_store)
    for step in (2, 4, 6):
        progress(any_store, run, step, point=Point(step, step / 10, 1.0))
    progress(any_store, run, 4, point=Point(4, 0.35, 2.0))
    assert any_store.points(run) == [Point(2, 0.2, 1.0), Point(4, 0.35, 2.0)]
    assert any_store.points(run, after=2) == [Point(4, 0.35, 2.0)]
    any_store.lease(run, ME).rewind_points(2)
    assert any_store.points(run) == [Point(2, 0.2, 1.0)]


def test_steps_of_the_longest_runs_fit(any_store: Store):
    run = training(any_store)
    progress(any_store, run, 1, point=Point(10_000_000_000, 1.0, 1.0))
    assert any_store.points(run)[-1].step == 10_000_000_000


def test_renaming_changes_the_name_everywhere(any_store: Store):
    run = any_store.create_run(tiny.config(name="old"))
    any_store.rename_run(run, "new\n name\0")
    assert any_store.run(run).name == any_store.run(run).config.name == "new name"


def test_one_scheduler_at_a_time(any_store: Store):
    assert any_store.take_scheduler("a", stale_seconds=60)
    assert not any_store.take_scheduler("b", stale_seconds=60)
    assert any_store.take_scheduler("a", stale_seconds=60)
    assert any_store.take_scheduler("b", stale_seconds=60, dead="a")
    assert not any_store.scheduler_heartbeat("a", {})
    assert any_store.scheduler_heartbeat("b", {"slots": {"cpu": 1}, "load": float("nan")})
    assert any_store.scheduler()["state"] == {"slots": {"cpu": 1}, "load": None}
    assert any_store.take_scheduler("c", stale_seconds=0.0)
    any_store.leave_scheduler("c")
    assert any_store.scheduler()["token"] is None
    any_store.want_scheduler()
    assert any_store.scheduler()["wanted_at"] > time.time() - 60


def test_a_scheduler_whose_heartbeat_lies_in_the_future_is_stale(any_store: Store, monkeypatch: pytest.MonkeyPatch):
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3600)
    any_store.take_scheduler("before the clock was set back", stale_seconds=60)
    monkeypatch.setattr(time, "time", lambda: now)
    assert any_store.take_scheduler("after", stale_seconds=60)


def test_a_second_store_on_the_same_database_sees_what_the_first_wrote(store_url: str, open_store):
    first = open_store(store_url)
    run = training(first, epochs=1)
    assert open_store(store_url).epochs(run) == first.epochs(run)
    assert open_store(first.url).place == first.place


def test_programs_that_open_a_new_store_at_once_make_its_tables_once(store_url: str, open_store):
    stores = in_threads(6, lambda _: open_store(store_url))
    stores[0].create_run(RunConfig())
    assert all(len(store.runs()) == 1 for store in stores)
    assert stores[0].check() == []


def test_opening_the_second_time_takes_less_than_50_ms(store_url: str, open_store):
    open_store(store_url)
    seconds = []
    for _ in range(5):
        since = time.perf_counter()
        open_store(store_url)
        seconds.append(time.perf_counter() - since)
    assert min(seconds) < 0.05


def test_a_store_of_a_newer_program_is_left_alone(store_url: str, open_store):
    store = open_store(store_url)
    with store._database.write() as tx:
        tx.execute(schema.meta.update().values(value="99"))
    with pytest.raises(StoreError, match="expected schema version 1, got 99; update rnnkit"):
        open_store(store_url)


# ---- which checkpoints are kept


@given(losses=st.lists(st.one_of(st.none(), st.integers(0, 20)), min_size=1, max_size=150))
def test_dropping_as_epochs_come_leaves_what_the_rule_says_afresh(losses: list):
    kept: set[int] = set()
    seen: list[dict] = []
    for epoch, loss in enumerate(losses, 1):
        seen.append({"epoch": epoch, "loss": loss})
        kept = (kept | {epoch}) & kept_epochs(seen)
        assert kept == kept_epochs(seen)


def test_700_epochs_keep_the_first_three_the_best_the_last_and_twelve_spaced_ones():
    kept: set[int] = set()
    losses: list[dict] = []
    for epoch in range(1, 701):
        losses.append({"epoch": epoch, "loss": abs(epoch - 437) / 100})  # the best, 437, has a loss of exactly 0
        kept = (kept | {epoch}) & kept_epochs(losses)
        assert kept == kept_epochs(losses)
        assert len(kept) <= 3 + 12 + 2
    assert kept == {1, 2, 3, 100, 200, 300, 400, 437, 500, 600, 700}


def test_a_held_out_loss_of_zero_is_the_best_there_is(any_store: Store):
    run = training(any_store)
    for epoch in range(1, 31):
        finish(any_store, run, epoch, metrics={"loss": 0.5, "val_loss": 0.0 if epoch == 17 else 0.25})
    assert any_store.checkpoint_epochs(run) == [1, 2, 3, 5, 10, 15, 17, 20, 25, 30]
    assert judged({"loss": 0.5, "val_loss": 0.0}) == 0.0
    assert judged({"loss": 0.5, "val_loss": None}) is None, "it was no number: its training loss stands for nothing"
    assert any_store.check() == []


# ---- the health check finds what is planted


def sql(store: Store, *statements: str) -> None:
    """Change rows behind the store's back."""
    with sqlite3.connect(store.place) as connection:
        for statement in statements:
            assert connection.execute(statement).rowcount != 0, f"{statement}: plants nothing"
    connection.close()


FAULTS = {
    "unknown status": ("UPDATE runs SET status='asleep'", "expected a status that exists, got 'asleep'"),
    "unknown wish": ("UPDATE runs SET wanted='dance'", "got 'dance'"),
    "ended with trainer": ("UPDATE runs SET trainer='x'", "expected no trainer while stopped, got 'x'"),
    "active without trainer": ("UPDATE runs SET status='training'", "expected a trainer while training, got none"),
    "pretrained alone": ("UPDATE runs SET pretrained=1", "expected one that came with the program to be imported"),
    "imported and queued": ("UPDATE runs SET imported=1, status='queued'", "expected an imported run to have ended"),
    "lost epoch": ("DELETE FROM epochs WHERE epoch=2", "expected the epochs 1 to 14, got 1, 3,"),
    "epoch too many": ("UPDATE runs SET epochs_done=13", "expected the epochs 1 to 13, got 1, 2,"),
    "metrics of another": ("UPDATE epochs SET metrics='{\"epoch\": 9}' WHERE epoch=2", "metrics of epoch 2"),
    "metrics torn": ("UPDATE epochs SET metrics='{\"ep' WHERE epoch=2", "expected the metrics of epoch 2"),
    "no last checkpoint": ("DELETE FROM checkpoints WHERE epoch=14", "expected a checkpoint of its last epoch 14"),
    "checkpoint missing": ("DELETE FROM checkpoints WHERE epoch=5", "too many or too few: 5"),
    "checkpoint too many": (
        "INSERT INTO checkpoints SELECT run, 7, sha256, arrays FROM checkpoints WHERE epoch=5",
        "too many or too few: 7",
    ),
    "checkpoint of no epoch": ("UPDATE checkpoints SET epoch=99 WHERE epoch=5", "expected a finished epoch 99"),
    "samples of no epoch": ("UPDATE samples SET epoch=99 WHERE epoch=5", "samples of run"),
    "points of no run": ("UPDATE points SET run='nobody'", "points: expected a run nobody, got none"),
    "resume of no run": ("UPDATE resume SET run='nobody'", "resume: expected a run nobody, got none"),
    "broken foreign key": ("UPDATE resume SET run='nobody'", "names no runs"),
    "damaged checkpoint": ("UPDATE checkpoints SET arrays=x'00' WHERE epoch=5", "checkpoints .* 5: expected checksum"),
    "damaged resume state": ("UPDATE resume SET arrays=x'00'", "resume .*: expected checksum"),
    "damaged text": ("UPDATE texts SET content=x'00'", "texts text-.*: expected checksum"),
    "resume state behind": ("UPDATE resume SET epoch=13", "expected a resume state after epoch 14, got 13"),
    "resume state beyond": ("UPDATE resume SET step=11", "expected a resume state within 10 batches, got batch 11"),
    "no resume state": ("DELETE FROM resume", "expected a state to resume from after epoch 14, got none"),
    "seconds backwards": ("UPDATE points SET seconds=0.5 WHERE step=100", "expected the seconds of its curve to grow"),
    "two schedulers": ("INSERT INTO scheduler VALUES (2, NULL, 0, 0, '{}')", "expected one row with id 1, got 2"),
    "no scheduler": ("DELETE FROM scheduler", "expected one row with id 1, got 0"),
    "no vocabulary": ("UPDATE runs SET tokenizer=NULL", "expected a vocabulary and its size once"),
    "vocabulary of another": ("UPDATE runs SET vocab_size=3", "expected a vocabulary of 3 symbols, got 2"),
    "vocabulary torn": ("UPDATE runs SET tokenizer='{'", "expected a vocabulary of 2 symbols, got None"),
    "config torn": ("UPDATE runs SET config='{'", "expected a config that can be read"),
    "config unknown": ("UPDATE runs SET config='{\"speed\": 1}'", "expected a config that can be read"),
    "half a parent": ("UPDATE runs SET parent='abc'", "expected a parent with its epoch or neither"),
    "parent ahead": ("UPDATE runs SET parent='a', parent_epoch=15", "expected to stand after epoch 15"),
    "batches beyond": ("UPDATE runs SET step=11", "expected between 0 and 10 batches"),
}  # fmt: skip


@pytest.fixture(scope="module")
def sound_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one stopped run of 14 epochs and one text, in which all is well."""
    path = tmp_path_factory.mktemp("sound") / "rnnkit.sqlite"
    store = Store(f"sqlite:///{path}")
    store.lease(training(store, epochs=14), ME).end("stopped")
    store.add_text("88d4266fd4e6338d13b845fcf289579d209c897823b9217da3e161936f031589", "four letters", "abcd")
    assert store.check() == []
    store.close()
    return path


@pytest.mark.parametrize(("plant", "sentence"), FAULTS.values(), ids=FAULTS)
def test_the_check_finds(sound_file: Path, home: Path, open_store, plant: str, sentence: str):
    home.mkdir()
    shutil.copy(sound_file, home / "rnnkit.sqlite")
    store = open_store(None)
    sql(store, plant)
    assert any(re.search(sentence, found) for found in store.check()), store.check()


def test_the_check_finds_a_torn_page(store: Store):
    run = training(store, epochs=14)
    store.lease(run, ME).end("stopped")
    store.close()
    with open(store.place, "r+b") as file:
        file.seek(4096 * 5 + 8)
        file.write(b"\xff" * 2000)
    try:
        said = store.check()
    except StoreError as error:  # so torn that not even the tables can be read
        said = [str(error)]
    assert said


def test_a_damaged_checkpoint_is_said_and_the_others_are_read(any_store: Store):
    run = training(any_store, epochs=2)
    with any_store._database.write() as tx:
        tx.execute(schema.checkpoints.update().where(schema.checkpoints.c.epoch == 2).values(arrays=b"garbage"))
        tx.execute(schema.resume.update().values(arrays=b"garbage"))
    for read in (any_store.checkpoint, any_store.checkpoint_bytes):
        with pytest.raises(DamagedCheckpoint, match=f"checkpoint of run {run}, epoch 2: expected arrays with checksum"):
            read(run, 2)
    with pytest.raises(DamagedCheckpoint, match="resume state"):
        any_store.resume_state(run)
    assert set(any_store.checkpoint(run, 1)) == {"dense/kernel"}


# ---- SQLite


@pytest.mark.parametrize(
    ("version", "mode"), [((3, 40, 1), "delete"), ((3, 51, 2), "delete"), ((3, 51, 3), "wal"), ((4, 0, 0), "wal")]
)
def test_the_journal_is_one_that_this_sqlite_keeps_every_commit_with(
    home: Path, open_store, monkeypatch: pytest.MonkeyPatch, version: tuple, mode: str
):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
    assert pragmas(open_store(None)) == {"journal_mode": mode, "synchronous": 2, "foreign_keys": 1, "auto_vacuum": 2}


def pragmas(store: Store) -> dict:
    with store._database.read() as tx:
        names = ("journal_mode", "synchronous", "foreign_keys", "auto_vacuum")
        return {name: tx.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}


def test_a_full_disk_writes_nothing_and_afterwards_all_goes_on(store: Store):
    run = training(store, epochs=2)
    before = whole(store, run)
    large = {"dense/kernel": np.zeros((200, 200), np.float32)}  # 160 kB, 40 pages
    pages, room, said = page_count(store), 0, []
    while True:
        with at_most_pages(store, pages + room):
            try:
                finish(store, run, 3, checkpoint=large, resume=large)
                break
            except StoreFull as error:
                said.append(str(error))
        assert whole(store, run) == before
        assert store.check() == []
        room += 7
    assert len(said) >= 10
    assert all("got a full disk" in sentence and store.place in sentence for sentence in said)
    assert store.run(run).epochs_done == 3
    finish(store, run, 4)
    assert store.check() == []


def test_deleting_a_run_gives_its_room_back(store: Store):
    small = Path(store.place).stat().st_size
    run = training(store)
    finish(store, run, 1, checkpoint={"dense/kernel": np.zeros((1000, 1000), np.float32)})
    assert Path(store.place).stat().st_size > small + 4_000_000
    store.lease(run, ME).end("stopped")
    store.delete_run(run)
    assert Path(store.place).stat().st_size < small + 100_000
    assert store.check() == []


def test_the_address_of_a_file_is_whole_so_that_others_open_the_same(
    tmp_path: Path, open_store, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    assert open_store("sqlite:///here.sqlite").url == f"sqlite:///{tmp_path / 'here.sqlite'}"


@pytest.mark.parametrize("name", ["rnn kit", "50 % größer", "a#b", "a'b", "a;b"])
def test_a_home_with_any_name_will_do(tmp_path: Path, open_store, monkeypatch: pytest.MonkeyPatch, name: str):
    monkeypatch.setenv("RNNKIT_HOME", str(tmp_path / name))
    assert Path(open_store(None).place) == tmp_path / name / "rnnkit.sqlite"
    assert (tmp_path / name / "rnnkit.sqlite").exists()


# ---- a store that cannot be opened is one sentence


def test_a_file_that_is_no_database_is_said(tmp_path: Path, open_store):
    (tmp_path / "photo").write_bytes(b"\x89PNG" * 1000)
    with pytest.raises(StoreError, match=r"photo, got: .*file is not a database"):
        open_store(f"sqlite:///{tmp_path / 'photo'}")
    assert (tmp_path / "photo").read_bytes() == b"\x89PNG" * 1000


@pytest.mark.parametrize("place", [".", "no/such/folder/rnnkit.sqlite"])
def test_a_place_where_no_file_can_be_is_said(tmp_path: Path, open_store, place: str):
    with pytest.raises(StoreError, match="unable to open database file"):
        open_store(f"sqlite:///{tmp_path / place}")


def test_a_store_that_may_only_be_read_is_read_and_says_so_when_written(store: Store, open_store):
    run = store.create_run(RunConfig())
    reader = open_store(f"sqlite:///file:{store.place}?mode=ro&uri=true")
    assert reader.run(run).status == "queued"
    with pytest.raises(StoreError, match="readonly database"):
        reader.create_run(RunConfig())


@pytest.mark.parametrize(
    "url",
    [" ", "nonsense", "sqlite://", "sqlite:///:memory:", "mysql://u:hidden@h/db", "postgresql+nodriver://u:hidden@h/d",
     "postgresql://u:hidden@host:port/db", "http://u:hidden@h", "://u:hidden@h"],
)  # fmt: skip
def test_an_address_that_is_none_is_said_without_its_password(open_store, monkeypatch: pytest.MonkeyPatch, url: str):
    with pytest.raises(StoreError, match="expected sqlite:///FILE or postgresql://") as error:
        open_store(url)
    assert "hidden" not in str(error.value)


@pytest.mark.parametrize("host", ["127.0.0.1:1", "[::1]:1", "no.such.host.invalid"])
def test_a_server_that_does_not_answer_is_said_without_the_password(open_store, host: str):
    since = time.perf_counter()
    with pytest.raises(StoreError, match="expected a database that answers at postgresql") as error:
        open_store(f"postgresql://rnn:hidden@{host}/db")
    assert "hidden" not in str(error.value)
    assert time.perf_counter() - since < 20


def test_a_database_that_does_not_exist_on_the_server_is_said(postgres_server: str, open_store):
    url = sa.make_url(postgres_server).set(database="nowhere", password="hidden")
    with pytest.raises(StoreError, match='database "nowhere" does not exist') as error:
        open_store(url.render_as_string(hide_password=False))
    assert "hidden" not in str(error.value)


def test_a_store_without_the_driver_for_postgresql_says_what_to_install(open_store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"expected the package psycopg\[binary\]"):
        open_store("postgresql://localhost/db")


# ---- many programs at once


def processes() -> multiprocessing.context.BaseContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pretend"])  # one process imports SQLAlchemy, not ten at once
    return context


def many_at_once(url: str, writers: int, readers: int, seconds: float) -> dict[str, list[int]]:
    context = processes()
    jobs = [(url, f"writer {i}", seconds) for i in range(writers)] + [
        (url, f"reader {i}", seconds) for i in range(readers)
    ]
    with context.Pool(writers + readers) as pool:
        kinds = [pretend.write_epochs] * writers + [pretend.read_all] * readers
        waiting = [pool.apply_async(kind, job) for kind, job in zip(kinds, jobs, strict=True)]
        done = [job.get(timeout=120) for job in waiting]
    return {job[1]: epochs for job, epochs in zip(jobs, done, strict=True) if epochs}


@pytest.mark.parametrize(
    "seconds", [pytest.param(1.0, id="a second"), pytest.param(30.0, id="half a minute", marks=pytest.mark.slow)]
)
def test_eight_programs_write_and_two_read_at_once_and_no_commit_is_lost(store_url: str, open_store, seconds: float):
    store = open_store(store_url)
    committed = many_at_once(store_url, writers=8, readers=2, seconds=seconds)
    assert len(committed) == 8
    for run in store.runs():
        assert [metrics["epoch"] for metrics in store.epochs(run.id)] == committed[run.name]
    assert store.check() == []


@pytest.mark.parametrize(
    "kills", [pytest.param(8, id="8 times"), pytest.param(200, id="200 times", marks=pytest.mark.slow)]
)
def test_a_writer_killed_at_any_moment_loses_no_epoch_and_none_is_written_twice(store_url: str, open_store, kills: int):
    store, random = open_store(store_url), np.random.default_rng(0)
    run = store.create_run(RunConfig())
    for _ in range(kills):
        told = killed_after(store_url, run, seconds=random.uniform(0.0, 0.15))
        # Waits for what the server may still be doing for the killed one.
        assert store.trainer_lost(run, ME, "killed", most_attempts=1000) == "queued"
        assert store.run(run).epochs_done in (told, told + 1)  # the last may be committed and not yet told
        assert [metrics["epoch"] for metrics in store.epochs(run)] == list(range(1, store.run(run).epochs_done + 1))
        assert store.check() == []
    assert store.run(run).epochs_done > kills // 2


def killed_after(url: str, run: str, seconds: float) -> int:
    """Start a writer, kill it so long after its first word, and return the last epoch that it said is committed."""
    context = processes()
    here, there = context.Pipe(duplex=False)
    writer = context.Process(target=pretend.write_until_killed, args=(url, run, there))
    writer.start()
    there.close()
    told = here.recv()
    time.sleep(seconds)
    writer.kill()
    writer.join()
    with suppress(EOFError):
        while here.poll():
            told = here.recv()
    here.close()
    writer.close()
    return told


# ---- whatever happens in whatever order


@pytest.mark.parametrize("seed", range(3))
def test_whatever_people_trainers_and_schedulers_do_the_store_stays_sound(any_store: Store, seed: int):
    random = np.random.default_rng(seed)
    done = Counter()
    for _ in range(600):
        name = str(random.choice([name for name in DEEDS for _ in range(OFTEN.get(name, 1))]))
        runs = {run.id: run.trainer or ME for run in any_store.runs()[-3:]} or {"nobody": ME}
        run = str(random.choice(list(runs)))
        trainer = runs[run] if random.uniform() < 0.9 else OTHER
        try:
            DEEDS[name](any_store, run, trainer, random)
            done[name] += 1
        except (LostRun, PersonError, ValueError):  # refused, as it should be
            pass
    assert any_store.check() == []
    assert len(done) > 12, f"too little happened: {done}"
    assert done["epoch"] + done["epochs"] >= 8, f"nobody trained: {done}"


def claimed(store: Store, run: str) -> None:
    if store.run(run).status != "training":
        raise LostRun("a trainer claims its run before it writes")


def next_epoch(store: Store, run: str, trainer: str, random) -> None:
    claimed(store, run)
    epoch = store.run(run).epochs_done + int(random.choice([1, 1, 1, 1, 0, 2]))
    finish(store, run, epoch, trainer=trainer, loss=float(random.uniform()))


def next_point(store: Store, run: str, trainer: str, random) -> None:
    claimed(store, run)
    row = store.run(run)
    step = int(random.integers(1, 10))
    point = Point(10 * row.epochs_done + step, row.epochs_done + step / 10, 1.0)
    store.lease(run, trainer).rewind_points(10 * row.epochs_done)
    progress(store, run, step, trainer=trainer, point=point)


def keep_place(store: Store, run: str, trainer: str, random) -> None:
    claimed(store, run)
    epoch, step = store.run(run).epochs_done, int(random.integers(0, 10))
    store.lease(run, trainer).save_position(epoch=epoch, step=step, state={}, resume=MOMENTS)


def claim(store: Store, run: str, trainer: str, random) -> None:
    store.lease(run, trainer).claim()
    store.lease(run, trainer).save_description(tokenizer=TOKENIZER, vocab_size=2, params=6, steps=10)


OFTEN = {"claim": 8, "epoch": 8, "epochs": 4, "point": 8, "place": 3, "fork": 3}
DEEDS = {
    "create": lambda store, run, trainer, random: store.create_run(tiny.config(corpus="text-aaaaaaaaaa")),
    "assign": lambda store, run, trainer, random: store.assign(run, trainer),
    "claim": claim,
    "epoch": next_epoch,
    "epochs": lambda *given: [next_epoch(*given) for _ in range(5)],
    "point": next_point,
    "place": keep_place,
    "pause": lambda store, run, trainer, random: store.ask(run, "pause"),
    "stop": lambda store, run, trainer, random: store.ask(run, "stop"),
    "leave": lambda store, run, trainer, random: store.lease(run, trainer).end("queued"),
    "end": lambda store, run, trainer, random: store.lease(run, trainer).end(str(random.choice(ENDED))),
    "lose": lambda store, run, trainer, random: store.trainer_lost(run, trainer, "log", most_attempts=3),
    "resume": lambda store, run, trainer, random: store.resume_run(run),
    "fork": lambda store, run, trainer, random: store.fork_run(
        run, int(random.choice(store.checkpoint_epochs(run))), tiny.config()
    ),
    "rename": lambda store, run, trainer, random: store.rename_run(run, "another name"),
    "delete": lambda store, run, trainer, random: random.uniform() < 0.1 and store.delete_run(run),
    "text": lambda store, run, trainer, random: store.add_text(hashlib.sha256(b"abc").hexdigest(), "title", "abc"),
    "schedule": lambda store, run, trainer, random: store.take_scheduler(trainer, stale_seconds=0.01),
}


def test_opening_a_store_imports_no_framework(home: Path):
    code = "import sys; from rnnkit.store import Store; Store(); print({'keras', 'tensorflow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
