"""The store as one sees it who gives out work: what waits and trains, read whole once, then only what has changed.

Of a hundred thousand that wait nobody reads more than those of which something is new. Knows no rule of whose turn it
is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import sqlalchemy as sa

from rnnkit.store import schema, statements
from rnnkit.store.database import OnDatabase, now
from rnnkit.store.rows import Run
from rnnkit.store.status import ACTIVE, WAITING_OR_ACTIVE, Status, Wanted

SHARED_SECONDS = 3600.0  # of training by each person, by which the queue is shared fairly


class LiveRun(NamedTuple):
    """A run by what the scheduler chooses by: small columns of its row. Times are the database's."""

    id: str
    owner: str
    member: str | None
    status: Status
    wanted: Wanted
    trainer: str | None
    device_id: str | None
    asked_device: str | None
    race: str | None
    goes_first: bool
    queued_at: float | None
    ended_at: float | None
    heartbeat_at: float | None
    params: int | None
    train_seconds: float
    deleted_at: float | None = None

    @classmethod
    def of(cls, run: Run) -> LiveRun:
        """One that is not in the trash."""
        return cls(*(getattr(run, name) for name in cls._fields[:-1]))

    @property
    def person(self) -> str:
        """As of a whole run."""
        return self.member or self.owner

    @property
    def active(self) -> bool:
        """A trainer has it."""
        return self.status in ACTIVE

    @property
    def waits(self) -> bool:
        return self.status == Status.QUEUED and self.deleted_at is None


class Live(NamedTuple):
    """Runs as they were read, and when that was."""

    runs: list[LiveRun]
    read_at: float


_COLUMNS = tuple(schema.runs.c[name] for name in LiveRun._fields)
_STATUSES, _WANTED = {one.value: one for one in Status}, {one.value: one for one in Wanted}


class Lives(OnDatabase):
    """What is read by the one who gives out work, and by each trainer of its own."""

    def live(self) -> Live:
        """All that wait or train, and those that ended within the last hour, which the queue is shared by."""
        runs = schema.runs.c
        ended = sa.and_(runs.changed_at > now() - SHARED_SECONDS, runs.ended_at > now() - SHARED_SECONDS)
        return self._those(runs.status.in_(WAITING_OR_ACTIVE) | ended)

    def changed(self, since: float, trainers: Iterable[str] = ()) -> Live:
        """Those that began or ceased to wait, to train or to be here after `since`, whatever they are now; and all that
        these trainers hold. Who asks for what came after the last answer goes back a little: a transaction may be seen
        later than another that was begun after it.
        """
        runs = schema.runs.c
        return self._those(runs.changed_at > since, runs.trainer.in_(list(trainers)))

    def live_of(self, run_ids: Iterable[str]) -> list[LiveRun]:
        """Those of these that there are."""
        return self._those(schema.runs.c.id.in_(list(run_ids))).runs

    def _those(self, *kinds: sa.ColumnElement[bool]) -> Live:
        with self._read() as tx:
            at = tx.execute(sa.select(now())).scalar_one()
            rows = [row for kind in kinds for row in tx.execute(sa.select(*_COLUMNS).where(kind))]
        return Live([_live(row) for row in rows], at)

    def held_by(self, trainer: str) -> list[Run]:
        """The runs in the hands of a trainer, and those beside which nobody else trains."""
        runs = schema.runs.c
        active, found = statements.listed().where(runs.status.in_(ACTIVE)), dict[str, Run]()
        with self._read() as tx:
            for mine in (runs.trainer == trainer, schema.FIRST):
                found |= {row.id: Run.of(row) for row in tx.execute(active.where(mine))}
        return list(found.values())


def _live(row: sa.Row) -> LiveRun:
    return LiveRun._make((*row[:3], _STATUSES[row[3]], _WANTED[row[4]], *row[5:]))
