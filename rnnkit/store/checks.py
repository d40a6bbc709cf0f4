"""The store's own health: every rule that must hold whenever no transaction is under way.

`problems(database)` says each violation in one sentence; an empty list after a kill is
what "nothing is lost" means. A rule is a function and its entry in RULES. Changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from rnnkit.config import parse
from rnnkit.errors import ConfigError
from rnnkit.store import schema, statements
from rnnkit.store.database import Database
from rnnkit.store.retention import epochs_with_state, kept_epochs, kept_inside
from rnnkit.store.rows import clean_tags, is_finished
from rnnkit.store.status import ACTIVE, ENDED, WAITING_OR_ACTIVE, Status, Wanted

STORED = (Wanted.RUN, Wanted.PAUSE, Wanted.STOP)


def problems(database: Database) -> list[str]:
    """One sentence for every rule that does not hold.

    What the rows say of each other is read in one snapshot, so this can run beside trainers.
    Checksums are read one blob at a time: a long read would hold SQLite's writers up.
    """
    with database.snapshot() as tx:
        found = [sentence for rule in RULES for sentence in rule(tx)]
        if database.sqlite:
            found += _file_is_sound(tx)
    return found + list(_checksums(database))


def _statuses(tx: sa.Connection) -> Iterator[str]:
    for run in _runs(tx):
        if run.status not in (*WAITING_OR_ACTIVE, *ENDED):
            yield f"run {run.id}: expected a status that exists, got {run.status!r}"
        if run.wanted not in STORED:
            yield f"run {run.id}: expected to be wanted to {', '.join(STORED)}, got {run.wanted!r}"
        if run.status in ACTIVE and run.trainer is None:
            yield f"run {run.id}: expected a trainer while {run.status}, got none"
        if run.status in (Status.QUEUED, *ENDED) and run.trainer is not None:
            yield f"run {run.id}: expected no trainer while {run.status}, got {run.trainer!r}"
        if run.device_id is not None and run.trainer is None:
            yield f"run {run.id}: expected no device without a trainer, got {run.device_id!r}"
        if run.pretrained and not run.imported:
            yield f"run {run.id}: expected one that came with the program to be imported, got one that is not"
        if run.deleted_at is not None and (run.status in ACTIVE or run.pretrained):
            yield f"run {run.id}: expected none in the trash that is {run.status} or came with the program, got one"
        if run.imported and run.status in WAITING_OR_ACTIVE:
            yield f"run {run.id}: expected an imported run to have ended, got {run.status}"


def _descriptions(tx: sa.Connection) -> Iterator[str]:
    for run in _runs(tx):
        try:
            parse(json.loads(run.config))
        except (ConfigError, ValueError) as error:
            yield f"run {run.id}: expected a config that can be read, got one where {error}"
        if run.epochs_done and (run.tokenizer is None or run.vocab_size is None):
            yield f"run {run.id}: expected a vocabulary and its size once an epoch is finished, got none"
        elif run.tokenizer is not None and (size := _vocabulary_size(run.tokenizer)) != run.vocab_size:
            yield f"run {run.id}: expected a vocabulary of {run.vocab_size} tokens, got {size}"
        if (run.parent is None) != (run.parent_epoch is None):
            yield f"run {run.id}: expected a parent with its epoch or neither, got {run.parent}, {run.parent_epoch}"
        elif run.parent_epoch is not None and not (run.parent_step is None) <= run.parent_epoch <= run.epochs_done:
            yield f"run {run.id}: expected to stand after epoch {run.parent_epoch} of its parent, got {run.epochs_done}"
        if not 0 <= run.step <= max(run.steps, 0):
            yield f"run {run.id}: expected between 0 and {run.steps} batches of the epoch in training, got {run.step}"


def _lists_say_what_is_there(tx: sa.Connection) -> Iterator[str]:
    epochs = _by_run(tx, schema.epochs)
    for run in _runs(tx):
        if not are_tags(run.tags):
            yield f"run {run.id}: expected a list of tags, got {run.tags!r}"
        for name, copied in _copied(run.config).items():
            if getattr(run, name) != copied:
                said = f"expected lists to say the {name} {copied!r} of its config"
                yield f"run {run.id}: {said}, got {getattr(run, name)!r}"
        best = statements.best_of([{**_metrics(row), "epoch": row.epoch} for row in epochs[run.id]])
        for name, value in best.items():
            if getattr(run, name) != value:
                yield f"run {run.id}: expected {name} {value} of its best epoch, got {getattr(run, name)}"


def are_tags(text: str) -> bool:
    """Whether a run's tags are as they are written: a list of different words."""
    try:
        tags = json.loads(text)
        return isinstance(tags, list) and tags == clean_tags(tags)
    except (ConfigError, ValueError, TypeError):
        return False


def _copied(config: str) -> dict[str, str]:
    """What stands in a run's row as it stands in its config; of one that cannot be read another rule speaks."""
    try:
        known = parse(json.loads(config))
        return {"task": known.task, "asked_device": known.training.device}
    except (ConfigError, ValueError):
        return {}


def _vocabulary_size(tokenizer: str) -> int | None:
    try:
        return len(json.loads(tokenizer)["symbols"])
    except (ValueError, KeyError, TypeError):
        return None


def _epochs_follow_each_other(tx: sa.Connection) -> Iterator[str]:
    epochs = _by_run(tx, schema.epochs)
    for run in _runs(tx):
        found = [row.epoch for row in epochs[run.id]]
        if found != list(range(1, run.epochs_done + 1)):
            listed = ", ".join(map(str, found)) or "none"
            yield f"run {run.id}: expected the epochs 1 to {run.epochs_done}, got {listed}"
        for row in epochs[run.id]:
            if _metrics(row).get("epoch", row.epoch) != row.epoch:
                yield f"run {run.id}: expected the metrics of epoch {row.epoch}, got those of another"


def _checkpoints_are_those_kept(tx: sa.Connection) -> Iterator[str]:
    epochs, checkpoints = _by_run(tx, schema.epochs), _by_run(tx, schema.checkpoints)
    for run in _runs(tx):
        found = {int(row.epoch) for row in checkpoints[run.id] if is_finished(row.epoch)}
        if run.epochs_done and run.epochs_done not in found:
            yield f"run {run.id}: expected a checkpoint of its last epoch {run.epochs_done}, got none"
        wanted = kept_epochs([{**_metrics(row), "epoch": row.epoch} for row in epochs[run.id]])
        if run.parent_epoch is not None:  # a fork takes along one checkpoint only, and makes those after it
            wanted = {epoch for epoch in wanted if epoch >= run.parent_epoch + (run.parent_step is not None)}
        wanted |= {int(row.epoch) for row in checkpoints[run.id] if row.pinned and is_finished(row.epoch)}
        if not run.imported and found != wanted:  # a file holds those that somebody chose
            listed = ", ".join(map(str, sorted(found ^ wanted)))
            yield f"run {run.id}: expected the checkpoints that its losses say, got too many or too few: {listed}"


def _checkpoints_inside_are_those_kept(tx: sa.Connection) -> Iterator[str]:
    taken, checkpoints = _by_run(tx, schema.moments), _by_run(tx, schema.checkpoints)
    for run in _runs(tx):
        found = {(row.step, row.epoch) for row in checkpoints[run.id] if not is_finished(row.epoch)}
        since = min((row.step for row in checkpoints[run.id]), default=0) if run.parent else 0
        every = found | {(row.step, row.epoch) for row in taken[run.id] if row.step >= since}
        wanted, steps = kept_inside(every, run.epochs_done), {step for step, _ in found}
        wanted |= {row.step for row in checkpoints[run.id] if row.pinned and not is_finished(row.epoch)}
        if not run.imported and steps != wanted:
            listed = ", ".join(map(str, sorted(steps ^ wanted)))
            yield f"run {run.id}: expected the checkpoints inside epochs that are kept, got others at step {listed}"


def _rows_have_an_owner(tx: sa.Connection) -> Iterator[str]:
    runs = {run.id for run in _runs(tx)}
    epochs = {(row.run, row.epoch, row.step) for row in tx.execute(_without_blobs(schema.epochs))}
    for table in (schema.checkpoints, schema.samples):
        found = {(row.run, row.epoch, row.step) for row in tx.execute(_without_blobs(table))}
        for run, epoch, step in sorted(one for one in found - epochs if is_finished(one[1])):
            yield f"{table.name} of run {run}: expected a finished epoch {epoch:g} at step {step}, got none"
    for table in (
        schema.epochs, schema.moments, schema.checkpoints, schema.samples, schema.points, schema.resume,
    ):  # fmt: skip
        for run in sorted(set(tx.execute(sa.select(table.c.run).distinct()).scalars()) - runs):
            yield f"{table.name}: expected a run {run}, got none"


def _steps_and_epochs_go_forward(tx: sa.Connection) -> Iterator[str]:
    places: defaultdict[str, set[tuple[int, float]]] = defaultdict(set)
    for table in (schema.epochs, schema.moments, schema.checkpoints, schema.samples):
        for run, rows in _by_run(tx, table).items():
            places[run] |= {(row.step, row.epoch) for row in rows}
    for run, of_run in places.items():
        for (left, before), (right, after) in pairwise(sorted(of_run)):
            if right <= left or after <= before:
                yield (
                    f"run {run}: expected epochs to grow with the steps, got epoch {after:g} at step {right} "
                    f"after epoch {before:g} at step {left}"
                )


def _resume_states_stand_at_the_end(tx: sa.Connection) -> Iterator[str]:
    states, checkpoints = _by_run(tx, schema.resume), _by_run(tx, schema.checkpoints)
    epochs = _by_run(tx, schema.epochs)
    for run in _runs(tx):
        needed = not run.imported and run.epochs_done > (run.parent_epoch or 0)
        if needed and not states[run.id]:
            yield f"run {run.id}: expected a state to resume from after epoch {run.epochs_done}, got none"
        for state in states[run.id][-1:]:
            if state.epoch != run.epochs_done:
                yield f"run {run.id}: expected a resume state after epoch {run.epochs_done}, got {state.epoch}"
            if not 0 <= state.step <= run.steps:
                yield f"run {run.id}: expected a resume state within {run.steps} batches, got batch {state.step}"
        wanted = epochs_with_state([{**_metrics(row), "epoch": row.epoch} for row in epochs[run.id]])
        wanted |= {row.epoch for row in checkpoints[run.id] if row.pinned}
        for state in states[run.id][:-1]:
            if state.step or state.epoch not in wanted:
                yield (
                    f"run {run.id}: expected states of its last, best and pinned epochs, got one after epoch "
                    f"{state.epoch} and {state.step} batches"
                )


def _points_go_forward(tx: sa.Connection) -> Iterator[str]:
    for run, curve in _by_run(tx, schema.points).items():
        for left, right in pairwise(curve):
            if right.seconds <= left.seconds:
                yield f"run {run}: expected the seconds of its curve to grow, got {right.seconds} after {left.seconds}"


def _one_scheduler(tx: sa.Connection) -> Iterator[str]:
    ids = list(tx.execute(sa.select(schema.scheduler.c.id)).scalars())
    if ids != [1]:
        yield f"scheduler: expected one row with id 1, got {len(ids)} with ids {ids}"


RULES: tuple[Callable[[sa.Connection], Iterator[str]], ...] = (
    _statuses, _descriptions, _lists_say_what_is_there, _epochs_follow_each_other, _checkpoints_are_those_kept,
    _checkpoints_inside_are_those_kept, _rows_have_an_owner, _steps_and_epochs_go_forward,
    _resume_states_stand_at_the_end, _points_go_forward, _one_scheduler,
)  # fmt: skip


def _file_is_sound(tx: sa.Connection) -> list[str]:
    """SQLite's own checks of its file."""
    said = [row[0] for row in tx.exec_driver_sql("PRAGMA integrity_check") if row[0] != "ok"]
    said += [f"row {row[1]} of {row[0]} names no {row[2]}" for row in tx.exec_driver_sql("PRAGMA foreign_key_check")]
    return [f"database: expected a sound file, got: {sentence}" for sentence in said]


def _checksums(database: Database) -> Iterator[str]:
    for table in (schema.checkpoints, schema.resume, schema.texts):
        keys = list(table.primary_key.columns)
        with database.read() as tx:
            rows = list(tx.execute(sa.select(*keys).order_by(*keys)))
        for key in rows:
            with database.read() as tx:
                is_it = (column == value for column, value in zip(keys, key, strict=True))
                row = tx.execute(sa.select(table).where(*is_it)).one_or_none()
            if row is not None and _checksum(row) != row.sha256:  # none: trained on, or deleted, meanwhile
                yield f"{table.name} {' '.join(map(str, key))}: expected checksum {row.sha256[:12]}…, got another"


def _checksum(row: sa.Row) -> str | None:
    """Of the arrays, or of the text as UTF-8; None when it cannot even be unpacked."""
    try:
        content = row.arrays if "arrays" in row._fields else zlib.decompress(row.content)
    except zlib.error:
        return None
    return hashlib.sha256(content).hexdigest()


def _runs(tx: sa.Connection) -> list[sa.Row]:
    return list(tx.execute(sa.select(schema.runs).order_by(schema.runs.c.id)))


def _without_blobs(table: sa.Table) -> sa.Select:
    columns = [column for column in table.c if not isinstance(column.type, sa.LargeBinary)]
    return sa.select(*columns).order_by(*table.primary_key.columns)


def _by_run(tx: sa.Connection, table: sa.Table) -> dict[str, list[sa.Row]]:
    """The rows of each run, in the order of their keys."""
    rows = defaultdict(list)
    for row in tx.execute(_without_blobs(table)):
        rows[row.run].append(row)
    return rows


def _metrics(row: sa.Row) -> dict[str, Any]:
    try:
        return json.loads(row.metrics)
    except ValueError:
        return {"epoch": None}
