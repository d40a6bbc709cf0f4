"""The store as the one trainer of a run sees it. Every write names the trainer's token.

An epoch is one transaction: metrics, checkpoint, samples and resume state come together or not
at all. A trainer that was given up for dead can never write over its successor.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict, Unpack

import numpy as np
import sqlalchemy as sa

from rnnkit.store import schema, statements
from rnnkit.store.database import Database, OnDatabase, now
from rnnkit.store.rows import Point, Run, Sample
from rnnkit.store.status import ACTIVE, ENDS_AS, Status, Wanted
from rnnkit.store.weights import pack


class LostRun(Exception):
    """This trainer is no longer the one that trains the run; it must end without a word."""


class Description(TypedDict, total=False):
    """What a trainer finds out about its run."""

    tokenizer: Mapping[str, Any]
    vocab_size: int
    params: int
    steps: int  # batches in one epoch
    provenance: Mapping[str, Any]
    device: str
    message: str | None


class Lease(OnDatabase):
    """One run in the hands of one trainer: every method raises LostRun once another has it."""

    def __init__(self, database: Database, run_id: str, trainer: str):
        super().__init__(database)
        self.run_id, self.trainer = run_id, trainer

    def claim(self) -> Run:
        """Take over a run that was assigned to this trainer (or is queued, when started by hand).

        Raises LostRun: another trainer has it, or it is neither queued nor starting.
        """
        with self._write() as tx:
            row = statements.locked_run(tx, self.run_id)
            mine = row.status == Status.STARTING and row.trainer == self.trainer
            if not (mine or row.status == Status.QUEUED):
                raise LostRun(f"run {self.run_id} is {row.status} with trainer {row.trainer}")
            change = {"trainer": self.trainer, "heartbeat_at": now(), "started_at": row.started_at or now()}
            statements.change_run(tx, self.run_id, status=Status.TRAINING, **change)
            return Run.of(statements.one_run(tx, self.run_id))

    def save_description(self, **found: Unpack[Description]) -> None:
        """Write what the trainer found out about the run."""
        columns: dict[str, Any] = {**found}
        for name in {"tokenizer", "provenance"} & columns.keys():
            columns[name] = json.dumps(columns[name])
        with self._write() as tx:
            self._change(tx, **columns)

    def progress(
        self, *, step: int, loss: float | None, chars_per_second: float | None, train_seconds: float,
        point: Point | None,
    ) -> Wanted:  # fmt: skip
        """Progress inside an epoch, at most twice a second. Returns what is wanted."""
        columns = {"loss": loss, "chars_per_second": chars_per_second, "train_seconds": train_seconds}
        with self._write() as tx:
            row = self._change(tx, step=step, **columns)
            if point is not None:
                statements.put_point(tx, self.run_id, point)
            return Wanted(row.wanted)

    def heartbeat(self) -> Wanted:
        """The trainer lives. Returns what is wanted."""
        with self._write() as tx:
            return Wanted(self._change(tx).wanted)

    def beat(self) -> None:
        """The trainer lives, and holds all runs that it has claimed: one write for all of them."""
        runs = schema.runs
        claimed = runs.c.trainer == self.trainer, runs.c.status == Status.TRAINING
        with self._write() as tx:
            tx.execute(runs.update().where(*claimed).values(heartbeat_at=now()))

    def finish_epoch(
        self, *, epoch: int, metrics: Mapping[str, Any], checkpoint: Mapping[str, np.ndarray],
        samples: Iterable[Sample], resume: Mapping[str, np.ndarray], state: Mapping[str, Any], train_seconds: float,
        step: int | None = None, last_point: Point | None = None,
    ) -> Wanted:  # fmt: skip
        """One epoch, one transaction. Returns what is wanted.

        Raises StoreFull: nothing was written. ValueError: `epoch` is not the one after the last finished.

        Args:
            step: batches since the run began; a whole epoch after the last one when None.
        """
        # Packed and summed before the lock is taken, so that others wait for the disk only.
        checkpoint_blob, resume_blob = statements.blob(pack(checkpoint)), statements.blob(pack(resume))
        columns = {"loss": metrics.get("loss"), "chars_per_second": metrics.get("chars_per_second")}
        with self._write() as tx:
            row = self._change(tx, epochs_done=epoch, step=0, attempts=0, train_seconds=train_seconds, **columns)
            if epoch != row.epochs_done + 1:
                raise ValueError(f"epoch of run {self.run_id}: expected {row.epochs_done + 1} as the next, got {epoch}")
            if step is None:
                measured = statements.metrics_of(tx, self.run_id)
                step = max(1, row.steps) + (measured[-1]["step"] if measured else 0)
            for table in (
                schema.moments,
                schema.checkpoints,
                schema.samples,
            ):  # the epoch may end inside, with its time
                tx.execute(table.delete().where(table.c.run == self.run_id, table.c.step == step))
            statements.put_metrics(tx, self.run_id, epoch, step, metrics)
            statements.put_checkpoint(tx, self.run_id, step, epoch, checkpoint_blob)
            statements.put_samples(tx, self.run_id, (sample._replace(step=step) for sample in samples))
            statements.put_state(tx, self.run_id, epoch, 0, state, resume_blob)
            if last_point is not None:
                statements.put_point(tx, self.run_id, last_point)
            statements.drop_unwanted(tx, self.run_id)
            statements.note_best(tx, self.run_id)
            return Wanted(row.wanted)

    def keep_inside(
        self, *, place: int, step: int, epoch: float, metrics: Mapping[str, Any], checkpoint: Mapping[str, np.ndarray],
        samples: Iterable[Sample], resume: Mapping[str, np.ndarray], state: Mapping[str, Any], train_seconds: float,
    ) -> Wanted:  # fmt: skip
        """A checkpoint inside an epoch, one transaction too. Returns what is wanted.

        Raises StoreFull: nothing was written. ValueError: `epoch` is not inside the one in training.

        Args:
            place: batches done of the epoch in training.
            step: batches since the run began. epoch: epochs since then, 0.25 for example.
        """
        checkpoint_blob, resume_blob = statements.blob(pack(checkpoint)), statements.blob(pack(resume))
        with self._write() as tx:
            row = self._change(tx, step=place, attempts=0, train_seconds=train_seconds)
            if int(epoch) != row.epochs_done:
                raise ValueError(f"epoch of run {self.run_id}: expected one inside {row.epochs_done + 1}, got {epoch}")
            statements.put_metrics(tx, self.run_id, epoch, step, metrics, schema.moments)
            statements.put_checkpoint(tx, self.run_id, step, epoch, checkpoint_blob)
            statements.put_samples(tx, self.run_id, (sample._replace(step=step) for sample in samples))
            statements.put_state(tx, self.run_id, row.epochs_done, place, state, resume_blob)
            statements.drop_unwanted(tx, self.run_id)
            return Wanted(row.wanted)

    def save_position(
        self, *, epoch: int, step: int, state: Mapping[str, Any], resume: Mapping[str, np.ndarray]
    ) -> None:
        """Keep a place inside an epoch: a paused run resumes at the very batch. Raises ValueError: another epoch."""
        packed = statements.blob(pack(resume))
        with self._write() as tx:
            row = self._change(tx, step=step)
            if epoch != row.epochs_done:
                raise ValueError(
                    f"epoch of run {self.run_id}: expected {row.epochs_done}, the last finished, got {epoch}"
                )
            statements.put_state(tx, self.run_id, epoch, step, state, packed)

    def rewind_points(self, step: int) -> None:
        """Forget points after batch `step` of the run: they will be trained again."""
        points = schema.points
        with self._write() as tx:
            self._change(tx)
            tx.execute(points.delete().where(points.c.run == self.run_id, points.c.step > step))

    def end(self, status: Status, message: str | None = None) -> None:
        """The trainer is done: finished, paused, stopped, diverged, failed, or leaves the run to another (queued).

        A run that is left to another while somebody has asked it to pause or stop does so.
        """
        columns = {"message": message} if message is not None else {}
        with self._write() as tx:
            row = self._change(tx, **columns)
            if status == Status.QUEUED:
                status = ENDS_AS.get(row.wanted, Status.QUEUED)
            ended_at = None if status == Status.QUEUED else now()
            free = {"wanted": Wanted.RUN, "trainer": None, "device_id": None}
            statements.change_run(tx, self.run_id, status=status, ended_at=ended_at, **free)

    def _change(self, tx: sa.Connection, **columns: Any) -> sa.Row:
        """Change the trainer's own run. Returns what a trainer needs to know of it, as it was before."""
        runs = schema.runs
        mine = (runs.c.id == self.run_id, runs.c.trainer == self.trainer, runs.c.status.in_(ACTIVE))
        known = sa.select(runs.c.wanted, runs.c.epochs_done, runs.c.steps)
        row = tx.execute(known.where(*mine).with_for_update()).one_or_none()
        if row is None:
            raise LostRun(f"run {self.run_id} no longer belongs to trainer {self.trainer}")
        statements.change_run(tx, self.run_id, heartbeat_at=now(), **columns)
        return row
