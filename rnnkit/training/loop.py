"""One run, from its text to its last epoch: `train(store, run_id, trainer)` is the whole story.

A `Training` goes on for as long at a time as one likes, so that a trainer can hold several (turns.py). Meets the rest
of the house only in the store; knows no queue, no other run and no page.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor, wait

from rnnkit import tasks
from rnnkit.errors import PersonError, StoreError
from rnnkit.store import Run, Status, Store, Wanted
from rnnkit.tasks import TaskData
from rnnkit.training import planning
from rnnkit.training.clock import AwakeClock, OwnClock
from rnnkit.training.engines import load
from rnnkit.training.job import Diverged, Job, end, leave_if_asked
from rnnkit.training.patience import beating, patiently

LEAST_SECONDS = 0.05  # of a turn that was meant to last longer
READ_SECONDS = 0.3  # so long a turn waits for a text
READER = ThreadPoolExecutor(1, "reader")
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
        while training.advance():
            pass
    assert training.status is not None
    return training.status


class Training:
    """One run in the hands of a trainer, which trains it for as long at a time as it likes.

    It ends with the same weights whatever the process does between two turns: all that its next step depends on is
    its own. Waiting is none of its seconds. Raises LostRun, as `train` does.

    `speeds`: of runs that were begun here before.
    """

    def __init__(
        self, store: Store, run_id: str, trainer: str, clock: AwakeClock, speeds: planning.Speeds | None = None
    ):
        self.store, self.lease = store, store.lease(run_id, trainer)
        self._speeds = speeds or planning.Speeds()

        def claimed() -> Run | None:
            row = store.run(run_id)
            return row if row.trainer == trainer and row.status == Status.TRAINING else None

        self.run = patiently(self.lease.claim, already=claimed, full=leave_if_asked)
        self.status: Status | None = None  # what it has ended as
        self.turns = 0
        self.heard = False  # it was asked something, and has had no turn since
        self.over = False  # nothing is left to do, nor to measure
        self.clock = OwnClock(clock)
        self._begun = False
        self._job: Job | None = None
        self._reading: Future[TaskData] | None = None
        self._parts = self._to_the_end()

    def advance(self, seconds: float = math.inf, beyond: float = math.inf, shared: bool = False) -> bool:
        """Train for so many seconds, until more than `beyond` of it is trained, or until it has ended.

        Stops between two batches, and between the parts of whatever else takes long. The first turn of a run goes on
        to the first point of its curve; of a race only to where all are ready. Returns whether there is more to do.

        Args:
            beyond: a share, as `share` counts it; a turn is not cut shorter than LEAST_SECONDS for it.
            shared: other persons wait for their turns.
        """
        if self._job:
            self._job.shared = shared
        self.turns, self.heard = self.turns + 1, False
        self.clock.come()
        since = self.clock.seconds()
        try:
            for _ in self._parts:
                if self.waits or self._is_over(self.clock.seconds() - since, seconds, beyond):
                    return True
            self.over = True
            return False
        finally:
            self.clock.leave()

    def _is_over(self, took: float, seconds: float, beyond: float) -> bool:
        if beyond == math.inf and self.begins:
            return False
        return not self._begun or took >= seconds or (took >= LEAST_SECONDS and self.share() > beyond)

    def share(self) -> float:
        """How much of the run is trained, 0 to 1: of its seconds where it was given some, else of its steps."""
        return self._job.share() if self._job else 0.0

    @property
    def waits(self) -> bool:
        """Whether its text is being read, in a thread: the others train meanwhile."""
        return self._reading is not None and not self._reading.done()

    @property
    def begins(self) -> bool:
        """Whether it has still to come to the first point of its curve, here."""
        return self.status is None and not (self._job and self._job.trained_here)

    @property
    def asked(self) -> bool:
        """Whether it was asked to pause or stop."""
        return self._job is not None and self._job.wanted != Wanted.RUN

    def hear(self, wanted: Wanted) -> None:
        """What somebody asks of the run while it waits for its turn. One that has not begun ends where it stands."""
        if self._job and self._begun:
            self.heard = self.heard or self._job.wanted != wanted
            self._job.wanted = wanted
        else:
            self._parts.close()
            self.over = True
            self.status = end(self.store, self.lease, ENDED_AS[wanted], None)

    def fail(self, message: str) -> None:
        """End it as failed: a fault of the program that concerns no other run."""
        self._parts.close()
        self.status = end(self.store, self.lease, Status.FAILED, message)

    def _to_the_end(self) -> Generator[None]:
        """Until it has ended, and then what is measured afterwards, as that takes long."""
        try:
            self.status = yield from self._train()
        except Diverged as diverged:
            self.status = end(self.store, self.lease, Status.DIVERGED, str(diverged))
        except StoreError:
            raise  # no fault of the run: whoever notices that this trainer has ended gives it to another
        except PersonError as error:
            self.status = end(self.store, self.lease, Status.FAILED, str(error))
        if self._job and self._job.measure_later:
            yield from self._job.measure_later

    def _train(self) -> Generator[None, None, Status]:
        """The whole story; waits between two batches."""
        asked = self.run.config.training
        data = yield from self._read()
        job = self._job = patiently(
            lambda: Job.prepare(self.store, self.run, self.lease, self.clock, data), full=leave_if_asked
        )
        yield
        yield from job.fit_the_time(self._speeds)
        patiently(job.begin, full=leave_if_asked)
        self._begun = True
        yield
        for epoch in range(job.epochs_done + 1, asked.epochs + 1):
            if job.step == 0 and job.at_the_end():
                return (yield from job.end(Status.FINISHED, job.plan.sentence()))
            wanted = yield from job.train_epoch(epoch)
            if wanted != Wanted.RUN:
                job.keep_place()
                return (yield from job.end(ENDED_AS[wanted]))
            wanted = yield from job.finish_epoch(epoch)
            if epoch < asked.epochs and not job.at_the_end():
                if job.no_longer_better():
                    said = f"Stopped early: no better loss for {asked.patience} epochs."
                    return (yield from job.end(Status.FINISHED, said))
                if wanted != Wanted.RUN:
                    return (yield from job.end(ENDED_AS[wanted]))
                yield
        return (yield from job.end(Status.FINISHED))

    def _read(self) -> Generator[None, None, TaskData]:
        """The run's text, which may be long, and what trains, which may still have to be loaded."""
        self._reading = READER.submit(self._read_now)
        while not self._reading.done():
            wait([self._reading], READ_SECONDS)
            yield
        return self._reading.result()

    def _read_now(self) -> TaskData:
        config = self.run.config
        load(config)
        return patiently(lambda: tasks.of(config).read(config, self.store, self.run.tokenizer), full=leave_if_asked)
