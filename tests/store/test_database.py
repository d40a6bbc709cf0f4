"""Opening SQLite and PostgreSQL: journals, full disks, and each fault as one sentence."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from full_disk import at_most_pages, page_count
from pretend import ME, finish, training, whole

from rnnkit.config import RunConfig
from rnnkit.errors import (
    StoreError,
    StoreFull,
)
from rnnkit.store import Store


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
    assert all("got a full disk or quota" in sentence and store.place in sentence for sentence in said)
    assert store.run(run).epochs_done == 3
    finish(store, run, 4)
    assert store.check() == []


def test_a_quota_that_is_used_up_is_a_full_disk(store: Store):
    """Told as an error of the disk by SQLite; a limit of the size of files is met in the same way."""
    code = """
import os, resource
from rnnkit.errors import StoreFull
from rnnkit.store import Store
store = Store()
size = os.path.getsize(store.place)
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
try:
    store.add_text("a" * 64, "title", "".join(map(chr, range(0x4E00, 0x9000))))
except StoreFull as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "got a full disk or quota (disk I/O error)" in done.stdout
    assert store.texts() == []
    assert store.check() == []


def test_deleting_a_run_for_good_gives_its_room_back(store: Store):
    small = Path(store.place).stat().st_size
    run = training(store)
    finish(store, run, 1, checkpoint={"dense/kernel": np.zeros((1000, 1000), np.float32)})
    assert Path(store.place).stat().st_size > small + 4_000_000
    store.lease(run, ME).end("stopped")
    store.delete_run(run, now=True)
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
