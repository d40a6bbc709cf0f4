"""What runs on the nodes: trainers, which are those of one machine, and one look-out for each node.

Ray makes actors of these classes and calls their methods one after the other. Knows no scheduler: which runs are a
trainer's it reads in the store.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Mapping
from contextlib import closing, suppress
from typing import Any

import psutil

from rnnkit import logs, settings, system
from rnnkit.errors import PersonError
from rnnkit.store import Status, Store
from rnnkit.training import job, launchers, marks, processes
from rnnkit.training.cluster import sameness
from rnnkit.training.engines import warm_up
from rnnkit.training.patience import patiently

_log = logging.getLogger("rnnkit.training")
MOST_BYTES = 2 * 2**30  # that a trainer may have taken before it is replaced: TensorFlow gives little back
LEFT = "-"  # stands for a run where a trainer has ended by itself
IDLE_SECONDS = 60.0  # of grace for a scheduler, beyond RNNKIT_IDLE_MINUTES, to want a waiting trainer again


class Trainer:
    """A trainer of turns.py in a process of Ray's, which stays for its next runs as long as it is as good as new."""

    def __init__(self, token: str, environment: Mapping[str, str]):
        os.environ.update(environment)
        os.environ["RNNKIT_NODE"] = logs.node()
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        if launchers.on_processor(processes.parse(token).note):
            os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
        os.environ.pop("OMP_NUM_THREADS", None)  # Ray's own choice; sums depend on it, and one machine has none
        self._token = token
        system.on_leave(job.leave)
        logs.begin("trainer")
        self._idle: threading.Timer | None = None
        self._wait()

    def alive(self) -> None:
        """Answered once the process has begun."""

    def warm(self) -> None:
        """Load what most runs need."""
        warm_up()

    def train(self, run_id: str) -> None:
        """Train what the store gives to this trainer, `run_id` among it; its log takes what is printed.

        Ends the process after an error, when it was told to leave, and when it has taken much memory.
        """
        self._rest_is_over()
        with suppress(OSError), settings.open_log(run_id) as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        try:
            self._train()
        except BaseException:
            _log.exception("a trainer ended by an error")
            os._exit(1)
        if job.asked_to_leave() or psutil.Process().memory_info().rss > MOST_BYTES:
            self._end()
        self._wait()

    def _train(self) -> None:
        from rnnkit.training import turns

        with closing(Store()) as store:
            if given := patiently(lambda: _given(store, self._token)):
                turns.Trainer(store, self._token).train(given)

    def leave(self) -> None:
        """End, unless a run was given to this trainer meanwhile."""
        with suppress(PersonError), closing(Store()) as store:
            if _given(store, self._token):
                return
        self._end()

    def _end(self) -> None:
        import ray

        self._rest_is_over()
        marks.Mark(self._token).__enter__().write(LEFT)  # for a run that it is given at this very moment
        ray.actor.exit_actor()

    def _wait(self) -> None:
        """A trainer that nobody asks any more does not stay for ever."""
        seconds = 60 * settings.integer("RNNKIT_IDLE_MINUTES") + IDLE_SECONDS
        self._idle = threading.Timer(seconds, os._exit, [0])
        self._idle.daemon = True
        self._idle.start()

    def _rest_is_over(self) -> None:
        if self._idle:
            self._idle.cancel()


def _given(store: Store, token: str) -> list[str]:
    """The runs that the scheduler has given to this trainer and nobody has begun."""
    return [run.id for run in store.held_by(token) if run.trainer == token and run.status == Status.STARTING]


class Lookout:
    """Says what a node has, and what trainers that ended there left behind. Trains nothing."""

    def facts(self) -> dict[str, Any]:
        """What is asked of a node before it gets a run. Opens no store: other code might change its tables."""
        return {
            "machine": processes.machine(), "name": logs.node(), "versions": sameness.here(),
            "gpu_titles": launchers.gpu_titles(),
        }  # fmt: skip

    def store_fault(self, scheduler: str) -> str | None:
        """Why a trainer here would not meet `scheduler` in the store; None where it would."""
        try:
            with closing(Store()) as store:
                there, place = store.scheduler()["token"], store.place
        except PersonError as error:
            return str(error)
        if there != scheduler:
            return (
                f"RNNKIT_STORE: expected the store that the scheduler is in, got {place}; give the node the same "
                "address before `ray start`"
            )
        return None

    def free_bytes(self) -> int:
        """Memory that is free now."""
        return psutil.virtual_memory().available

    def last_words(self, token: str, told: str | None) -> dict[str, Any]:
        """Which run a trainer was at when it died, where it left word, and the end of its log. Asked once."""
        run = marks.found(token)
        marks.forget(token)
        if run == LEFT:
            return {"left": True}
        named = told or run
        return {"run": run, "logs": {named: launchers.last_lines(named)} if named else {}}
