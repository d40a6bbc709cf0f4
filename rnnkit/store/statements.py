"""Pieces of transactions that several parts of the store use: rows of one run, read and written.

Each takes the open transaction as `tx`, and leaves it open.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import sqlalchemy as sa

from rnnkit import metrics as measures
from rnnkit.config import RunConfig
from rnnkit.errors import DamagedCheckpoint, UnknownEpoch, UnknownRun
from rnnkit.store import schema
from rnnkit.store.database import now
from rnnkit.store.retention import epochs_with_state, kept_epochs, kept_inside
from rnnkit.store.rows import (
    UNREAD,
    ImportedRun,
    Kept,
    Point,
    Sample,
    check_run_id,
    clean_tags,
    readable,
    storable_columns,
    to_json,
    whole,
)

BACK = "for a day `undelete` or the list of what was deleted brings it back"

# ---- runs


def one_run(tx: sa.Connection, run_id: str, locked: bool = False) -> sa.Row:
    """The row of a run, and the time. Raises UnknownRun."""
    query = sa.select(schema.runs, now().label("read_at")).where(schema.runs.c.id == check_run_id(run_id))
    row = tx.execute(query.with_for_update() if locked else query).one_or_none()
    if row is None:
        raise UnknownRun(f"run: expected the id of a run in this store, got {run_id!r}")
    if row.deleted_at is not None:
        raise UnknownRun(f"run: expected the id of a run in this store, got {run_id!r}, which was deleted; {BACK}")
    return row


def listed() -> sa.Select:
    """Rows of all runs that are here, without their vocabularies, which may be long; `read_at` is the last column."""
    columns = [column for column in schema.runs.c if column.name != "tokenizer"]
    added = sa.literal(UNREAD).label("tokenizer"), now().label("read_at")
    return sa.select(*columns, *added).where(schema.runs.c.deleted_at.is_(None))


def of_run(table: sa.Table, run_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    """The conditions for rows of a run that is here, not in the trash. Raises UnknownRun for what is no id."""
    runs = schema.runs
    here = sa.select(runs.c.id).where(runs.c.id == check_run_id(run_id), runs.c.deleted_at.is_(None))
    return table.c.run == run_id, here.exists()


def locked_run(tx: sa.Connection, run_id: str) -> sa.Row:
    """The run for a decision: nobody else changes it before this transaction ends."""
    return one_run(tx, run_id, locked=True)


def put_run(tx: sa.Connection, run_id: str, config: RunConfig, **columns: Any) -> None:
    """A new run, which gets a name where its config has none; `columns` are the others of its row."""
    name = config.name or f"{config.preset or config.model.architecture} {run_id[:4]}"
    config = config.model_copy(update={"name": name})
    given = {name: getattr(config, name) for name in ("owner", "preset", "corpus", "task")}
    given |= {"asked_device": config.training.device, "changed_at": now()}
    row = {"id": run_id, "name": name, "config": config.model_dump_json(), **given, **columns}
    tx.execute(schema.runs.insert().values(**storable_columns(row)))


def put_imported(
    tx: sa.Connection, run_id: str, imported: ImportedRun, checkpoints: Iterable[tuple[Kept, bytes]],
    pretrained: bool = False, member: str | None = None,
) -> None:  # fmt: skip
    """A run that was trained elsewhere, with what its file holds."""
    columns = imported._asdict()
    for name in ("id", "config", "epochs", "moments", "samples"):
        del columns[name]
    columns["tags"] = clean_tags(columns["tags"])
    columns |= {name: json.dumps(columns[name]) for name in ("tokenizer", "provenance", "tags")}
    done = len(imported.epochs)
    columns |= {"epochs_done": done, "imported": True, "pretrained": pretrained, "member": member}
    put_run(tx, run_id, imported.config, **columns)
    for table, measured in ((schema.epochs, imported.epochs), (schema.moments, imported.moments)):
        for metrics in measured:
            put_metrics(tx, run_id, metrics["epoch"], metrics["step"], metrics, table)
    for one, arrays in checkpoints:
        put_checkpoint(tx, run_id, one.step, one.epoch, blob(arrays))
    put_samples(tx, run_id, imported.samples)
    note_best(tx, run_id)


def change_run(tx: sa.Connection, run_id: str, **columns: Any) -> None:
    """Whatever the run's status is; a row that was locked first is the one that is changed."""
    if "status" in columns:
        columns["changed_at"] = now()
    tx.execute(schema.runs.update().where(schema.runs.c.id == run_id).values(**storable_columns(columns)))


# ---- epochs, samples and points


def best_of(epochs: Sequence[Mapping[str, Any]]) -> dict[str, float | None]:
    """What lists say of a run with these epochs: the loss of the best on text that was never trained on."""
    best = measures.best(epochs) or {}
    return {"best_loss": measures.unseen(best, "loss"), "best_bits": measures.unseen(best, "bits_per_char")}


def note_best(tx: sa.Connection, run_id: str) -> None:
    """Write that into the run's row. Whoever changes its epochs calls this in the same transaction."""
    change_run(tx, run_id, **best_of(metrics_of(tx, run_id)))


def metrics_of(
    tx: sa.Connection, run_id: str, table: sa.Table = schema.epochs, after: int = -1
) -> list[dict[str, Any]]:
    """What was measured of every finished epoch, or inside them, in order, with `epoch` and `step`; after a batch."""
    query = sa.select(table.c.epoch, table.c.step, table.c.metrics).where(*of_run(table, run_id), table.c.step > after)
    rows = tx.execute(query.order_by(table.c.step))
    places = ((row.metrics, {"epoch": whole(row.epoch), "step": row.step}) for row in rows)
    with readable(f"epochs of run {run_id}"):
        return [place | json.loads(measured) | place for measured, place in places]


def put_metrics(
    tx: sa.Connection, run_id: str, epoch: float, step: int, metrics: Mapping[str, Any],
    table: sa.Table = schema.epochs,
) -> None:  # fmt: skip
    """What was measured of a finished epoch, or inside one; a number that is not finite is stored as null."""
    measured = {name: value for name, value in metrics.items() if name != "step"}
    row = {"run": run_id, "epoch": epoch, "step": step, "metrics": to_json(measured), "created_at": now()}
    tx.execute(table.insert().values(**row))


def put_samples(tx: sa.Connection, run_id: str, samples: Iterable[Sample]) -> None:
    """Samples at the steps that they name."""
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
    """Packed arrays as the two columns that hold them."""
    return {"arrays": arrays, "sha256": hashlib.sha256(arrays).hexdigest()}


def checked(row: sa.Row, what: str) -> bytes:
    """The arrays of a row whose checksum is the one that was written down. Raises DamagedCheckpoint."""
    found = hashlib.sha256(row.arrays).hexdigest()
    if found != row.sha256:
        raise DamagedCheckpoint(f"{what}: expected arrays with checksum {row.sha256[:12]}…, got {found[:12]}…")
    return bytes(row.arrays)


def kept(tx: sa.Connection, run_id: str) -> list[Kept]:
    """The checkpoints of a run by their steps, without their arrays."""
    table = schema.checkpoints
    columns = (table.c.step, table.c.epoch, table.c.sha256, table.c.pinned)
    query = sa.select(*columns).where(*of_run(table, run_id)).order_by(table.c.step)
    with readable(f"checkpoints of run {run_id}"):
        return [Kept(row.step, whole(row.epoch), row.sha256, row.pinned) for row in tx.execute(query)]


def checkpoint_row(tx: sa.Connection, run_id: str, key: Literal["step", "epoch"], at: float) -> sa.Row:
    """The checkpoint at a step or an epoch. Raises UnknownEpoch."""
    table = schema.checkpoints
    query = sa.select(table).where(*of_run(table, run_id), table.c[key] == at)
    row = tx.execute(query).one_or_none()
    if row is None:
        listed = ", ".join(str(getattr(one, key)) for one in kept(tx, run_id)) or "none yet"
        raise UnknownEpoch(f"{key} of run {run_id}: expected one that is kept ({listed}), got {at}")
    return row


def put_checkpoint(tx: sa.Connection, run_id: str, step: int, epoch: float, packed: Mapping[str, Any]) -> None:
    """A checkpoint; `packed` is what `blob` makes."""
    tx.execute(schema.checkpoints.insert().values(run=run_id, step=step, epoch=epoch, **packed))


def drop_unwanted(tx: sa.Connection, run_id: str) -> None:
    """Checkpoints that neither the rule nor a person keeps, and states of other epochs than forks begin with."""
    epochs, found = metrics_of(tx, run_id), kept(tx, run_id)
    done, pinned = len(epochs), {one.epoch for one in found if one.pinned}
    wanted, inside = kept_epochs(epochs), kept_inside(((o.step, o.epoch) for o in found if not o.finished), done)
    unwanted = (one for one in found if (one.epoch not in wanted if one.finished else one.step not in inside))
    gone = [one.step for one in unwanted if not one.pinned]
    table, states = schema.checkpoints, schema.resume
    tx.execute(table.delete().where(table.c.run == run_id, table.c.step.in_(gone)))
    stay = epochs_with_state(epochs) | pinned | {done}
    over = (states.c.step == 0) & states.c.epoch.not_in(stay)
    tx.execute(states.delete().where(states.c.run == run_id, over))


def put_state(
    tx: sa.Connection, run_id: str, epoch: int, step: int, state: Mapping[str, Any], packed: Mapping[str, Any]
) -> None:
    """Where the run stands now; `packed` is what `blob` makes. What stood inside one is passed."""
    table = schema.resume
    passed = (table.c.step > 0) | (table.c.epoch == 0) | (table.c.epoch == epoch) & (table.c.step == step)
    tx.execute(table.delete().where(table.c.run == run_id, passed))
    row = {"run": run_id, "epoch": epoch, "step": step, "state": json.dumps(state), **packed}
    tx.execute(table.insert().values(**row))
