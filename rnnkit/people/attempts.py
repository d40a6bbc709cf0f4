"""Wrong codes and PINs are counted, by browser and in all, so that nobody tries them all. Knows no class.

Kept in the memory of the one process that people reach. A browser that drops its cookie counts in all.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rnnkit.errors import NotAllowed, TooManyTries

FREE = 3  # wrong ones of a browser before it has to wait
FIRST_WAIT, LONGEST_WAIT = 4.0, 300.0  # seconds: doubled by each wrong one after that
IN_ALL, IN_ALL_SECONDS = 60, 60.0  # wrong ones of all together, and the time in which so many are answered
FORGOTTEN = 3600.0  # seconds after the last wrong one
MOST_BROWSERS = 10_000


class Attempts:
    """Those at one secret. Threads may share it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock, self._lock = clock, threading.Lock()
        self._of_browser: OrderedDict[str, tuple[int, float]] = OrderedDict()  # wrong ones, and when the last was
        self._all: list[float] = []

    @contextmanager
    def one(self, browser: str) -> Iterator[None]:
        """Around a look at the secret, which raises NotAllowed where it was wrong.

        Raises TooManyTries, before the look: says how long to wait.
        """
        with self._lock:  # held during the look: two at once are one after the other
            wait = self._wait(browser)
            if wait > 0:
                raise TooManyTries(f"code or PIN: expected the right one, got too many wrong ones; wait {_words(wait)}")
            try:
                yield
            except NotAllowed:
                self._note(browser)
                raise
            self._of_browser.pop(browser, None)

    def _wait(self, browser: str) -> float:
        now = self._clock()
        wrong, last = self._of_browser.get(browser, (0, 0.0))
        own = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** (wrong - FREE)) if wrong >= FREE and now - last < FORGOTTEN else 0.0
        self._all = [at for at in self._all if now - at < IN_ALL_SECONDS]
        others = self._all[-IN_ALL] + IN_ALL_SECONDS - now if len(self._all) >= IN_ALL else 0.0
        return max(last + own - now if own else 0.0, others)

    def _note(self, browser: str) -> None:
        now = self._clock()
        wrong, last = self._of_browser.pop(browser, (0, now))
        self._of_browser[browser] = (wrong + 1 if now - last < FORGOTTEN else 1, now)
        self._all.append(now)
        if len(self._of_browser) > MOST_BROWSERS:
            self._of_browser.popitem(last=False)


def _words(seconds: float) -> str:
    whole = max(1, round(seconds + 0.499))
    return f"{whole} s" if whole < 120 else f"{-(-whole // 60)} minutes"
