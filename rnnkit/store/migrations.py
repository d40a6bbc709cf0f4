"""Brings the tables of an older store up to date, step by step, and refuses a newer one.

Each step is one transaction under the store's lock, with its own entry in the table `migrations`: it is there whole or
not at all, whatever is killed. A step describes the tables that it makes itself, so that it does the same for ever.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import sqlalchemy as sa

from rnnkit.errors import StoreDamaged, StoreError
from rnnkit.store import schema, statements
from rnnkit.store.database import Database, now


def bring_up_to_date(database: Database) -> None:
    """Make the tables of a new database, or apply the steps that an older one lacks. Two queries when all is there.

    An SQLite file is copied to `FILE.before-STEP` before the first of them. Raises StoreError: the store is of a newer
    version, or there is no room for the copy.
    """
    with database.read() as tx:
        pending = _pending(tx)
    if pending is None:
        pending = _create(database)
    for place, name in enumerate(pending):
        with database.write() as tx:
            database.lock_all(tx, longer=True)
            if name not in (_pending(tx) or []):  # somebody else was quicker
                continue
            if place == 0:
                database.copy_file(f".before-{name}")
            MIGRATIONS[name](tx)
            _record(tx, name)
    if pending:
        database.give_back_space()


def _pending(tx: sa.Connection) -> list[str] | None:
    """The steps that the store lacks, in order; None in a new database. Raises StoreError for a newer store."""
    tables = set(sa.inspect(tx).get_table_names())
    if schema.meta.name not in tables:
        if schema.runs.name in tables:
            raise StoreDamaged("store: expected a database with its own table of versions, got one without")
        return None
    version = int(tx.execute(sa.select(schema.meta.c.value).where(IS_VERSION)).scalar() or 0)
    applied = set()
    if schema.migrations.name in tables:
        applied = set(tx.execute(sa.select(schema.migrations.c.name)).scalars())
    newer = sorted(applied - MIGRATIONS.keys())
    if newer or version > 1 + len(MIGRATIONS):
        found = ", ".join(newer) or f"version {version}"
        raise StoreError(
            f"store: expected one of this version of rnnkit or an older one, got a newer one ({found}); update rnnkit"
        )
    return [name for name in MIGRATIONS if name not in applied]


def _create(database: Database) -> list[str]:
    """Returns the steps that are still to be applied: none, unless an older program was quicker."""
    with database.write() as tx:
        database.lock_all(tx, longer=True)
        pending = _pending(tx)
        if pending is not None:
            return pending
        schema.METADATA.create_all(tx)
        tx.execute(schema.meta.insert().values(key="schema_version", value="1"))
        tx.execute(schema.scheduler.insert().values(id=1))
        for name in MIGRATIONS:
            _record(tx, name)
    return []


IS_VERSION = schema.meta.c.key == "schema_version"  # what programs before the first step look at, and are refused by


def _record(tx: sa.Connection, name: str) -> None:
    tx.execute(schema.migrations.insert().values(name=name, applied_at=now()))
    version = 2 + list(MIGRATIONS).index(name)
    tx.execute(schema.meta.update().where(IS_VERSION).values(value=str(version)))


# ---- the steps


def _checkpoints_by_step(tx: sa.Connection) -> None:
    """Checkpoints and samples are found by their training step and need no finished epoch; devices get a column."""
    metadata = sa.MetaData()
    runs = sa.Table(
        "runs", metadata, sa.Column("id", sa.String(40), primary_key=True), sa.Column("steps", sa.Integer),
        sa.Column("trainer", sa.Text), sa.Column("device_id", sa.String(40)),
    )  # fmt: skip
    sa.Table(
        "migrations", metadata, sa.Column("name", sa.String(80), primary_key=True), sa.Column("applied_at", sa.Float)
    ).create(tx)
    step = _epochs_times_batches(runs)
    _rebuild(
        tx, runs, "checkpoints", step,
        sa.Column("step", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("epoch", sa.Float, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False), sa.Column("arrays", sa.LargeBinary, nullable=False),
    )  # fmt: skip
    _rebuild(
        tx, runs, "samples", step,
        sa.Column("step", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("epoch", sa.Float, nullable=False),
        sa.Column("temperature", sa.Float, primary_key=True),
        sa.Column("prompt", sa.Text, nullable=False),
        sa.Column("seed", sa.Integer, nullable=False), sa.Column("text", sa.Text, nullable=False),
    )  # fmt: skip
    _rebuild(  # after the tables that named its rows
        tx, runs, "epochs", step,
        sa.Column("epoch", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("step", sa.BigInteger, nullable=False),
        sa.Column("metrics", sa.Text, nullable=False), sa.Column("created_at", sa.Float, nullable=False),
        sa.UniqueConstraint("run", "step"),
    )  # fmt: skip
    _mend_the_last_of_those_ended_early(tx, runs)
    _add_columns(tx, "m002_checkpoints_by_step")
    for row in tx.execute(sa.select(runs.c.id, runs.c.trainer).where(runs.c.trainer.is_not(None))).all():
        device = row.trainer.split("|", 3)[-1]  # where it hid: host|pid|started|device
        tx.execute(runs.update().where(runs.c.id == row.id).values(device_id=device))


def _mend_the_last_of_those_ended_early(tx: sa.Connection, runs: sa.Table) -> None:
    """An epoch in which the seconds of a run were used up had fewer batches: its metrics say what share of them."""
    epochs = sa.table("epochs", sa.column("run"), sa.column("epoch"), sa.column("metrics"))
    early = sa.select(epochs, runs.c.steps).join_from(epochs, runs, runs.c.id == epochs.c.run)
    for row in tx.execute(early.where(epochs.c.metrics.like('%"epoch_share"%'), runs.c.steps > 0)).all():
        step = round((row.epoch - 1 + json.loads(row.metrics)["epoch_share"]) * row.steps)
        for name in ("checkpoints", "samples", "epochs"):
            table = sa.table(name, sa.column("run"), sa.column("epoch"), sa.column("step"))
            tx.execute(table.update().where(table.c.run == row.run, table.c.epoch == row.epoch).values(step=step))


def _epochs_times_batches(runs: sa.Table) -> Callable[[sa.TableClause], sa.ColumnElement]:
    """The step of an old row."""
    batches = sa.case((runs.c.steps > 0, runs.c.steps), else_=1)
    return lambda old: sa.cast(old.c.epoch, sa.BigInteger) * batches


def _states_of_several_epochs(tx: sa.Connection) -> None:
    """States to train on from are kept of several epochs; a person may pin a checkpoint."""
    metadata = sa.MetaData()
    runs = sa.Table("runs", metadata, sa.Column("id", sa.String(40), primary_key=True))
    _rebuild(
        tx, runs, "resume", None,
        sa.Column("epoch", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("step", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False), sa.Column("arrays", sa.LargeBinary, nullable=False),
    )  # fmt: skip
    _add_columns(tx, "m003_states_of_several_epochs")


def _rebuild(
    tx: sa.Connection, runs: sa.Table, name: str, step: Callable[[sa.TableClause], sa.ColumnElement] | None,
    *parts: sa.schema.SchemaItem,
) -> None:  # fmt: skip
    """The table anew with these columns after `run`; `step` makes a row's step where it had none."""
    run = sa.Column("run", sa.String(40), sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    table = sa.Table(f"{name}_by_step", runs.metadata, run, *parts)
    table.create(tx)
    columns = [column.name for column in table.c]
    old = sa.table(name, *(sa.column(column) for column in columns))
    values = [old.c[column] if step is None or column != "step" else step(old) for column in columns]
    source = sa.select(*values).select_from(old.join(runs, runs.c.id == old.c.run))
    tx.execute(table.insert().from_select(columns, source))
    tx.execute(sa.text(f"DROP TABLE {name}"))
    tx.execute(sa.text(f"ALTER TABLE {name}_by_step RENAME TO {name}"))


def _encodings_of_texts(tx: sa.Connection) -> None:
    """A text says the encoding that it was read in, and keeps its file where it could be in another."""
    _add_columns(tx, "m004_encodings_of_texts")


def _trash(tx: sa.Connection) -> None:
    """What a person deletes can be brought back for a day."""
    _add_columns(tx, "m005_trash")


def _moments(tx: sa.Connection) -> None:
    """What is measured inside an epoch has a table; a fork from there says at which step."""
    metadata = sa.MetaData()
    sa.Table("runs", metadata, sa.Column("id", sa.String(40), primary_key=True))
    sa.Table(
        "moments", metadata,
        sa.Column("run", sa.String(40), sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("step", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("epoch", sa.Float, nullable=False),
        sa.Column("metrics", sa.Text, nullable=False), sa.Column("created_at", sa.Float, nullable=False),
    ).create(tx)  # fmt: skip
    _add_columns(tx, "m006_moments")


def _lists_of_runs(tx: sa.Connection) -> None:
    """A run has tags; what lists show of it stands in its row."""
    _add_columns(tx, "m007_lists_of_runs")
    columns = ("id", "config", "task", "best_loss", "best_bits")
    runs = sa.table("runs", *map(sa.column, columns))
    epochs = sa.table("epochs", sa.column("run"), sa.column("epoch"), sa.column("metrics"))
    measured = defaultdict[str, list[dict[str, Any]]](list)
    for row in tx.execute(sa.select(epochs).order_by(epochs.c.run, epochs.c.epoch)):
        measured[row.run].append({**_object(row.metrics), "epoch": row.epoch})
    for row in tx.execute(sa.select(runs.c.id, runs.c.config)).all():
        task = _object(row.config).get("task", "language-model")
        found = {"task": str(task)[:40], **statements.best_of(measured[row.id])}
        tx.execute(runs.update().where(runs.c.id == row.id).values(**found))


def _object(text: str) -> dict[str, Any]:
    """Of a row that is damaged nothing; the store's check says so."""
    with suppress(ValueError):
        found = json.loads(text)
        return found if isinstance(found, dict) else {}
    return {}


def _races(tx: sa.Connection) -> None:
    """Runs that are trained by turns, by one trainer."""
    _add_columns(tx, "m008_races")


def _people(tx: sa.Connection) -> None:
    """There are classes with members, and what somebody did; runs and texts say whose they are.

    The same text may be brought by several people, so its checksum alone is no key any more.
    """
    metadata = sa.MetaData()
    texts = sa.Table(
        "texts_of_people", metadata,
        sa.Column("name", sa.String(40), primary_key=True), sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("chars", sa.Integer, nullable=False), sa.Column("vocab", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False), sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("encoding", sa.Text), sa.Column("original", sa.LargeBinary), sa.Column("deleted_at", sa.Float),
        sa.Column("member", sa.String(64)), sa.Column("shared", sa.Boolean, nullable=False),
        sa.UniqueConstraint("sha256", "member"),
    )  # fmt: skip
    sa.Table(
        "classes", metadata, sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("code", sa.String(16), nullable=False), sa.Column("pin_hash", sa.Text, nullable=False),
        sa.Column("opened_at", sa.Float, nullable=False), sa.Column("closes_at", sa.Float, nullable=False),
        sa.Column("ended_at", sa.Float), sa.Column("settings", sa.Text, nullable=False),
    )  # fmt: skip
    sa.Table(
        "members", metadata,
        sa.Column("class", sa.String(40), primary_key=True), sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("nickname", sa.Text, nullable=False), sa.Column("role", sa.String(16), nullable=False),
        sa.Column("joined_at", sa.Float, nullable=False), sa.Column("seen_at", sa.Float, nullable=False),
    )  # fmt: skip
    sa.Table(
        "acts", metadata,
        sa.Column("id", sa.String(40), primary_key=True), sa.Column("at", sa.Float, nullable=False),
        sa.Column("member", sa.String(64)), sa.Column("who", sa.Text, nullable=False),
        sa.Column("act", sa.String(40), nullable=False), sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("thing", sa.String(64)), sa.Column("name", sa.Text, nullable=False),
    )  # fmt: skip
    metadata.create_all(tx)
    kept = [column.name for column in texts.c if column.name not in ("member", "shared")]
    old = sa.table("texts", *map(sa.column, kept))
    source = sa.select(*(old.c[name] for name in kept), sa.false())
    tx.execute(texts.insert().from_select([*kept, "shared"], source))
    tx.execute(sa.text("DROP TABLE texts"))
    tx.execute(sa.text("ALTER TABLE texts_of_people RENAME TO texts"))
    _add_columns(tx, "m009_people")


def _numbers_of_members(tx: sa.Connection) -> None:
    """Names that hide who somebody is outlive the dashboard. In a class that is open they follow its order."""
    _add_columns(tx, "m010_numbers_of_members")
    members = sa.table("members", *map(sa.column, ("class", "id", "role", "joined_at", "number")))
    places = sa.func.row_number().over(
        partition_by=[members.c["class"], members.c.role], order_by=[members.c.joined_at, members.c.id]
    )
    for row in tx.execute(sa.select(members.c["class"], members.c.id, places.label("place"))).all():
        mine = (members.c["class"] == row[0]) & (members.c.id == row.id)
        tx.execute(sa.update(members).where(mine).values(number=row.place))


def _large_stores(tx: sa.Connection) -> None:
    """What changed since, and who waits, is found without reading all rows; PostgreSQL keeps arrays as they are."""
    _add_columns(tx, "m011_large_stores")
    columns = ("id", "config", "changed_at", "asked_device", "created_at", "queued_at", "ended_at")
    runs = sa.table("runs", *map(sa.column, columns))
    for row in tx.execute(sa.select(runs.c.id, runs.c.config)).all():
        training = _object(row.config).get("training")
        asked = training.get("device", "auto") if isinstance(training, dict) else "auto"
        last = sa.func.coalesce(runs.c.ended_at, runs.c.queued_at, runs.c.created_at)
        mine = runs.update().where(runs.c.id == row.id)
        tx.execute(mine.values(asked_device=str(asked)[:16], changed_at=last))
    for index in (
        "runs_changed_at ON runs (changed_at)", "runs_trainer ON runs (trainer)",
        "runs_first ON runs (status) WHERE goes_first",
        "runs_queued_person ON runs (member, owner) WHERE status = 'queued'",
    ):  # fmt: skip
        tx.execute(sa.text(f"CREATE INDEX {index}"))
    if tx.dialect.name == "postgresql":
        for order in (
            "checkpoints ALTER COLUMN arrays SET STORAGE EXTERNAL", "resume ALTER COLUMN arrays SET STORAGE EXTERNAL",
            "texts ALTER COLUMN content SET STORAGE EXTERNAL, ALTER COLUMN original SET STORAGE EXTERNAL",
            "runs SET (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02)", "scheduler SET (fillfactor = 10)",
        ):  # fmt: skip
            tx.execute(sa.text(f"ALTER TABLE {order}"))


def _accounts(tx: sa.Connection) -> None:
    """People may sign in with an account of a school."""
    metadata = sa.MetaData()
    sa.Table(
        "accounts", metadata, sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("nickname", sa.Text, nullable=False), sa.Column("role", sa.String(16), nullable=False),
    )  # fmt: skip
    account = sa.ForeignKey("accounts.id", ondelete="CASCADE")
    sa.Table(
        "sign_ins", metadata, sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("account", sa.String(64), account, nullable=False, index=True),
        sa.Column("until", sa.Float, nullable=False),
    )  # fmt: skip
    metadata.create_all(tx)


# Columns that a step adds at the end of a table, as SQL says them.
ADDED: dict[str, dict[str, tuple[str, ...]]] = {
    "m002_checkpoints_by_step": {"runs": ("device_id VARCHAR(40)",)},
    "m003_states_of_several_epochs": {"checkpoints": ("pinned BOOLEAN DEFAULT false NOT NULL",)},
    "m004_encodings_of_texts": {"texts": ("encoding TEXT", "original {bytes}")},
    "m005_trash": {"runs": ("deleted_at FLOAT",), "texts": ("deleted_at FLOAT",)},
    "m006_moments": {"runs": ("parent_step BIGINT",)},
    "m007_lists_of_runs": {
        "runs": ("tags TEXT DEFAULT '[]' NOT NULL", "task VARCHAR(40)", "best_loss FLOAT", "best_bits FLOAT")
    },
    "m008_races": {"runs": ("race VARCHAR(40)",)},
    "m009_people": {"runs": ("member VARCHAR(64)", "goes_first BOOLEAN DEFAULT false NOT NULL")},
    "m010_numbers_of_members": {"members": ("number INTEGER DEFAULT 0 NOT NULL",)},
    "m011_large_stores": {"runs": ("changed_at FLOAT", "asked_device VARCHAR(16)")},
}


def _add_columns(tx: sa.Connection, step: str) -> None:
    for table, columns in ADDED[step].items():
        for column in columns:
            said = column.format(bytes=sa.LargeBinary().compile(tx.dialect))
            tx.execute(sa.text(f"ALTER TABLE {table} ADD COLUMN {said}"))


def grown() -> dict[str, tuple[str, ...]]:
    """The columns that stand last in each table of a store that was brought up to date, in order."""
    found = defaultdict[str, list[str]](list)
    for step in ADDED.values():
        for table, columns in step.items():
            found[table] += [column.split()[0] for column in columns]
    return {table: tuple(columns) for table, columns in found.items()}


MIGRATIONS: dict[str, Callable[[sa.Connection], None]] = {
    "m002_checkpoints_by_step": _checkpoints_by_step,
    "m003_states_of_several_epochs": _states_of_several_epochs,
    "m004_encodings_of_texts": _encodings_of_texts,
    "m005_trash": _trash,
    "m006_moments": _moments,
    "m007_lists_of_runs": _lists_of_runs,
    "m008_races": _races,
    "m009_people": _people,
    "m010_numbers_of_members": _numbers_of_members,
    "m011_large_stores": _large_stores,
    "m012_accounts": _accounts,
}
