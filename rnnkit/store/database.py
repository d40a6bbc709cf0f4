"""Opens the database of the store, SQLite or PostgreSQL, and says its faults as sentences.

A write takes its lock at once, so that it cannot lose a race half-way. Knows no table.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

from rnnkit import settings, system
from rnnkit.errors import StoreAway, StoreBusy, StoreDamaged, StoreError, StoreFull

SAFE_WAL_VERSION = (3, 51, 3)  # before it, SQLite can lose a commit in WAL mode with several connections
WAIT_SECONDS = 30  # for others that write; a commit takes milliseconds
CONNECT_SECONDS = 5
LONGER_SECONDS = 3600  # for another program that brings an older store up to date, or restores one
PAGES_AT_ONCE = 2000  # given back to the disk while others wait: 8 MB, 75 ms on two busy cores
DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")  # SQLite's own names of its errors
SOUND = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_CANTOPEN", "SQLITE_READONLY")  # no damage to the file
UNREADABLE = (ValueError, TypeError, LookupError, zlib.error)  # what a row that is not as it was written may cause
FULL = ("SQLITE_FULL", "SQLITE_IOERR_WRITE", "53100")  # the second for a quota, the third is PostgreSQL's SQLSTATE
EXPECTED = "RNNKIT_STORE: expected sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE"


class now(sa.FunctionElement[float]):
    """Unix seconds by the clock of the database: the one clock of all the machines that meet in it."""

    type = sa.Double()
    inherit_cache = True


@compiles(now, "postgresql")
def _of_the_server(*_: object, **__: object) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) AS double precision)"


@compiles(now, "sqlite")
def _of_the_machine(*_: object, **__: object) -> str:
    return "machine_seconds()"  # SQLite's own are whole milliseconds, in which two runs may be queued


class Database:
    """Connections to the database at `url`; threads may share it. Raises StoreError where it cannot be used."""

    def __init__(self, url: str):
        self._url = _parsed(url)
        self._engine = ENGINES[self._url.get_backend_name()](self._url)
        self.sqlite = self._engine.dialect.name == "sqlite"
        self._faults: deque[tuple[float, str]] = deque(maxlen=1000)
        self._mine = _Mine()
        sa.event.listen(self._engine, "handle_error", self._remember)

    @property
    def url(self) -> str:
        """The whole address, password too: for processes that are to open the same database."""
        return self._url.render_as_string(hide_password=False)

    @property
    def place(self) -> str:
        """The address as people may see it."""
        return (self._url.database or "") if self.sqlite else self._url.render_as_string(hide_password=True)

    def version(self) -> str:
        """The database's own, e.g. PostgreSQL 17.2."""
        with self.read() as tx:
            numbers = ".".join(map(str, tx.dialect.server_version_info or ()))
        return f"{'SQLite' if self.sqlite else 'PostgreSQL'} {numbers}"

    def close(self) -> None:
        self._engine.dispose()

    def faults(self, seconds: float) -> list[str]:
        """Connections that were cut or refused here in the last seconds, those too that were opened again at once."""
        return [reason for at, reason in self._faults if time.monotonic() - at <= seconds]

    def _remember(self, context: sa.engine.ExceptionContext) -> None:
        if context.is_disconnect or context.connection is None:
            self._faults.append((time.monotonic(), _first_line(context.original_exception)))

    @contextmanager
    def read(self, **options: Any) -> Iterator[sa.Connection]:
        """One transaction, or a part of the one that is `together`; `options` are SQLAlchemy's own for executing it."""
        with self._said():
            if self._mine.tx is not None:
                yield self._mine.tx
            else:
                with self._engine.connect().execution_options(**options) as tx, tx.begin():
                    yield tx

    def write(self) -> AbstractContextManager[sa.Connection]:
        """One that may change something. On PostgreSQL, lock the rows that a decision depends on."""
        return self.read(rnnkit_write=True)

    def snapshot(self) -> AbstractContextManager[sa.Connection]:
        """One in which all queries see the same moment; on SQLite every read does."""
        return self.read() if self.sqlite else self.read(isolation_level="REPEATABLE READ")

    @contextmanager
    def together(self) -> Iterator[None]:
        """All that this thread reads and writes meanwhile is one transaction that may change something, or nothing."""
        if self._mine.tx is not None:
            yield
            return
        later: list[Callable[[], object]] = []
        with self.write() as tx:
            self._mine.tx, self._mine.later = tx, later
            try:
                yield
            finally:
                self._mine.tx = None
        for call in later:
            call()

    def afterwards(self, call: Callable[[], object]) -> None:
        """What needs a connection of its own, or what was written: when that transaction has ended; or now."""
        if self._mine.tx is not None:
            self._mine.later.append(call)
        else:
            call()

    def lock_all(self, tx: sa.Connection, *, longer: bool = False) -> None:
        """For what has no row to lock yet, tables above all: those who ask for this go one after the other.

        `longer`: this transaction, and who waits for it, may take longer than statements and locks usually may: an
        older store is brought up to date, or a whole one restored.
        """
        if self.sqlite:
            return
        if longer:
            tx.exec_driver_sql("SET LOCAL statement_timeout = 0")
            tx.exec_driver_sql(f"SET LOCAL lock_timeout = '{LONGER_SECONDS}s'")
        tx.exec_driver_sql("SELECT pg_advisory_xact_lock(726610)")

    def copy_file(self, ending: str) -> None:
        """Copy a database that is a file, as it stands, beside itself. A server has its own backups.

        Raises StoreError: there is no room for it, or nothing may be written there.
        """
        if not self.sqlite:
            return
        with self._said(), self._engine.connect() as connection:
            file = Path(connection.exec_driver_sql("PRAGMA database_list").one().file)
            target = file.with_name(file.name + ending)
            half = target.with_name(f"{target.name}.part")  # a copy that is killed is not taken for a whole one
            try:
                with closing(sqlite3.connect(half)) as copy:
                    cast(sqlite3.Connection, connection.connection.driver_connection).backup(copy)
                shutil.copymode(file, half)
                half.replace(target)
            except (OSError, sqlite3.Error) as error:
                with suppress(OSError):
                    half.unlink()
                raise StoreError(
                    f"store: expected room for a copy at {target} before it is brought up to date, got: {error}"
                ) from error

    def give_back_space(self) -> None:
        """Shrink the file by what was deleted. PostgreSQL sees to that by itself."""
        # What is deleted stays deleted when there is no room or no lock for this: it is then done next time.
        if not self.sqlite:
            return
        with suppress(StoreError, sqlite3.Error), self._said(), self._engine.connect() as connection:
            file = cast(sqlite3.Connection, connection.connection.driver_connection)
            for _ in range(0, file.execute("PRAGMA freelist_count").fetchone()[0], PAGES_AT_ONCE):
                # A script, since the driver takes one step of a statement without rows, which frees one page.
                file.executescript(f"BEGIN IMMEDIATE; PRAGMA incremental_vacuum({PAGES_AT_ONCE}); COMMIT")

    def write_anew(self) -> None:
        """Write the file without anything that was deleted. PostgreSQL keeps a log of its own, which is not reached.

        Raises StoreBusy: somebody holds the file for longer than one waits.
        """
        if not self.sqlite:
            return
        with self._said(), self._engine.connect() as connection:
            file = cast(sqlite3.Connection, connection.connection.driver_connection)
            try:
                file.execute("VACUUM")
                file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            except sqlite3.Error as error:
                raise StoreBusy(f"store: expected to write {self.place} anew, got: {error}") from error

    @contextmanager
    def _said(self) -> Iterator[None]:
        """Faults of the database as sentences. A broken key or an unfit value is our fault and stays what it is."""
        try:
            yield
        except (sa.exc.DBAPIError, sa.exc.InvalidRequestError, *UNREADABLE) as error:
            if self.sqlite and (damage := self._damage(error)):
                raise StoreDamaged(f"store: expected a sound file at {self.place}, got: {damage}") from error
            if not isinstance(error, sa.exc.DBAPIError) or isinstance(error, sa.exc.IntegrityError | sa.exc.DataError):
                raise
            reason = _first_line(error.orig)
            if any(getattr(error.orig, name, "") in FULL for name in ("sqlite_errorname", "sqlstate")):
                raise StoreFull(
                    f"store: expected room to write at {self.place}, got a full disk or quota ({reason}); "
                    "free some space: every finished epoch is kept, and what trains waits for room"
                ) from error
            away = isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError)
            kind = StoreBusy if "database is locked" in reason else StoreAway if away else StoreError
            raise kind(f"store: expected a database that answers at {self.place}, got: {reason}") from error
        except sa.exc.TimeoutError as error:
            raise StoreAway(
                f"store: expected a free connection to {self.place}, got none in {WAIT_SECONDS} s"
            ) from error

    def _damage(self, error: BaseException) -> str | None:
        """What is wrong with the file, where that is why something failed."""
        cause = getattr(error, "orig", None) or error
        name = getattr(cause, "sqlite_errorname", "")
        if name.startswith(DAMAGED) or "decode to UTF-8" in str(cause):
            return str(cause)
        if name.startswith(SOUND) or not Path(self.place).is_file():
            return None
        try:
            with closing(sqlite3.connect(f"{Path(self.place).as_uri()}?mode=ro", uri=True)) as file:
                said = str(file.execute("PRAGMA quick_check(1)").fetchone()[0])
        except sqlite3.Error as found:
            return str(found) if getattr(found, "sqlite_errorname", "").startswith(DAMAGED) else None
        return None if said == "ok" else " ".join(said.split())


class _Mine(threading.local):
    """The transaction that a thread's reads and writes belong to, and what is done after it."""

    tx: sa.Connection | None = None
    later: list[Callable[[], object]]


class OnDatabase:
    """A part of the store: what it reads and writes, and where."""

    def __init__(self, database: Database):
        self._database = database
        self._write, self._read = database.write, database.read


def _parsed(url: str) -> sa.URL:
    """The address with the driver we use and, for a file, its whole path: others may open it from elsewhere."""
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        raise StoreError(f"{EXPECTED}, got {_without_password(url)!r}") from None
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql+psycopg"):
        raise StoreError(f"{EXPECTED}, got {_without_password(url)!r}")
    if parsed.get_backend_name() == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise StoreError(f"{EXPECTED}, got {url!r}: several programs meet in the store, so it needs a file")
        if not parsed.database.startswith("file:"):
            parsed = parsed.set(database=str(Path(parsed.database).expanduser().absolute()))
    return parsed


def _first_line(error: BaseException | None) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _without_password(url: str) -> str:
    return re.sub(r"(://[^:/@]*):.*@", r"\1:***@", url)


def _sqlite(url: sa.URL) -> sa.Engine:
    engine = sa.create_engine(url, connect_args={"timeout": WAIT_SECONDS}, pool_timeout=WAIT_SECONDS)

    @sa.event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions are begun below, explicitly
        connection.create_function("machine_seconds", 0, system.seconds)
        if connection.execute("PRAGMA page_count").fetchone()[0] == 0:
            # A new file: let the pages that a deleted run frees go back to the disk, when asked to.
            connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
            _keep_private(Path(connection.execute("PRAGMA database_list").fetchone()[2]))
        connection.execute(f"PRAGMA journal_mode={'WAL' if wal_is_safe() else 'DELETE'}")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @sa.event.listens_for(engine, "begin")
    def _begin(tx: sa.Connection) -> None:
        write = tx.get_execution_options().get("rnnkit_write")
        tx.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _keep_private(file: Path) -> None:
    """A new store is its owner's alone, and with it the journals that SQLite makes beside it; that of a group stays."""
    with suppress(OSError):
        if not system.is_shared(file.parent):
            system.close_to_others(file)


def _postgresql(url: sa.URL) -> sa.Engine:
    kept, most = settings.integer("RNNKIT_POSTGRES_POOL"), settings.integer("RNNKIT_POSTGRES_CONNECTIONS")
    try:
        engine = sa.create_engine(
            url, pool_pre_ping=True, pool_timeout=WAIT_SECONDS, connect_args={"connect_timeout": CONNECT_SECONDS},
            pool_size=min(kept, most), max_overflow=max(0, most - kept),
        )  # fmt: skip
    except ModuleNotFoundError:
        raise StoreError("RNNKIT_STORE: expected the package psycopg[binary] for PostgreSQL, got none") from None

    @sa.event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: object) -> None:
        # A process that is frozen, or a machine that is gone, must not hold the others up for ever.
        for name, limit in LIMITS.items():
            connection.execute(f"SET {name} = '{settings.integer(limit)}s'")
        connection.commit()

    return engine


# What PostgreSQL calls them, and the settings that say how many seconds; 0: no limit.
LIMITS = {
    "statement_timeout": "RNNKIT_POSTGRES_STATEMENT_SECONDS",
    "lock_timeout": "RNNKIT_POSTGRES_LOCK_SECONDS",
    "idle_in_transaction_session_timeout": "RNNKIT_POSTGRES_IDLE_SECONDS",
}


def wal_is_safe() -> bool:
    """Whether this SQLite keeps every commit in WAL mode; the rollback journal is slower, and always safe."""
    return sqlite3.sqlite_version_info >= SAFE_WAL_VERSION


ENGINES = {"sqlite": _sqlite, "postgresql": _postgresql}
