"""A damaged store is said to be one, and what can be read of it is saved: a real file, changed at random places."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import tiny
from pretend import ME, training

from rnnkit.errors import BackupError, PersonError, StoreDamaged
from rnnkit.store import Store
from rnnkit.store.salvage import salvage

SEEDS = [*range(10), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(10, 200))]  # damaged files


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with three runs of eight epochs, one that is queued, and two texts."""
    path = tmp_path_factory.mktemp("sound") / "rnnkit.sqlite"
    store = Store(f"sqlite:///{path}")
    for number in range(3):
        run = training(store, epochs=8, name=f"run {number}")
        store.lease(run, ME).end(["finished", "stopped", "paused"][number])
    store.create_run(tiny.config(name="queued"))
    for number in range(2):
        text = f"text {number} " * 800
        store.add_text(hashlib.sha256(text.encode()).hexdigest(), f"title {number}", text)
    assert store.check() == []
    store.close()
    return path


def damaged(sound: Path, target: Path, seed: int) -> Path:
    """A copy in which bytes are changed, a page is torn, a block is zeros, or the end is missing."""
    random = np.random.default_rng(seed)
    data = bytearray(sound.read_bytes())
    place = int(random.integers(0, len(data)))
    way = seed % 5
    if way == 0:
        data[place] ^= 1 << int(random.integers(0, 8))
    elif way == 1:
        data[place : place + 64] = random.bytes(len(data[place : place + 64]))
    elif way == 2:
        page = place // 4096 * 4096
        data[page : page + 4096] = random.bytes(4096)
    elif way == 3:
        page = place // 4096 * 4096
        data[page : page + 8192] = bytes(len(data[page : page + 8192]))
    else:
        del data[place:]
    target.write_bytes(data)
    return target


def everything(store: Store) -> Iterator[object]:
    """All that a page or a command asks of a store."""
    runs = store.runs()
    yield store.texts(), store.trash(), store.scheduler(), store.pretrained()
    yield [store.text(row.name) for row in store.texts()]
    for run in runs:
        yield store.epochs(run.id), store.samples(run.id), store.points(run.id), store.run(run.id).tokenizer
        yield store.resume_state(run.id), [store.weights(run.id, one.step) for one in store.kept(run.id)]
        store.rename_run(run.id, "another")
    store.create_run(tiny.config())
    yield store.check()


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_is_damaged_is_a_sentence_and_the_rest_is_saved(sound: Path, tmp_path: Path, seed: int):
    file = damaged(sound, tmp_path / "rnnkit.sqlite", seed)
    url, before = f"sqlite:///{file}", file.read_bytes()
    made = None
    with suppress(BackupError):
        made = salvage(url, tmp_path / "saved.backup")
    assert file.read_bytes() == before
    if made is not None:
        shutil.copy(tmp_path / "saved.backup", tmp_path / "saved.sqlite")
        saved = Store(f"sqlite:///{tmp_path / 'saved.sqlite'}")
        assert saved.check() == []
        assert not [said for said in made.lost if said.startswith("still wrong")]
        list(everything(saved))
        saved.close()
    with suppress(PersonError):
        store = Store(url)
        try:
            list(everything(store))
        finally:
            store.close()


def test_most_of_a_store_with_one_torn_page_is_saved(sound: Path, tmp_path: Path):
    """Over all pages but the first: the runs that are still there, as they were or up to an earlier epoch."""
    pages, found = len(sound.read_bytes()) // 4096, []
    torn = range(1, pages, 3)
    for page in torn:
        data = bytearray(sound.read_bytes())
        data[page * 4096 : (page + 1) * 4096] = b"\xff" * 4096
        (tmp_path / "torn.sqlite").write_bytes(data)
        with suppress(BackupError):
            found.append(salvage(f"sqlite:///{tmp_path / 'torn.sqlite'}", tmp_path / "saved", force=True).backup.runs)
    assert len(found) >= len(torn) - 1  # all four runs lie on one page: without it there is nothing to save
    assert np.mean(found) > 3.5


def blank(file: Path, start: int, stop: int) -> None:
    """Overwrite these bytes of a file."""
    with file.open("r+b") as opened:
        opened.seek(start)
        opened.write(b"\xff" * (stop - start))


@pytest.mark.parametrize("end", [16, 100, 4096, 12288], ids=["magic", "header", "tables", "roots"])
def test_a_file_without_its_beginning_is_read_page_by_page(sound: Path, tmp_path: Path, end: int):
    blank(Path(shutil.copy(sound, tmp_path / "a.sqlite")), 0, end)
    made = salvage(f"sqlite:///{tmp_path / 'a.sqlite'}", tmp_path / "saved.backup")
    assert (made.backup.runs, made.backup.texts) == (4, 2)
    store, saved = Store(f"sqlite:///{sound}"), Store(f"sqlite:///{tmp_path / 'saved.backup'}")
    assert saved.check() == []
    assert saved.runs() == store.runs()
    for run in store.runs():
        assert saved.epochs(run.id) == store.epochs(run.id)
        assert saved.kept(run.id) == store.kept(run.id)
    store.close()
    saved.close()


def test_an_older_store_that_has_grown_is_read_page_by_page_too(old_file: Path, tmp_path: Path):
    file = tmp_path / "a.sqlite"
    store = Store(f"sqlite:///{shutil.copy(old_file, file)}")
    there = {run.id: (run.name, run.epochs_done) for run in store.runs()}
    store.create_run(tiny.config(name="new"))
    store.close()
    blank(file, 0, 4096)
    made = salvage(f"sqlite:///{file}", tmp_path / "saved.backup")
    saved = Store(f"sqlite:///{tmp_path / 'saved.backup'}")
    assert saved.check() == []
    found = {run.id: (run.name, run.epochs_done) for run in saved.runs() if run.name != "new"}
    assert found == there, made.lost
    assert "new" in [run.name for run in saved.runs()]
    saved.close()


def test_what_was_deleted_for_good_is_not_found_on_free_pages(sound: Path, tmp_path: Path):
    file = tmp_path / "a.sqlite"
    store = Store(f"sqlite:///{shutil.copy(sound, file)}")
    gone = store.texts()[0].name
    with store._database.write() as tx:  # as where there was no time to give the room back
        tx.exec_driver_sql(f"DELETE FROM texts WHERE name='{gone}'")
        tx.exec_driver_sql("DELETE FROM runs WHERE status='queued'")
    store.close()
    blank(file, 100, 4096)
    made = salvage(f"sqlite:///{file}", tmp_path / "saved.backup")
    assert (made.backup.runs, made.backup.texts) == (3, 1)


def test_nothing_is_lost_of_a_sound_store(sound: Path, tmp_path: Path):
    made = salvage(f"sqlite:///{sound}", tmp_path / "saved.backup")
    assert made.lost == ()
    assert (made.backup.runs, made.backup.texts) == (4, 2)
    store, other = Store(f"sqlite:///{sound}"), Store(f"sqlite:///{tmp_path / 'other.sqlite'}")
    other.restore(tmp_path / "saved.backup")
    assert other.runs() == store.runs()
    for run in store.runs():
        assert other.kept(run.id) == store.kept(run.id)
        assert other.points(run.id) == store.points(run.id)
    store.close()
    other.close()


def test_a_run_that_has_lost_an_epoch_is_kept_up_to_there_and_said(sound: Path, tmp_path: Path):
    store = Store(f"sqlite:///{shutil.copy(sound, tmp_path / 'a.sqlite')}")
    run = store.runs()[-1]
    with store._database.write() as tx:
        tx.exec_driver_sql(f"DELETE FROM epochs WHERE run='{run.id}' AND epoch=4")
    store.close()
    made = salvage(f"sqlite:///{tmp_path / 'a.sqlite'}", tmp_path / "saved.backup")
    assert made.lost == (
        f"run {run.id} (“{run.name}”): 3 of 8 epochs are saved from a damaged store; it cannot be resumed",
    )
    saved = Store(f"sqlite:///{tmp_path / 'saved.backup'}")
    found = saved.run(run.id)
    assert (found.epochs_done, found.status, found.imported) == (3, "stopped", True)
    assert saved.fork_run(run.id, 3, tiny.config(training={"epochs": 9}))
    assert saved.check() == []
    saved.close()


def test_a_store_that_cannot_be_opened_says_how_to_save_the_rest(sound: Path, tmp_path: Path, open_store):
    data = bytearray(sound.read_bytes())
    data[100:4096] = b"\xff" * 3996
    (tmp_path / "a.sqlite").write_bytes(data)
    with pytest.raises(StoreDamaged, match=r"rnnkit backup FILE --salvage` .* `python -m rnnkit restore FILE --force`"):
        open_store(f"sqlite:///{tmp_path / 'a.sqlite'}")


def test_what_has_no_runs_cannot_be_salvaged(tmp_path: Path, postgres_url: str):
    (tmp_path / "photo").write_bytes(b"\x89PNG" * 1000)
    with pytest.raises(BackupError, match="of which something can be read, got"):
        salvage(f"sqlite:///{tmp_path / 'photo'}", tmp_path / "saved")
    with pytest.raises(BackupError, match="got one on a server"):
        salvage(postgres_url, tmp_path / "saved")
    assert not (tmp_path / "saved").exists()
