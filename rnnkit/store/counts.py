"""The store as one sees it who watches the service: how many of what, and how long it waits. Nobody's name is in it."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from rnnkit.store import schema
from rnnkit.store.database import OnDatabase, now
from rnnkit.store.status import ACTIVE, Status

STARTED_SECONDS = 3600.0  # runs that began so long ago at most tell how long one waits
HERE_SECONDS = 75.0  # members seen so long ago at most are here


class Counted(NamedTuple):
    """At one moment. Runs that came with the program and those in the trash are not counted."""

    runs: dict[str, int]  # by status
    oldest_wait: float  # seconds that the run has waited which waits longest; 0 where none does
    mean_wait: float | None  # seconds from the order to the first batch, of runs that began in the last hour
    train_seconds: float  # of all runs together
    epochs: int  # finished, of all runs together
    trainers: list[str]  # tokens of those at work
    class_is_open: bool
    members: dict[str, int]  # by role
    here: int  # members that were seen just now
    signed_in: int  # accounts


class Counts(OnDatabase):
    """Figures for whoever watches."""

    def counts(self) -> Counted:
        """All of them, in one reading."""
        runs, members, classes, browsers = schema.runs, schema.members, schema.classes, schema.sign_ins
        ours = runs.c.deleted_at.is_(None) & runs.c.pretrained.is_(False)
        number, total = sa.func.count(), sa.func.coalesce
        waits = total(now() - sa.func.min(runs.c.queued_at), 0.0)
        began = ours & (runs.c.started_at > now() - STARTED_SECONDS)
        of_class = members.join(classes, (classes.c.id == members.c["class"]) & classes.c.ended_at.is_(None))
        with self._read() as tx:
            by_status = tx.execute(sa.select(runs.c.status, number).where(ours).group_by(runs.c.status)).all()
            sums = sa.select(total(sa.func.sum(runs.c.train_seconds), 0.0), total(sa.func.sum(runs.c.epochs_done), 0))
            seconds, epochs = tx.execute(sums.where(ours)).one()
            oldest = tx.execute(sa.select(waits).where(ours, runs.c.status == Status.QUEUED)).scalar_one()
            mean = tx.execute(sa.select(sa.func.avg(runs.c.started_at - runs.c.created_at)).where(began)).scalar()
            active = sa.select(runs.c.trainer).where(runs.c.status.in_(ACTIVE), runs.c.trainer.is_not(None)).distinct()
            trainers = list(tx.execute(active).scalars())
            opened = tx.execute(sa.select(classes.c.id).where(classes.c.ended_at.is_(None))).first() is not None
            roles = tx.execute(sa.select(members.c.role, number).select_from(of_class).group_by(members.c.role)).all()
            seen = sa.select(number).select_from(of_class).where(members.c.seen_at > now() - HERE_SECONDS)
            here = tx.execute(seen).scalar_one()
            accounts = sa.select(sa.func.count(browsers.c.account.distinct())).where(browsers.c.until > now())
            signed_in = tx.execute(accounts).scalar_one()
        return Counted(
            {row[0]: row[1] for row in by_status}, max(0.0, oldest), mean, seconds, epochs, trainers, opened,
            {row[0]: row[1] for row in roles}, here, signed_in,
        )  # fmt: skip
