"""The store as people see it: runs queued, forked, imported, read, asked to pause or stop."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np
import sqlalchemy as sa

from rnnkit.config import RunConfig, parse, split_corpora
from rnnkit.errors import QueueFull, WrongStatus
from rnnkit.store import needs, rows, schema, statements
from rnnkit.store.database import OnDatabase, now
from rnnkit.store.live import SHARED_SECONDS
from rnnkit.store.rows import ImportedRun, Kept, Listed, Point, Pretrained, ResumeState, Run, Sample
from rnnkit.store.status import ENDS_AS, RESUMABLE, WAITING_OR_ACTIVE, Status, Wanted
from rnnkit.store.weights import dequantise, unpack

MOST_PINNED = 12  # checkpoints of a run that a person keeps, each with up to three times its size beside it
EVERYBODY = 10  # times what one owner may have in the queue: a name is quickly made up
_NEWEST_FIRST = (schema.runs.c.pretrained, schema.runs.c.created_at.desc(), schema.runs.c.id)
_POINT = tuple(schema.points.c[name] for name in Point._fields)
_PRETRAINED = "pretrained/"  # keys of the meta table: the name and checksum of a run that came with the program


class Runs(OnDatabase):
    """The store as people see it."""

    # ---- new ones

    def create_run(self, config: RunConfig, *, member: str | None = None) -> str:
        """Queue a run. Returns its id."""
        return self.create_runs([config], member=member)[0]

    def create_runs(
        self, configs: Sequence[RunConfig], *, races: Sequence[str | None] | None = None,
        most_queued: int | None = None, member: str | None = None, goes_first: bool = False,
    ) -> list[str]:  # fmt: skip
        """Queue several runs, all or none, to be started in their order. Returns their ids.

        `races`: a mark for each; one trainer trains those of the same mark by turns. `most_queued`: of one person; what
        would be more, here and below, raises QueueFull. `member`: who orders them, in a class. `goes_first`: nobody
        else trains while they do.
        """
        ids = [rows.new_run_id() for _ in configs]
        whose = {"member": member, "goes_first": goes_first}
        with self._write() as tx:
            self._check_room(tx, Counter(member or config.owner for config in configs), most_queued)
            for place, (run_id, config, race) in enumerate(zip(ids, configs, races or [None] * len(ids), strict=True)):
                at = now() + place / 1000  # times tell which is first
                needs.hold_texts(tx, config.corpora)
                times = {"created_at": at, "queued_at": at}
                statements.put_run(tx, run_id, config, status=Status.QUEUED, race=race, **times, **whose)
        return ids

    def fork_run(
        self, parent: str, epoch: float, config: RunConfig, *, keep_optimizer: bool = False,
        plan: dict[str, Any] | None = None, most_queued: int | None = None, member: str | None = None,
    ) -> str:  # fmt: skip
        """Queue a fork of a kept epoch (0.25: inside one), with the history up to there.

        Raises UnknownRun, UnknownEpoch.

        `keep_optimizer`: take the state after `epoch` along too, where it is kept. `plan`: of its steps, where that is
        known already.
        """
        run_id = rows.new_run_id()
        with self._write() as tx:
            self._check_room(tx, Counter([member or config.owner]), most_queued)
            row = statements.locked_run(tx, parent)
            step = statements.checkpoint_row(tx, parent, "epoch", epoch).step
            needs.hold_texts(tx, config.corpora)
            seconds = sum(m.get("seconds") or 0.0 for m in statements.metrics_of(tx, parent) if m["epoch"] <= epoch)
            if inside := not rows.is_finished(epoch):
                there = statements.metrics_of(tx, parent, schema.moments)
                seconds = next((m.get("elapsed_seconds") or seconds for m in there if m["step"] == step), seconds)
            statements.put_run(
                tx, run_id, config, status=Status.QUEUED, created_at=now(), queued_at=now(), member=member,
                parent=parent, parent_epoch=int(epoch), parent_step=step if inside else None, epochs_done=int(epoch),
                tokenizer=row.tokenizer, vocab_size=row.vocab_size,
                params=row.params, steps=row.steps, train_seconds=seconds,
                provenance=json.dumps({"plan": plan}) if plan else None,
            )  # fmt: skip
            for table in (schema.epochs, schema.moments, schema.samples, schema.checkpoints):
                columns = [sa.literal(run_id) if column.name == "run" else column for column in table.c]
                at = table.c.epoch == epoch if table is schema.checkpoints else table.c.epoch <= epoch
                source = sa.select(*columns).where(table.c.run == parent, at)
                tx.execute(table.insert().from_select([column.name for column in table.c], source))
            state = tx.execute(sa.select(schema.resume).where(*_state_after(parent, epoch))).mappings().first()
            if keep_optimizer and state:
                tx.execute(schema.resume.insert().values({**state, "run": run_id}))
            unpinned = schema.checkpoints.update().where(schema.checkpoints.c.run == run_id)
            tx.execute(unpinned.values(pinned=False))
            statements.note_best(tx, run_id)
        return run_id

    def _check_room(self, tx: sa.Connection, wanted: Counter[str], most: int | None) -> None:
        """Raises QueueFull: so many more runs of these people are too many in the queue."""
        if most is None:
            return
        self._database.lock_all(tx)  # or two orders at once would both find the last place
        table = schema.runs
        queued = (table.c.status == schema.QUEUED, table.c.deleted_at.is_(None))
        waiting = sa.select(sa.func.count()).select_from(table).where(*queued)
        for owner, more in wanted.items():
            whose = f"of {owner!r}" if owner else "without an owner's name"
            whose = "of one person" if rows.is_member(owner) else whose
            if (count := tx.execute(waiting.where(_of_person(owner))).scalar_one()) + more > most:
                raise QueueFull(
                    f"queue: expected at most {most} runs {whose}, got {more} beside {count}; wait until some have "
                    "started, or stop some"
                )
        if (count := tx.execute(waiting).scalar_one()) + wanted.total() > most * EVERYBODY:
            raise QueueFull(f"queue: expected at most {most * EVERYBODY} runs, got {wanted.total()} beside {count}")

    def import_run(
        self, imported: ImportedRun, checkpoints: Iterable[tuple[Kept, bytes]], *, member: str | None = None
    ) -> str:
        """Put a run from elsewhere beside the others, in one transaction. Returns its id: its own if that is free.

        `checkpoints`: where they stand, and arrays in safetensors form as `weights_bytes` gives them.
        """
        run_id = rows.check_run_id(imported.id)
        with self._write() as tx:
            self._database.lock_all(tx)
            if _came_along(tx, run_id) is not None:
                run_id = rows.new_run_id()
            statements.put_imported(tx, run_id, imported, checkpoints, member=member)
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
                run_id = rows.check_run_id(network.run.id)
                key = _PRETRAINED + network.name
                tx.execute(schema.meta.delete().where(schema.meta.c.key == key))
                tx.execute(schema.meta.insert().values(key=key, value=network.sha256))
                if _came_along(tx, run_id) is not False:
                    tx.execute(schema.runs.delete().where(schema.runs.c.id == run_id))
                    statements.put_imported(tx, run_id, network.run, network.checkpoints, pretrained=True)

    def pretrained(self) -> dict[str, str]:
        """Name and checksum of every run that came with the program."""
        with self._read() as tx:
            return _pretrained(tx)

    # ---- what there is

    def run(self, run_id: str) -> Run:
        """Raises UnknownRun."""
        with self._read() as tx:
            found = Run.of(statements.one_run(tx, run_id))
        _ = found.config  # parsed here, so that a damaged one is said at once
        return found

    def listed(self) -> list[Listed]:
        """All runs as lists show them, newest first, pretrained ones last: one query of small columns."""
        columns = [schema.runs.c[name] for name in Listed._fields]
        query = sa.select(*columns).where(schema.runs.c.deleted_at.is_(None)).order_by(*_NEWEST_FIRST)
        with self._read() as tx:
            return [Listed.of(row) for row in tx.execute(query)]

    def runs(
        self, *, statuses: Iterable[str] | None = None, owner: str | None = None, ids: Iterable[str] | None = None,
        newest: int | None = None,
    ) -> list[Run]:  # fmt: skip
        """The same whole, without their vocabularies. Of thousands one asks for some; `newest`: for those that are
        live or came with the program, and for so many of the others."""
        runs, among = schema.runs.c, {"status": statuses, "id": ids, "owner": owner and [rows.storable(owner)]}
        asked: list[sa.ColumnElement[bool]] = [runs[n].in_(tuple(of)) for n, of in among.items() if of is not None]
        if newest is not None:
            others = sa.select(runs.id).where(runs.deleted_at.is_(None), ~runs.pretrained).order_by(*_NEWEST_FIRST)
            asked.append(runs.pretrained | runs.status.in_(WAITING_OR_ACTIVE) | runs.id.in_(others.limit(newest)))
        return self._found(*asked)

    def _found(self, *conditions: sa.ColumnElement[bool]) -> list[Run]:
        query = statements.listed().where(*conditions).order_by(*_NEWEST_FIRST)
        with self._read() as tx:
            return [Run.of(row) for row in tx.execute(query)]

    def recent(self) -> list[Run]:
        """Runs that wait or train, and those that ended within the last hour: what the queue is shared among."""
        runs = schema.runs
        mine = runs.c.status.in_(WAITING_OR_ACTIVE) | (runs.c.ended_at > now() - SHARED_SECONDS)
        return self._found(mine)

    def epochs(self, run_id: str) -> list[dict[str, Any]]:
        """Metrics of every finished epoch, in order; each has `epoch` and what the trainer reported."""
        with self._read() as tx:
            return statements.metrics_of(tx, run_id)

    def moments(self, run_id: str) -> list[dict[str, Any]]:
        """What was measured inside the epochs, in order, as `epochs` has it; their `epoch` is 0, 0.25, ..."""
        with self._read() as tx:
            return statements.metrics_of(tx, rows.check_run_id(run_id), schema.moments)

    def points(self, run_id: str, *, after: int = -1, most: int | None = None) -> list[Point]:
        """The curve inside the epochs, from the point after batch `after` on.

        `most`: neighbours are one mean where there would be more; it stays where it is while the curve grows.
        """
        table, step = schema.points, schema.points.c.step
        mine = (*statements.of_run(table, run_id), step > after)
        with self._read() as tx:
            last = tx.execute(sa.select(sa.func.max(step)).where(*mine)).scalar() if most else None
            width = 1 if last is None or most is None else 2 ** max(0, math.ceil(math.log2((last + 1) / most)))
            if width == 1:
                return [Point(*row) for row in tx.execute(sa.select(*_POINT).where(*mine).order_by(step))]
            means = (sa.func.max(step), sa.func.max(table.c.seconds), sa.func.avg(table.c.loss))
            group = step // width
            return [Point(*row) for row in tx.execute(sa.select(*means).where(*mine).group_by(group).order_by(group))]

    def samples(self, run_id: str, epoch: float | None = None) -> list[Sample]:
        """What the checkpoints wrote, by step and temperature."""
        table = schema.samples
        query = sa.select(*(table.c[name] for name in Sample._fields)).where(*statements.of_run(table, run_id))
        if epoch is not None:
            query = query.where(table.c.epoch == epoch)
        with self._read() as tx:
            found = [Sample(*row) for row in tx.execute(query.order_by(table.c.step, table.c.temperature))]
        with rows.readable(f"samples of run {run_id}"):
            return [sample._replace(epoch=rows.whole(sample.epoch)) for sample in found]

    def kept(self, run_id: str) -> list[Kept]:
        """The checkpoints that there are, in order; their arrays are not read."""
        with self._read() as tx:
            return statements.kept(tx, run_id)

    def checkpoint_epochs(self, run_id: str) -> list[int]:
        """Finished epochs that can be sampled, in order."""
        return [int(one.epoch) for one in self.kept(run_id) if one.finished]

    def weights(self, run_id: str, step: int) -> dict[str, np.ndarray]:
        """Weights after batch `step` of the run, float32. Raises UnknownEpoch where not kept, DamagedCheckpoint."""
        return self._weights(run_id, "step", step)

    def checkpoint(self, run_id: str, epoch: float) -> dict[str, np.ndarray]:
        """The same after `epoch`."""
        return self._weights(run_id, "epoch", epoch)

    def weights_bytes(self, run_id: str, step: int) -> bytes:
        """The same in safetensors form, for a file."""
        return self._packed(run_id, "step", step)[0]

    def _weights(self, run_id: str, key: Literal["step", "epoch"], at: float) -> dict[str, np.ndarray]:
        data, what = self._packed(run_id, key, at)
        return dequantise(unpack(data, what), what)  # imported ones: 16 or 8 bits

    def _packed(self, run_id: str, key: Literal["step", "epoch"], at: float) -> tuple[bytes, str]:
        with self._read() as tx:
            row = statements.checkpoint_row(tx, run_id, key, at)
        what = f"checkpoint of run {run_id}, epoch {rows.whole(row.epoch)}"
        return statements.checked(row, what), what

    def resume_state(self, run_id: str) -> ResumeState | None:
        """Where the run stands, or None before its first epoch. Raises DamagedCheckpoint."""
        table = schema.resume
        query = sa.select(table).where(*statements.of_run(table, run_id))
        latest = query.order_by(table.c.epoch.desc(), table.c.step.desc())
        with self._read() as tx:
            row = tx.execute(latest.limit(1)).one_or_none()
        if row is None:
            return None
        what = f"resume state of run {run_id}"
        with rows.readable(what):
            return ResumeState(row.epoch, row.step, json.loads(row.state), unpack(statements.checked(row, what), what))

    def state_epochs(self, run_id: str) -> list[int]:
        """Epochs whose optimizer state is kept: a fork of them goes on as the run did."""
        table = schema.resume
        mine = (*statements.of_run(table, run_id), table.c.step == 0, table.c.epoch > 0)
        query = sa.select(table.c.epoch).where(*mine)
        with self._read() as tx:
            return list(tx.execute(query.order_by(table.c.epoch)).scalars())

    # ---- what one may do with it

    def pin(self, run_id: str, step: int, pinned: bool = True) -> None:
        """Keep a checkpoint, and the optimizer's state after it if it is there, whatever comes after; or no longer.

        Raises UnknownEpoch: there is no such checkpoint. WrongStatus: the run is from a file, or has too many pins.
        """
        with self._write() as tx:
            row = statements.locked_run(tx, run_id)
            if row.imported:
                raise WrongStatus(
                    f"run {run_id}: expected one trained here, got one from a file, which keeps all it has"
                )
            others = [one for one in statements.kept(tx, run_id) if one.pinned and one.step != step]
            if pinned and len(others) >= MOST_PINNED:
                listed = ", ".join(str(one.epoch) for one in others)
                raise WrongStatus(
                    f"run {run_id}: expected at most {MOST_PINNED} pinned checkpoints, got {listed} already"
                )
            statements.checkpoint_row(tx, run_id, "step", step)
            table = schema.checkpoints
            tx.execute(table.update().where(table.c.run == run_id, table.c.step == step).values(pinned=pinned))
            statements.drop_unwanted(tx, run_id)

    def ask(self, run_id: str, wanted: Wanted) -> None:
        """Ask a run to pause or stop; a queued one does so at once. Raises WrongStatus: it has ended already."""
        with self._write() as tx:
            row = statements.locked_run(tx, run_id)
            if row.status not in WAITING_OR_ACTIVE:
                raise WrongStatus(f"run {run_id}: expected one that is queued or training, got {row.status}")
            if row.status == Status.QUEUED:
                statements.change_run(tx, run_id, status=ENDS_AS[wanted], ended_at=now())
            else:
                statements.change_run(tx, run_id, wanted=wanted)

    def resume_run(self, run_id: str, *, most_queued: int | None = None) -> None:
        """Queue a run that ended before its last epoch.

        Raises WrongStatus: it is queued, trains, has finished all its epochs, or was trained elsewhere. CorpusError: a
        text that it needs was deleted.
        """
        with self._write() as tx:
            row = statements.locked_run(tx, run_id)
            if row.imported:
                raise WrongStatus(
                    f"run {run_id}: expected one trained in this store, got one from a file, which holds no state of "
                    "the optimizer; fork it from one of its epochs instead"
                )
            if row.status not in RESUMABLE:
                raise WrongStatus(f"run {run_id}: expected one that is paused, stopped or failed, got {row.status}")
            self._check_room(tx, Counter([row.member or row.owner]), most_queued)
            needs.hold_texts(tx, split_corpora(row.corpus))
            statements.change_run(
                tx, run_id, status=Status.QUEUED, wanted=Wanted.RUN, queued_at=now(), ended_at=None, attempts=0,
                message=None, log=None,
            )  # fmt: skip

    def add_metrics(self, run_id: str, epoch: int, found: dict[str, Any]) -> None:
        """Put further metrics beside those of a finished epoch; nothing where the epoch is gone."""
        table = schema.epochs
        is_it = (table.c.run == rows.check_run_id(run_id), table.c.epoch == epoch)
        with self._write() as tx:
            known = tx.execute(sa.select(table.c.metrics).where(*is_it).with_for_update()).scalar()
            if known is not None:
                both = rows.to_json({**json.loads(known), **found})
                tx.execute(table.update().where(*is_it).values(metrics=both))
                statements.note_best(tx, run_id)

    def tag_runs(self, run_ids: Iterable[str], *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
        """Give runs tags and take others from them, all in one transaction.

        Raises ConfigError: one is no tag, or a run has too many. UnknownRun.
        """
        added, removed = rows.clean_tags(add), {" ".join(tag.split()) for tag in remove}
        with self._write() as tx:
            for run_id in run_ids:
                known = json.loads(statements.locked_run(tx, run_id).tags)
                tags = rows.clean_tags([*(tag for tag in known if tag not in removed), *added])
                statements.change_run(tx, run_id, tags=rows.to_json(tags))

    def rename_run(self, run_id: str, name: str) -> None:
        with self._write() as tx:
            config = parse({**json.loads(statements.locked_run(tx, run_id).config), "name": name})
            statements.change_run(tx, run_id, name=config.name or run_id, config=config.model_dump_json())


def _of_person(person: str) -> sa.ColumnElement[bool]:
    """Runs of a member of a class, or of whoever typed this name outside of one."""
    runs = schema.runs.c
    return (runs.member == person) | (runs.member.is_(None) & (runs.owner == person))


def _state_after(run_id: str, epoch: float) -> tuple[sa.ColumnElement[bool], ...]:
    table = schema.resume
    return table.c.run == run_id, table.c.epoch == epoch, table.c.step == 0


def _came_along(tx: sa.Connection, run_id: str) -> bool | None:
    """Whether the run of this id came with the program; None where there is none."""
    return tx.execute(sa.select(schema.runs.c.pretrained).where(schema.runs.c.id == run_id)).scalar()


def _pretrained(tx: sa.Connection) -> dict[str, str]:
    query = sa.select(schema.meta).where(schema.meta.c.key.startswith(_PRETRAINED))
    return {row.key.removeprefix(_PRETRAINED): row.value for row in tx.execute(query)}
