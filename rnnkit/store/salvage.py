"""Saves what can still be read of a damaged SQLite store: every readable row, mended to a store that is sound.

The damaged file stays as it is. A run that has lost a part is kept up to its last epoch that is whole, as one that can
write and be forked but not be resumed; what is lost is named, a sentence each.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import shutil
import sqlite3
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from rnnkit.errors import BackupError, PersonError, StoreError
from rnnkit.store import migrations, schema, statements
from rnnkit.store.backup import Backup, OnProgress, give_back_to_the_queue, new_file, nothing, sealed
from rnnkit.store.carving import Carver
from rnnkit.store.checks import RULES, are_tags
from rnnkit.store.database import Database, now
from rnnkit.store.rows import Run
from rnnkit.store.status import Status, Wanted

JOURNALS = ("-journal", "-wal")
PARTS = [table for table in schema.METADATA.sorted_tables if table.c.get("run") is not None]
KNOWN = {*schema.METADATA.tables}
SHAPES = ("runs", "texts", "checkpoints", "resume", "samples", "epochs", "moments", "points")  # told apart by them
GROWN = {**migrations.grown(), "texts": ("member", "shared")}  # texts were written anew with those before in them
_DEFAULTS = {"pinned": 0, "tags": "[]", "goes_first": 0, "shared": 0}  # of columns added later that may not be empty
KINDS: dict[type[Any], type | tuple[type, ...]] = {  # what a column may hold where it is as it was written
    sa.Text: str, sa.String: str, sa.Integer: int, sa.BigInteger: int, sa.Boolean: int, sa.Float: (int, float),
    sa.LargeBinary: bytes,
}  # fmt: skip
MOST_MISSING = 10_000  # rows that are asked for one by one beyond the last that was read


class Salvaged(NamedTuple):
    """The backup that was made, and what is not in it, a sentence each."""

    backup: Backup
    lost: tuple[str, ...]


def salvage(url: str, path: str | Path, *, force: bool = False, on: OnProgress = nothing) -> Salvaged:
    """Copy every readable row of the store at `url` to a backup.

    Raises:
        BackupError: the store is no file, nothing can be read in it, or the backup cannot be written.
    """
    with closing(Database(url)) as database:
        if not database.sqlite:
            raise BackupError("backup: expected a store in a file to salvage, got one on a server, which mends itself")
        source = Path(database.place)
        with new_file(path, database, force=force) as half, tempfile.TemporaryDirectory(dir=half.parent) as folder:
            damaged = Path(folder) / "damaged.sqlite"
            for ending in ("", *JOURNALS):
                with suppress(FileNotFoundError):
                    shutil.copyfile(f"{source}{ending}", f"{damaged}{ending}")
            half.unlink()
            lost = _copied(damaged, half, on)
            try:
                with closing(Database(f"sqlite:///{half}")) as target:
                    migrations.bring_up_to_date(target)
                    lost += _mended(target)
            except (StoreError, sa.exc.SQLAlchemyError) as error:
                raise BackupError(f"backup: expected a store to salvage at {source}, got: {error}") from error
            for copy in half.parent.glob(f"{half.name}.before-*"):
                copy.unlink()
            return Salvaged(sealed(half, path, on), tuple(lost))


# ---- rows as they lie there


def _copied(damaged: Path, half: Path, on: OnProgress) -> list[str]:
    """All rows that can be read into tables of the same form; how many of which table could not."""
    lost = {}
    with closing(sqlite3.connect(half, isolation_level=None)) as target:
        target.execute("PRAGMA auto_vacuum=INCREMENTAL")
        with closing(_opened(damaged)) as file:
            found = _tables(file)
            whole = found.keys() >= {"runs", "meta"}  # an older store has fewer tables, and needs no more
            made = found if whole else {name: _create(table) for name, table in schema.METADATA.tables.items()} | found
            for place, (name, statement) in enumerate(made.items()):
                on("salvaging", place, len(made))
                target.execute(statement)
                target.execute("BEGIN")
                lost[name] = _copy_table(file, target, name) if name in found else "its place in the file is lost"
                target.execute("COMMIT")
        carved = _carved(damaged, target, [name for name in SHAPES if lost.get(name)])
        if not target.execute("SELECT count(*) FROM runs").fetchone()[0]:
            raise BackupError("backup: expected a store of which something can be read, got a file without runs")
        _write_version(target)
    return [f"{name}: {said}{carved.get(name, '')}" for name, said in lost.items() if said and name in SHAPES]


def _create(table: sa.Table) -> str:
    return str(sa.schema.CreateTable(table).compile(dialect=sqlite.dialect()))


def _carved(damaged: Path, target: sqlite3.Connection, names: list[str]) -> dict[str, str]:
    """Look for the rows of these tables on all pages. Returns how many were found, in words."""
    counts = dict.fromkeys(names, 0)
    orders = {name: [*_orders(target, name)] for name in names}
    if not names or not damaged.stat().st_size:
        return {}
    with damaged.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        target.execute("BEGIN")
        for row in Carver(data).rows():
            name, values = next(
                ((name, values) for name in names if (values := _fits(name, row, orders[name]))), ("", {})
            )
            if values:
                query = f'INSERT INTO "{name}" ({",".join(values)}) VALUES ({",".join("?" * len(values))})'
                with suppress(sqlite3.Error):
                    counts[name] += target.execute(query, [*values.values()]).rowcount
        target.execute("COMMIT")
    return {name: f"; {count:,} were found elsewhere" for name, count in counts.items() if count}


def _orders(target: sqlite3.Connection, name: str) -> Iterator[list[str]]:
    """The columns of a table as they may lie in a row: as the table says, or as one has grown that is older."""
    columns = [row[1] for row in target.execute(f'PRAGMA table_info("{name}")')]
    added = GROWN.get(name, ())
    for count in range(len(added) + 1):
        late = added[len(added) - count :]
        yield [column for column in columns if column not in late] + [*late]


def _fits(name: str, row: list[Any], orders: list[list[str]]) -> dict[str, Any]:
    """The values by their columns, where they can be a row of this table; else nothing."""
    for columns in orders:
        added = columns[len(row) :]  # after the row was written
        values = dict(zip(columns, [*row, *map(_DEFAULTS.get, added)], strict=False))
        if len(row) <= len(columns) and _is_typed(name, values):
            return values
    return {}


def _opened(damaged: Path) -> sqlite3.Connection:
    """A connection that reads on where the schema is malformed."""
    file = sqlite3.connect(damaged, isolation_level=None)
    with suppress(sqlite3.Error):
        file.execute("PRAGMA writable_schema=ON")
        file.execute("PRAGMA cell_size_check=ON")
    return file


def _tables(file: sqlite3.Connection) -> dict[str, str]:
    """Name and CREATE statement of each table of ours that the file still names."""
    found = {}
    with suppress(sqlite3.Error):
        for name, statement in file.execute("SELECT name, sql FROM sqlite_master WHERE type='table'"):
            if name in schema.METADATA.tables and isinstance(statement, str):
                found[name] = statement
    return found


def _copy_table(file: sqlite3.Connection, target: sqlite3.Connection, name: str) -> str:
    """Copy what can be read. Returns what is missing, in words, empty where nothing is."""
    refused = 0
    reader = _Rows(file, name)
    columns = [row[1] for row in target.execute(f'PRAGMA table_info("{name}")')]
    for row in reader:
        try:
            if not _is_typed(name, dict(zip(columns, row, strict=True))):
                raise ValueError("a value of another kind")
            target.execute(f'INSERT INTO "{name}" VALUES ({",".join("?" * len(row))})', row)
        except (sqlite3.Error, ValueError):
            refused += 1
    bad = refused + reader.unread
    return f"{bad:,} rows cannot be read" if bad else "its end cannot be read" if reader.torn else ""


def _is_typed(name: str, row: dict[str, Any]) -> bool:
    """Whether each value is of its column's kind."""
    for column in schema.METADATA.tables[name].c:
        value = row.get(column.name)
        if value is None and (column.nullable or column.name not in row):
            continue
        if not isinstance(value, KINDS[type(column.type)]):
            return False
    return True


class _Rows:
    """The rows of a table: in one go as far as that goes, then one by one over the damaged places."""

    def __init__(self, file: sqlite3.Connection, name: str):
        self.file, self.name = file, name
        self.torn, self.unread = False, 0

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        last = 0
        while True:
            try:
                query = f'SELECT rowid, * FROM "{self.name}" WHERE rowid > ? ORDER BY rowid'
                for row in self.file.execute(query, (last,)):
                    last = row[0]
                    yield row[1:]
                return
            except sqlite3.Error:
                self.torn = True
                found = self._next(last)
                if found is None:
                    return
                last = found[0]
                yield found[1:]

    def _next(self, last: int) -> tuple[Any, ...] | None:
        """The first row after `last` that can be read by itself."""
        end = self._highest()
        for rowid in range(last + 1, (end or last + MOST_MISSING) + 1):
            try:
                row = self.file.execute(f'SELECT rowid, * FROM "{self.name}" WHERE rowid = ?', (rowid,)).fetchone()
            except sqlite3.Error:
                self.unread += end is not None
                continue
            if row is not None:
                return tuple(row)
        return None

    def _highest(self) -> int | None:
        """The last row there is, where that can be read."""
        with suppress(sqlite3.Error):
            row = self.file.execute(f'SELECT max(rowid) FROM "{self.name}"').fetchone()
            return row[0] if row[0] and row[0] <= 1000 * MOST_MISSING else None
        return None


def _write_version(target: sqlite3.Connection) -> None:
    """What says of which version the tables are, where it was lost: by the columns that there are."""
    tables = {row[0] for row in target.execute("SELECT name FROM sqlite_master WHERE type='table'")}
    for table in {schema.meta, schema.scheduler} - {schema.METADATA.tables[name] for name in tables & KNOWN}:
        target.execute(_create(table))
    applied: set[str] = set()
    if "migrations" in tables:
        applied = {row[0] for row in target.execute("SELECT name FROM migrations")}
        query = "SELECT name FROM pragma_table_info('{}')"
        now_here = {(name, row[0]) for name in tables for row in target.execute(query.format(name))}
        if {(table.name, column.name) for table in schema.METADATA.tables.values() for column in table.c} <= now_here:
            missing = migrations.MIGRATIONS.keys() - applied
            target.executemany("INSERT INTO migrations (name, applied_at) VALUES (?, 0)", [(one,) for one in missing])
            applied |= missing
    target.execute("DELETE FROM meta WHERE key='schema_version'")
    target.execute("INSERT INTO meta (key, value) VALUES ('schema_version', ?)", (str(1 + len(applied)),))
    target.execute("DELETE FROM scheduler")
    target.execute("INSERT INTO scheduler (id, heartbeat_at, wanted_at, state) VALUES (1, 0, 0, '{}')")


# ---- a store that is sound


def _mended(database: Database) -> list[str]:
    """Take out what has lost its place. Returns what that was."""
    with database.write() as tx:
        lost = [*_unsound_texts(tx), *_unreadable_runs(tx)]
        _drop_unsound_parts(tx)
        _drop_what_has_no_run(tx)
        for row in tx.execute(sa.select(schema.runs)).all():
            _note_again(tx, row)
        wrong = _problems(tx)
        for row in tx.execute(sa.select(schema.runs)).all():
            if any(row.id in said for said in wrong):
                lost += _cut(tx, row)
        give_back_to_the_queue(tx)
        wrong = _problems(tx)
        for row in tx.execute(sa.select(schema.runs)).all():
            if any(row.id in said for said in wrong):
                tx.execute(schema.runs.delete().where(schema.runs.c.id == row.id))
                lost.append(f"run {row.id} is lost")
        return lost + [f"still wrong: {said}" for said in _problems(tx)]


def _problems(tx: sa.Connection) -> list[str]:
    return [said for rule in RULES for said in rule(tx)]


def _unsound_texts(tx: sa.Connection) -> Iterator[str]:
    texts = schema.texts
    for name in tx.execute(sa.select(texts.c.name)).scalars().all():
        row = tx.execute(sa.select(texts).where(texts.c.name == name)).one()
        with suppress(zlib.error):
            if _sha256(zlib.decompress(row.content)) == row.sha256:
                continue
        tx.execute(texts.delete().where(texts.c.name == name))
        yield f"text {name} (“{row.title}”) is lost"


def _unreadable_runs(tx: sa.Connection) -> Iterator[str]:
    for row in tx.execute(sa.select(schema.runs, now().label("read_at"))).all():
        with suppress(PersonError, ValueError, TypeError, LookupError):
            run = Run.of(row)
            run.config  # noqa: B018 - raises where it cannot be read
            if not run.epochs_done or len((run.tokenizer or {})["symbols"]) == run.vocab_size:
                continue
        tx.execute(schema.runs.delete().where(schema.runs.c.id == row.id))
        yield f"run {row.id} is lost"


def _drop_unsound_parts(tx: sa.Connection) -> None:
    """Arrays that are not those of their checksum, and epochs without their metrics."""
    for table in (schema.checkpoints, schema.resume):
        for key in tx.execute(sa.select(*table.primary_key.columns)).all():
            mine = [column == value for column, value in zip(table.primary_key.columns, key, strict=True)]
            row = tx.execute(sa.select(table).where(*mine)).one()
            if _sha256(row.arrays) != row.sha256 or ("state" in row._fields and _read(row.state) is None):
                tx.execute(table.delete().where(*mine))
    for table in (schema.epochs, schema.moments):
        for row in tx.execute(sa.select(table)).all():
            if not _is_measured(_read(row.metrics), row.epoch if table is schema.epochs else None):
                tx.execute(table.delete().where(table.c.run == row.run, table.c.step == row.step))


def _is_measured(metrics: dict[str, Any] | None, epoch: int | None) -> bool:
    """Whether these are metrics, of this epoch where one is given."""
    losses = [(metrics or {}).get(name) for name in ("loss", "val_loss")]
    right = metrics is not None and (epoch is None or metrics.get("epoch", epoch) == epoch)
    return right and all(isinstance(loss, int | float | None) for loss in losses)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _read(text: str) -> dict[str, Any] | None:
    with suppress(ValueError):
        found = json.loads(text)
        return found if isinstance(found, dict) else None
    return None


def _drop_what_has_no_run(tx: sa.Connection) -> None:
    for table in PARTS:
        tx.execute(table.delete().where(table.c.run.not_in(sa.select(schema.runs.c.id))))


def _cut(tx: sa.Connection, run: sa.Row) -> list[str]:
    """Keep the run up to its last epoch that is whole, as one that came from a file. Returns what is said of it."""
    last = _last_whole_epoch(tx, run.id)
    for table in (schema.epochs, schema.moments, schema.checkpoints, schema.samples):
        tx.execute(table.delete().where(table.c.run == run.id, table.c.epoch > last))
    for table in (schema.resume, schema.points):
        tx.execute(table.delete().where(table.c.run == run.id))
    finished = last == run.epochs_done and run.status == Status.FINISHED
    said = f"{last} of {run.epochs_done} epochs are saved from a damaged store; it cannot be resumed"
    change = dict.fromkeys(("parent", "parent_epoch", "parent_step")) if last < (run.parent_epoch or 1) else {}
    statements.change_run(
        tx, run.id, epochs_done=last, step=0, status=Status.FINISHED if finished else Status.STOPPED, imported=True,
        trainer=None, device_id=None, heartbeat_at=None, wanted=Wanted.RUN, message=f"{said.capitalize()}.", **change,
    )  # fmt: skip
    statements.note_best(tx, run.id)
    return [f"run {run.id} (“{run.name}”): {said}"]


def _note_again(tx: sa.Connection, run: sa.Row) -> None:
    """What lists show of a run, from its config and its epochs; tags that cannot be read are gone."""
    tags = run.tags if are_tags(run.tags) else "[]"
    config = json.loads(run.config)
    statements.change_run(tx, run.id, tags=tags, task=config["task"], asked_device=config["training"]["device"])
    statements.note_best(tx, run.id)


def _last_whole_epoch(tx: sa.Connection, run_id: str) -> int:
    """The last one with a checkpoint up to which all epochs are there."""
    epochs, kept = schema.epochs, schema.checkpoints
    numbers = tx.execute(sa.select(epochs.c.epoch).where(epochs.c.run == run_id).order_by(epochs.c.epoch)).scalars()
    together = {number for place, number in enumerate(numbers, start=1) if number == place}
    with_weights = set(tx.execute(sa.select(kept.c.epoch).where(kept.c.run == run_id)).scalars())
    return int(max(together & with_weights, default=0))
