"""Waiting for a store that is away for a moment, and for room on a disk that is full.

Knows nothing of what is asked of the store.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TypeVar

from rnnkit.errors import StoreError, StoreFull
from rnnkit.store import Lease

BEAT_SECONDS = 5.0  # between two signs of life
PATIENCE_SECONDS, RETRY_SECONDS = 60.0, 0.5  # with a store that does not answer
ROOM_SECONDS = 2.0  # between two looks whether a full disk has room again
T = TypeVar("T")


def patiently(
    ask: Callable[[], T],
    already: Callable[[], T | None] = lambda: None,
    full: Callable[[StoreFull], object] = lambda error: None,
) -> T:
    """What the store answers, asked again for a minute where it is away, and for as long as the disk is full.

    Args:
        already: the answer where what was asked has been done after all, though its answer was lost; else None.
        full: told of a full disk each time before it is waited for; what it raises ends the waiting.
    """
    gives_up: float | None = None
    while True:
        try:
            return ask()
        except StoreFull as error:
            full(error)
            gives_up = None
            time.sleep(ROOM_SECONDS)
        except StoreError:
            gives_up = gives_up or time.monotonic() + PATIENCE_SECONDS
            if time.monotonic() > gives_up:
                raise
            time.sleep(RETRY_SECONDS)
        with suppress(StoreError):
            if (answer := already()) is not None:
                return answer


@contextmanager
def beating(leases: Sequence[Lease]) -> Iterator[None]:
    """Let the store know every few seconds that this process is not frozen, whatever it is at.

    `leases`: of the runs that it holds, all of one trainer; some may come and go meanwhile.
    """
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEAT_SECONDS):
            for lease in tuple(leases)[:1]:
                with suppress(StoreError):
                    lease.beat()

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
