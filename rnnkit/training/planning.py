"""How many steps a run will train: by its epochs, or by the time asked for and the speed of this machine.

Decided once, before the first step, and stored: from then on only steps count, so that a run that was paused, killed or
slowed down trains what the undisturbed one would have. Knows no text.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice, repeat

from rnnkit import settings
from rnnkit.config import RunConfig, TrainingConfig
from rnnkit.metrics import EpochMetrics
from rnnkit.store import Run
from rnnkit.tasks import Batch
from rnnkit.training.learner import BFLOAT16, FLOAT32, Learner

FEW = 300  # steps; fewer are said
MEASURED_SECONDS = 0.25
RACE_SECONDS, TURN_SECONDS = 1.0, 0.05  # of measuring where networks are set against each other, and of a turn of it
KNOWN_SECONDS = 60.0  # after which a speed is measured anew
FEWEST_MEASURED, DIFFERENT = 3, 64  # steps; real batches among them


@dataclass(frozen=True)
class Plan:
    """What decides the steps of a run. `seconds` and `steps_per_second` are None where its epochs do.

    `steps` end the run, those of a fork's parent counted too; `threads` are its learner's, as sums depend on them.
    `faster`: how many times as fast as in float32 it was measured to be in bfloat16, where both came into question.
    """

    steps: int
    engine: str
    threads: int
    precision: str = FLOAT32
    seconds: int | None = None
    steps_per_second: float | None = None
    faster: float | None = None

    def within(self, seconds: int, speed: float, steps_done: int, seconds_done: float) -> Plan:
        """At most as many steps as fit into `seconds`, of which `steps_done` took `seconds_done` already."""
        fit = steps_done + max(1, round((seconds - seconds_done) * speed))
        return replace(self, steps=min(self.steps, fit), seconds=seconds, steps_per_second=speed)

    def seconds_left(self, steps_done: int, train_seconds: float) -> float:
        """Of training, at the speed so far, or at the measured one before there is any."""
        each = train_seconds / steps_done if steps_done and train_seconds else 1 / (self.steps_per_second or math.inf)
        return max(0, self.steps - steps_done) * each

    def said(self, message: str | None) -> str | None:
        """`message`, that the time is enough for few steps only, and that it is computed in bfloat16, where it is."""
        few = f"Only {self.steps:,} steps fit into the {self.seconds} seconds of training: more time would help."
        measured = "times as fast as in float32, measured before the first step"
        faster = f": {self.faster:.1f} {measured}" if self.faster else ""
        rounded = f"Trained in bfloat16{faster}. Losses on held-out text are measured in float32."
        told = [message, few if self._short_of_time() else None, rounded if self.precision == BFLOAT16 else None]
        return " ".join(filter(None, told)) or None

    def _short_of_time(self) -> bool:
        full = self.seconds and self.steps_per_second and self.steps > 0.9 * self.seconds * self.steps_per_second
        return bool(full) and self.steps < FEW

    def sentence(self) -> str:
        """Why a run ends that has trained all of it."""
        given = "" if self.seconds is None else f", planned for {self.seconds} seconds of training"
        more = ": more time would help" if self._short_of_time() else ""
        return f"Ended after {self.steps:,} steps{given}{more}."


def stored(run: Run) -> Plan | None:
    """That of a run which has begun. None: it has not, or in a version that knew no plan."""
    found = (run.provenance or {}).get("plan")
    return Plan(**found) if found else None


def steps_done(run: Run, epochs: Sequence[EpochMetrics]) -> int:
    """Steps since the run began, of its parent too."""
    return (epochs[-1].get("step", 0) if epochs else 0) + run.step


def by_epochs(training: TrainingConfig, epoch_steps: int, engine: str, epochs_done: int, steps_done: int) -> Plan:
    """All epochs that are left, on as many threads as this machine gives a trainer."""
    steps = steps_done + epoch_steps * (training.epochs - epochs_done)
    return Plan(steps, engine, settings.integer("RNNKIT_THREADS"))


def steps_per_second(
    learner: Learner, batches: Callable[[], Iterable[Batch]], clock: Callable[[], float] = time.perf_counter
) -> float:
    """How fast a learner trains here: the median of some steps on real batches, after one that is not counted.

    `clock`: in seconds.
    """
    before, took = learner.arrays(), list[float]()
    learner.begin_epoch()
    for batch in again_and_again(batches):
        took.append(timed(learner, batch, clock))
        if len(took) > FEWEST_MEASURED and sum(took[1:]) >= MEASURED_SECONDS:
            break
    learner.restore(before)
    return 1 / max(1e-6, statistics.median(took[1:]))


def by_turns(learner: Learner, batches: Callable[[], Iterable[Batch]]) -> Generator[None, None, float]:
    """The same for one in a race: it measures by turns with the others, so that all meet the same machine.

    The mean and not the median: what holds a network up here will do so in the race.
    """
    before, took = learner.arrays(), list[float]()
    learner.begin_epoch()
    turn = 0.0
    for batch in again_and_again(batches):
        took.append(timed(learner, batch))
        turn += took[-1]
        if len(took) > FEWEST_MEASURED and sum(took[1:]) >= RACE_SECONDS:
            break
        if turn >= TURN_SECONDS or len(took) == 1:
            turn = 0.0
            yield
    learner.restore(before)
    return 1 / max(1e-6, statistics.fmean(took[1:]))


class Speeds:
    """What was measured not long ago: thirty alike that begin together need not all be measured.

    None of them is by turns: those of a race all are.
    """

    def __init__(self) -> None:
        self._found: dict[str, tuple[float, float]] = {}

    def of(self, config: RunConfig, plan: Plan, vocab_size: int, measure: Callable[[], float]) -> float:
        """That of this network, by `measure` where it is not known."""
        alike = (config.model, config.batches, config.training.optimizer, config.training.weight_average)
        key = repr((alike, vocab_size, plan.engine, plan.threads, plan.precision))
        speed, at = self._found.get(key, (0.0, -math.inf))
        if time.monotonic() - at > KNOWN_SECONDS:
            speed, at = measure(), time.monotonic()
            self._found[key] = speed, at
        return speed


def again_and_again(batches: Callable[[], Iterable[Batch]]) -> Iterable[Batch]:
    """Some of the batches, without end."""
    return chain.from_iterable(islice(batches(), DIFFERENT) for _ in repeat(None))


def timed(learner: Learner, batch: Batch, clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds of one step, by `clock`."""
    since = clock()
    learner.step(batch)
    learner.totals()  # a device has done what it was asked
    return clock() - since
