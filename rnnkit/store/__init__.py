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
import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property, lru_cache
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
import sqlalchemy as sa

from rnnkit import settings
from rnnkit.config import RunConfig, parse
from rnnkit.errors import CorpusError, DamagedCheckpoint, StoreError, UnknownEpoch, UnknownRun, WrongStatus
from rnnkit.store import checks, schema
from rnnkit.store.database import Database
from rnnkit.store.retention import kept_epochs
from rnnkit.store.schema import (
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
from rnnkit.store.weights import pack, unpack, whole

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
    "ImportedRun",
    "LostRun",
    "Point",
    "Pretrained",
    "ResumeState",
    "Run",
    "Sample",
    "Store",
    "TextRow",
    "kept_epochs",
]

_PRETRAINED = "pretrained/"  # keys of the meta table: the name and checksum of a run that came with the program
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_UNREAD = ""  # stands for a vocabulary that was not asked for
ASKED = {"pause": PAUSED, "stop": STOPPED}  # what one may ask of a run, and the status it leads to


@dataclass(frozen=True)
class Run:
    """One row of the runs table; `config` is parsed. Times are Unix seconds."""

    id: str
    name: str
    owner: str
    preset: str | None
    corpus: str
    config: RunConfig
    status: str
    pretrained: bool  # came with the program
    imported: bool  # came from a file: it can be sampled and forked, but not resumed
    parent: str | None
    parent_epoch: int | None
    created_at: float
    queued_at: float | None
    started_at: float | None
    ended_at: float | None
    vocab_size: int | None
    params: int | None
    provenance: dict[str, Any] | None  # what it was made with: {"versions": ..., "corpus": ...}
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
    tokenizer_json: str | None = field(repr=False)

    @cached_property
    def tokenizer(self) -> dict[str, Any] | None:
        """The vocabulary, None before a trainer has read the text. It may be long, so lists of runs come without."""
        if self.tokenizer_json == _UNREAD:
            raise RuntimeError(
                f"run {self.id}: expected one from Store.run(), which reads the vocabulary, got a listed one"
            )
        return None if self.tokenizer_json is None else json.loads(self.tokenizer_json)

    @property
    def active(self) -> bool:
        return self.status in ACTIVE

    @property
    def live(self) -> bool:
        """Something may still change without anybody asking."""
        return self.status in WAITING_OR_ACTIVE


class Sample(NamedTuple):
    """What one epoch wrote after the prompt, at one temperature and seed."""

    """What an epoch wrote at one temperature, after `prompt`."""

    epoch: int
    temperature: float
    prompt: str
    seed: int
    text: str


class Point(NamedTuple):
    """One point of the live curve: batches and training seconds since the run began, mean loss since the last point."""

    step: int
    seconds: float
    loss: float | None


class TextRow(NamedTuple):
    """A text of one's own without its content; `chars` and `vocab` count characters, all and distinct."""

    """A text of one's own, without the text."""

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


class ImportedRun(NamedTuple):
    """A run that was trained elsewhere, without its checkpoints. `epochs` are metrics with their `epoch`."""

    id: str
    config: RunConfig
    status: str
    tokenizer: dict[str, Any]
    vocab_size: int
    epochs: list[dict[str, Any]]
    samples: list[Sample]
    params: int | None
    device: str | None
    message: str | None
    provenance: dict[str, Any]
    created_at: float
    started_at: float | None
    ended_at: float | None
    steps: int
    train_seconds: float


class Pretrained(NamedTuple):
    """A run that comes with the program: its folder's name, the checksum of its description, and what is in it."""

    name: str
    sha256: str
    run: ImportedRun
    checkpoints: Sequence[tuple[int, bytes]]


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


def _checked(blob: bytes, sha256: str, what: str) -> bytes:
    """A blob whose checksum is the one that was written down. Raises DamagedCheckpoint."""
    found = hashlib.sha256(blob).hexdigest()
    if found != sha256:
        raise DamagedCheckpoint(f"{what}: expected arrays with checksum {sha256[:12]}…, got {found[:12]}…")
    return bytes(blob)


class Store:
    """The store at `url` (SQLAlchemy; default from the settings). Opening creates or checks the schema.

    Safe to share between threads. Raises StoreError when it cannot be opened or is of another version.
    """

    def __init__(self, url: str | None = None):
        self._database = Database(url or settings.store_url())
        self._write, self._read = self._database.write, self._database.read
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    @property
    def url(self) -> str:
        """The whole address, for programs that are to open the same store. It may hold a password: never show it."""
        return self._database.url

    @property
    def place(self) -> str:
        """The address as people may see it."""
        return self._database.place

    def close(self) -> None:
        self._database.close()

    def check(self) -> list[str]:
        """Every rule that must hold after a crash; one sentence for each that does not."""
        return checks.problems(self._database)

    def _open(self) -> None:
        """One query when the schema is there."""
        found = self._version() or self._create()
        if found != str(schema.SCHEMA_VERSION):
            raise StoreError(f"store: expected schema version {schema.SCHEMA_VERSION}, got {found}; update rnnkit")

    def _version(self) -> str | None:
        """The version of the schema, None in a new database."""
        with self._read() as tx:
            if not sa.inspect(tx).has_table(schema.meta.name):
                return None
            return tx.execute(sa.select(schema.meta.c.value).where(schema.meta.c.key == "schema_version")).scalar()

    def _create(self) -> str:
        with self._write() as tx:
            self._database.lock_all(tx)
            schema.METADATA.create_all(tx)
            if tx.execute(sa.select(schema.scheduler)).first() is None:  # nobody else was quicker
                tx.execute(schema.meta.insert().values(key="schema_version", value=str(schema.SCHEMA_VERSION)))
                tx.execute(schema.scheduler.insert().values(id=1))
        return self._version()

    # ---- runs, as people see them

    def create_run(self, config: RunConfig, *, run_id: str | None = None) -> str:
        """Queue a run. Returns its id."""
        run_id = check_run_id(run_id or new_run_id())
        now = time.time()
        with self._write() as tx:
            _put_run(tx, run_id, config, status=QUEUED, created_at=now, queued_at=now)
        return run_id

    def create_runs(self, configs: Sequence[RunConfig]) -> list[str]:
        """Queue several runs, all or none, to be started in their order. Returns their ids."""
        ids = [new_run_id() for _ in configs]
        with self._write() as tx:
            for place, (run_id, config) in enumerate(zip(ids, configs, strict=True)):
                now = time.time() + place / 1000  # times tell which is first
                _put_run(tx, run_id, config, status=QUEUED, created_at=now, queued_at=now)
        return ids

    def fork_run(self, parent: str, epoch: int, config: RunConfig) -> str:
        """Queue a run that goes on from a kept epoch of another; the history up to there is copied.

        Raises:
            UnknownRun, UnknownEpoch: there is no such checkpoint.
        """
        run_id, now = new_run_id(), time.time()
        with self._write() as tx:
            row = _locked_run(tx, parent)
            _checkpoint_row(tx, parent, epoch)
            seconds = sum(m.get("seconds") or 0.0 for m in _metrics(tx, parent) if m["epoch"] <= epoch)
            _put_run(
                tx, run_id, config, status=QUEUED, created_at=now, queued_at=now, parent=parent, parent_epoch=epoch,
                epochs_done=epoch, tokenizer=row.tokenizer, vocab_size=row.vocab_size, params=row.params,
                steps=row.steps, train_seconds=seconds,
            )  # fmt: skip
            for table, only in ((schema.epochs, None), (schema.samples, None), (schema.checkpoints, epoch)):
                _copy_rows(tx, table, parent, run_id, epoch, only)
        return run_id

    def import_run(self, imported: ImportedRun, checkpoints: Iterable[tuple[int, bytes]]) -> str:
        """Put a run from elsewhere beside the others, in one transaction. Returns its id: its own if that is free.

        Args:
            checkpoints: epoch and arrays in safetensors form, as `checkpoint_bytes` gives them.
        """
        run_id = check_run_id(imported.id)
        with self._write() as tx:
            self._database.lock_all(tx)
            if _came_along(tx, run_id) is not None:
                run_id = new_run_id()
            _put_imported(tx, run_id, imported, checkpoints)
        return run_id

    def import_pretrained(self, networks: Iterable[Pretrained]) -> None:
        """Put runs that come with the program beside the others, all in one transaction; `pretrained()` names them.

        Each keeps its id: an older one that came with the program goes, a person's own run stays as it is. One that
        somebody else was quicker to put in is passed over.
        """
        with self._write() as tx:
            self._database.lock_all(tx)
            known = _pretrained(tx)
            for network in networks:
                if known.get(network.name) == network.sha256:
                    continue
                run_id = check_run_id(network.run.id)
                _put_meta(tx, _PRETRAINED + network.name, network.sha256)
                if _came_along(tx, run_id) is not False:
                    tx.execute(schema.runs.delete().where(schema.runs.c.id == run_id))
                    _put_imported(tx, run_id, network.run, network.checkpoints, pretrained=True)

    def pretrained(self) -> dict[str, str]:
        """Name and checksum of every run that came with the program."""
        with self._read() as tx:
            return _pretrained(tx)

    def run(self, run_id: str) -> Run:
        """Raises UnknownRun."""
        with self._read() as tx:
            return _run(_one_run(tx, run_id))

    def runs(self, *, statuses: Iterable[str] | None = None, owner: str | None = None) -> list[Run]:
        """Newest first; pretrained ones last. Without their vocabularies: this is asked every second."""
        columns = [column for column in schema.runs.c if column.name != "tokenizer"]
        query = sa.select(*columns, sa.literal(_UNREAD).label("tokenizer")).order_by(
            schema.runs.c.pretrained, schema.runs.c.created_at.desc(), schema.runs.c.id
        )
        if statuses is not None:
            query = query.where(schema.runs.c.status.in_(tuple(statuses)))
        if owner is not None:
            query = query.where(schema.runs.c.owner == _storable(owner))
        with self._read() as tx:
            return [_run(row) for row in tx.execute(query)]

    def epochs(self, run_id: str) -> list[dict[str, Any]]:
        """Metrics of every finished epoch, in order; each has `epoch` and what the trainer reported."""
        with self._read() as tx:
            return _metrics(tx, check_run_id(run_id))

    def points(self, run_id: str, *, after: int = -1) -> list[Point]:
        """The curve inside the epochs, from the point after batch `after` on."""
        table = schema.points
        query = sa.select(table.c.step, table.c.seconds, table.c.loss).order_by(table.c.step)
        with self._read() as tx:
            mine = (table.c.run == check_run_id(run_id), table.c.step > after)
            return [Point(*row) for row in tx.execute(query.where(*mine))]

    def samples(self, run_id: str, epoch: int | None = None) -> list[Sample]:
        """What the epochs wrote, by epoch and temperature."""
        table = schema.samples
        query = sa.select(*(table.c[name] for name in Sample._fields)).where(table.c.run == check_run_id(run_id))
        if epoch is not None:
            query = query.where(table.c.epoch == epoch)
        with self._read() as tx:
            return [Sample(*row) for row in tx.execute(query.order_by(table.c.epoch, table.c.temperature))]

    def checkpoint_epochs(self, run_id: str) -> list[int]:
        """Epochs that can be sampled, in order."""
        with self._read() as tx:
            return _checkpoint_epochs(tx, check_run_id(run_id))

    def checkpoint_sums(self, run_id: str) -> dict[int, str]:
        """SHA-256 of the arrays of every kept epoch, in order; the arrays themselves are not read."""
        table = schema.checkpoints
        query = sa.select(table.c.epoch, table.c.sha256).where(table.c.run == check_run_id(run_id))
        with self._read() as tx:
            return {row.epoch: row.sha256 for row in tx.execute(query.order_by(table.c.epoch))}

    def checkpoint(self, run_id: str, epoch: int) -> dict[str, np.ndarray]:
        """Weights after `epoch`, float32.

        Raises:
            UnknownEpoch: not kept. DamagedCheckpoint: the checksum does not fit.
        """
        with self._read() as tx:
            row = _checkpoint_row(tx, run_id, epoch)
        what = f"checkpoint of run {run_id}, epoch {epoch}"
        return whole(unpack(_checked(row.arrays, row.sha256, what), what), what)  # imported ones: 16 or 8 bits

    def checkpoint_bytes(self, run_id: str, epoch: int) -> bytes:
        """The same in safetensors form, for a file. Raises what `checkpoint` raises."""
        with self._read() as tx:
            row = _checkpoint_row(tx, run_id, epoch)
        return _checked(row.arrays, row.sha256, f"checkpoint of run {run_id}, epoch {epoch}")

    def ask(self, run_id: str, wanted: str) -> None:
        """Ask a queued or training run to `pause` or `stop`. A queued one does so at once.

        Raises:
            WrongStatus: it has ended already.
        """
        with self._write() as tx:
            row = _locked_run(tx, run_id)
            if row.status not in WAITING_OR_ACTIVE:
                raise WrongStatus(f"run {run_id}: expected one that is queued or training, got {row.status}")
            change = {"wanted": wanted}
            if row.status == QUEUED:
                change = {"status": ASKED[wanted], "ended_at": time.time()}
            _change_run(tx, run_id, **change)

    def resume_run(self, run_id: str) -> None:
        """Queue a run that ended before its last epoch.

        Raises:
            WrongStatus: it is queued, trains, has finished all its epochs, or was trained elsewhere.
        """
        with self._write() as tx:
            row = _locked_run(tx, run_id)
            if row.imported:
                raise WrongStatus(
                    f"run {run_id}: expected one trained in this store, got one from a file, which holds no state of "
                    "the optimizer; fork it from one of its epochs instead"
                )
            if row.status not in (PAUSED, STOPPED, FAILED):
                raise WrongStatus(f"run {run_id}: expected one that is paused, stopped or failed, got {row.status}")
            _change_run(
                tx, run_id, status=QUEUED, wanted="run", queued_at=time.time(), ended_at=None, attempts=0,
                message=None, log=None,
            )  # fmt: skip

    def delete_run(self, run_id: str) -> None:
        """Delete a run with all it holds; its room on the disk is given back.

        Raises:
            WrongStatus: it trains, or came with the program.
        """
        with self._write() as tx:
            row = _locked_run(tx, run_id)
            if row.status in ACTIVE:
                raise WrongStatus(f"run {run_id}: expected one that does not train, got {row.status}; stop it first")
            if row.pretrained:
                raise WrongStatus(f"run {run_id}: expected one of yours, got one that came with the program")
            tx.execute(schema.runs.delete().where(schema.runs.c.id == run_id))
        self._database.give_back_space()

    def rename_run(self, run_id: str, name: str) -> None:
        with self._write() as tx:
            config = parse({**json.loads(_locked_run(tx, run_id).config), "name": name})
            _change_run(tx, run_id, name=config.name or run_id, config=config.model_dump_json())

    # ---- the trainer's side; every write names the trainer

    def claim(self, run_id: str, trainer: str) -> Run:
        """A trainer takes over a run that was assigned to it (or is queued, when started by hand).

        Raises:
            LostRun: another trainer has it, or it is neither queued nor starting.
        """
        with self._write() as tx:
            row = _locked_run(tx, run_id)
            mine = row.status == STARTING and row.trainer == trainer
            if not (mine or row.status == QUEUED):
                raise LostRun(f"run {run_id} is {row.status} with trainer {row.trainer}")
            now = time.time()
            _change_run(
                tx, run_id, status=TRAINING, trainer=trainer, heartbeat_at=now, started_at=row.started_at or now
            )
            return _run(_one_run(tx, run_id))

    def describe(self, run_id: str, trainer: str, **columns: Any) -> None:
        """What the trainer found out: tokenizer, vocab_size, params, provenance, device, message, steps."""
        for name in {"tokenizer", "provenance"} & columns.keys():
            columns[name] = json.dumps(columns[name])
        with self._write() as tx:
            _write_run(tx, run_id, trainer, **columns)

    def progress(
        self, run_id: str, trainer: str, *, step: int, loss: float | None, chars_per_second: float | None,
        train_seconds: float, point: Point | None,
    ) -> str:  # fmt: skip
        """Progress inside an epoch, at most twice a second. Returns what is wanted: run, pause or stop."""
        columns = {"loss": loss, "chars_per_second": chars_per_second, "train_seconds": train_seconds}
        with self._write() as tx:
            row = _write_run(tx, run_id, trainer, step=step, **columns)
            if point is not None:
                _put_point(tx, run_id, point)
            return row.wanted

    def heartbeat(self, run_id: str, trainer: str) -> str:
        """The trainer lives. Returns what is wanted."""
        with self._write() as tx:
            return _write_run(tx, run_id, trainer).wanted

    def finish_epoch(
        self, run_id: str, trainer: str, *, epoch: int, metrics: Mapping[str, Any],
        checkpoint: Mapping[str, np.ndarray], samples: Iterable[Sample], resume: Mapping[str, np.ndarray],
        state: Mapping[str, Any], train_seconds: float, last_point: Point | None = None,
    ) -> str:  # fmt: skip
        """One epoch, one transaction. Returns what is wanted.

        Raises:
            LostRun: this trainer no longer has the run. StoreFull: nothing was written.
            ValueError: `epoch` is not the one after the last finished.
        """
        # Packed and summed before the lock is taken, so that others wait for the disk only.
        checkpoint_blob, resume_blob = _blob(pack(checkpoint)), _blob(pack(resume))
        columns = {"loss": metrics.get("loss"), "chars_per_second": metrics.get("chars_per_second")}
        with self._write() as tx:
            row = _write_run(
                tx, run_id, trainer, epochs_done=epoch, step=0, attempts=0, train_seconds=train_seconds, **columns
            )
            if epoch != row.epochs_done + 1:
                raise ValueError(f"epoch of run {run_id}: expected {row.epochs_done + 1} as the next, got {epoch}")
            _put_epoch(tx, run_id, epoch, metrics)
            _put_checkpoint(tx, run_id, epoch, checkpoint_blob)
            _put_samples(tx, run_id, samples)
            _put_resume(tx, run_id, epoch, 0, state, resume_blob)
            if last_point is not None:
                _put_point(tx, run_id, last_point)
            _drop_checkpoints(tx, run_id)
            return row.wanted

    def save_position(
        self, run_id: str, trainer: str, *, epoch: int, step: int, state: Mapping[str, Any],
        resume: Mapping[str, np.ndarray],
    ) -> None:  # fmt: skip
        """Keep a place inside an epoch, so that a paused run goes on from the very batch.

        Raises:
            LostRun: this trainer no longer has the run. ValueError: `epoch` is not the last finished one.
        """
        blob = _blob(pack(resume))
        with self._write() as tx:
            row = _write_run(tx, run_id, trainer, step=step)
            if epoch != row.epochs_done:
                raise ValueError(f"epoch of run {run_id}: expected {row.epochs_done}, the last finished, got {epoch}")
            _put_resume(tx, run_id, epoch, step, state, blob)

    def resume_state(self, run_id: str) -> ResumeState | None:
        """Where the run stands, or None before its first epoch. Raises DamagedCheckpoint."""
        with self._read() as tx:
            row = tx.execute(sa.select(schema.resume).where(schema.resume.c.run == run_id)).one_or_none()
        if row is None:
            return None
        what = f"resume state of run {run_id}"
        arrays = unpack(_checked(row.arrays, row.sha256, what), what)
        return ResumeState(row.epoch, row.step, json.loads(row.state), arrays)

    def rewind_points(self, run_id: str, trainer: str, step: int) -> None:
        """Forget points after batch `step` of the run: they will be trained again."""
        with self._write() as tx:
            _write_run(tx, run_id, trainer)
            tx.execute(schema.points.delete().where(schema.points.c.run == run_id, schema.points.c.step > step))

    def end_run(self, run_id: str, trainer: str, status: str, message: str | None = None) -> None:
        """The trainer is done: finished, paused, stopped, diverged, failed, or leaves the run to another (queued).

        A run that is left to another while somebody has asked it to pause or stop does so.
        """
        columns = {"message": message} if message is not None else {}
        with self._write() as tx:
            row = _write_run(tx, run_id, trainer, **columns)
            if status == QUEUED:
                status = ASKED.get(row.wanted, QUEUED)
            ended_at = None if status == QUEUED else time.time()
            _change_run(tx, run_id, status=status, ended_at=ended_at, wanted="run", trainer=None)

    # ---- the scheduler's side

    def assign(self, run_id: str, trainer: str) -> bool:
        """Give a queued run to a trainer. False when it is no longer queued."""
        change = {"status": STARTING, "trainer": trainer, "heartbeat_at": time.time()}
        waiting = (schema.runs.c.id == run_id, schema.runs.c.status == QUEUED)
        with self._write() as tx:
            return tx.execute(schema.runs.update().where(*waiting).values(**change)).rowcount == 1

    def trainer_lost(self, run_id: str, trainer: str, log: str, *, most_attempts: int) -> str | None:
        """A trainer died. The run is queued again, or failed after `most_attempts`, or ends as it was asked to.

        Returns the new status, or None when the run had ended or moved on by itself.
        """
        with self._write() as tx:
            row = _locked_run(tx, run_id)
            if row.status not in ACTIVE or row.trainer != trainer:
                return None
            attempts = row.attempts + 1
            change: dict[str, Any] = {"trainer": None, "attempts": attempts, "log": log, "heartbeat_at": None}
            if row.wanted in ASKED:
                change |= {"status": ASKED[row.wanted], "wanted": "run"}
            elif attempts >= most_attempts:
                said = f"The trainer was lost {attempts} times in the same epoch. Its last lines are in the log."
                change |= {"status": FAILED, "message": said}
            else:
                change |= {"status": QUEUED}
            if change["status"] != QUEUED:
                change["ended_at"] = time.time()
            _change_run(tx, run_id, **change)
            return change["status"]

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
            return tx.execute(change.values(heartbeat_at=time.time(), state=_json(state))).rowcount == 1

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

    # ---- texts of one's own

    def add_text(self, sha256: str, title: str, text: str) -> str:
        """Store a text once by its hash. Returns its name, `text-` and ten digits of the hash.

        Raises:
            CorpusError: the text holds half a character (a lone surrogate), so it cannot be stored.
        """
        name = f"text-{sha256[:10]}"
        try:
            content = zlib.compress(text.encode(), 6)
        except UnicodeEncodeError as error:
            raise CorpusError(f"text: expected whole characters, got half a one at {error.start:,}") from None
        row = {"name": name, "sha256": sha256, "title": _storable(title), "chars": len(text), "vocab": len(set(text))}
        with self._write() as tx:
            _put_text_once(tx, {**row, "created_at": time.time(), "content": content})
        return name

    def texts(self) -> list[TextRow]:
        columns = (schema.texts.c[name] for name in TextRow._fields)
        with self._read() as tx:
            return [TextRow(*row) for row in tx.execute(sa.select(*columns).order_by(schema.texts.c.created_at))]

    def text(self, name: str) -> str:
        """Raises CorpusError when there is none of this name."""
        query = sa.select(schema.texts.c.content).where(schema.texts.c.name == _storable(name))
        with self._read() as tx:
            content = tx.execute(query).scalar_one_or_none()
        if content is None:
            raise CorpusError(f"corpus: expected the name of a stored text, got {name[:60]!r}")
        return zlib.decompress(content).decode()

    def delete_text(self, name: str) -> None:
        """Raises WrongStatus while a run that is to train on it waits, trains or has paused."""
        runs, name = schema.runs, _storable(name)
        with self._write() as tx:
            query = sa.select(runs.c.id).where(runs.c.corpus == name, runs.c.status.in_((*WAITING_OR_ACTIVE, PAUSED)))
            if (used := tx.execute(query).scalar()) is not None:
                raise WrongStatus(f"text {name}: expected one that no run trains on, got one that run {used} needs")
            tx.execute(schema.texts.delete().where(schema.texts.c.name == name))
        self._database.give_back_space()


# ---- pieces of transactions


def _run(row: sa.Row) -> Run:
    values = row._asdict()
    values["config"] = _config(values["config"])
    values["provenance"] = json.loads(values["provenance"]) if values["provenance"] else None
    values["tokenizer_json"] = values["tokenizer"]
    return Run(**{field.name: values[field.name] for field in fields(Run)})


@lru_cache(maxsize=1024)
def _config(text: str) -> RunConfig:
    """Lists of runs are read every second, and a config never changes but with its text."""
    return parse(json.loads(text))


def _one_run(tx: sa.Connection, run_id: str) -> sa.Row:
    return _found(tx.execute(_select_run(run_id)), run_id)


def _locked_run(tx: sa.Connection, run_id: str) -> sa.Row:
    """The run for a decision: nobody else changes it before this transaction ends."""
    return _found(tx.execute(_select_run(run_id).with_for_update()), run_id)


def _select_run(run_id: str) -> sa.Select:
    return sa.select(schema.runs).where(schema.runs.c.id == check_run_id(run_id))


def _found(result: sa.Result, run_id: str) -> sa.Row:
    row = result.one_or_none()
    if row is None:
        raise UnknownRun(f"run: expected the id of a run in this store, got {run_id!r}")
    return row


def _put_run(tx: sa.Connection, run_id: str, config: RunConfig, **columns: Any) -> None:
    name = config.name or f"{config.preset or config.model.architecture} {run_id[:4]}"
    config = config.model_copy(update={"name": name})
    given = {"owner": config.owner, "preset": config.preset, "corpus": config.corpus}
    row = {"id": run_id, "name": name, "config": config.model_dump_json(), **given, **columns}
    tx.execute(schema.runs.insert().values(**_storable_columns(row)))


def _came_along(tx: sa.Connection, run_id: str) -> bool | None:
    """Whether the run of this id came with the program; None where there is none."""
    return tx.execute(sa.select(schema.runs.c.pretrained).where(schema.runs.c.id == run_id)).scalar()


def _put_imported(
    tx: sa.Connection, run_id: str, imported: ImportedRun, checkpoints: Iterable[tuple[int, bytes]],
    pretrained: bool = False,
) -> None:  # fmt: skip
    columns = imported._asdict()
    for name in ("id", "config", "epochs", "samples"):
        del columns[name]
    columns |= {name: json.dumps(columns[name]) for name in ("tokenizer", "provenance")}
    done = len(imported.epochs)
    _put_run(tx, run_id, imported.config, **columns, epochs_done=done, imported=True, pretrained=pretrained)
    for metrics in imported.epochs:
        _put_epoch(tx, run_id, metrics["epoch"], metrics)
    for epoch, arrays in checkpoints:
        _put_checkpoint(tx, run_id, epoch, _blob(arrays))
    _put_samples(tx, run_id, imported.samples)


def _change_run(tx: sa.Connection, run_id: str, **columns: Any) -> None:
    tx.execute(schema.runs.update().where(schema.runs.c.id == run_id).values(**_storable_columns(columns)))


def _write_run(tx: sa.Connection, run_id: str, token: str, **columns: Any) -> sa.Row:
    """Change the trainer's own run. Returns what a trainer needs to know of it, as it was before."""
    runs = schema.runs
    mine = (runs.c.id == run_id, runs.c.trainer == token, runs.c.status.in_(ACTIVE))
    row = tx.execute(sa.select(runs.c.wanted, runs.c.epochs_done).where(*mine).with_for_update()).one_or_none()
    if row is None:
        raise LostRun(f"run {run_id} no longer belongs to trainer {token}")
    _change_run(tx, run_id, heartbeat_at=time.time(), **columns)
    return row


def _metrics(tx: sa.Connection, run_id: str) -> list[dict[str, Any]]:
    table = schema.epochs
    query = sa.select(table.c.epoch, table.c.metrics).where(table.c.run == run_id).order_by(table.c.epoch)
    return [{"epoch": row.epoch, **json.loads(row.metrics)} for row in tx.execute(query)]


def _checkpoint_epochs(tx: sa.Connection, run_id: str) -> list[int]:
    table = schema.checkpoints
    return list(tx.execute(sa.select(table.c.epoch).where(table.c.run == run_id).order_by(table.c.epoch)).scalars())


def _checkpoint_row(tx: sa.Connection, run_id: str, epoch: int) -> sa.Row:
    table = schema.checkpoints
    query = sa.select(table).where(table.c.run == check_run_id(run_id), table.c.epoch == epoch)
    row = tx.execute(query).one_or_none()
    if row is None:
        listed = ", ".join(map(str, _checkpoint_epochs(tx, run_id))) or "none yet"
        raise UnknownEpoch(f"epoch of run {run_id}: expected one that is kept ({listed}), got {epoch}")
    return row


def _put_point(tx: sa.Connection, run_id: str, point: Point) -> None:
    """Add a point at the end of the curve: whatever stood at or after its step was before a rewind."""
    table = schema.points
    tx.execute(table.delete().where(table.c.run == run_id, table.c.step >= point.step))
    tx.execute(table.insert().values(run=run_id, **_storable_columns(point._asdict())))


def _put_epoch(tx: sa.Connection, run_id: str, epoch: int, metrics: Mapping[str, Any]) -> None:
    row = {"run": run_id, "epoch": epoch, "metrics": _json(metrics), "created_at": time.time()}
    tx.execute(schema.epochs.insert().values(**row))


def _blob(arrays: bytes) -> dict[str, Any]:
    return {"arrays": arrays, "sha256": hashlib.sha256(arrays).hexdigest()}


def _put_checkpoint(tx: sa.Connection, run_id: str, epoch: int, blob: dict[str, Any]) -> None:
    tx.execute(schema.checkpoints.insert().values(run=run_id, epoch=epoch, **blob))


def _put_samples(tx: sa.Connection, run_id: str, samples: Iterable[Sample]) -> None:
    rows = [{"run": run_id, **_storable_columns(sample._asdict())} for sample in samples]
    if rows:
        tx.execute(schema.samples.insert(), rows)


def _put_resume(
    tx: sa.Connection, run_id: str, epoch: int, step: int, state: Mapping[str, Any], blob: dict[str, Any]
) -> None:
    tx.execute(schema.resume.delete().where(schema.resume.c.run == run_id))
    row = {"run": run_id, "epoch": epoch, "step": step, "state": json.dumps(state), **blob}
    tx.execute(schema.resume.insert().values(**row))


def _pretrained(tx: sa.Connection) -> dict[str, str]:
    query = sa.select(schema.meta).where(schema.meta.c.key.startswith(_PRETRAINED))
    return {row.key.removeprefix(_PRETRAINED): row.value for row in tx.execute(query)}


def _put_meta(tx: sa.Connection, key: str, value: str) -> None:
    tx.execute(schema.meta.delete().where(schema.meta.c.key == key))
    tx.execute(schema.meta.insert().values(key=key, value=value))


def _put_text_once(tx: sa.Connection, row: dict[str, Any]) -> None:
    """Insert a text unless it is there already. Somebody else may insert it at the same moment."""
    insert = import_module(f"sqlalchemy.dialects.{tx.dialect.name}").insert
    tx.execute(insert(schema.texts).values(**row).on_conflict_do_nothing())
    stored = tx.execute(sa.select(schema.texts.c.sha256).where(schema.texts.c.name == row["name"])).scalar_one()
    if stored != row["sha256"]:
        raise CorpusError(f"text {row['name']}: expected a name of its own, got that of another text; change a letter")


def _drop_checkpoints(tx: sa.Connection, run_id: str) -> None:
    table = schema.checkpoints
    kept = kept_epochs(_metrics(tx, run_id))
    tx.execute(table.delete().where(table.c.run == run_id, table.c.epoch.not_in(kept)))


def _copy_rows(tx: sa.Connection, table: sa.Table, parent: str, child: str, epoch: int, only: int | None) -> None:
    wanted = table.c.epoch == only if only is not None else table.c.epoch <= epoch
    columns = [sa.literal(child) if column.name == "run" else column for column in table.c]
    source = sa.select(*columns).where(table.c.run == parent, wanted)
    tx.execute(table.insert().from_select([column.name for column in table.c], source))


def _finite(value: Any) -> Any:
    """`value` for a number column or JSON: None where it is not finite, NumPy's numbers as Python's."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _storable(text: str) -> str:
    """A text that both databases take: no NUL (PostgreSQL), no lone surrogate. U+FFFD stands for them."""
    return _UNSTORABLE.sub("\ufffd", text)


def _storable_columns(columns: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _storable(v) if isinstance(v, str) else _finite(v) for name, v in columns.items()}


def _json(values: Any) -> str:
    """JSON in which a number that is not finite is null."""
    return json.dumps(_plain(values))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return _finite(value)
