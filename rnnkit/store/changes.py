"""The store as those see it who look again and again: what has changed in a run since they looked last.

Each look is one transaction, and one statement where nothing has changed. Knows no curve and no page.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

import sqlalchemy as sa

from rnnkit.errors import UnknownRun
from rnnkit.store import rows, schema, statements
from rnnkit.store.database import OnDatabase
from rnnkit.store.rows import Listed, Point, Run, Sample
from rnnkit.store.status import WAITING_OR_ACTIVE


class Seen(NamedTuple):
    """What somebody knows of a run: its row as it was read, the last point, the steps of the last measurements."""

    row: tuple[Any, ...] = ()
    point: Point | None = None
    epoch: int = -1
    moment: int = -1


class News(NamedTuple):
    """What a run has now that `Seen` has not. `rewound`: some of what was seen is gone, and all has to be read anew."""

    run: Run
    seen: Seen
    points: list[Point]
    epochs: list[dict[str, Any]]
    moments: list[dict[str, Any]]
    rewound: bool = False


class Mean(NamedTuple):
    """Neighbouring points as one: the mean of each figure, and how many points they are."""

    step: float
    seconds: float
    loss: float
    weight: int


class Extent(NamedTuple):
    """How many points a run has, and the last of them."""

    points: int
    last: Point | None


class Asked(NamedTuple):
    """What somebody who looks at many runs wants of one: points from a step on, in groups of `width` batches;
    measurements and texts after a step. Nothing of it later than batch `upto`."""

    run: str
    point: int = 0
    width: int = 1
    measured: int = -1
    written: int = -1
    upto: int = 2**62


class Several(NamedTuple):
    """What many runs have, by their ids: groups of points, measurements inside and at the end of epochs, newest text.

    `whole` says of a measurement whether it is that of a finished epoch.
    """

    points: dict[str, list[Mean]]
    measured: dict[str, list[dict[str, Any]]]
    texts: dict[str, list[Sample]]


class Changes(OnDatabase):
    """What is read again and again."""

    def news(self, run_id: str, seen: Seen) -> News | None:
        """What has come since; None where nothing has. Points are left out while none was seen: see `extent`.

        Raises UnknownRun.
        """
        with self._database.snapshot() as tx:
            row = tx.execute(statements.listed().where(schema.runs.c.id == rows.check_run_id(run_id))).one_or_none()
            if row is None:
                raise UnknownRun(f"run: expected the id of a run in this store, got {run_id!r}")
            found = tuple(row)[:-1]  # without the time at which it was read
            if found == seen.row:
                return None
            points = [] if seen.point is None else _points(tx, run_id, seen.point.step)
            epochs = statements.metrics_of(tx, run_id, after=seen.epoch - 1)
            moments = statements.metrics_of(tx, run_id, schema.moments, after=max(seen.moment, seen.epoch))
        gone = seen.point is not None and points[:1] != [seen.point]
        gone = gone or (seen.epoch >= 0 and [one["step"] for one in epochs[:1]] != [seen.epoch])
        points, epochs = points[1:], epochs[1:] if seen.epoch >= 0 else epochs
        seen = Seen(
            found, points[-1] if points else seen.point, *(
                measured[-1]["step"] if measured else before
                for measured, before in ((epochs, seen.epoch), (moments, seen.moment))
            ),
        )  # fmt: skip
        return News(Run.of(row), seen, points, epochs, moments, gone)

    def extent(self, run_id: str) -> Extent:
        """How long the curve is."""
        table = schema.points
        mine = statements.of_run(table, run_id)
        columns = (table.c.step, table.c.seconds, table.c.loss)
        with self._read() as tx:
            count = tx.execute(sa.select(sa.func.count()).select_from(table).where(*mine)).scalar_one()
            last = tx.execute(sa.select(*columns).where(*mine).order_by(table.c.step.desc()).limit(1)).one_or_none()
        return Extent(count, last and Point(*last))

    def means(self, run_id: str, width: int, upto: int) -> list[tuple[int, Mean]]:
        """The points up to batch `upto` that have a loss, in groups of `width` batches: each group's number, and it."""
        table = schema.points
        group = (table.c.step // width).label("group")
        figures = (sa.func.avg(table.c[name]) for name in ("step", "seconds", "loss"))
        query = sa.select(group, *figures, sa.func.count()).group_by(group).order_by(group)
        with self._read() as tx:
            mine = (*statements.of_run(table, run_id), table.c.step <= upto, table.c.loss.is_not(None))
            found = tx.execute(query.where(*mine)).all()
        return [(int(row[0]), Mean(float(row[1]), row[2], row[3], row[4])) for row in found]

    def newest(self, most: int, *, since: float = 0.0) -> list[Listed]:
        """The newest runs that did not come along, made or at work since a moment, newest first."""
        table = schema.runs
        here = (table.c.deleted_at.is_(None), ~table.c.pretrained)
        asked = (table.c.created_at >= since) | table.c.status.in_(WAITING_OR_ACTIVE)
        query = sa.select(*(table.c[name] for name in Listed._fields)).where(*here, asked)
        with self._read() as tx:
            found = tx.execute(query.order_by(table.c.created_at.desc(), table.c.id).limit(most))
            return [Listed.of(row) for row in found]

    def several(self, asked: Iterable[Asked]) -> Several:
        """Curves, measurements and newest texts of many runs: three statements, however many they are."""
        asked = list(asked)
        found = Several(defaultdict(list), defaultdict(list), defaultdict(list))
        if not asked:
            return found
        given = _given(asked)
        points, samples = schema.points.c, schema.samples.c
        group = (points.step // given.c.width).label("part")
        means = (sa.func.max(points.step), sa.func.max(points.seconds), sa.func.avg(points.loss), sa.func.count())
        curves = sa.select(points.run, group, *means).where(points.step >= given.c.point, points.loss.is_not(None))
        curves = curves.where(points.step <= given.c.upto)
        curves = curves.join_from(given, schema.points, points.run == given.c.run)
        newest = sa.select(sa.func.max(schema.samples.c.step)).where(samples.run == given.c.run)
        newest = newest.where(samples.step <= given.c.upto)
        last = newest.correlate(given).scalar_subquery()
        texts = sa.select(samples.run, *(samples[name] for name in Sample._fields)).where(samples.step == last)
        texts = texts.join_from(given, schema.samples, samples.run == given.c.run)
        measured = sa.union_all(*(_measured(given, table) for table in (schema.epochs, schema.moments))).subquery()
        once = {"compiled_cache": None}  # what is asked is another text each time
        with self._database.snapshot() as tx:
            curves = curves.group_by(points.run, group).order_by(points.run, group)
            for row in tx.execute(curves, None, execution_options=once):
                found.points[row[0]].append(Mean(*row[2:]))
            for row in tx.execute(sa.select(measured).order_by(measured.c.step), None, execution_options=once):
                place = {"epoch": rows.whole(row.epoch), "step": row.step, "whole": bool(row.whole)}
                with rows.readable(f"epochs of run {row.run}"):
                    found.measured[row.run].append(json.loads(row.metrics) | place)
            texts = texts.where(samples.step > given.c.written).order_by(samples.temperature)
            for row in tx.execute(texts, None, execution_options=once):
                found.texts[row[0]].append(Sample(*row[1:]))
        return found

    def newest_samples(self, run_id: str) -> list[Sample]:
        """What the last checkpoint wrote that has written anything, by temperature."""
        table = schema.samples
        mine = statements.of_run(table, run_id)
        last = sa.select(sa.func.max(table.c.step)).where(*mine).scalar_subquery()
        query = sa.select(*(table.c[name] for name in Sample._fields)).where(*mine, table.c.step == last)
        with self._read() as tx:
            found = [Sample(*row) for row in tx.execute(query.order_by(table.c.temperature))]
        return [sample._replace(epoch=rows.whole(sample.epoch)) for sample in found]


def _given(asked: Iterable[Asked]) -> sa.CTE:
    """What is asked for as a table. As text: with a hundred parameters its making took longer than all reading."""
    rows_ = (", ".join([f"'{rows.check_run_id(one.run)}'", *(str(int(n)) for n in one[1:])]) for one in asked)
    kinds = enumerate([sa.String, *[sa.BigInteger] * (len(Asked._fields) - 1)], 1)
    columns: list[sa.ColumnClause[Any]] = [sa.column(f"column{place}", kind) for place, kind in kinds]
    table = sa.text(f"VALUES {', '.join(f'({row})' for row in rows_)}").columns(*columns).cte("given")
    return sa.select(*(table.c[f"column{n}"].label(name) for n, name in enumerate(Asked._fields, 1))).cte("asked")


def _measured(given: sa.CTE, table: sa.Table) -> sa.Select:
    whole = sa.literal(int(table is schema.epochs)).label("whole")
    columns = (table.c.run, sa.cast(table.c.epoch, sa.Float).label("epoch"), table.c.step, table.c.metrics, whole)
    query = sa.select(*columns).where(table.c.step > given.c.measured, table.c.step <= given.c.upto)
    return query.join_from(given, table, table.c.run == given.c.run)


def _points(tx: sa.Connection, run_id: str, since: int) -> list[Point]:
    table = schema.points
    query = sa.select(table.c.step, table.c.seconds, table.c.loss).order_by(table.c.step)
    return [Point(*row) for row in tx.execute(query.where(table.c.run == run_id, table.c.step >= since))]
