"""How long the ticks of a process take, for whoever watches it. Knows no scheduler."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LAST = 600  # ticks of which the 95th percentile is told


class Ticks:
    """Those since the process began; `errors` is for whoever has them to count."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter):
        self._clock, self._last = clock, deque[float](maxlen=LAST)
        self._count, self._seconds, self.errors = 0, 0.0, 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Around a tick; one that fails counts too."""
        since = self._clock()
        try:
            yield
        finally:
            took = self._clock() - since
            self._last.append(took)
            self._count, self._seconds = self._count + 1, self._seconds + took

    def state(self) -> dict[str, float]:
        """What others may know: how many, how long all of them took, and 95 of 100 of the last."""
        last = sorted(self._last)
        p95 = last[min(len(last) - 1, int(0.95 * len(last)))] if last else 0.0
        told = {"ticks": self._count, "tick_seconds": self._seconds, "tick_p95": p95, "errors": self.errors}
        return {name: round(value, 6) for name, value in told.items()}
