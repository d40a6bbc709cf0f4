"""Pieces of transactions that several parts of the store use: rows of one run, read and written.

Each takes the open transaction as `tx`, and leaves it open.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from rnnkit.config import RunConfig
from rnnkit.errors import DamagedCheckpoint, UnknownEpoch, UnknownRun
from rnnkit.store import schema
from rnnkit.store.rows import Point, Sample, check_run_id, storable_columns, to_json

# ---- runs


def one_run(tx: sa.Connection, run_id: str) -> sa.Row:
    return _found(tx.execute(_select_run(run_id)), run_id)


def locked_run(tx: sa.Connection, run_id: str) -> sa.Row:
    """The run for a decision: nobody else changes it before this transaction ends."""
    return _found(tx.execute(_select_run(run_id).with_for_update()), run_id)


def _select_run(run_id: str) -> sa.Select:
    return sa.select(schema.runs).where(schema.runs.c.id == check_run_id(run_id))


def _found(result: sa.CursorResult, run_id: str) -> sa.Row:
    row = result.one_or_none()
    if row is None:
        raise UnknownRun(f"run: expected the id of a run in this store, got {run_id!r}")
    return row


def put_run(tx: sa.Connection, run_id: str, config: RunConfig, **columns: Any) -> None:
    name = config.name or f"{config.preset or config.model.architecture} {run_id[:4]}"
    config = config.model_copy(update={"name": name})
    given = {"owner": config.owner, "preset": config.preset, "corpus": config.corpus}
    row = {"id": run_id, "name": name, "config": config.model_dump_json(), **given, **columns}
    tx.execute(schema.runs.insert().values(**storable_columns(row)))


def change_run(tx: sa.Connection, run_id: str, **columns: Any) -> None:
    tx.execute(schema.runs.update().where(schema.runs.c.id == run_id).values(**storable_columns(columns)))


# ---- epochs, samples and points


def metrics_of(tx: sa.Connection, run_id: str) -> list[dict[str, Any]]:
    table = schema.epochs
    query = sa.select(table.c.epoch, table.c.metrics).where(table.c.run == run_id).order_by(table.c.epoch)
    return [{"epoch": row.epoch, **json.loads(row.metrics)} for row in tx.execute(query)]


def put_epoch(tx: sa.Connection, run_id: str, epoch: int, metrics: Mapping[str, Any]) -> None:
    row = {"run": run_id, "epoch": epoch, "metrics": to_json(metrics), "created_at": time.time()}
    tx.execute(schema.epochs.insert().values(**row))


def put_samples(tx: sa.Connection, run_id: str, samples: Iterable[Sample]) -> None:
    rows = [{"run": run_id, **storable_columns(sample._asdict())} for sample in samples]
    if rows:
        tx.execute(schema.samples.insert(), rows)


def put_point(tx: sa.Connection, run_id: str, point: Point) -> None:
    """Add a point at the end of the curve: whatever stood at or after its step was before a rewind."""
    table = schema.points
    tx.execute(table.delete().where(table.c.run == run_id, table.c.step >= point.step))
    tx.execute(table.insert().values(run=run_id, **storable_columns(point._asdict())))


# ---- arrays with their checksums


def blob(arrays: bytes) -> dict[str, Any]:
    return {"arrays": arrays, "sha256": hashlib.sha256(arrays).hexdigest()}


def checked(row: sa.Row, what: str) -> bytes:
    """The arrays of a row whose checksum is the one that was written down. Raises DamagedCheckpoint."""
    found = hashlib.sha256(row.arrays).hexdigest()
    if found != row.sha256:
        raise DamagedCheckpoint(f"{what}: expected arrays with checksum {row.sha256[:12]}…, got {found[:12]}…")
    return bytes(row.arrays)


def checkpoint_sums(tx: sa.Connection, run_id: str) -> dict[int, str]:
    table = schema.checkpoints
    query = sa.select(table.c.epoch, table.c.sha256).where(table.c.run == check_run_id(run_id)).order_by(table.c.epoch)
    return {row.epoch: row.sha256 for row in tx.execute(query)}


def checkpoint_row(tx: sa.Connection, run_id: str, epoch: int) -> sa.Row:
    table = schema.checkpoints
    query = sa.select(table).where(table.c.run == check_run_id(run_id), table.c.epoch == epoch)
    row = tx.execute(query).one_or_none()
    if row is None:
        listed = ", ".join(map(str, checkpoint_sums(tx, run_id))) or "none yet"
        raise UnknownEpoch(f"epoch of run {run_id}: expected one that is kept ({listed}), got {epoch}")
    return row


def put_checkpoint(tx: sa.Connection, run_id: str, epoch: int, packed: Mapping[str, Any]) -> None:
    tx.execute(schema.checkpoints.insert().values(run=run_id, epoch=epoch, **packed))
