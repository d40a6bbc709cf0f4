"""What a trainer holds of one run while it trains it: the text, the network, and what it writes into the store.

Knows neither when it goes on (loop.py) nor whose turn it is (turns.py).
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from rnnkit.errors import DamagedCheckpoint, StoreError, StoreFull
from rnnkit.metrics import epochs_since_best
from rnnkit.store import Kept, Lease, Point, ResumeState, Run, Status, Store, Wanted
from rnnkit.tasks import TaskData
from rnnkit.training import cost, planning, precision, processes, provenance
from rnnkit.training.clock import OwnClock, WorkClock
from rnnkit.training.engines import engine_for, learner
from rnnkit.training.learner import COMPILED, KERAS, Learner
from rnnkit.training.moments import LEAST_APART, MOMENTS_OF_RACE, Apart, Moments, keep_due, validation_in_steps
from rnnkit.training.patience import patiently
from rnnkit.training.whole import Whole

HOPELESS_LOSS = 1000.0  # nats per token; guessing among 100,000 symbols costs 11.5
REPORT_SECONDS = 0.5  # progress goes to the store at most this often, and
REPORT_SHARE = 0.1  # takes no more of a run's seconds
WAITS = (
    "The disk that holds the store is full: the epoch waits in the trainer's memory until there is room. "
    "Free some space; nothing else needs to be done."
)


def end(store: Store, lease: Lease, status: Status, message: str | None) -> Status:
    """Say in the store what a run has ended as, however long that takes. Returns `status`."""
    patiently(
        lambda: lease.end(status, message),
        already=lambda: True if store.run(lease.run_id).trainer != lease.trainer else None,
        full=leave_if_asked,
    )
    return status


def leave_if_asked(full: StoreFull) -> None:
    """Nothing is written, so the next trainer begins after the last finished epoch."""
    if _asked_to_leave:
        raise full


_asked_to_leave = False  # keep the place, give the run back to the queue


def asked_to_leave() -> bool:
    """Whether all that is trained in this process is to keep its place."""
    return _asked_to_leave


def leave() -> None:
    """Let all that is trained in this process keep its place, and go back to the queue."""
    global _asked_to_leave
    _asked_to_leave = True


class Diverged(Exception):
    """The loss is no longer a number, or beyond hope; the text says since when."""


@dataclass
class Job:
    """What a trainer holds in memory while it trains one run. `wanted` is the last that it heard."""

    store: Store
    run: Run
    lease: Lease
    data: TaskData
    learner: Learner
    clock: OwnClock  # what is trained, evaluated and sampled is timed by it
    plan: planning.Plan
    epochs_done: int
    steps_done: int = 0  # batches of those epochs
    step: int = 0  # batches done of the epoch in training
    train_seconds: float = 0.0  # of the whole run
    epoch_seconds: float = 0.0  # of the epoch in training
    history: list[dict[str, Any]] = field(default_factory=list)
    waited: bool = False  # for room, and the run says so
    wanted: Wanted = Wanted.RUN
    trained_here: bool = False  # a batch
    shared: bool = False  # other persons wait for their turns
    moments: Moments | None = None  # of checkpoints inside epochs, where they are wanted
    measure_later: Generator[None] | None = None  # once the run has ended

    @classmethod
    def prepare(cls, store: Store, run: Run, lease: Lease, clock: OwnClock, data: TaskData) -> Job:
        """Network and optimizer, as the run left them."""
        config = run.config
        place = store.resume_state(run.id)
        engine = place.state.get("engine", KERAS) if place else engine_for(config)
        history = store.epochs(run.id)
        done = run.epochs_done, history[-1]["step"] if history else 0
        if plan := planning.stored(run):
            own = learner(config, data.vocab_size, plan)
        else:
            plan = planning.by_epochs(config.training, data.plan.steps, engine, *done)
            plan, own = precision.decided(plan, config, data.vocab_size, lambda: data.training(1, 0))
        job = cls(store, run, lease, data, own, clock, plan, *done, history=history)
        job._take_up(place)
        return job

    def begin(self) -> None:
        """Say what is known of the run before its first batch."""
        config, data = self.run.config, self.data
        if config.training.moments:
            apart, validates = self._apart() if self.run.race else None, validation_in_steps(data)
            self.moments = Moments(data.plan.steps, self.plan.steps, apart, validates)
            seconds = self.train_seconds + self.epoch_seconds
            self.moments.go_on(self.store.moments(self.run.id), seconds, self.run_step())
        found = provenance.provenance(self.store, config, data.sha256, self.plan.engine)
        self.lease.save_description(
            tokenizer=data.tokenizer_state, vocab_size=data.vocab_size,
            params=cost.params(config, data.vocab_size), steps=data.plan.steps,
            device=processes.on_this_machine(self.learner.device),
            message=self.plan.said(data.message), provenance=found | {"plan": asdict(self.plan)},
        )  # fmt: skip

    def _apart(self) -> Apart:
        """Of the moments of a race, at which its networks are compared: in seconds or in steps, as it is planned."""
        if self.plan.seconds is None:
            return Apart(steps=math.ceil(self.plan.steps / MOMENTS_OF_RACE))
        return Apart(seconds=max(LEAST_APART, self.plan.seconds / MOMENTS_OF_RACE))

    def _take_up(self, place: ResumeState | None) -> None:
        """Go on from the stored place: inside an epoch, after one, or from a forked checkpoint."""
        if place is not None and place.epoch != self.epochs_done:
            raise DamagedCheckpoint(
                f"resume state of run {self.run.id}: expected one after epoch {self.epochs_done}, got {place.epoch}"
            )
        if place is not None:
            self.learner.restore(place.arrays)
            self.step = place.step
            self.epoch_seconds = place.state["epoch_seconds"]
            self.train_seconds = place.state["train_seconds"]
            self.steps_done = place.state.get("run_step", self.run_step()) - self.step
        elif kept := self.store.kept(self.run.id):
            self._begin_fork(kept[-1])
        self.lease.rewind_points(self.run_step())

    def _begin_fork(self, at: Kept) -> None:
        """From the one checkpoint that a fork has; with other batches from the same share of the epoch."""
        self.learner.load_weights(self.store.weights(self.run.id, at.step))
        self.step = 0 if at.finished else int((at.epoch - self.epochs_done) * self.data.plan.steps + 1e-6)
        before = at.step - self.step - self.steps_done  # of an epoch that has another number of batches now
        self.steps_done += before
        if planning.stored(self.run) is None:
            self.plan = replace(self.plan, steps=self.plan.steps + before)
        self.learner.begin_at(self.run_step())
        self.train_seconds = self.run.train_seconds

    def fit_the_time(self, speeds: planning.Speeds) -> Generator[None]:
        """Plan the steps of a run that is given seconds, before its first; nothing that it trains depends on this."""
        if self.plan.steps_per_second is None and self.run.config.training.seconds is not None:
            asked = self.learner, lambda: self.data.training(1, 0)
            if self.run.race:
                speed = yield from planning.by_turns(*asked)
            else:
                # When thirty press Start at once, the processor is others' most of the time, and soon it is not.
                clock = WorkClock().seconds if self.plan.engine == COMPILED else time.perf_counter
                alike = self.run.config, self.plan, self.data.vocab_size
                speed = speeds.of(*alike, lambda: planning.steps_per_second(*asked, clock))
            seconds = self.train_seconds + (self.epoch_seconds if self.step else 0.0)
            self.plan = self.plan.within(self.run.config.training.seconds, speed, self.run_step(), seconds)
        self.learner.last = self.plan.steps

    def run_step(self) -> int:
        """Batches since the run began."""
        return self.steps_done + self.step

    def share(self) -> float:
        """How much of the run is trained: of its seconds where it was given some, else of its steps."""
        if self.plan.seconds is None:
            return self.run_step() / self.plan.steps
        return (self.train_seconds + (self.epoch_seconds if self.step else 0.0)) / self.plan.seconds

    def train_epoch(self, epoch: int) -> Generator[None, None, Wanted]:
        """Train the batches of `epoch` that are still to do, and let others have a turn after each of them.

        Returns what is wanted: anything but `run` interrupts it.

        An epoch in which the planned steps of the run end is over there, like one that has come to its end. Raises
        Diverged: the loss is not finite, or beyond hope.
        """
        if self.step == 0:
            self.learner.begin_epoch()
            self.epoch_seconds = 0.0
        self.wanted, seconds_before, symbols = Wanted.RUN, self.epoch_seconds, 0
        looked, reported, after = self.clock.seconds(), time.monotonic(), 0.0
        for batch in self.data.training(epoch, self.step):
            if self.step and self.at_the_end():
                break
            begins = self.moments and not (self.moments.begun or self.run_step())
            untrained = self.learner.arrays() if begins else None
            self.learner.step(batch)
            self.step, self.trained_here = self.step + 1, True
            symbols += sum(array.size for array in batch.inputs)
            now = self.clock.seconds()
            self.epoch_seconds, looked = self.epoch_seconds + now - looked, now
            # The very first batch is reported at once: somebody is waiting for the first point.
            due = time.monotonic() - reported >= REPORT_SECONDS and self.epoch_seconds >= after
            if due or (self.step == 1 and epoch == 1):
                trained = self.epoch_seconds - seconds_before
                self._report(epoch, symbols * self.data.chars_per_symbol / trained)
                reported = time.monotonic()
                # Thirty that have turns are thirty that report: on a slow disk that took as long as all their training.
                after = self.epoch_seconds + (self.clock.seconds() - now) / REPORT_SHARE
            yield
            yield from keep_due(self, untrained)
            looked = self.clock.seconds()  # a turn of others, waiting for the store, measuring, sampling: no training
            if _asked_to_leave:
                self.wanted = Wanted.LEAVE
            if self.wanted != Wanted.RUN:
                break
        self._check_diverged(epoch, self.learner.totals().loss)
        return Wanted.RUN if self.step == self.data.plan.steps else self.wanted

    def at_the_end(self) -> bool:
        """Whether all planned steps are done."""
        return self.run_step() >= self.plan.steps

    def _report(self, epoch: int, chars_per_second: float) -> None:
        loss = self.learner.loss_since_last()
        self._check_diverged(epoch, loss)
        with suppress(StoreError):  # a report more or less; what must not be lost is written at the epoch's end
            self.wanted = self.lease.progress(
                step=self.step, loss=self.learner.totals().loss,
                chars_per_second=chars_per_second, train_seconds=self.train_seconds + self.epoch_seconds,
                point=self._point(loss),
            )  # fmt: skip

    def _point(self, loss: float) -> Point:
        return Point(self.run_step(), self.train_seconds + self.epoch_seconds, loss)

    def _check_diverged(self, epoch: int, loss: float) -> None:
        if not loss < HOPELESS_LOSS:  # NaN is not less than anything
            kept = f"epoch {self.epochs_done} can still be sampled" if self.epochs_done else "no epoch was finished"
            raise Diverged(
                f"The loss became {loss:.3g} in epoch {epoch}, batch {self.step:,}: the training diverged; {kept}. "
                "Try a smaller learning rate, or clip the gradients."
            )

    def finish_epoch(self, epoch: int) -> Generator[None, None, Wanted]:
        """Measure, write, and commit the epoch as one transaction. Returns what is wanted."""
        metrics = yield from self._metrics(epoch)
        run_step, last_loss = self.run_step(), self.learner.loss_since_last()
        # The curve goes up to the very end of the epoch, unless the last report was there.
        last_point = None if math.isnan(last_loss) else self._point(last_loss)
        weights = self.learner.read_weights()
        if not all(np.isfinite(array).all() for array in weights.values()):
            self._check_diverged(epoch, math.nan)
        sampling_since = self.clock.seconds()
        further, samples = yield from self.data.report(epoch, weights)
        metrics |= further
        metrics["sample_seconds"] = self.clock.seconds() - sampling_since
        self.train_seconds += self.epoch_seconds
        self.epochs_done, self.steps_done, self.step = epoch, run_step, 0
        self.history.append(metrics)
        if self.moments:
            self.moments.last = self.train_seconds
        self.learner.begin_epoch()  # the next epoch starts from here, in this process or in another
        resume, state = self.learner.arrays(), self.place()
        wanted = patiently(
            lambda: self.lease.finish_epoch(
                epoch=epoch, metrics=metrics, checkpoint=weights, samples=samples, resume=resume, state=state,
                train_seconds=self.train_seconds, step=run_step, last_point=last_point,
            ),
            already=lambda: self.lease.heartbeat() if self.store.run(self.run.id).epochs_done == epoch else None,
            full=self._wait_for_room,
        )  # fmt: skip
        self._go_on()
        return wanted

    def _wait_for_room(self, full: StoreFull) -> None:
        """Say on the run that it waits; a sentence may fit where an epoch does not."""
        leave_if_asked(full)
        with suppress(StoreError):
            self.lease.save_description(message=WAITS)
            self.waited = True

    def _go_on(self) -> None:
        if self.waited:
            patiently(lambda: self.lease.save_description(message=self.data.message), full=leave_if_asked)
            self.waited = False

    def _metrics(self, epoch: int) -> Generator[None, None, dict[str, Any]]:
        data = self.data
        share = self.step / data.plan.steps  # less than all of it where the planned steps end
        metrics = {
            "epoch": epoch,
            **self.trained(),
            "seconds": self.epoch_seconds,
            "elapsed_seconds": self.train_seconds + self.epoch_seconds,
            "chars_per_second": share * data.plan.symbols_per_epoch * data.chars_per_symbol / self.epoch_seconds,
        }
        if share < 1:
            metrics["epoch_share"] = share
        return metrics | (yield from self.measured(data.held_out))

    def trained(self) -> dict[str, Any]:
        """What was measured while the epoch was trained so far."""
        trained = self.learner.totals()
        return {
            **self.data.measures("", trained.loss, trained.metric),
            "grad_norm": trained.grad_norm,
            "learning_rate": self.learner.learning_rate(),
        }

    def measured(self, prefixes: Iterable[str]) -> Generator[None, None, dict[str, Any]]:
        """What is measured on those sets that are never trained on, by their prefixes."""
        metrics: dict[str, Any] = {}
        for prefix in (one for one in prefixes if one in self.data.held_out):
            since = self.clock.seconds()
            measured = yield from self.learner.evaluate(self.data.held_out[prefix]())
            metrics |= self.data.measures(prefix, measured.loss, measured.metric)
            metrics[f"{prefix}seconds"] = self.clock.seconds() - since
        return metrics

    def no_longer_better(self) -> bool:
        """Early stopping, from the history alone: a resumed run decides as the uninterrupted one."""
        patience = self.run.config.training.patience
        return bool(patience) and epochs_since_best(self.history) >= patience

    def place(self) -> dict[str, Any]:
        """Where the run stands, beside its arrays."""
        seconds = {"epoch_seconds": self.epoch_seconds, "train_seconds": self.train_seconds}
        return {**seconds, "engine": self.plan.engine, "run_step": self.run_step()}

    def keep_place(self) -> None:
        """Store the very batch at which a pause or a stop came."""
        place, resume = self.place(), self.learner.arrays()
        patiently(
            lambda: self.lease.save_position(epoch=self.epochs_done, step=self.step, state=place, resume=resume),
            full=self._wait_for_room,
        )
        self._go_on()

    def end(self, status: Status, message: str | None = None) -> Generator[None, None, Status]:
        """Say in the store what it has ended as."""
        whole = Whole(self.store, self.run, self.data, self.learner, self.plan, lambda: _asked_to_leave)
        self.measure_later = yield from whole.measure_or_leave(self.history if status == Status.FINISHED else [])
        return end(self.store, self.lease, status, message)
