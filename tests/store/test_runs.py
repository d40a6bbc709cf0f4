"""Runs as people see them: queued, forked, read, renamed, asked to pause, deleted."""

from __future__ import annotations

import counted
import numpy as np
import pytest
import tiny
from pretend import ME, MOMENTS, OTHER, TOKENIZER, WEIGHTS, finish, lose, progress, training

from rnnkit.config import RunConfig
from rnnkit.errors import (
    ConfigError,
    DamagedCheckpoint,
    UnknownEpoch,
    UnknownRun,
    WrongStatus,
)
from rnnkit.store import Listed, Point, Sample, Store, check_run_id, schema, statements, weights


def test_a_new_run_waits_in_the_queue_under_a_name_of_its_own(any_store: Store):
    run = any_store.run(any_store.create_run(RunConfig(preset="my-preset")))
    assert (run.status, run.epochs_done, run.trainer, run.wanted) == ("queued", 0, None, "run")
    assert run.name == f"my-preset {run.id[:4]}" == run.config.name
    assert run.live
    assert not run.active


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


def test_a_fork_takes_the_history_along_and_goes_its_own_way(any_store: Store):
    parent = training(any_store, epochs=5)
    fork = any_store.fork_run(parent, 3, tiny.config(name="fork", training={"epochs": 9}))
    forked = any_store.run(fork)
    assert (forked.parent, forked.parent_epoch, forked.epochs_done, forked.train_seconds) == (parent, 3, 3, 3.0)
    assert any_store.epochs(fork) == any_store.epochs(parent)[:3]
    assert any_store.checkpoint_epochs(fork) == [3]
    assert [(one.step, one.epoch) for one in any_store.kept(fork)] == [(30, 3)]
    assert any_store.kept(fork)[0] in any_store.kept(parent)
    assert forked.tokenizer == TOKENIZER
    assert any_store.resume_state(fork) is None
    assert any_store.check() == []
    any_store.lease(fork, OTHER).claim()
    for epoch in range(4, 31):
        finish(any_store, fork, epoch, trainer=OTHER)
    any_store.lease(fork, OTHER).end("finished")
    assert any_store.check() == []
    lose(any_store, parent, ME, most_attempts=1)
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
        any_store.kept,
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


def test_whatever_networks_and_people_write_is_stored_or_mended(any_store: Store):
    run = training(any_store, name="<script>alert(1)</script>", sampling={"prompt": "\0\n</p>"})
    text = "*a* \0 \ud800 \U0001f600 <b>"
    finish(any_store, run, 1, samples=[Sample(1, 0.0, "\0", 1, text)])
    assert any_store.samples(run) == [Sample(1, 0.0, "\ufffd", 1, "*a* \ufffd \ufffd \U0001f600 <b>", 10)]
    assert any_store.run(run).name == "<script>alert(1)</script>"
    assert any_store.run(run).config.sampling.prompt == "\0\n</p>"
    any_store.lease(run, ME).end("failed", "a \0 message \udc00")
    assert any_store.run(run).message == "a \ufffd message \ufffd"


def test_renaming_changes_the_name_everywhere(any_store: Store):
    run = any_store.create_run(tiny.config(name="old"))
    any_store.rename_run(run, "new\n name\0")
    assert any_store.run(run).name == any_store.run(run).config.name == "new name"


def test_a_second_store_on_the_same_database_sees_what_the_first_wrote(store_url: str, open_store):
    first = open_store(store_url)
    run = training(first, epochs=1)
    assert open_store(store_url).epochs(run) == first.epochs(run)
    assert open_store(first.url).place == first.place


def test_a_damaged_checkpoint_is_said_and_the_others_are_read(any_store: Store):
    run = training(any_store, epochs=2)
    with any_store._database.write() as tx:
        tx.execute(schema.checkpoints.update().where(schema.checkpoints.c.epoch == 2).values(arrays=b"garbage"))
        tx.execute(schema.resume.update().values(arrays=b"garbage"))
    for read, at in ((any_store.checkpoint, 2), (any_store.weights, 20), (any_store.weights_bytes, 20)):
        with pytest.raises(DamagedCheckpoint, match=f"checkpoint of run {run}, epoch 2: expected arrays with checksum"):
            read(run, at)
    with pytest.raises(DamagedCheckpoint, match="resume state"):
        any_store.resume_state(run)
    assert set(any_store.checkpoint(run, 1)) == {"dense/kernel"}


def test_a_step_at_which_nothing_is_kept_is_said_with_those_that_are(any_store: Store):
    run = training(any_store, epochs=3)
    with pytest.raises(UnknownEpoch, match=r"step of run .*: expected one that is kept \(10, 20, 30\), got 15"):
        any_store.weights(run, 15)


def test_a_checkpoint_inside_the_first_epoch_needs_no_finished_one(any_store: Store):
    run = training(any_store)
    with any_store._database.write() as tx:
        statements.put_checkpoint(tx, run, 2, 0.25, statements.blob(weights.pack(WEIGHTS)))
        statements.put_samples(tx, run, [Sample(0.25, 1.0, "Once", 7, "early", 2)])
    finish(any_store, run, 1)
    assert [(one.step, one.epoch) for one in any_store.kept(run)] == [(2, 0.25), (10, 1)]
    assert any_store.checkpoint_epochs(run) == [1]
    assert [(sample.epoch, sample.step) for sample in any_store.samples(run)] == [(0.25, 2), (1, 10), (1, 10)]
    np.testing.assert_array_equal(any_store.weights(run, 2)["dense/kernel"], WEIGHTS["dense/kernel"])
    assert any_store.check() == []
    any_store.lease(run, ME).end("stopped")
    any_store.delete_run(run)
    assert any_store.check() == []


def test_lists_say_of_a_run_what_it_is_and_how_good_its_best_epoch_was(any_store: Store):
    older, newer = tiny.run(any_store, name="older", loss=3.0), tiny.run(any_store, name="newer", loss=6.0)
    waits = any_store.create_run(tiny.config(task="series", corpus="signal"))
    listed = any_store.listed()
    assert [one.id for one in listed] == [waits, newer, older]
    assert [one.best_loss for one in listed] == pytest.approx([None, 2.1, 1.1])
    assert listed[2].best_bits == pytest.approx(1.1 / np.log(2))
    assert [(one.task, one.status, one.live) for one in listed[:2]] == [
        ("series", "queued", True),
        ("language-model", "finished", False),
    ]
    any_store.add_metrics(newer, 3, {"val_loss": 0.5})
    assert any_store.listed()[1].best_loss == 0.5
    assert any_store.listed()[0]._fields == Listed._fields
    fork = any_store.fork_run(older, 1, tiny.config())
    assert {one.id: one.best_loss for one in any_store.listed()}[fork] == pytest.approx(3.1)
    assert any_store.check() == []


def test_five_thousand_runs_are_listed_by_one_statement_that_parses_no_config(store: Store, monkeypatch):
    tiny.run(store)
    monkeypatch.setattr("rnnkit.store.rows.parse", lambda _: pytest.fail("a list parses no config"))
    with counted.statements() as said:
        store.listed()
    assert len(said) == 1
    assert not {"config", "tokenizer", "log"} & set(said[0].replace(",", " ").replace("runs.", "").split())
    with counted.statements() as said:
        assert store.runs()[0].name
    assert len(said) == 1


def test_a_run_has_tags_once_each_that_can_be_taken_away(any_store: Store):
    runs = [any_store.create_run(RunConfig()) for _ in range(2)]
    any_store.tag_runs(runs, add=["homework", " group   3 ", "homework"])
    assert [one.tags for one in any_store.listed()] == [("homework", "group 3")] * 2
    any_store.tag_runs(runs[:1], add=["best"], remove=["homework", "none such"])
    assert any_store.run(runs[0]).tags == ("group 3", "best")
    with pytest.raises(UnknownRun):
        any_store.tag_runs([runs[0], "gone2345"], add=["late"])
    assert any_store.run(runs[0]).tags == ("group 3", "best")


@pytest.mark.parametrize("tag", ["", "  ", "a,b", "x" * 41, "a\x07b"])
def test_what_is_no_tag_is_refused(store: Store, tag: str):
    run = store.create_run(RunConfig())
    with pytest.raises(ConfigError, match=r"^tag: expected a few words"):
        store.tag_runs([run], add=[tag])
    with pytest.raises(ConfigError, match=r"^tag: expected at most 20"):
        store.tag_runs([run], add=map(str, range(21)))


def test_a_long_curve_comes_as_few_points_that_stay_while_it_grows(any_store: Store):
    run = training(any_store, epochs=0)
    lease = any_store.lease(run, ME)
    with any_store._database.write() as tx:
        rows = [{"run": run, "step": 2 * at, "seconds": at / 10, "loss": float(at % 4)} for at in range(1, 1001)]
        tx.execute(schema.points.insert(), rows)
    assert len(any_store.points(run)) == len(any_store.points(run, most=4000)) == 1000
    few = any_store.points(run, most=100)
    assert 50 <= len(few) <= 100
    assert few[-1][:2] == (2000, 100.0)
    assert {point.loss for point in few[1:-1]} == {1.5}
    lease.progress(step=3, loss=1.0, chars_per_second=1.0, train_seconds=101.0, point=Point(2002, 101.0, 1.0))
    assert any_store.points(run, most=100)[:-1] == few[:-1]
    assert any_store.points(run, after=1990, most=100)[-1].step == 2002


def test_the_queue_is_shared_by_what_trains_and_what_ended_within_an_hour(any_store: Store):
    waits, ended, old = any_store.create_run(RunConfig()), training(any_store), training(any_store)
    for run in (ended, old):
        any_store.lease(run, ME).end("finished")
    with any_store._database.write() as tx:
        runs = schema.runs
        tx.execute(runs.update().where(runs.c.id == old).values(ended_at=runs.c.ended_at - 3601))
    assert {run.id for run in any_store.recent()} == {waits, ended}
    assert [run.id for run in any_store.runs(ids=[old, "gone2345"])] == [old]
    assert {run.id for run in any_store.runs(newest=1)} == {waits, old}  # the newest, and what is live
