"""The store as the scheduler sees it: runs given to trainers and taken back, and who the one scheduler is.

Knows no process: it is told who died.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from rnnkit.store import schema
from rnnkit.store.database import OnDatabase
from rnnkit.store.rows import to_json
from rnnkit.store.statements import change_run, locked_run
from rnnkit.store.status import ACTIVE, ENDS_AS, Status, Wanted


class Queue(OnDatabase):
    """The store as the scheduler sees it."""

    def assign(self, run_id: str, trainer: str, device_id: str | None = None) -> bool:
        """Give a queued run to a trainer, which holds a slot of that device. False when it is no longer queued."""
        change = {"status": Status.STARTING, "trainer": trainer, "device_id": device_id, "heartbeat_at": time.time()}
        runs = schema.runs
        waiting = (runs.c.id == run_id, runs.c.status == Status.QUEUED, runs.c.deleted_at.is_(None))
        with self._write() as tx:
            return tx.execute(runs.update().where(*waiting).values(**change)).rowcount == 1

    def trainer_lost(self, run_id: str, trainer: str, log: str, *, most_attempts: int) -> Status | None:
        """A trainer died. The run is queued again, or failed after `most_attempts`, or ends as it was asked to.

        Returns the new status, or None when the run had ended or moved on by itself.
        """
        with self._write() as tx:
            row = locked_run(tx, run_id)
            if row.status not in ACTIVE or row.trainer != trainer:
                return None
            attempts, change = row.attempts + 1, dict[str, Any]()
            status = ENDS_AS.get(row.wanted, Status.QUEUED)
            if status != Status.QUEUED:
                change["wanted"] = Wanted.RUN
            elif attempts >= most_attempts:
                said = f"The trainer was lost {attempts} times in the same epoch. Its last lines are in the log."
                status, change["message"] = Status.FAILED, said
            if status != Status.QUEUED:
                change["ended_at"] = time.time()
            change_run(
                tx, run_id, status=status, trainer=None, device_id=None, attempts=attempts, log=log,
                heartbeat_at=None, **change,
            )  # fmt: skip
            return status

    def take_scheduler(self, token: str, *, stale_seconds: float, dead: str | None = None) -> bool:
        """Become the one scheduler: when there is none, the last is stale, or it is the one known to be `dead`."""
        now = time.time()
        with self._write() as tx:
            row = tx.execute(sa.select(schema.scheduler).with_for_update()).one()
            # A heartbeat from the future is stale too: the clock was set back.
            free = row.token in (None, token, dead) or abs(now - row.heartbeat_at) > stale_seconds
            if free:
                tx.execute(schema.scheduler.update().values(token=token, heartbeat_at=now))
            return free

    def scheduler_heartbeat(self, token: str, state: Mapping[str, Any]) -> bool:
        """False when another scheduler has taken over."""
        with self._write() as tx:
            change = schema.scheduler.update().where(schema.scheduler.c.token == token)
            return tx.execute(change.values(heartbeat_at=time.time(), state=to_json(state))).rowcount == 1

    def leave_scheduler(self, token: str) -> None:
        with self._write() as tx:
            mine = schema.scheduler.c.token == token
            tx.execute(schema.scheduler.update().where(mine).values(token=None, state="{}"))

    def scheduler(self) -> dict[str, Any]:
        """token, heartbeat_at, wanted_at, state of the one scheduler."""
        with self._read() as tx:
            row = tx.execute(sa.select(schema.scheduler)).one()
        return {**row._asdict(), "state": json.loads(row.state)}

    def want_scheduler(self) -> None:
        """Somebody is here: an idle scheduler stays."""
        with self._write() as tx:
            tx.execute(schema.scheduler.update().values(wanted_at=time.time()))
