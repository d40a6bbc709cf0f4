"""What is deleted is out of sight at once, can be brought back for a day as it was, and then is gone with its room."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
import tiny
from pretend import ME, finish, in_charge, training, whole

from rnnkit.errors import CorpusError, UnknownEpoch, UnknownRun, WrongStatus
from rnnkit.store import ENDED, Order, Store, schema
from rnnkit.store.trash import KEPT_SECONDS, PURGED_AT_ONCE


def ended(store: Store, status: str = "finished", **parts) -> str:
    run = training(store, epochs=2, **parts)
    store.lease(run, ME).end(status)
    return run


def later(store: Store, seconds: float) -> None:
    """So much time passes for what lies in the trash."""
    with store._database.write() as tx:
        for table in (schema.runs, schema.texts):
            tx.execute(table.update().values(deleted_at=table.c.deleted_at - seconds))


HIDDEN: dict[str, Callable[[Store, str], object]] = {
    "run": lambda store, run: store.run(run),
    "weights": lambda store, run: store.weights(run, 20),
    "checkpoint": lambda store, run: store.checkpoint(run, 2),
    "fork": lambda store, run: store.fork_run(run, 2, tiny.config()),
    "resume": lambda store, run: store.resume_run(run),
    "rename": lambda store, run: store.rename_run(run, "x"),
    "ask": lambda store, run: store.ask(run, "stop"),
    "delete again": lambda store, run: store.delete_run(run),
}


def test_a_deleted_run_is_nowhere_to_be_seen(any_store: Store):
    run, other = ended(any_store, "stopped"), ended(any_store)
    any_store.delete_run(run)
    assert [one.id for one in any_store.runs()] == [other]
    assert any_store.runs(statuses=["stopped"]) == []
    assert any_store.epochs(run) == any_store.samples(run) == any_store.points(run) == any_store.kept(run) == []
    assert any_store.resume_state(run) is None
    for ask in HIDDEN.values():
        with pytest.raises((UnknownRun, UnknownEpoch)):
            ask(any_store, run)
    with pytest.raises(UnknownRun, match="which was deleted; for a day `undelete`"):
        any_store.run(run)
    assert any_store.check() == []


@pytest.mark.parametrize("status", ENDED)
def test_a_run_comes_back_with_all_it_held(any_store: Store, status: str):
    run = ended(any_store, status)
    before, weights = whole(any_store, run), any_store.weights(run, 20)
    any_store.delete_run(run)
    [deleted] = any_store.trash()
    assert (deleted.kind, deleted.id, deleted.name) == ("run", run, any_store.undelete(run).name)
    assert deleted.until - deleted.deleted_at == KEPT_SECONDS
    assert whole(any_store, run) == before
    np.testing.assert_array_equal(any_store.weights(run, 20)["dense/kernel"], weights["dense/kernel"])
    assert any_store.trash() == []
    assert any_store.check() == []


def test_a_queued_run_is_not_started_from_the_trash_and_waits_again_afterwards(any_store: Store):
    run = any_store.create_run(tiny.config())
    any_store.delete_run(run)
    assert not in_charge(any_store).assign([Order(run, ME)])
    with pytest.raises(UnknownRun):
        any_store.lease(run, ME).claim()
    assert any_store.undelete(run).notes == (f"It waits in the queue again, as {run}.",)
    assert in_charge(any_store).assign([Order(run, ME)])


def test_a_run_brings_its_texts_back(any_store: Store):
    one, two = (any_store.add_text(digit * 64, f"title {digit}", "abc") for digit in "ab")
    run = any_store.create_run(tiny.config(corpus=f"{one}+{two}"))
    any_store.delete_run(run)
    any_store.delete_text(one)
    any_store.delete_text(two, now=True)
    assert any_store.undelete(run).notes == (
        f"It waits in the queue again, as {run}.", f"Its text “title a” ({one}) is back too.",
        f"Its text {two} is not here.",
    )  # fmt: skip
    assert [row.name for row in any_store.texts()] == [one]


def test_a_name_that_was_taken_meanwhile_is_said(any_store: Store):
    run = ended(any_store, name="twin")
    any_store.delete_run(run)
    other = ended(any_store, name="twin")
    assert any_store.undelete(run).notes == (f"Another run has its name: {other}.",)
    text = any_store.add_text("a" * 64, "My diary", "abc")
    any_store.delete_text(text)
    twin = any_store.add_text("b" * 64, "my Diary", "abcd")
    assert any_store.undelete(text).notes == (f"{twin} has the same title: call this one {text}.",)


def test_a_text_is_gone_and_comes_back(any_store: Store):
    name = any_store.add_text("a" * 64, "title", "abc")
    before = any_store.texts()
    any_store.delete_text(name)
    assert any_store.texts() == []
    with pytest.raises(CorpusError, match="which was deleted"):
        any_store.text(name)
    with pytest.raises(CorpusError):
        any_store.delete_text(name)
    assert any_store.undelete(name).kind == "text"
    assert any_store.texts() == before
    assert any_store.text(name) == "abc"


def test_after_a_day_it_is_gone_for_good_and_not_before(any_store: Store):
    run, kept = ended(any_store), ended(any_store)
    text = any_store.add_text("a" * 64, "title", "abc")
    any_store.delete_run(run)
    any_store.delete_text(text)
    later(any_store, KEPT_SECONDS - 60)
    assert any_store.purge() == 0
    later(any_store, 120)
    any_store.delete_run(kept)  # whoever deletes empties what is old
    assert [one.id for one in any_store.trash()] == [kept]
    for name in (run, text, "nobody"):
        with pytest.raises(UnknownRun, match="expected a run or a text that was deleted within a day"):
            any_store.undelete(name)
    with any_store._database.read() as tx:
        for table in (schema.epochs, schema.samples, schema.checkpoints, schema.points, schema.resume):
            assert set(tx.execute(sa.select(table.c.run)).scalars()) == {kept}
    assert any_store.check() == []


def test_a_purge_removes_a_little_at_a_time(any_store: Store):
    runs = any_store.create_runs([tiny.config()] * (PURGED_AT_ONCE + 3))
    for run in runs:
        any_store.delete_run(run)
    later(any_store, KEPT_SECONDS + 1)
    assert [any_store.purge(), any_store.purge(), any_store.purge()] == [PURGED_AT_ONCE, 3, 0]


def test_the_room_is_given_back_at_the_purge(store: Store):
    small = Path(store.place).stat().st_size
    run = training(store)
    finish(store, run, 1, checkpoint={"dense/kernel": np.zeros((1000, 1000), np.float32)})
    store.lease(run, ME).end("stopped")
    store.delete_run(run)
    assert Path(store.place).stat().st_size > small + 4_000_000
    later(store, KEPT_SECONDS + 1)
    assert store.purge() == 1
    assert Path(store.place).stat().st_size < small + 100_000


def test_for_good_means_from_the_trash_too(any_store: Store):
    run, text = ended(any_store), any_store.add_text("a" * 64, "title", "abc")
    any_store.delete_run(run)
    any_store.delete_text(text)
    any_store.delete_run(run, now=True)
    any_store.delete_text(text, now=True)
    assert any_store.trash() == []
    another = ended(any_store)
    any_store.delete_run(another, now=True)
    assert any_store.runs() == any_store.trash() == []


@pytest.mark.parametrize("now", [False, True])
def test_what_trains_and_what_came_along_is_not_deleted(any_store: Store, now: bool):
    run, came = training(any_store), ended(any_store)
    with any_store._database.write() as tx:
        tx.execute(schema.runs.update().where(schema.runs.c.id == came).values(pretrained=True, imported=True))
    for one, said in ((run, "stop it first"), (came, "came with the program")):
        with pytest.raises(WrongStatus, match=said):
            any_store.delete_run(one, now=now)


def test_an_id_that_lies_in_the_trash_is_not_given_to_an_imported_run(any_store: Store, open_store, tmp_path: Path):
    from rnnkit.sharing import archive

    run = tiny.run(any_store, name="twin")
    file = archive.export_run(any_store, run, tmp_path / "run.zip")
    any_store.delete_run(run)
    again = archive.import_run(any_store, file)
    assert again != run
    any_store.undelete(run)
    assert {one.id for one in any_store.runs()} == {run, again}
    assert any_store.check() == []


def test_many_runs_are_deleted_and_brought_back_at_once_but_none_that_trains_or_came_along(any_store: Store):
    done, stopped, trains = ended(any_store), ended(any_store, "stopped", corpus="text-1"), training(any_store)
    assert set(any_store.delete_runs([done, stopped, trains, "gone2345"])) == {done, stopped}
    assert [one.id for one in any_store.listed()] == [trains]
    assert {one.id for one in any_store.trash()} == {done, stopped}
    assert any_store.check() == []
    assert any_store.undelete_runs([done, stopped]) == [done]  # the other asks for its text
    assert {one.id for one in any_store.listed()} == {trains, done}
