"""A whole store goes into a file and back, from either database into either, while it is in use."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
import tiny
from as_it_was import check_is_whole
from pretend import ME, finish, progress, training, whole

from rnnkit.errors import BackupError, StoreError, WrongStatus
from rnnkit.store import Store, schema

OLD = json.loads((Path(__file__).parent / "fixtures" / "v1.json").read_text("utf-8"))  # what its program read
TEXT = "To be, or not to be"


@pytest.fixture
def filled(any_store: Store) -> Store:
    """A store with a row of every kind: runs in several states, one in the trash, a text, a text in the trash."""
    fill(any_store)
    return any_store


def fill(store: Store) -> None:
    run = training(store, epochs=3, name="in training")
    progress(store, run, 4)
    for status in ("finished", "paused"):
        store.lease(training(store, epochs=2, name=status), ME).end(status)
    store.create_run(tiny.config(name="queued"))
    gone = store.create_run(tiny.config(name="gone"))
    store.delete_run(gone)
    for text in (TEXT, TEXT[:9]):
        name = store.add_text(hashlib.sha256(text.encode()).hexdigest(), "title", text)
    store.delete_text(name)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.database)])
def other(request: pytest.FixtureRequest, tmp_path: Path, open_store: Callable[[str | None], Store]) -> Store:
    """An empty store to restore into."""
    if request.param == "sqlite":
        return open_store(f"sqlite:///{tmp_path / 'other.sqlite'}")
    return open_store(request.getfixturevalue("postgres_url"))


def all_of(store: Store) -> dict:
    return {run.id: whole(store, run.id) for run in store.runs()}


def test_a_backup_of_either_database_restores_into_either(filled: Store, other: Store, tmp_path: Path):
    if filled.url == other.url:
        pytest.skip("one schema for each test")
    made = filled.backup(tmp_path / "a.backup")
    assert (made.runs, made.texts, made.deleted) == (4, 1, 2)
    assert made.bytes == (tmp_path / "a.backup").stat().st_size
    assert (tmp_path / "a.backup").stat().st_mode & 0o077 == 0
    back = other.restore(tmp_path / "a.backup")
    assert (back.runs, back.texts, back.deleted, back.notes) == (4, 1, 2, ())
    assert other.check() == []
    there = all_of(filled)
    [active] = [run for run in filled.runs() if run.active]
    for run_id, was in all_of(other).items():
        if run_id != active.id:
            assert was == there[run_id]
        for one in filled.kept(run_id):
            np.testing.assert_array_equal(
                other.weights(run_id, one.step)["dense/kernel"], filled.weights(run_id, one.step)["dense/kernel"]
            )
    again = other.run(active.id)
    assert (again.status, again.trainer, again.epochs_done) == ("queued", None, 3)
    assert [row._asdict() for row in other.texts()] == [row._asdict() for row in filled.texts()]
    assert {one.id for one in other.trash()} == {one.id for one in filled.trash()}
    assert other.text(other.texts()[0].name) == TEXT


def test_a_backup_of_a_backup_is_the_same(filled: Store, tmp_path: Path, open_store):
    first = filled.backup(tmp_path / "a.backup")
    shutil.copy(tmp_path / "a.backup", tmp_path / "b.sqlite")
    assert open_store(f"sqlite:///{tmp_path / 'b.sqlite'}").backup(tmp_path / "c.backup").sha256 == first.sha256


def test_a_backup_while_a_trainer_writes_is_of_one_moment(any_store: Store, tmp_path: Path, open_store):
    run = training(any_store)
    writer, stop = open_store(any_store.url), threading.Event()
    weights = {"dense/kernel": np.zeros((200, 200), np.float32)}

    def write() -> None:
        epoch = 1
        while not stop.is_set():
            finish(writer, run, epoch, checkpoint=weights, resume=weights)
            epoch += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(5):
            any_store.backup(tmp_path / f"{number}.backup")
    finally:
        stop.set()
        thread.join()
    done = []
    for number in range(5):
        copy = open_store(f"sqlite:///{tmp_path / f'{number}.backup'}")
        assert copy.check() == []
        done.append(copy.run(run).epochs_done)
    assert done == sorted(done)
    assert any_store.check() == []


def test_progress_reaches_its_end(filled: Store, tmp_path: Path):
    seen = []
    filled.backup(tmp_path / "a.backup", on=lambda *told: seen.append(told))
    assert {what for what, _, _ in seen} == {"copying", "checking"}
    [*_, (_, done, total)] = [told for told in seen if told[0] == "copying"]
    assert done == total


def test_a_file_that_is_there_is_replaced_only_by_force_and_the_store_itself_never(filled: Store, tmp_path: Path):
    file = tmp_path / "diary.txt"
    file.write_text("years of work")
    with pytest.raises(BackupError, match="which exists; --force replaces it"):
        filled.backup(file)
    assert file.read_text() == "years of work"
    filled.backup(file, force=True)
    assert file.read_bytes().startswith(b"SQLite")
    if filled._database.sqlite:
        with pytest.raises(BackupError, match="expected another file than the store itself"):
            filled.backup(filled.place, force=True)
    with pytest.raises(BackupError, match="which is a folder"):
        filled.backup(tmp_path, force=True)
    with pytest.raises(BackupError, match="expected a file that can be written"):
        filled.backup(tmp_path / "no" / "such" / "folder")


def test_what_fails_leaves_nothing_behind(store: Store, tmp_path: Path):
    fill(store)
    (tmp_path / "here").mkdir()

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.backup(tmp_path / "here" / "a.backup", on=fail)
    assert list((tmp_path / "here").iterdir()) == []


def test_a_store_with_something_in_it_is_replaced_only_by_force_and_kept_in_a_file(
    any_store: Store, tmp_path: Path, home: Path
):
    store = any_store
    store.backup(tmp_path / "empty.backup")
    mine = store.create_run(tiny.config(name="mine"))
    with pytest.raises(BackupError, match="expected an empty store"):
        store.restore(tmp_path / "empty.backup")
    [note] = store.restore(tmp_path / "empty.backup", force=True).notes
    assert store.runs() == []
    [before] = home.glob("before-restore-*.sqlite")
    assert str(before) in note
    store.restore(before)
    assert [run.id for run in store.runs()] == [mine]
    assert store.check() == []


def test_nothing_is_restored_over_a_run_that_trains(store: Store, tmp_path: Path):
    store.backup(tmp_path / "empty.backup")
    run = training(store)
    with pytest.raises(WrongStatus, match=f"got run {run}; stop it first"):
        store.restore(tmp_path / "empty.backup", force=True)
    assert store.run(run).status == "training"


def test_what_was_to_pause_is_paused_afterwards(store: Store, tmp_path: Path, open_store):
    run = training(store, epochs=1)
    store.ask(run, "pause")
    store.backup(tmp_path / "a.backup")
    other = open_store(f"sqlite:///{tmp_path / 'other.sqlite'}")
    other.restore(tmp_path / "a.backup")
    assert (other.run(run).status, other.run(run).wanted) == ("paused", "run")
    assert other.check() == []


@pytest.mark.parametrize("sealed", [False, True])
def test_an_older_store_restores_and_is_brought_up_to_date(
    old_file: Path, other: Store, tmp_path: Path, sealed: bool, home: Path
):
    file = tmp_path / "old.backup"
    shutil.copy(old_file, file)
    if sealed:  # as the program of that version would have made it
        from rnnkit.store import backup

        with closing(sqlite3.connect(file, isolation_level=None)) as written:
            rows = [("backup/sha256", backup.checksum(written)), ("backup/made_at", "0")]
            written.executemany("INSERT INTO meta (key, value) VALUES (?, ?)", rows)
    before = file.read_bytes()
    back = other.restore(file)
    assert bool(back.notes) is not sealed
    assert file.read_bytes() == before
    assert other.check() == []
    for old in OLD["runs"]:
        if old["status"] not in ("training", "starting"):
            check_is_whole(other, old)
    assert not list(home.glob("rnnkit-restore-*"))


def test_a_backup_of_a_newer_version_is_refused(store: Store, tmp_path: Path, open_store):
    newer = open_store(f"sqlite:///{tmp_path / 'newer.sqlite'}")
    with newer._database.write() as tx:
        tx.execute(schema.migrations.insert().values(name="m999_of_tomorrow", applied_at=0.0))
    newer.backup(tmp_path / "newer.backup")
    with pytest.raises(StoreError, match=r"got a newer one .m999_of_tomorrow.; update rnnkit"):
        store.restore(tmp_path / "newer.backup")


def test_a_changed_backup_is_refused_by_its_checksum(store: Store, tmp_path: Path):
    fill(store)
    file = tmp_path / "a.backup"
    store.backup(file)
    with closing(sqlite3.connect(file)) as changed:
        changed.execute("UPDATE samples SET seed = seed + 1 WHERE rowid = 1")
        changed.commit()
    with pytest.raises(BackupError, match=r"which is damaged or was changed .rows with the checksum"):
        store.restore(file, force=True)
    assert len(store.runs()) == 4


@pytest.mark.parametrize("content", [b"", b"\x89PNG" * 99, b"SQLite format 3\0" + b"x" * 5000])
def test_what_is_no_backup_is_said(store: Store, tmp_path: Path, content: bytes):
    (tmp_path / "photo").write_bytes(content)
    with pytest.raises(BackupError, match="photo"):
        store.restore(tmp_path / "photo")
    with pytest.raises(BackupError, match="expected a file that can be read"):
        store.restore(tmp_path / "nowhere")


def test_a_database_of_something_else_is_no_backup(store: Store, tmp_path: Path):
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'songs'}")
    sa.MetaData().create_all(engine)
    with engine.begin() as tx:
        tx.exec_driver_sql("CREATE TABLE songs (title TEXT)")
    engine.dispose()
    with pytest.raises(BackupError, match="songs"):
        store.restore(tmp_path / "songs")


def test_each_torn_or_cut_backup_is_refused_or_restores_the_same(store: Store, tmp_path: Path, open_store):
    fill(store)
    file = tmp_path / "a.backup"
    store.backup(file)
    sound, there = file.read_bytes(), {run.id for run in store.runs()}
    random, refused = np.random.default_rng(0), 0
    for turn in range(15):
        torn = bytearray(sound)
        place = int(random.integers(0, len(sound)))
        if turn % 3:
            torn[place : place + 8] = random.bytes(8)
        else:
            del torn[place:]
        file.write_bytes(torn)
        other = open_store(f"sqlite:///{tmp_path / f'{turn}.sqlite'}")
        try:
            other.restore(file)
        except (BackupError, StoreError):
            refused += 1
            assert other.runs() == []
        else:  # where nothing is written
            assert {run.id for run in other.runs()} == there
    assert refused > 3  # of 15 places, some of which hold nothing
