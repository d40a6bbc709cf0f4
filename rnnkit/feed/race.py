"""How a duel stands, in sentences: worked out once a tick, however many look on.

Curves and texts of its networks come from their own feeds. Knows no route.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from typing import NamedTuple

from rnnkit.errors import ConfigError
from rnnkit.feed.answer import Answer
from rnnkit.runs import comparison, duel
from rnnkit.store import Run, Store

TICK_SECONDS = 1.0
MOST = 64  # duels that are kept in mind


class Standing(NamedTuple):
    """What is told of a duel, of which runs, and when that was worked out."""

    made_at: float
    runs: list[Run]
    answer: Answer


class Races:
    """The duels of a store that somebody looks at. Threads may share it."""

    def __init__(self, store: Store):
        self._store, self._lock = store, threading.Lock()
        self._known: OrderedDict[tuple[str, str], Standing] = OrderedDict()

    def at_hand(self, runs: str, unit: str) -> Standing | None:
        """What was worked out a moment ago."""
        known = self._known.get((runs, unit))
        return known if known and time.monotonic() - known.made_at < TICK_SECONDS else None

    def stands(self, runs: str, unit: str) -> Standing:
        """How a duel stands; `runs`: its ids with commas between them. Raises UnknownRun, ConfigError, StoreError."""
        ids = [name for name in runs.split(",") if name]
        if not duel.FEWEST <= len(ids) <= duel.MOST:
            raise ConfigError(f"runs: expected {duel.FEWEST} to {duel.MOST} runs, got {len(ids)}")
        compared = comparison.load(self._store, ids)
        units = comparison.units(one.run.config for one in compared)
        chosen = unit if unit in units else duel.usual_unit(compared)
        verdict = duel.verdict(compared, chosen)
        value = {
            "over": not any(one.run.live for one in compared), "verdict": verdict, "terms": duel.terms(compared),
            "says": duel.before_anybody_leads(compared) if verdict is None else None, "unit": units[chosen].words,
        }  # fmt: skip
        tag = hashlib.sha256(repr(value).encode()).hexdigest()[:16]
        found = Standing(time.monotonic(), [one.run for one in compared], Answer.of(tag, value))
        with self._lock:
            self._known[runs, unit] = found
            self._known.move_to_end((runs, unit))
            while len(self._known) > MOST:
                self._known.popitem(last=False)
        return found
