"""The run store: the one place where dashboard, scheduler and trainers meet.

An epoch is one transaction: metrics, checkpoint, samples and resume state come together
or not at all. Every write of a trainer names the trainer's token, so one that was given
up for dead can never write over its successor. Knows no network, no text format and no page.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import secrets
import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np
import safetensors
import safetensors.numpy
import sqlalchemy as sa

from rnnkit import schema, settings
from rnnkit.config import RunConfig, parse
from rnnkit.errors import CorpusError, DamagedCheckpoint, StoreError, StoreFull, UnknownEpoch, UnknownRun, WrongStatus
from rnnkit.schema import (
    ACTIVE,
    DIVERGED,
    ENDED,
    FAILED,
    FINISHED,
    PAUSED,
    QUEUED,
    STARTING,
    STOPPED,
    TRAINING,
    WAITING_OR_ACTIVE,
)

__all__ = [
    "ACTIVE",
    "DIVERGED",
    "ENDED",
    "FAILED",
    "FINISHED",
    "PAUSED",
    "QUEUED",
    "STARTING",
    "STOPPED",
    "TRAINING",
    "WAITING_OR_ACTIVE",
    "LostRun",
    "Point",
    "ResumeState",
    "Run",
    "Sample",
    "Store",
    "TextRow",
    "kept_epochs",
]

SAFE_WAL_VERSION = (3, 51, 3)  # before it, SQLite can lose a commit in WAL mode with several connections


@dataclass(frozen=True)
class Run:
    """One row of the runs table; `config` is parsed, `tokenizer` is JSON or None. Times are Unix seconds."""

    id: str
    name: str
    owner: str
    preset: str | None
    corpus: str
    config: RunConfig
    status: str
    pretrained: bool
    parent: str | None
    parent_epoch: int | None
    created_at: float
    queued_at: float | None
    started_at: float | None
    ended_at: float | None
    tokenizer: dict[str, Any] | None
    vocab_size: int | None
    params: int | None
    device: str | None
    message: str | None
    log: str | None
    attempts: int
    wanted: str
    trainer: str | None
    heartbeat_at: float | None
    epochs_done: int
    step: int
    steps: int
    loss: float | None
    chars_per_second: float | None
    train_seconds: float

    @property
    def active(self) -> bool:
        return self.status in ACTIVE

    @property
    def live(self) -> bool:
        """Something may still change without anybody asking."""
        return self.status in WAITING_OR_ACTIVE


class Sample(NamedTuple):
    epoch: int
    temperature: float
    prompt: str
    seed: int
    text: str


class Point(NamedTuple):
    step: int
    seconds: float
    loss: float | None


class TextRow(NamedTuple):
    name: str
    title: str
    sha256: str
    chars: int
    vocab: int
    created_at: float


class ResumeState(NamedTuple):
    """Where training goes on: after `epoch` finished epochs and `step` batches of the next."""

    epoch: int
    step: int
    state: dict[str, Any]
    arrays: dict[str, np.ndarray]


class LostRun(Exception):
    """This trainer is no longer the one that trains the run; it must end without a word."""


def new_run_id() -> str:
    """Eight letters and digits, no vowels and nothing that reads like another: nobody's id is a word."""
    return "".join(secrets.choice("23456789bcdfghjkmnpqrstvwxz") for _ in range(8))


def check_run_id(run: str) -> str:
    """The id, if it has the form of one. Raises UnknownRun for anything else, a path for example."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", str(run)):
        raise UnknownRun(f"run: expected an id of letters, digits and dashes, got {str(run)[:60]!r}")
    return run


def pack(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Arrays in safetensors form."""
    return safetensors.numpy.save({name: np.ascontiguousarray(array) for name, array in arrays.items()})


def unpack(blob: bytes, sha256: str, what: str) -> dict[str, np.ndarray]:
    """Arrays back from `pack`. Raises DamagedCheckpoint when the checksum or the form is wrong."""
    found = hashlib.sha256(blob).hexdigest()
    if found != sha256:
        raise DamagedCheckpoint(f"{what}: expected arrays with checksum {sha256[:12]}…, got {found[:12]}…")
    try:
        return safetensors.numpy.load(bytes(blob))
    except safetensors.SafetensorError as error:
        raise DamagedCheckpoint(f"{what}: expected arrays in safetensors form, got {error}") from None


def kept_epochs(val_losses: Mapping[int, float | None]) -> set[int]:
    """The epochs whose checkpoints are kept: the first three, the best, the last, and at most twelve spaced ones.

    Args:
        val_losses: epoch -> the loss by which the best is chosen (None counts as worst).
    """
    if not val_losses:
        return set()
    last = max(val_losses)
    stride = next(s for s in _strides() if last / s <= 12)
    best = min(val_losses, key=lambda e: (val_losses[e] is None, val_losses[e] or 0.0, e))
    return {e for e in val_losses if e <= 3 or e in (best, last) or e % stride == 0}


def _strides() -> Iterator[int]:
    """1, 5, 10, 50, 100, ...: each divides the next, so what is dropped is never wanted again."""
    power = 1
    while True:
        yield power
        yield 5 * power
        power *= 10


class Store:
    """The store at `url` (SQLAlchemy; default from the settings). Opening creates or checks the schema.

    Safe to share between threads. Raises StoreError when it cannot be opened or is of a newer version.
    """

    def __init__(self, url: str | None = None):
        self.url = url or settings.store_url()
        try:
            self._engine = _engine(self.url)
            with self._write() as tx:
                schema.METADATA.create_all(tx)
                _open_schema(tx)
        except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ModuleNotFoundError) as error:
            raise StoreError(f"RNNKIT_STORE: expected an SQLAlchemy URL, got {self.url!r} ({error})") from None

    def close(self) -> None:
        self._engine.dispose()

    # ---- transactions

    @contextmanager
    def _write(self) -> Iterator[sa.Connection]:
        """One transaction that takes the write lock at once, so that it can never lose a race half-way."""
        with self._said(), self._engine.connect().execution_options(rnnkit_write=True) as tx, tx.begin():
            yield tx

    @contextmanager
    def _read(self) -> Iterator[sa.Connection]:
        with self._said(), self._engine.connect() as tx, tx.begin():
            yield tx

    @contextmanager
    def _said(self) -> Iterator[None]:
        """Faults of the database as sentences."""
        try:
            yield
        except sa.exc.OperationalError as error:
            reason = str(error.orig).strip().splitlines()[0]
            if "full" in reason.lower() or getattr(error.orig, "sqlstate", "") == "53100":
                raise StoreFull(
                    f"store: expected room to write at {self._place()}, got a full disk ({reason}); "
                    "free some space, then resume: every finished epoch is kept"
                ) from None
            raise StoreError(f"store: expected a database that answers at {self._place()}, got: {reason}") from None

    def _place(self) -> str:
        return self._engine.url.render_as_string(hide_password=True)

    # ---- runs, as people see them

    def create_run(self, config: RunConfig, *, run_id: str | None = None) -> str:
        """Queue a run. Returns its id."""
        run_id = check_run_id(run_id or new_run_id())
        now = time.time()
        with self._write() as tx:
            tx.execute(
                schema.runs.insert().values(**_row_of(config, run_id), status=QUEUED, created_at=now, queued_at=now)
            )
        return run_id

    def fork_run(self, parent: str, epoch: int, config: RunConfig) -> str:
        """Queue a run that goes on from a kept epoch of another; the history up to there is copied.

        Raises:
            UnknownRun, UnknownEpoch: there is no such checkpoint.
        """
        run_id, now = new_run_id(), time.time()
        with self._write() as tx:
            row = _one_run(tx, parent)
            _checkpoint_row(tx, parent, epoch)
            seconds = 0.0
            tx.execute(
                schema.runs.insert().values(
                    **_row_of(config, run_id),
                    status=QUEUED,
                    created_at=now,
                    queued_at=now,
                    parent=parent,
                    parent_epoch=epoch,
                    epochs_done=epoch,
                    tokenizer=row.tokenizer,
                    vocab_size=row.vocab_size,
                    params=row.params,
                    steps=row.steps,
                )
            )
            for table, only in ((schema.epochs, None), (schema.samples, None), (schema.checkpoints, epoch)):
                _copy_rows(tx, table, parent, run_id, epoch, only)
            seconds = sum(m.get("seconds") or 0.0 for m in _metrics(tx, run_id))
            tx.execute(schema.runs.update().where(schema.runs.c.id == run_id).values(train_seconds=seconds))
        return run_id

    def run(self, run_id: str) -> Run:
        """Raises UnknownRun."""
        with self._read() as tx:
            return _run(_one_run(tx, run_id))

    def runs(self, *, statuses: Iterable[str] | None = None, owner: str | None = None) -> list[Run]:
        """Newest first; pretrained ones last."""
        query = sa.select(schema.runs).order_by(
            schema.runs.c.pretrained, schema.runs.c.created_at.desc(), schema.runs.c.id
        )
        if statuses is not None:
            query = query.where(schema.runs.c.status.in_(tuple(statuses)))
        if owner is not None:
            query = query.where(schema.runs.c.owner == owner)
        with self._read() as tx:
            return [_run(row) for row in tx.execute(query)]

    def epochs(self, run_id: str) -> list[dict[str, Any]]:
        """Metrics of every finished epoch, in order; each has `epoch` and what the trainer reported."""
        with self._read() as tx:
            return _metrics(tx, run_id)

    def points(self, run_id: str, *, after: int = -1) -> list[Point]:
        """The curve inside the epochs, from the point after batch `after` on."""
        query = sa.select(schema.points.c.step, schema.points.c.seconds, schema.points.c.loss).order_by(
            schema.points.c.step
        )
        with self._read() as tx:
            return [
                Point(*row)
                for row in tx.execute(query.where(schema.points.c.run == run_id, schema.points.c.step > after))
            ]

    def samples(self, run_id: str, epoch: int | None = None) -> list[Sample]:
        """What the epochs wrote, by epoch and temperature."""
        columns = (
            schema.samples.c.epoch,
            schema.samples.c.temperature,
            schema.samples.c.prompt,
            schema.samples.c.seed,
            schema.samples.c.text,
        )
        query = (
            sa.select(*columns)
            .where(schema.samples.c.run == run_id)
            .order_by(schema.samples.c.epoch, schema.samples.c.temperature)
        )
        if epoch is not None:
            query = query.where(schema.samples.c.epoch == epoch)
        with self._read() as tx:
            return [Sample(*row) for row in tx.execute(query)]

    def checkpoint_epochs(self, run_id: str) -> list[int]:
        """Epochs that can be sampled, in order."""
        query = (
            sa.select(schema.checkpoints.c.epoch)
            .where(schema.checkpoints.c.run == run_id)
            .order_by(schema.checkpoints.c.epoch)
        )
        with self._read() as tx:
            return list(tx.execute(query).scalars())

    def checkpoint(self, run_id: str, epoch: int) -> dict[str, np.ndarray]:
        """Weights after `epoch`.

        Raises:
            UnknownEpoch: not kept. DamagedCheckpoint: the checksum does not fit.
        """
        with self._read() as tx:
            row = _checkpoint_row(tx, run_id, epoch)
        return unpack(row.arrays, row.sha256, f"checkpoint of run {run_id}, epoch {epoch}")

    def ask(self, run_id: str, wanted: str) -> None:
        """Ask a queued or training run to `pause` or `stop`. A queued one does so at once.

        Raises:
            WrongStatus: it has ended already.
        """
        done = {"pause": PAUSED, "stop": STOPPED}[wanted]
        with self._write() as tx:
            row = _one_run(tx, run_id)
            if row.status not in WAITING_OR_ACTIVE:
                raise WrongStatus(f"run {run_id}: expected one that is queued or training, got {row.status}")
            change = {"wanted": wanted}
            if row.status == QUEUED:
                change = {"status": done, "ended_at": time.time()}
            tx.execute(schema.runs.update().where(schema.runs.c.id == run_id).values(**change))

    def resume_run(self, run_id: str) -> None:
        """Queue a run that ended before its last epoch.

        Raises:
            WrongStatus: it is queued, trains, or has finished all its epochs.
        """
        with self._write() as tx:
            row = _one_run(tx, run_id)
            if row.pretrained or row.status not in (PAUSED, STOPPED, FAILED):
                raise WrongStatus(f"run {run_id}: expected one that is paused, stopped or failed, got {row.status}")
            change = {"status": QUEUED, "wanted": "run", "queued_at": time.time(), "ended_at": None}
            tx.execute(
                schema.runs.update()
                .where(schema.runs.c.id == run_id)
                .values(**change, attempts=0, message=None, log=None)
            )

    def delete_run(self, run_id: str) -> None:
        """Delete a run with all it holds.

        Raises:
            WrongStatus: it trains, or came with the program.
        """
        with self._write() as tx:
            row = _one_run(tx, run_id)
            if row.status in ACTIVE:
                raise WrongStatus(f"run {run_id}: expected one that does not train, got {row.status}; stop it first")
            if row.pretrained:
                raise WrongStatus(f"run {run_id}: expected one of yours, got one that came with the program")
            tx.execute(schema.runs.delete().where(schema.runs.c.id == run_id))

    def rename_run(self, run_id: str, name: str) -> None:
        with self._write() as tx:
            config = parse({**json.loads(_one_run(tx, run_id).config), "name": name})
            change = {"name": config.name or run_id, "config": config.model_dump_json()}
            tx.execute(schema.runs.update().where(schema.runs.c.id == run_id).values(**change))

    # ---- the trainer's side; every write names the trainer

    def claim(self, run_id: str, trainer: str) -> Run:
        """A trainer takes over a run that was assigned to it (or is queued, when started by hand).

        Raises:
            LostRun: another trainer has it, or it is neither queued nor starting.
        """
        with self._write() as tx:
            row = _one_run(tx, run_id)
            mine = row.status == STARTING and row.trainer in (None, trainer)
            if not (mine or row.status == QUEUED):
                raise LostRun(f"run {run_id} is {row.status} with trainer {row.trainer}")
            now = time.time()
            change = {"status": TRAINING, "trainer": trainer, "heartbeat_at": now, "started_at": row.started_at or now}
            tx.execute(schema.runs.update().where(schema.runs.c.id == run_id).values(**change))
            return _run(_one_run(tx, run_id))

    def describe(self, run_id: str, trainer: str, **columns: Any) -> None:
        """What the trainer found out: tokenizer, vocab_size, params, device, message, steps."""
        if "tokenizer" in columns:
            columns["tokenizer"] = json.dumps(columns["tokenizer"])
        with self._write() as tx:
            _write_run(tx, run_id, trainer, **columns)

    def progress(
        self, run_id: str, trainer: str, *, step: int, loss: float | None, chars_per_second: float | None,
        train_seconds: float, point: Point | None,
    ) -> str:  # fmt: skip
        """Progress inside an epoch, at most twice a second. Returns what is wanted: run, pause or stop."""
        with self._write() as tx:
            _write_run(
                tx, run_id, trainer, step=step, loss=_finite(loss), chars_per_second=chars_per_second,
                train_seconds=train_seconds,
            )  # fmt: skip
            if point is not None:
                _put_point(tx, run_id, point)
            return tx.execute(sa.select(schema.runs.c.wanted).where(schema.runs.c.id == run_id)).scalar_one()

    def heartbeat(self, run_id: str, trainer: str) -> str:
        """The trainer lives. Returns what is wanted."""
        with self._write() as tx:
            _write_run(tx, run_id, trainer)
            return tx.execute(sa.select(schema.runs.c.wanted).where(schema.runs.c.id == run_id)).scalar_one()

    def finish_epoch(
        self, run_id: str, trainer: str, *, epoch: int, metrics: Mapping[str, Any],
        checkpoint: Mapping[str, np.ndarray], samples: Iterable[Sample], resume: Mapping[str, np.ndarray], state: Mapping[str, Any], train_seconds: float,
        last_point: Point | None = None,
    ) -> str:  # fmt: skip
        """One epoch, one transaction. Returns what is wanted.

        Raises:
            LostRun: this trainer no longer has the run. StoreFull: nothing was written.
        """
        arrays, resume_arrays = pack(checkpoint), pack(resume)
        with self._write() as tx:
            _write_run(
                tx, run_id, trainer, epochs_done=epoch, step=0, attempts=0, train_seconds=train_seconds,
                loss=_finite(metrics.get("loss")), chars_per_second=metrics.get("chars_per_second"),
            )  # fmt: skip
            tx.execute(
                schema.epochs.insert().values(run=run_id, epoch=epoch, metrics=_json(metrics), created_at=time.time())
            )
            _put_checkpoint(tx, run_id, epoch, arrays)
            _put_samples(tx, run_id, samples)
            _put_resume(tx, run_id, epoch, 0, state, resume_arrays)
            if last_point is not None:
                tx.execute(
                    schema.points.insert().values(
                        run=run_id, **last_point._replace(loss=_finite(last_point.loss))._asdict()
                    )
                )
            _drop_checkpoints(tx, run_id)
            return tx.execute(sa.select(schema.runs.c.wanted).where(schema.runs.c.id == run_id)).scalar_one()

    def save_position(
        self, run_id: str, trainer: str, *, epoch: int, step: int, state: Mapping[str, Any],
        resume: Mapping[str, np.ndarray],
    ) -> None:  # fmt: skip
        """Keep a place inside an epoch, so that a paused run goes on from the very batch."""
        arrays = pack(resume)
        with self._write() as tx:
            _write_run(tx, run_id, trainer, step=step)
            _put_resume(tx, run_id, epoch, step, state, arrays)

    def resume_state(self, run_id: str) -> ResumeState | None:
        """Where the run stands, or None before its first epoch. Raises DamagedCheckpoint."""
        with self._read() as tx:
            row = tx.execute(sa.select(schema.resume).where(schema.resume.c.run == run_id)).one_or_none()
        if row is None:
            return None
        arrays = unpack(row.arrays, row.sha256, f"resume state of run {run_id}")
        return ResumeState(row.epoch, row.step, json.loads(row.state), arrays)

    def rewind_points(self, run_id: str, trainer: str, step: int) -> None:
        """Forget points after batch `step` of the run: they will be trained again."""
        with self._write() as tx:
            _write_run(tx, run_id, trainer)
            tx.execute(schema.points.delete().where(schema.points.c.run == run_id, schema.points.c.step > step))

    def end_run(self, run_id: str, trainer: str, status: str, message: str | None = None) -> None:
        """The trainer is done: finished, paused, stopped, diverged, failed, or leaves the run to another (queued)."""
        with self._write() as tx:
            ended_at = None if status == QUEUED else time.time()
            change = {"status": status, "ended_at": ended_at, "wanted": "run", "trainer": None}
            if message is not None:
                change["message"] = message
            _write_run(tx, run_id, trainer, **change)

    # ---- the scheduler's side

    def assign(self, run_id: str, trainer: str) -> bool:
        """Give a queued run to a trainer. False when it is no longer queued."""
        change = {"status": STARTING, "trainer": trainer, "heartbeat_at": time.time()}
        with self._write() as tx:
            query = (
                schema.runs.update().where(schema.runs.c.id == run_id, schema.runs.c.status == QUEUED).values(**change)
            )
            return tx.execute(query).rowcount == 1

    def trainer_lost(self, run_id: str, trainer: str, log: str, *, most_attempts: int) -> str | None:
        """A trainer died. The run is queued again, or failed after `most_attempts`, or ends as it was asked to.

        Returns the new status, or None when the run had ended or moved on by itself.
        """
        with self._write() as tx:
            row = _one_run(tx, run_id)
            if row.status not in ACTIVE or row.trainer != trainer:
                return None
            attempts = row.attempts + 1
            change: dict[str, Any] = {"trainer": None, "attempts": attempts, "log": log, "heartbeat_at": None}
            if row.wanted != "run":
                change |= {"status": {"pause": PAUSED, "stop": STOPPED}[row.wanted], "wanted": "run"}
            elif attempts >= most_attempts:
                said = f"The trainer was lost {attempts} times in the same epoch. Its last lines are in the log."
                change |= {"status": FAILED, "message": said}
            else:
                change |= {"status": QUEUED, "queued_at": row.queued_at}
            if change["status"] != QUEUED:
                change["ended_at"] = time.time()
            tx.execute(schema.runs.update().where(schema.runs.c.id == run_id).values(**change))
            return change["status"]

    def take_scheduler(self, token: str, *, stale_seconds: float, dead: str | None = None) -> bool:
        """Become the one scheduler: when there is none, the last is stale, or it is the one known to be `dead`."""
        now = time.time()
        with self._write() as tx:
            row = tx.execute(sa.select(schema.scheduler)).one()
            free = row.token in (None, token, dead) or now - row.heartbeat_at > stale_seconds
            if free:
                tx.execute(schema.scheduler.update().values(token=token, heartbeat_at=now))
            return free

    def scheduler_heartbeat(self, token: str, state: Mapping[str, Any]) -> bool:
        """False when another scheduler has taken over."""
        with self._write() as tx:
            change = schema.scheduler.update().where(schema.scheduler.c.token == token)
            return tx.execute(change.values(heartbeat_at=time.time(), state=json.dumps(state))).rowcount == 1

    def leave_scheduler(self, token: str) -> None:
        with self._write() as tx:
            tx.execute(
                schema.scheduler.update().where(schema.scheduler.c.token == token).values(token=None, state="{}")
            )

    def scheduler(self) -> dict[str, Any]:
        """token, heartbeat_at, wanted_at, state of the one scheduler."""
        with self._read() as tx:
            row = tx.execute(sa.select(schema.scheduler)).one()
        return {**row._asdict(), "state": json.loads(row.state)}

    def want_scheduler(self) -> None:
        """Somebody is here: an idle scheduler stays."""
        with self._write() as tx:
            tx.execute(schema.scheduler.update().values(wanted_at=time.time()))

    # ---- texts of one's own

    def add_text(self, sha256: str, title: str, text: str) -> str:
        """Store a text once by its hash. Returns its name, `text-` and ten digits of the hash."""
        name = f"text-{sha256[:10]}"
        row = {"name": name, "sha256": sha256, "title": title, "chars": len(text), "vocab": len(set(text))}
        content = zlib.compress(text.encode(), 6)
        with self._write() as tx:
            if tx.execute(sa.select(schema.texts.c.name).where(schema.texts.c.name == name)).first() is None:
                tx.execute(schema.texts.insert().values(**row, created_at=time.time(), content=content))
        return name

    def texts(self) -> list[TextRow]:
        columns = (schema.texts.c[name] for name in TextRow._fields)
        with self._read() as tx:
            return [TextRow(*row) for row in tx.execute(sa.select(*columns).order_by(schema.texts.c.created_at))]

    def text(self, name: str) -> str:
        """Raises CorpusError when there is none of this name."""
        with self._read() as tx:
            content = tx.execute(
                sa.select(schema.texts.c.content).where(schema.texts.c.name == name)
            ).scalar_one_or_none()
        if content is None:
            raise CorpusError(f"corpus: expected the name of a stored text, got {name[:60]!r}")
        return zlib.decompress(content).decode()

    def delete_text(self, name: str) -> None:
        """Raises WrongStatus while a run that may still train needs it."""
        with self._write() as tx:
            query = sa.select(schema.runs.c.id).where(
                schema.runs.c.corpus == name, schema.runs.c.status.in_(WAITING_OR_ACTIVE)
            )
            if (used := tx.execute(query).scalar()) is not None:
                raise WrongStatus(f"text {name}: expected one that no run trains on, got one that run {used} needs")
            tx.execute(schema.texts.delete().where(schema.texts.c.name == name))


# ---- pieces of transactions


def _row_of(config: RunConfig, run_id: str) -> dict[str, Any]:
    name = config.name or f"{config.preset or config.model.architecture} {run_id[:4]}"
    config = config.model_copy(update={"name": name})
    return {
        "id": run_id, "name": name, "owner": config.owner, "preset": config.preset, "corpus": config.corpus,
        "config": config.model_dump_json(),
    }  # fmt: skip


def _run(row: sa.Row) -> Run:
    values = row._asdict()
    values["config"] = parse(json.loads(values["config"]))
    values["tokenizer"] = json.loads(values["tokenizer"]) if values["tokenizer"] else None
    return Run(**{field.name: values[field.name] for field in fields(Run)})


def _one_run(tx: sa.Connection, run_id: str) -> sa.Row:
    row = tx.execute(sa.select(schema.runs).where(schema.runs.c.id == check_run_id(run_id))).one_or_none()
    if row is None:
        raise UnknownRun(f"run: expected the id of a run in this store, got {run_id!r}")
    return row


def _write_run(tx: sa.Connection, run_id: str, token: str, **columns: Any) -> None:
    mine = (schema.runs.c.id == run_id, schema.runs.c.trainer == token, schema.runs.c.status.in_(ACTIVE))
    if tx.execute(schema.runs.update().where(*mine).values(heartbeat_at=time.time(), **columns)).rowcount != 1:
        raise LostRun(f"run {run_id} no longer belongs to trainer {token}")


def _metrics(tx: sa.Connection, run_id: str) -> list[dict[str, Any]]:
    query = (
        sa.select(schema.epochs.c.epoch, schema.epochs.c.metrics)
        .where(schema.epochs.c.run == run_id)
        .order_by(schema.epochs.c.epoch)
    )
    return [{"epoch": row.epoch, **json.loads(row.metrics)} for row in tx.execute(query)]


def _checkpoint_row(tx: sa.Connection, run_id: str, epoch: int) -> sa.Row:
    query = sa.select(schema.checkpoints).where(
        schema.checkpoints.c.run == check_run_id(run_id), schema.checkpoints.c.epoch == epoch
    )
    row = tx.execute(query).one_or_none()
    if row is None:
        kept = (
            sa.select(schema.checkpoints.c.epoch)
            .where(schema.checkpoints.c.run == run_id)
            .order_by(schema.checkpoints.c.epoch)
        )
        listed = ", ".join(str(e) for e in tx.execute(kept).scalars()) or "none yet"
        raise UnknownEpoch(f"epoch of run {run_id}: expected one that is kept ({listed}), got {epoch}")
    return row


def _put_point(tx: sa.Connection, run_id: str, point: Point) -> None:
    tx.execute(schema.points.insert().values(run=run_id, **point._replace(loss=_finite(point.loss))._asdict()))


def _put_checkpoint(tx: sa.Connection, run_id: str, epoch: int, arrays: bytes) -> None:
    row = {"run": run_id, "epoch": epoch, "sha256": hashlib.sha256(arrays).hexdigest(), "arrays": arrays}
    tx.execute(schema.checkpoints.insert().values(**row))


def _put_samples(tx: sa.Connection, run_id: str, samples: Iterable[Sample]) -> None:
    rows = [{"run": run_id, **sample._asdict()} for sample in samples]
    if rows:
        tx.execute(schema.samples.insert(), rows)


def _put_resume(tx: sa.Connection, run_id: str, epoch: int, step: int, state: Mapping[str, Any], arrays: bytes) -> None:
    tx.execute(schema.resume.delete().where(schema.resume.c.run == run_id))
    digest = hashlib.sha256(arrays).hexdigest()
    row = {"run": run_id, "epoch": epoch, "step": step, "state": _json(state), "sha256": digest, "arrays": arrays}
    tx.execute(schema.resume.insert().values(**row))


def _drop_checkpoints(tx: sa.Connection, run_id: str) -> None:
    losses = {m["epoch"]: m.get("val_loss") or m.get("loss") for m in _metrics(tx, run_id)}
    kept = kept_epochs(losses)
    tx.execute(
        schema.checkpoints.delete().where(schema.checkpoints.c.run == run_id, schema.checkpoints.c.epoch.not_in(kept))
    )


def _copy_rows(tx: sa.Connection, table: sa.Table, parent: str, child: str, epoch: int, only: int | None) -> None:
    wanted = table.c.epoch == only if only is not None else table.c.epoch <= epoch
    columns = [sa.literal(child) if column.name == "run" else column for column in table.c]
    source = sa.select(*columns).where(table.c.run == parent, wanted)
    tx.execute(table.insert().from_select([column.name for column in table.c], source))


def _open_schema(tx: sa.Connection) -> None:
    """First use: write the version. Later: refuse a store of a newer program."""
    found = tx.execute(sa.select(schema.meta.c.value).where(schema.meta.c.key == "schema_version")).scalar_one_or_none()
    if found is None:
        tx.execute(schema.meta.insert().values(key="schema_version", value=str(schema.SCHEMA_VERSION)))
        tx.execute(schema.scheduler.insert().values(id=1))
    elif int(found) > schema.SCHEMA_VERSION:
        raise StoreError(f"store: expected schema version {schema.SCHEMA_VERSION} or older, got {found}; update rnnkit")


def _engine(url: str) -> sa.Engine:
    if url.startswith(("postgres://", "postgresql://")):
        url = "postgresql+psycopg://" + url.split("://", 1)[1]
    if not url.startswith("sqlite"):
        return sa.create_engine(url, pool_pre_ping=True)
    engine = sa.create_engine(url, connect_args={"timeout": 30})
    wal_is_safe = sqlite3.sqlite_version_info >= SAFE_WAL_VERSION

    @sa.event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions are begun below, explicitly
        connection.execute("PRAGMA journal_mode=" + ("WAL" if wal_is_safe else "DELETE"))
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @sa.event.listens_for(engine, "begin")
    def _begin(tx: sa.Connection) -> None:
        write = tx.get_execution_options().get("rnnkit_write")
        tx.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _json(values: Mapping[str, Any]) -> str:
    """JSON in which a number that is not finite is null."""
    return json.dumps({k: _finite(v) if isinstance(v, float) else v for k, v in values.items()})
