"""Seconds in which this process was awake, or at work: clocks that stand still while it is stopped, or waits.

A process that is stopped or swapped out, a container that is frozen, a machine that sleeps: none of that is training.
Knows nothing of what is timed.
"""

from __future__ import annotations

import threading
import time
from types import TracebackType

LOOK_SECONDS = 0.5  # a thread looks at the clock so often, however long a step takes
LONGEST_SECONDS = 2.0  # between two looks; what is longer was a stop, and counts as this


class AwakeClock:
    """Counts from 0 as soon as it is made. Within `with`, steps that take longer than LONGEST_SECONDS count whole."""

    def __init__(self) -> None:
        self._lock, self._over = threading.Lock(), threading.Event()
        self._seconds, self._looked = 0.0, time.perf_counter()

    def seconds(self) -> float:
        """How long this process has been awake since the clock was made."""
        with self._lock:
            now = time.perf_counter()
            self._seconds += min(now - self._looked, LONGEST_SECONDS)
            self._looked = now
            return self._seconds

    def __enter__(self) -> AwakeClock:
        self._thread = threading.Thread(target=self._look, name="clock", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            self.seconds()


class OwnClock:
    """Of one run: the seconds of its own turns. What the process does between `leave` and `come` is none of them."""

    def __init__(self, clock: AwakeClock):
        self._clock, self._away = clock, clock.seconds()
        self._left_at: float | None = self._away

    def come(self) -> None:
        """Its turn begins."""
        if self._left_at is not None:
            self._away += self._clock.seconds() - self._left_at
            self._left_at = None

    def leave(self) -> None:
        """Its turn is over."""
        self._left_at = self._clock.seconds()

    def seconds(self) -> float:
        """How long it has had turns."""
        now = self._clock.seconds() if self._left_at is None else self._left_at
        return now - self._away


class WorkClock:
    """Seconds in which this process was at work on a processor, on however many at once.

    While others have the processor, or it waits for a disk or a lock, it stands still; to be asked often.
    """

    def __init__(self) -> None:
        self._seconds, self._wall, self._cpu = 0.0, time.perf_counter(), time.process_time()

    def seconds(self) -> float:
        """How long it has worked since the clock was made: of each time between two looks what its threads had."""
        wall, cpu = time.perf_counter(), time.process_time()
        self._seconds += min(wall - self._wall, cpu - self._cpu)
        self._wall, self._cpu = wall, cpu
        return self._seconds
