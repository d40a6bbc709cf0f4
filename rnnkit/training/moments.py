"""Checkpoints inside an epoch: after the first steps of a run, and every half minute of a long epoch.

`Moments` says when, counting seconds; `keep` takes them. Nothing of what is trained changes by that.
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from rnnkit.architectures.architecture import Arrays
from rnnkit.errors import StoreError
from rnnkit.metrics import EpochMetrics
from rnnkit.store.retention import before_in_series, in_series

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from rnnkit.training.job import Job

SHARE = 0.05  # of the training time of the whole run: what the checkpoints inside its epochs may cost
OF_FIRST = 0.04  # of it for those after the first steps
EVERY_SECONDS = 30.0  # of training, between two of a long epoch
# In a race the networks are compared at them: so many, so many seconds apart at least, at this share of the time.
MOMENTS_OF_RACE, LEAST_APART, SHARE_OF_RACE = 20, 2.0, 0.3


class Apart(NamedTuple):
    """How far apart the moments of a race are: in seconds of training, or in steps."""

    seconds: float = math.inf
    steps: int | None = None


@dataclass
class Moments:
    """The plan of one run, and what it has cost so far.

    Args:
        steps: batches in one epoch. planned: batches of the whole run. race: of a run in one, how far they are apart.
        spent: seconds that earlier checkpoints took. last: training seconds when the last of any kind was kept.
        begun: whether the untrained network was kept, or belongs to a parent.
    """

    steps: int
    planned: int
    race: Apart | None = None
    spent: float = 0.0
    last: float = 0.0
    begun: bool = False
    _cost: float = 0.0  # of the last one here

    def go_on(self, kept: Sequence[EpochMetrics], seconds: float, step: int) -> None:
        """A run is taken up after so many steps and seconds of training, with these measured inside its epochs."""
        self.begun = bool(kept) or step > 0
        self.spent = sum((one.get("val_seconds") or 0.0) + (one.get("sample_seconds") or 0.0) for one in kept)
        self.last = seconds

    def due(self, step: int, place: int, seconds: float, *, first: bool) -> bool:
        """Whether to keep one now.

        Args:
            step: batches since the run began. place: of the epoch in training. seconds: of training so far.
            first: whether it is the first epoch.
        """
        if not 0 < place < self.steps or seconds <= 0:
            return False
        whole = seconds / step * self.planned
        after = self.spent + self._cost
        if self.race:
            in_steps = self.race.steps and ((first and in_series(step)) or step % self.race.steps == 0)
            return after <= SHARE_OF_RACE * whole and bool(in_steps or seconds - self.last >= self.race.seconds)
        if first and in_series(step):
            # Their time is shared out evenly: of a short run some are left out, and not the last of them.
            return after <= OF_FIRST * whole * (before_in_series(step) + 1) / before_in_series(self.steps)
        since = seconds - self.last
        return since >= EVERY_SECONDS and self._cost <= SHARE * since and after <= SHARE * whole

    def kept(self, cost: float, seconds: float) -> None:
        """One was kept after so many seconds of training, and took `cost` seconds."""
        self.spent, self._cost, self.last, self.begun = self.spent + cost, cost, seconds, True


def keep_due(job: Job, untrained: Arrays | None) -> Generator[None]:
    """Keep the checkpoints that are due after a batch; `untrained` is the state before the first one.

    That one is kept after the first batch was reported, as somebody waits for the first point.
    """
    if job.moments is None or job.at_the_end():  # it ends here: what is due then is a whole epoch's
        return
    if untrained is not None:
        yield from _keep(job, job.moments, 0, untrained)
    seconds, first = job.train_seconds + job.epoch_seconds, job.epochs_done == 0
    if job.moments.due(job.run_step(), job.step, seconds, first=first):
        yield from _keep(job, job.moments, job.step, job.learner.arrays())


def _keep(job: Job, moments: Moments, place: int, arrays: Arrays) -> Generator[None]:
    """Measure, write and commit the network of `arrays`, which stood at batch `place` of the epoch."""
    if not math.isfinite(job.learner.totals().loss):
        return  # it diverges
    began, now = job.clock.seconds(), job.learner.arrays()
    step, epoch = job.steps_done + place, job.epochs_done + place / job.data.plan.steps
    seconds = job.epoch_seconds if place else 0.0
    metrics: dict[str, Any] = {"elapsed_seconds": job.train_seconds + seconds}
    job.learner.restore(arrays)
    try:
        if place:
            metrics |= job.trained()
        metrics |= yield from job.measured(["val_"])
        weights = job.learner.read_weights()
    finally:
        job.learner.restore(now)
    sampling_since = job.clock.seconds()
    further, samples = yield from job.data.report(epoch, weights)
    metrics |= further | {"sample_seconds": job.clock.seconds() - sampling_since}
    with suppress(StoreError):  # one more or less; what must not be lost is written at the epoch's end
        job.wanted = job.lease.keep_inside(
            place=place, step=step, epoch=epoch, metrics=metrics, checkpoint=weights, samples=samples, resume=arrays,
            state=job.place() | {"epoch_seconds": seconds, "run_step": step}, train_seconds=metrics["elapsed_seconds"],
        )  # fmt: skip
    moments.kept(job.clock.seconds() - began, job.train_seconds + job.epoch_seconds)
