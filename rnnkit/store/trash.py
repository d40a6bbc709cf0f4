"""What a person deletes: out of sight at once, in the trash for a day, then gone for good with the room it took.

A day is measured by the database's clock. Whoever calls `purge` empties what is older, a little at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import sqlalchemy as sa

from rnnkit.errors import UnknownRun, WrongStatus
from rnnkit.store import database, needs, rows, schema, statements
from rnnkit.store.database import OnDatabase
from rnnkit.store.needs import Need
from rnnkit.store.status import ACTIVE, Status

KEPT_SECONDS = 24 * 3600
PURGED_AT_ONCE = 20  # each in a transaction of its own, so that trainers wait for one at most


class Deleted(NamedTuple):
    """A run or a text in the trash, until `until` at least. `name` is what people call it; times are Unix seconds."""

    kind: Literal["run", "text"]
    id: str
    name: str
    deleted_at: float
    until: float


class Restored(NamedTuple):
    """What came back from the trash, and what a person should know of it, a sentence each."""

    kind: Literal["run", "text"]
    id: str
    name: str
    notes: tuple[str, ...]


class Trash(OnDatabase):
    """The store as one sees it who deletes, and who repents."""

    def needs(self, text: str) -> list[Need]:
        """The runs that name a stored text, those first that train on it. Raises CorpusError: there is no such text."""
        with self._read() as tx:
            return needs.of_text(tx, text)

    def delete_run(self, run_id: str, *, now: bool = False) -> None:
        """Put a run with all it holds into the trash; with `now` it is gone for good, from the trash too.

        Raises WrongStatus: it trains, or came along. UnknownRun.
        """
        with self._write() as tx:
            row = _locked_run(tx, run_id, or_deleted=now)
            if row.status in ACTIVE:
                raise WrongStatus(f"run {run_id}: expected one that does not train, got {row.status}; stop it first")
            if row.pretrained:
                raise WrongStatus(f"run {run_id}: expected one of yours, got one that came with the program")
            self._delete(tx, schema.runs, "id", run_id, now)
        self._tidy(now)

    def delete_runs(self, run_ids: Sequence[str]) -> list[str]:
        """Put runs into the trash, in one transaction. Returns the ids of those that were: what trains, came along or
        is gone stays as it is.
        """
        runs = schema.runs
        may = (runs.c.id.in_(run_ids), runs.c.status.not_in(ACTIVE), ~runs.c.pretrained, runs.c.deleted_at.is_(None))
        with self._write() as tx:
            found = list(tx.execute(sa.select(runs.c.id).where(*may).with_for_update()).scalars())
            at = {"deleted_at": database.now(), "changed_at": database.now()}
            tx.execute(runs.update().where(runs.c.id.in_(found)).values(**at))
        self._tidy(False)
        return found

    def delete_text(self, name: str, *, now: bool = False) -> None:
        """Put a text into the trash; with `now` it is gone for good, from the trash too.

        Raises WrongStatus: a run is to train on it, or may be resumed. CorpusError: there is no such text.
        """
        with self._write() as tx:
            if not (now and _in_trash(tx, schema.texts, name)):
                needs.one_text(tx, name, locked=True)
                training = [need for need in needs.of_text(tx, name) if need.trains]
                if training:
                    raise WrongStatus(
                        f"text {name}: expected one that no run trains on, got one that these need: "
                        f"{needs.sentence(training)}; delete them first"
                    )
            self._delete(tx, schema.texts, "name", name, now)
        self._tidy(now)

    def trash(self) -> list[Deleted]:
        """What can be brought back, the last deleted first."""
        runs, texts = schema.runs, schema.texts
        queries: tuple[tuple[Literal["run", "text"], sa.Select], ...] = (
            ("run", sa.select(runs.c.id, runs.c.name, runs.c.deleted_at).where(runs.c.deleted_at.is_not(None))),
            ("text", sa.select(texts.c.name, texts.c.title, texts.c.deleted_at).where(texts.c.deleted_at.is_not(None))),
        )
        with self._read() as tx:
            rows_of = [(kind, row) for kind, query in queries for row in tx.execute(query)]
        found = [Deleted(kind, row[0], row[1], row[2], row[2] + KEPT_SECONDS) for kind, row in rows_of]
        return sorted(found, key=lambda one: -one.deleted_at)

    def undelete(self, name: str) -> Restored:
        """Bring back a run by its id, with its texts, or a text by its name, as they were.

        Raises UnknownRun: neither is in the trash.
        """
        with self._write() as tx:
            if _in_trash(tx, schema.runs, name):
                return self._undelete_run(tx, name)
            if _in_trash(tx, schema.texts, name):
                return self._undelete_text(tx, name)
        raise UnknownRun(f"undelete: expected a run or a text that was deleted within a day, got {name[:60]!r}")

    def undelete_runs(self, run_ids: Sequence[str]) -> list[str]:
        """Bring back, in one transaction, those runs that do not wait in the queue and have no text of somebody's own:
        for them `undelete` has more to do. Returns their ids.
        """
        runs = schema.runs
        quick = (runs.c.id.in_(run_ids), runs.c.deleted_at.is_not(None), runs.c.status != Status.QUEUED)
        with self._write() as tx:
            query = sa.select(runs.c.id).where(*quick, ~runs.c.corpus.contains(needs.PREFIX)).with_for_update()
            found = list(tx.execute(query).scalars())
            tx.execute(runs.update().where(runs.c.id.in_(found)).values(deleted_at=None, changed_at=database.now()))
        return found

    def purge(self, limit: int = PURGED_AT_ONCE) -> int:
        """Remove for good what was deleted more than a day ago, `limit` of it at most. Returns how much that was."""
        old = database.now() - KEPT_SECONDS
        gone = 0
        for table, key in ((schema.runs, "id"), (schema.texts, "name")):
            with self._read() as tx:
                found = tx.execute(sa.select(table.c[key]).where(table.c.deleted_at < old).limit(limit - gone))
                names = list(found.scalars())
            for name in names:
                with self._write() as tx:
                    gone += tx.execute(table.delete().where(table.c[key] == name, table.c.deleted_at < old)).rowcount
        if gone:
            self._database.give_back_space()
        return gone

    def _delete(self, tx: sa.Connection, table: sa.Table, key: str, name: str, now: bool) -> None:
        mine = table.c[key] == name
        at = {name: database.now() for name in ("deleted_at", "changed_at") if name in table.c}
        trashed = table.update().values(**at)
        tx.execute(table.delete().where(mine) if now else trashed.where(mine))

    def _tidy(self, now: bool) -> None:
        """In transactions of its own."""

        def tidy() -> None:
            if not self.purge() and now:
                self._database.give_back_space()

        self._database.afterwards(tidy)

    def _undelete_run(self, tx: sa.Connection, run_id: str) -> Restored:
        runs, texts = schema.runs, schema.texts
        here = {"deleted_at": None, "changed_at": database.now()}
        tx.execute(runs.update().where(runs.c.id == run_id).values(**here))
        row = statements.one_run(tx, run_id)
        there = tx.execute(sa.select(texts.c.name, texts.c.title, texts.c.deleted_at)).all()
        mine = needs.named(row.corpus, there)
        notes = [f"It waits in the queue again, as {run_id}."] if row.status == Status.QUEUED else []
        for text in there:
            if text.name in mine and text.deleted_at is not None:
                tx.execute(texts.update().where(texts.c.name == text.name).values(deleted_at=None))
                notes.append(f"Its text “{text.title}” ({text.name}) is back too.")
        missing = [name for name in needs.split_corpora(row.corpus) if name.startswith(needs.PREFIX)]
        notes += [f"Its text {name} is not here." for name in missing if name not in {text.name for text in there}]
        same = sa.select(runs.c.id).where(runs.c.name == row.name, runs.c.id != run_id, runs.c.deleted_at.is_(None))
        notes += [f"Another run has its name: {other}." for other in tx.execute(same.limit(1)).scalars()]
        return Restored("run", run_id, row.name, tuple(notes))

    def _undelete_text(self, tx: sa.Connection, name: str) -> Restored:
        texts = schema.texts
        tx.execute(texts.update().where(texts.c.name == name).values(deleted_at=None))
        row = needs.one_text(tx, name)
        here = tx.execute(sa.select(texts.c.name, texts.c.title).where(texts.c.deleted_at.is_(None))).all()
        same = [text.name for text in here if text.title.casefold() == row.title.casefold() and text.name != name]
        notes = (f"{same[0]} has the same title: call this one {name}.",) if same else ()
        return Restored("text", name, row.title, notes)


def _locked_run(tx: sa.Connection, run_id: str, *, or_deleted: bool) -> sa.Row:
    if or_deleted and _in_trash(tx, schema.runs, run_id):
        return tx.execute(sa.select(schema.runs).where(schema.runs.c.id == run_id).with_for_update()).one()
    return statements.locked_run(tx, run_id)


def _in_trash(tx: sa.Connection, table: sa.Table, name: str) -> bool:
    """Whether a run or a text of this key was deleted and can be brought back; it is locked then."""
    mine = (table.primary_key.columns[0] == rows.storable(name), table.c.deleted_at.is_not(None))
    return tx.execute(sa.select(sa.literal(1)).where(*mine).with_for_update()).scalar() is not None
