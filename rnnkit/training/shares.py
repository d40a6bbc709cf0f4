"""Whose turn it is among persons who share one trainer: who has had the least of it, in seconds.

Newcomers begin with as little as the least of those who are there, so that nobody waits for somebody to catch up, and
who comes back is still held to what he had. Knows no run and no clock.
"""

from __future__ import annotations

from collections.abc import Iterable

ROUND_SECONDS = 3.0  # in which everybody has a turn
SHORTEST, LONGEST = 0.05, 0.3  # of a turn: an optimizer's step of a small network takes 0.01 s
MOST = round(ROUND_SECONDS / SHORTEST)  # persons who share a trainer: with more a round would be longer
AHEAD_SECONDS = 5.0  # so far may somebody be ahead whose new run still begins at once


class Shares:
    """What each has had, in seconds of turns."""

    def __init__(self) -> None:
        self._had: dict[str, float] = {}
        self._last: dict[str, int] = {}  # the number of everybody's last turn, or of his coming
        self._count, self._least = 0, 0.0  # what the last of those here have had; it never falls
        self._here: set[str] = set()

    def here(self, persons: Iterable[str]) -> None:
        """Who shares the trainer from now on, in the order in which they came."""
        now = dict.fromkeys(persons)
        for one in now:
            if one not in self._here:
                self._had[one] = max(self._had.get(one, 0.0), self._least)
                self._number(one)
        self._here = set(now)

    def _number(self, person: str) -> None:
        self._count += 1
        self._last[person] = self._count

    def next(self, begin: Iterable[str] = ()) -> str:
        """Whose turn it is of those here, one at least.

        Of those with a run to `begin` first, where they are not far ahead; of equals who waits longest.
        """
        self._least = max(self._least, min(self._had[one] for one in self._here))
        at_once = [one for one in set(begin) & self._here if self._had[one] - self._least < AHEAD_SECONDS]
        return min(at_once or self._here, key=lambda one: (self._had[one], self._last[one]))

    def took(self, person: str, seconds: float) -> None:
        """Somebody has had a turn."""
        self._had[person] += seconds
        self._number(person)

    def seconds(self) -> float:
        """How long a turn is."""
        return min(LONGEST, max(SHORTEST, ROUND_SECONDS / max(1, len(self._here))))
