"""The store as the scheduler sees it: who the one scheduler is, and what only that one may write.

Knows no process: it is told who died.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import sqlalchemy as sa

from rnnkit.store import schema
from rnnkit.store.database import Database, OnDatabase, now
from rnnkit.store.rows import readable, to_json
from rnnkit.store.statements import change_run, locked_run
from rnnkit.store.status import ACTIVE, ENDS_AS, Status, Wanted


class Order(NamedTuple):
    """A queued run is this trainer's from now on, which holds a slot of that device."""

    run: str
    trainer: str
    device_id: str | None = None


class LostPlace(Exception):
    """Another scheduler has taken over; this one must end without a word."""


class SchedulerLease(OnDatabase):
    """The store in the hands of its one scheduler: every method raises LostPlace once another has taken over."""

    def __init__(self, database: Database, token: str):
        super().__init__(database)
        self.token = token

    def heartbeat(self, state: Mapping[str, Any]) -> None:
        """The scheduler lives; `state` is what others may know of it."""
        with self._mine() as tx:
            tx.execute(schema.scheduler.update().values(heartbeat_at=now(), state=to_json(state)))

    def assign(self, orders: Iterable[Order]) -> set[str]:
        """Give queued runs to trainers, all in one transaction. Returns the ids of those that were still queued.

        One that somebody else changes at this moment is passed over, and can be given later.
        """
        wanted = {order.run: order for order in orders}
        runs = schema.runs
        waiting = (runs.c.id.in_(wanted), runs.c.status == Status.QUEUED, runs.c.deleted_at.is_(None))
        with self._mine() as tx:
            found = sa.select(runs.c.id).where(*waiting).with_for_update(skip_locked=True)
            given = [wanted[run] for run in tx.execute(found).scalars()]
            if given:
                change = {"status": Status.STARTING, "heartbeat_at": now(), "changed_at": now()}
                mine: dict[str, Any] = {"trainer": sa.bindparam("to_trainer"), "device_id": sa.bindparam("on_device")}
                each = runs.update().where(runs.c.id == sa.bindparam("of_run")).values(**change, **mine)
                tx.execute(
                    each, [{"of_run": one.run, "to_trainer": one.trainer, "on_device": one.device_id} for one in given]
                )
        return {one.run for one in given}

    def trainer_lost(
        self, run_id: str, trainer: str, log: str, *, most_attempts: int, blamed: bool = True
    ) -> Status | None:
        """A trainer died. The run is queued again, or failed after `most_attempts`, or ends as it was asked to.

        Returns the new status, or None when the run had ended or moved on by itself.

        `blamed`: whether it may be what the trainer died of, and not only one that waited for its turn there.
        """
        with self._mine() as tx:
            row = locked_run(tx, run_id)
            if row.status not in ACTIVE or row.trainer != trainer:
                return None
            attempts, change = row.attempts + blamed, dict[str, Any]()
            status = ENDS_AS.get(row.wanted, Status.QUEUED)
            if status != Status.QUEUED:
                change["wanted"] = Wanted.RUN
            elif blamed and attempts >= most_attempts:
                said = f"The trainer was lost {attempts} times in the same epoch. Its last lines are in the log."
                status, change["message"] = Status.FAILED, said
            if status != Status.QUEUED:
                change["ended_at"] = now()
            change_run(
                tx, run_id, status=status, trainer=None, device_id=None, attempts=attempts, log=log,
                heartbeat_at=None, **change,
            )  # fmt: skip
            return status

    def leave(self) -> None:
        """There is no scheduler any more."""
        with self._mine() as tx:
            tx.execute(schema.scheduler.update().values(token=None, state="{}"))

    @contextmanager
    def _mine(self) -> Iterator[sa.Connection]:
        """A transaction in which nobody else becomes the scheduler."""
        with self._write() as tx:
            token = tx.execute(sa.select(schema.scheduler.c.token).with_for_update()).scalar_one()
            if token != self.token:
                raise LostPlace(f"scheduler {self.token}: {token or 'nobody'} has its place")
            yield tx


class Queue(OnDatabase):
    """The store as those see it who need a scheduler, or want to be it."""

    def take_scheduler(self, token: str, *, stale_seconds: float, dead: str | None = None) -> SchedulerLease | None:
        """Become the one scheduler: when there is none, the last is stale, or it is the one known to be `dead`."""
        with self._write() as tx:
            row = tx.execute(sa.select(schema.scheduler, now().label("read_at")).with_for_update()).one()
            # A heartbeat from the future is stale too: the clock was set back.
            if row.token not in (None, token, dead) and abs(row.read_at - row.heartbeat_at) <= stale_seconds:
                return None
            tx.execute(schema.scheduler.update().values(token=token, heartbeat_at=now()))
        return SchedulerLease(self._database, token)

    def scheduler(self) -> dict[str, Any]:
        """token, heartbeat_at, wanted_at, state of the one scheduler, and read_at, when this was read."""
        with self._read() as tx:
            row = tx.execute(sa.select(schema.scheduler, now().label("read_at"))).one()
        with readable("scheduler"):
            return {**row._asdict(), "state": json.loads(row.state)}

    def check_writable(self) -> None:
        """Write what is there already. Raises StoreError where that cannot be: the disk is full, for example."""
        with self._write() as tx:
            tx.execute(schema.scheduler.update().values(id=1))

    def want_scheduler(self) -> None:
        """Somebody is here: an idle scheduler stays."""
        with self._write() as tx:
            tx.execute(schema.scheduler.update().values(wanted_at=now()))
