"""The trainer process: it holds one run or several, and gives each its turn of a fraction of a second.

`python -m rnnkit.training.turns RUN …` trains queued runs here and now; with `--warm` the process loads what trains,
says so, and waits for the id of a run on its standard input. Which other runs are its too it reads in the store. Knows
no queue, no launcher and no page.
"""

from __future__ import annotations

import argparse
import faulthandler
import signal
import sys
import traceback
from collections.abc import Iterable, Sequence
from contextlib import suppress

from rnnkit.errors import PersonError, StoreError
from rnnkit.store import ACTIVE, Lease, LostRun, Status, Store, Wanted
from rnnkit.training import job, orders, processes
from rnnkit.training.clock import AwakeClock
from rnnkit.training.loop import Training
from rnnkit.training.patience import beating

TURN_SECONDS = 0.3
LOOK_SECONDS = 1.0  # between two looks into the store for what others ask of this trainer


def next_turn(held: Sequence[Training]) -> tuple[Training, float]:
    """Whose turn it is in a race, and up to which share of its run: who has trained least goes, past all the others.

    So they begin together and are never further apart than one turn.
    """
    first = min(held, key=lambda one: (one.share(), one.turns))
    return first, max((one.share() for one in held if one is not first), default=float("inf"))


class Trainer:
    """Runs that are trained by turns in this process, under one token."""

    def __init__(self, store: Store, token: str):
        self.store, self.token = store, token
        self._held: list[Training] = []
        self._ended: list[Training] = []
        self._leases: list[Lease] = []
        self._clock = AwakeClock()

    def train(self, run_ids: Iterable[str]) -> list[Status]:
        """Train these runs, and those that the scheduler gives to this token meanwhile, to their ends."""
        with beating(self._leases), self._clock:
            for run_id in run_ids:
                self._take(run_id)
            self._look()
            while self._held:
                self._turn()
                if not self._held or self._clock.seconds() - self._looked_at >= LOOK_SECONDS:
                    self._look()
            for training in self._ended:
                training.afterwards()
        return [training.status for training in self._ended if training.status]

    def _take(self, run_id: str) -> None:
        try:
            training = Training(self.store, run_id, self.token, self._clock)
        except LostRun as lost:
            self._say(lost)
            return
        self._held.append(training)
        self._leases.append(training.lease)

    def _look(self) -> None:
        """Take the runs that were given to this trainer, and hear what is asked of those that wait for their turn."""
        self._looked_at = self._clock.seconds()
        held = {training.run.id: training for training in self._held}
        with suppress(StoreError):  # it is asked again
            for run in self.store.runs(statuses=ACTIVE):
                if run.trainer != self.token:
                    continue
                if run.status == Status.STARTING:
                    self._take(run.id)
                elif run.id in held and run.wanted != Wanted.RUN:
                    held[run.id].hear(run.wanted)

    def _turn(self) -> None:
        training, beyond = next_turn(self._held)
        try:
            training.advance(TURN_SECONDS, beyond)
        except LostRun as lost:
            self._say(lost)
        except StoreError:
            raise
        except Exception as error:
            if len(self._held) == 1:
                raise
            traceback.print_exc()
            with suppress(LostRun):
                training.fail(f"An error of the program ended this run: {type(error).__name__}: {error}")
        else:
            if training.status is None:
                return
        self._held.remove(training)
        self._leases.remove(training.lease)
        self._ended.append(training)

    def _say(self, lost: LostRun) -> None:
        print(f"trainer {self.token}: {lost}", file=sys.stderr)


def main(arguments: list[str] | None = None) -> int:
    """The trainer process. Returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m rnnkit.training.turns", description="Train runs, by turns.")
    parser.add_argument("runs", nargs="*", metavar="RUN", help="the id of a queued run")
    parser.add_argument("--warm", action="store_true", help="load what trains, then read the run from standard input")
    asked = parser.parse_args(arguments)
    if asked.warm == bool(asked.runs):
        parser.error("give either a RUN or --warm")
    faulthandler.enable()
    if asked.warm:
        run_id, token = orders.wait()
        asked.runs = [run_id]
    else:
        token = str(processes.token(note="by hand"))
    signal.signal(signal.SIGTERM, lambda *_: job.leave())
    try:
        ended = Trainer(Store(), token).train(asked.runs)
    except PersonError as error:
        print(error, file=sys.stderr)
        return 2
    return 0 if len(ended) >= len(asked.runs) and set(ended) == {Status.FINISHED} else 1


if __name__ == "__main__":
    raise SystemExit(main())
