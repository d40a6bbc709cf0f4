"""One run, from its text to its last epoch: `train(store, run_id, trainer)` is the whole story.

A `Training` goes on for as long at a time as one likes, so that a trainer can hold several (turns.py). Meets the rest
of the house only in the store; knows no queue, no other run and no page.
"""

from __future__ import annotations

import math
from collections.abc import Generator

from rnnkit.errors import PersonError, StoreError
from rnnkit.store import Run, Status, Store, Wanted
from rnnkit.training.clock import AwakeClock
from rnnkit.training.job import Diverged, Job, end, leave_if_asked
from rnnkit.training.patience import beating, patiently

LEAST_SECONDS = 0.05  # of a turn that was meant to last longer
ENDED_AS = {Wanted.PAUSE: Status.PAUSED, Wanted.STOP: Status.STOPPED, Wanted.LEAVE: Status.QUEUED}


def train(store: Store, run_id: str, trainer: str) -> Status:
    """Train `run_id` from where it stands until it has finished or is asked to end. Returns its status.

    An epoch is one transaction: a process killed at any moment leaves the run after its last finished epoch, and
    whoever takes it over trains the same weights that this process would have. Raises LostRun: the run belongs to
    another trainer.
    """
    clock = AwakeClock()
    training = Training(store, run_id, trainer, clock)
    with beating([training.lease]), clock:
        status = training.advance()
        training.afterwards()
    assert status is not None
    return status


class Training:
    """One run in the hands of a trainer, which trains it for as long at a time as it likes.

    It ends with the same weights whatever the process does between two turns: all that its next step depends on is
    its own. Waiting is none of its seconds. Raises LostRun, as `train` does.
    """

    def __init__(self, store: Store, run_id: str, trainer: str, clock: AwakeClock):
        self.store, self.lease, self.clock = store, store.lease(run_id, trainer), clock

        def claimed() -> Run | None:
            row = store.run(run_id)
            return row if row.trainer == trainer and row.status == Status.TRAINING else None

        self.run = patiently(self.lease.claim, already=claimed, full=leave_if_asked)
        self.status: Status | None = None  # what it has ended as
        self.turns = 0
        self._begun = False
        self._job: Job | None = None
        self._batches = self._to_the_end()

    def advance(self, seconds: float = math.inf, beyond: float = math.inf) -> Status | None:
        """Train until the run has ended, for so many seconds, or until more than `beyond` of it is trained.

        Stops between two batches, and in its preparation after each step, so that several begin together. Returns the
        status of a run that has ended.

        Args:
            beyond: a share, as `share` counts it; a turn is not cut shorter than LEAST_SECONDS for it.
        """
        self.turns += 1
        since = self.clock.seconds() if seconds < math.inf else 0.0
        for _ in self._batches:
            if seconds == math.inf:
                continue
            took = self.clock.seconds() - since
            if took >= seconds or not self._begun or (took >= LEAST_SECONDS and self.share() > beyond):
                break
        return self.status

    def share(self) -> float:
        """How much of the run is trained, 0 to 1: of its seconds where it was given some, else of its steps."""
        return self._job.share() if self._job else 0.0

    def hear(self, wanted: Wanted) -> None:
        """What somebody asks of the run while it waits for its turn."""
        if self._job:
            self._job.wanted = wanted

    def fail(self, message: str) -> None:
        """End it as failed: a fault of the program that concerns no other run."""
        self._batches.close()
        self.status = end(self.store, self.lease, Status.FAILED, message)

    def afterwards(self) -> None:
        """What is measured after the run has ended, as it takes long."""
        if self._job:
            self._job.measure_later()

    def _to_the_end(self) -> Generator[None]:
        try:
            self.status = yield from self._train()
        except Diverged as diverged:
            self.status = end(self.store, self.lease, Status.DIVERGED, str(diverged))
        except StoreError:
            raise  # no fault of the run: whoever notices that this trainer has ended gives it to another
        except PersonError as error:
            self.status = end(self.store, self.lease, Status.FAILED, str(error))

    def _train(self) -> Generator[None, None, Status]:
        """The whole story; waits between two batches."""
        asked = self.run.config.training
        prepare = lambda: Job.prepare(self.store, self.run, self.lease, self.clock)  # noqa: E731
        job = self._job = patiently(prepare, full=leave_if_asked)
        yield
        yield from job.fit_the_time()
        patiently(job.begin, full=leave_if_asked)
        self._begun = True
        yield
        for epoch in range(job.epochs_done + 1, asked.epochs + 1):
            if job.step == 0 and job.at_the_end():
                return job.end(Status.FINISHED, job.plan.sentence())
            wanted = yield from job.train_epoch(epoch)
            if wanted != Wanted.RUN:
                job.keep_place()
                return job.end(ENDED_AS[wanted])
            wanted = job.finish_epoch(epoch)
            if epoch < asked.epochs and not job.at_the_end():
                if job.no_longer_better():
                    return job.end(Status.FINISHED, f"Stopped early: no better loss for {asked.patience} epochs.")
                if wanted != Wanted.RUN:
                    return job.end(ENDED_AS[wanted])
                yield
        return job.end(Status.FINISHED)
