"""The store as those see it who look again and again: what has changed in a run since they looked last.

Each look is one transaction, and one statement where nothing has changed. Knows no curve and no page.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa

from rnnkit.errors import UnknownRun
from rnnkit.store import rows, schema, statements
from rnnkit.store.database import OnDatabase
from rnnkit.store.rows import Point, Run, Sample


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

    def newest_samples(self, run_id: str) -> list[Sample]:
        """What the last checkpoint wrote that has written anything, by temperature."""
        table = schema.samples
        mine = statements.of_run(table, run_id)
        last = sa.select(sa.func.max(table.c.step)).where(*mine).scalar_subquery()
        query = sa.select(*(table.c[name] for name in Sample._fields)).where(*mine, table.c.step == last)
        with self._read() as tx:
            found = [Sample(*row) for row in tx.execute(query.order_by(table.c.temperature))]
        return [sample._replace(epoch=rows.whole(sample.epoch)) for sample in found]


def _points(tx: sa.Connection, run_id: str, since: int) -> list[Point]:
    table = schema.points
    query = sa.select(table.c.step, table.c.seconds, table.c.loss).order_by(table.c.step)
    return [Point(*row) for row in tx.execute(query.where(table.c.run == run_id, table.c.step >= since))]
