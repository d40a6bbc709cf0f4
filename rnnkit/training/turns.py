"""The trainer process: it holds one run or several, and gives each its turn of a fraction of a second.

`python -m rnnkit.training.turns RUN …` trains queued runs here and now; with `--warm` the process loads what trains,
says so, and waits for the id of a run on its standard input. Which other runs are its too it reads in the store. Knows
no queue, no launcher and no page.
"""

from __future__ import annotations

import argparse
import faulthandler
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial

from rnnkit import logs, system
from rnnkit.errors import PersonError, StoreError
from rnnkit.store import Lease, LostRun, Status, Store, Wanted
from rnnkit.training import job, orders, planning, processes
from rnnkit.training.clock import AwakeClock, WorkClock
from rnnkit.training.loop import Training
from rnnkit.training.marks import Mark
from rnnkit.training.patience import beating
from rnnkit.training.shares import Shares

_log = logging.getLogger("rnnkit.training")
LOOK_SECONDS = 0.5  # between two looks into the store for what others ask of this trainer
STILL_SECONDS = 0.05  # between two looks whether something may go on, where nothing may
MOST_MEASURED = 4  # runs that have ended and are still measured: what waits longer is left to `rnnkit score --all`


def next_turn(held: Sequence[Training]) -> tuple[Training, float]:
    """Whose turn it is in a race, and up to which share of its run: who has trained least goes, past all the others.

    So they begin together and are never further apart than one turn. What has ended is measured after them.
    """
    first = min(held, key=lambda one: (one.status is not None, one.share(), one.turns))
    others = [one.share() for one in held if one is not first and one.status is None]
    return first, max(others, default=float("inf"))


class Trainer:
    """Runs that are trained by turns in this process, under one token."""

    def __init__(self, store: Store, token: str):
        self.store, self.token = store, token
        self._held: list[Training] = []
        self._ended: list[Status] = []
        self._leases: list[Lease] = []
        self._clock, self._shares, self._looked_at = AwakeClock(), Shares(), 0.0
        self._work, self._speeds = WorkClock(), planning.Speeds()
        self._first: set[str] = set()  # runs that nobody else trains beside, here or in another process
        self._paused = False

    def train(self, run_ids: Iterable[str]) -> list[Status]:
        """Train these runs, and those that the scheduler gives to this token meanwhile, to their ends."""
        with beating(self._leases), self._clock, Mark(self.token) as mark:
            for run_id in run_ids:
                self._take(run_id)
            self._look()
            while self._held:
                if ready := self._ready():
                    self._turn(ready, mark)
                else:
                    time.sleep(STILL_SECONDS)
                if not self._held or self._clock.seconds() - self._looked_at >= LOOK_SECONDS:
                    self._look()
        return self._ended

    def _take(self, run_id: str) -> None:
        try:
            training = Training(self.store, run_id, self.token, self._clock, self._speeds)
        except LostRun as lost:
            self._say(lost)
            return
        self._held.append(training)
        self._leases.append(training.lease)
        _log.info("takes a run", extra={"run": run_id})

    def _look(self) -> None:
        """Take the runs that were given to this trainer, and hear what is asked of those that wait for their turn."""
        self._looked_at = self._clock.seconds()
        held = {training.run.id: training for training in self._held if training.status is None}
        with suppress(StoreError):  # it is asked again
            active = self.store.held_by(self.token)
            self._first = {run.id for run in active if run.goes_first}
            found = self.store.open_class()
            self._paused = found is not None and found.paused
            for run in sorted(active, key=lambda one: one.queued_at or 0.0):
                if run.trainer != self.token:
                    continue
                if run.status == Status.STARTING:
                    self._take(run.id)
                elif run.id in held and run.wanted != Wanted.RUN:
                    self._let(held[run.id], partial(Training.hear, wanted=run.wanted))

    def _ready(self) -> list[Training]:
        """What may have a turn now; of what was asked something that at once."""
        ready = [one for one in self._held if not one.waits]
        if heard := [one for one in ready if one.heard or job.asked_to_leave()]:
            return heard[:1]
        if self._first:
            return [one for one in ready if one.asked or one.run.id in self._first]
        return [one for one in ready if one.asked or not (self._paused and one.run.member)]

    def _turn(self, ready: Sequence[Training], mark: Mark) -> None:
        self._shares.here(persons := [one.run.person for one in ready])
        person = self._shares.next(one.run.person for one in ready if one.begins)
        training, beyond = next_turn([one for one in ready if one.run.person == person])
        mark.write(training.run.id)
        logs.of_run(training.run.id)
        since = self._work.seconds()
        self._let(training, lambda one: one.advance(self._shares.seconds(), beyond, len(set(persons)) > 1))
        # Who waits for the store while thirty press Start has had nothing of the machine.
        self._shares.took(person, self._work.seconds() - since)

    def _let(self, training: Training, do: Callable[[Training], object]) -> None:
        """Let it do something, and see what becomes of it."""
        lost = False
        try:
            do(training)
        except LostRun as error:
            self._say(error)
            lost = True
        except StoreError:
            raise
        except Exception as error:
            if len(self._held) == 1:
                raise
            _log.exception("an error of the program ended a run", extra={"run": training.run.id})
            with suppress(LostRun):
                training.fail(f"An error of the program ended this run: {type(error).__name__}: {error}")
            lost = True
        if training.lease in self._leases and (lost or training.status):
            self._leases.remove(training.lease)
            self._first.discard(training.run.id)
            self._ended += [training.status] if training.status else []
            _log.info("lets a run go", extra={"run": training.run.id, "status": training.status or "lost"})
        if lost or training.over:
            self._held.remove(training)
        for one in [one for one in self._held if one.status][:-MOST_MEASURED]:
            self._held.remove(one)

    def _say(self, lost: LostRun) -> None:
        _log.warning("trainer %s: %s", self.token, lost)


def main(arguments: list[str] | None = None) -> int:
    """The trainer process. Returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m rnnkit.training.turns", description="Train runs, by turns.")
    parser.add_argument("runs", nargs="*", metavar="RUN", help="the id of a queued run")
    parser.add_argument("--warm", action="store_true", help="load what trains, then read the run from standard input")
    asked = parser.parse_args(arguments)
    if asked.warm == bool(asked.runs):
        parser.error("give either a RUN or --warm")
    faulthandler.enable()
    logs.begin("trainer")
    if asked.warm:
        run_id, token = orders.wait()
        asked.runs = [run_id]
    else:
        token = str(processes.token(note="by hand"))
    system.on_leave(job.leave)
    try:
        ended = Trainer(Store(), token).train(asked.runs)
    except PersonError as error:
        _log.error(error)
        return 2
    return 0 if len(ended) >= len(asked.runs) and set(ended) == {Status.FINISHED} else 1


if __name__ == "__main__":
    raise SystemExit(main())
