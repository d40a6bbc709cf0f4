"""A whole store as one file, and back: from SQLite or PostgreSQL into either, while others read and write.

A backup is an SQLite store of its own, with the checksum of its rows beside them; an older one is brought up to date
when it is restored. Knows no command line.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, cast

import sqlalchemy as sa

from rnnkit import system
from rnnkit.errors import BackupError, StoreError, WrongStatus
from rnnkit.store import checks, migrations, schema
from rnnkit.store.database import Database, now
from rnnkit.store.status import ACTIVE, ENDS_AS, Status, Wanted

OnProgress = Callable[[str, int, int], object]  # what is done, how much of it, of how much
PAGES_AT_ONCE = 500  # between two reports
ROWS_AT_ONCE = 16  # arrays of some megabytes each
_MINE = "backup/"  # keys of the meta table that a backup has and a store has not
_NOT_RESTORED = (schema.migrations, schema.scheduler, schema.sign_ins)  # they are the store's own
_MAGIC = b"SQLite format 3\0"


class Backup(NamedTuple):
    """What is in a file: runs and texts of people, how many of both lie in the trash; the checksum of its rows."""

    file: str
    bytes: int
    sha256: str | None
    runs: int
    texts: int
    deleted: int


class FromBackup(NamedTuple):
    """What was put into the store, and what a person should know of it, a sentence each."""

    file: str
    runs: int
    texts: int
    deleted: int
    notes: tuple[str, ...]


def nothing(_what: str, _done: int, _total: int) -> None:
    """For who watches no progress."""


# ---- out


def backup(database: Database, path: str | Path, *, force: bool = False, on: OnProgress = nothing) -> Backup:
    """Write the store as it is at this moment to a file, whole or not at all.

    Those who write wait while an SQLite file is copied; a server goes on.

    Raises:
        BackupError: the file exists and `force` is not given, is the store itself, or cannot be written.
    """
    with new_file(path, database, force=force) as half:
        (_copy_pages if database.sqlite else _copy_from_server)(database, half, on)
        return sealed(half, path, on)


@contextmanager
def new_file(path: str | Path, source: Database, *, force: bool) -> Iterator[Path]:
    """A place to write to, which becomes `path` at the end where nothing has failed."""
    target = Path(path).expanduser().absolute()
    if source.sqlite and target.exists() and target.samefile(source.place):
        raise BackupError(f"backup: expected another file than the store itself, got {str(path)!r}")
    if target.is_dir() or (target.exists() and target.stat().st_size and not force):
        more = "is a folder" if target.is_dir() else "exists; --force replaces it"
        raise BackupError(f"backup: expected a new file, got {str(path)!r}, which {more}")
    try:
        number, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)  # for its owner only
        os.close(number)
        half = Path(name)
        try:
            yield half
            system.close_to_others(half)
            with half.open("rb+") as written:
                os.fsync(written.fileno())
            half.replace(target)
        finally:
            half.unlink(missing_ok=True)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"backup: expected a file that can be written, got {str(path)!r} ({error})") from error


def _copy_pages(database: Database, half: Path, on: OnProgress) -> None:
    with database.read() as tx, closing(sqlite3.connect(half)) as target:
        tx.execute(sa.select(schema.meta.c.key).limit(1)).all()  # from here on nobody changes the file
        target.execute("PRAGMA synchronous=OFF")  # nobody sees it before it is whole and on the disk
        source = cast(sqlite3.Connection, tx.connection.driver_connection)
        source.backup(
            target, pages=PAGES_AT_ONCE, progress=lambda _, left, total: on("copying", total - left, max(1, total))
        )
        target.execute("PRAGMA journal_mode=DELETE")


def _copy_from_server(database: Database, half: Path, on: OnProgress) -> None:
    half.unlink()
    with closing(Database(f"sqlite:///{half}")) as target, database.snapshot() as tx, target.write() as there:
        schema.METADATA.create_all(there)
        copy_rows(tx, there, schema.METADATA.sorted_tables, on)


def copy_rows(tx: sa.Connection, there: sa.Connection, tables: list[sa.Table], on: OnProgress) -> None:
    """All rows of the tables, a few at a time."""
    counts = [tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in tables]
    done, total = 0, max(1, sum(counts))
    for table in tables:
        rows = tx.execute(sa.select(table), execution_options={"yield_per": ROWS_AT_ONCE})
        for some in rows.mappings().partitions():
            there.execute(table.insert(), [dict(row) for row in some])
            done += len(some)
            on("copying", done, total)


def sealed(half: Path, path: str | Path, on: OnProgress = nothing) -> Backup:
    """Write the checksum of the rows into the file, and say what is in it."""
    with closing(sqlite3.connect(half, isolation_level=None)) as file:
        file.execute("DELETE FROM meta WHERE key LIKE ?", (f"{_MINE}%",))
        found = checksum(file, on)
        rows = {f"{_MINE}sha256": found, f"{_MINE}made_at": str(time.time())}
        file.executemany("INSERT INTO meta (key, value) VALUES (?, ?)", rows.items())
    return described(half, path)


def described(half: Path, path: str | Path) -> Backup:
    """What is in a backup, of which the tables are those of this version."""
    with closing(sqlite3.connect(half)) as file:
        here = [
            file.execute(f"SELECT count(*) FROM {query}").fetchone()[0]
            for query in (
                "runs WHERE NOT pretrained AND deleted_at IS NULL", "texts WHERE deleted_at IS NULL",
                "(SELECT id FROM runs WHERE deleted_at > 0 UNION SELECT name FROM texts WHERE deleted_at > 0)",
            )
        ]  # fmt: skip
        return Backup(str(path), half.stat().st_size, _written_checksum(file), *here)


def checksum(file: sqlite3.Connection, on: OnProgress = nothing) -> str:
    """SHA-256 of all rows of all tables as they stand, whatever version wrote them."""
    found = hashlib.sha256()
    file.text_factory = bytes  # as it lies there; a damaged text is no text
    try:
        names = [row[0].decode() for row in file.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        tables = sorted(name for name in names if not name.startswith("sqlite_"))
        for place, name in enumerate(tables):
            on("checking", place, len(tables))
            found.update(name.encode())
            but = f"WHERE key NOT LIKE '{_MINE}%'" if name == schema.meta.name else ""
            for row in file.execute(f'SELECT * FROM "{name}" {but} ORDER BY rowid'):
                for value in row:
                    _add(found, value)
    finally:
        file.text_factory = str
    return found.hexdigest()


def _add(found: Any, value: object) -> None:
    data = value if isinstance(value, bytes) else repr(value).encode()
    found.update(f"{type(value).__name__} {len(data)} ".encode())
    found.update(data)


def _written_checksum(file: sqlite3.Connection) -> str | None:
    row = file.execute("SELECT value FROM meta WHERE key=?", (f"{_MINE}sha256",)).fetchone()
    return row and row[0]


# ---- in


def restore(
    database: Database, path: str | Path, *, keep: Path, force: bool = False, on: OnProgress = nothing
) -> FromBackup:
    """Put all of a backup into the store, in one transaction. What trained then waits in the queue.

    Args:
        keep: the folder in which a backup is made of what `force` replaces.
        force: also into a store with runs or texts of people in it, which it replaces.

    Raises:
        BackupError: no backup, a damaged one, or a store that is not empty. WrongStatus: something trains in it.
        StoreError: the backup is of a newer version.
    """
    with tempfile.TemporaryDirectory(prefix="rnnkit-restore-", dir=keep) as folder:
        copy = Path(folder) / "store.sqlite"
        sealed_once = _checked_copy(Path(path).expanduser(), copy, on)
        with closing(Database(f"sqlite:///{copy}")) as source:
            _bring_up_to_date(source, path)
            notes = [] if sealed_once else ["It is a store's own file, without a checksum.", *checks.problems(source)]
            with source.read() as tx:
                notes += _replace(database, tx, keep, force, on)
        database.give_back_space()
        what = described(copy, path)
        return FromBackup(what.file, what.runs, what.texts, what.deleted, tuple(notes))


def verify(path: str | Path, *, keep: Path) -> None:
    """Raises BackupError: `path` is no backup, or a damaged one. `keep`: a folder with room for a copy."""
    with tempfile.TemporaryDirectory(prefix="rnnkit-restore-", dir=keep) as folder:
        _checked_copy(Path(path).expanduser(), Path(folder) / "store.sqlite", nothing)


def _checked_copy(path: Path, copy: Path, on: OnProgress) -> bool:
    """A sound copy of the backup; whether it had a checksum, which a store's own file has not."""
    try:
        with path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                raise BackupError(f"restore: expected a backup of a store, got {str(path)!r}, which is none")
        shutil.copyfile(path, copy)
    except OSError as error:
        raise BackupError(f"restore: expected a file that can be read, got {str(path)!r} ({error.strerror})") from None
    try:
        with closing(sqlite3.connect(copy)) as file:
            written = _written_checksum(file)
            found = checksum(file, on)
            if written is None and file.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError("the file's own check fails")
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise BackupError(_damaged(path, str(error))) from None
    if written not in (None, found):
        raise BackupError(_damaged(path, f"rows with the checksum {found[:12]}… in place of {written[:12]}…"))
    return written is not None


def _damaged(path: Path, found: str) -> str:
    return (
        f"restore: expected a backup as it was written, got {str(path)!r}, which is damaged or was changed ({found}); "
        "what can be read of it is saved by RNNKIT_STORE=sqlite:///FILE rnnkit backup OTHER --salvage"
    )


def _bring_up_to_date(source: Database, path: str | Path) -> None:
    with source.read() as tx:
        tables = sa.inspect(tx).get_table_names()
    if not {schema.meta.name, schema.runs.name} <= {*tables}:
        raise BackupError(f"restore: expected a backup of a store, got {str(path)!r}, a database of something else")
    migrations.bring_up_to_date(source)


def _replace(database: Database, source: sa.Connection, keep: Path, force: bool, on: OnProgress) -> list[str]:
    tables = [table for table in schema.METADATA.sorted_tables if table not in _NOT_RESTORED]
    notes = []
    with database.write() as tx:
        database.lock_all(tx, longer=True)
        if not database.sqlite:  # nobody queues a run, or brings a text, that neither backup would hold
            tx.exec_driver_sql("LOCK TABLE runs, texts IN SHARE ROW EXCLUSIVE MODE")
        if training := tx.execute(
            sa.select(schema.runs.c.id).where(schema.runs.c.status.in_(ACTIVE)).limit(1)
        ).scalar():
            raise WrongStatus(f"restore: expected a store in which nothing trains, got run {training}; stop it first")
        if not _is_empty(tx):
            if not force:
                raise BackupError(
                    "restore: expected an empty store, got one with runs or texts in it; --force replaces them, "
                    "after a backup of them"
                )
            before = keep / time.strftime(f"before-restore-%Y%m%d-%H%M%S-{secrets.token_hex(2)}.sqlite")
            backup(database, before, on=on)
            notes = [f"What was there before is in {before}."]
        for table in reversed(tables):
            tx.execute(table.delete())
        copy_rows(source, tx, tables, on)
        tx.execute(schema.meta.delete().where(schema.meta.c.key.startswith(_MINE)))
        give_back_to_the_queue(tx)
    return notes


def _is_empty(tx: sa.Connection) -> bool:
    own = sa.select(schema.runs.c.id).where(schema.runs.c.pretrained.is_(False)).limit(1)
    return not (tx.execute(own).all() or tx.execute(sa.select(schema.texts.c.name).limit(1)).all())


def give_back_to_the_queue(tx: sa.Connection) -> None:
    """Nobody trains what a backup says is in training: it waits, or ends as it was asked to."""
    runs = schema.runs
    nobody = {"trainer": None, "device_id": None, "heartbeat_at": None, "wanted": Wanted.RUN}
    for wanted in Wanted:
        status = ENDS_AS.get(wanted, Status.QUEUED)
        ended = {} if status == Status.QUEUED else {"ended_at": now()}
        mine = (runs.c.status.in_(ACTIVE), runs.c.wanted == wanted)
        tx.execute(runs.update().where(*mine).values(status=status, **nobody, **ended))
    tx.execute(runs.update().where(runs.c.status == Status.QUEUED).values(changed_at=now()))


def put_aside(url: str) -> Path:
    """Move an SQLite store that is damaged out of the way, beside itself. Returns where it is now."""
    file = Path(sa.make_url(url).database or "")
    aside = file.with_name(f"{file.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
    try:
        file.rename(aside)
        for ending in ("-journal", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                file.with_name(file.name + ending).rename(aside.with_name(aside.name + ending))
    except OSError as error:
        raise StoreError(f"restore: expected to move {file} aside, got: {error.strerror}") from None
    return aside
