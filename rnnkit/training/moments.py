"""Checkpoints inside an epoch: after the first steps of a run, and every half minute of a long epoch.

`Moments` says when, counting seconds, and whether there is time to validate them too: that takes five times as long as
all else. `keep_due` takes them. Nothing of what is trained changes by that.
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from rnnkit.architectures.architecture import Arrays
from rnnkit.errors import StoreError
from rnnkit.metrics import VALIDATION, EpochMetrics
from rnnkit.store.retention import before_in_series, in_series
from rnnkit.tasks import TaskData

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from rnnkit.training.job import Job

SHARE = 0.05  # of the training time of the whole run: what the checkpoints inside its epochs may cost
OF_FIRST = 0.04  # of it for those after the first steps
FORWARD = 1 / 3  # of the time of a step: to read its batch without learning
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
        validates: as how many steps of training it takes to validate one, as is thought before the first time.
        spent: seconds that earlier checkpoints took. last: training seconds when the last of any kind was kept.
        begun: whether the untrained network was kept, or belongs to a parent.
    """

    steps: int
    planned: int
    race: Apart | None = None
    validates: float = 0.0
    spent: float = 0.0
    last: float = 0.0
    begun: bool = False
    _cost: float = 0.0  # of the last one here, without its validation
    _validation: float | None = None  # seconds of the last one here

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
        since = seconds - self.last
        if self.race:
            in_steps = self.race.steps and ((first and in_series(step)) or step % self.race.steps == 0)
            wanted = bool(in_steps or since >= self.race.seconds)
        else:
            wanted = (first and in_series(step)) or since >= EVERY_SECONDS
        cost = self._cost + (self._of_validation(seconds / step) if self.race else 0.0)
        return wanted and self._affords(cost, step, seconds, first=first)

    def validated(self, step: int, seconds: float, *, first: bool, shared: bool = False) -> bool:
        """Whether there is time to validate the one that is kept after `step`, or before the first step, too.

        Those of a race are set against each other, so that all are. `shared`: others wait for their turns meanwhile,
        and nobody knows whether the time of the whole run will come: what is trained by now has to be enough.
        """
        if self.race:
            return True
        cost = self._cost + self._of_validation(seconds / max(1, step))
        if shared and self.spent + cost > SHARE * seconds:
            return False
        return self._affords(cost, step, seconds, first=first)

    def _of_validation(self, each: float) -> float:
        return self.validates * each if self._validation is None else self._validation

    def _affords(self, cost: float, step: int, seconds: float, *, first: bool) -> bool:
        """Whether one more may cost so much."""
        whole, after = seconds / max(1, step) * self.planned, self.spent + cost
        if self.race:
            return after <= SHARE_OF_RACE * whole
        if first and in_series(step):
            # Their time is shared out evenly: of a short run some are left out, and not the last of them.
            return after <= OF_FIRST * whole * (before_in_series(step) + 1) / before_in_series(self.steps)
        return cost <= SHARE * (seconds - self.last) and after <= SHARE * whole

    def kept(self, cost: float, seconds: float, validation: float | None = None) -> None:
        """One was kept after so many seconds of training, and took `cost` seconds, of them `validation` if at all."""
        self._validation = self._validation if validation is None else validation
        self.spent, self._cost, self.last, self.begun = self.spent + cost, cost - (validation or 0.0), seconds, True


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


def validation_in_steps(data: TaskData) -> float:
    """About how many steps of training take as long as to validate a network once."""
    read = sum(batch.inputs[0].size for batch in data.held_out[VALIDATION]()) if VALIDATION in data.held_out else 0
    return FORWARD * read / max(1.0, data.plan.symbols_per_epoch / data.plan.steps)


def _keep(job: Job, moments: Moments, place: int, arrays: Arrays) -> Generator[None]:
    """Write with the network of `arrays`, which stood at batch `place` of the epoch, measure it if there is time, and
    commit both."""
    if not math.isfinite(job.learner.totals().loss):
        return  # it diverges
    began, now = job.clock.seconds(), job.learner.arrays()
    step, epoch = job.steps_done + place, job.epochs_done + place / job.data.plan.steps
    seconds = job.epoch_seconds if place else 0.0
    metrics: dict[str, Any] = {"elapsed_seconds": job.train_seconds + seconds}
    trained = job.train_seconds + job.epoch_seconds
    validated = moments.validated(step, trained, first=job.epochs_done == 0, shared=job.shared)
    job.learner.restore(arrays)
    try:
        if place:
            metrics |= job.trained()
        metrics |= yield from job.measured([VALIDATION] if validated else [])
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
    took, validation = job.clock.seconds() - began, metrics.get(f"{VALIDATION}seconds")
    moments.kept(took, trained, validation)
