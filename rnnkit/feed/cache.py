"""The feeds of a store: one for each run that somebody looks at, and one for the list of those that live.

Each answer is made once however many ask: read at most once a tick, written as JSON once, compressed once.
All that is held is bounded. Knows no route.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

from rnnkit.errors import UnknownRun
from rnnkit.feed.answer import Answer
from rnnkit.feed.classroom import Classroom
from rnnkit.feed.race import Races
from rnnkit.feed.run import RunFeed
from rnnkit.feed.texts import Texts
from rnnkit.feed.wall import Wall
from rnnkit.metrics import said, stored
from rnnkit.runs import comparison, progress, standing
from rnnkit.runs.pace import Paces
from rnnkit.runs.waits import Wait, waits
from rnnkit.store import WAITING_OR_ACTIVE, Kept, Run, Store
from rnnkit.training import scheduler

MOST_RUNS, MOST_ANSWERS, MOST_LINES = 128, 8, 200
LIST_SECONDS, ENDED_SECONDS = 1.0, 30.0  # between two looks at what lives, and at what has ended
CARE_SECONDS = 2.0  # between two looks whether somebody trains what is looked at


class _Known:
    """A run's feed, its lock, and the answers that were made of it since it last changed."""

    def __init__(self, store: Store, run_id: str):
        self.lock, self.feed = threading.Lock(), RunFeed(store, run_id)
        self._version, self._answers = -1, OrderedDict[str, Answer]()

    def made(self, since: str) -> Answer | None:
        """The answer for this cursor, where there is one and it still holds."""
        return self._answers.get(since) if self._version == self.feed.version else None

    def answer(self, since: str) -> Answer:
        """The answer for this cursor."""
        if self._version != self.feed.version:
            self._version = self.feed.version
            self._answers.clear()
        if since not in self._answers:
            self._answers[since] = Answer.of(self.feed.cursor, self.feed.since(since))
        while len(self._answers) > MOST_ANSWERS:
            self._answers.popitem(last=False)
        return self._answers[since]


class _Queue(NamedTuple):
    """The runs that train or wait, as they were read last, and what each has before it."""

    read_at: float
    runs: list[Run]
    waits: dict[str, Wait]


class Lines:
    """A short line for each run that trains or waits."""

    def __init__(self, told: list[tuple[Run, dict[str, Any]]]):
        self.made_at = time.monotonic()
        self._told = told
        self._answers: dict[tuple[str, ...], Answer] = {}

    def answer(self, may_read: Callable[[Run], bool]) -> Answer:
        """Those that somebody may read; made once for all who may read the same."""
        seen = [line for run, line in self._told if may_read(run)]
        key = tuple(line["id"] for line in seen)
        if key not in self._answers:
            value = {"runs": seen[:MOST_LINES], "more": max(0, len(seen) - MOST_LINES)}
            tag = hashlib.sha256(json.dumps(value).encode()).hexdigest()[:16]
            if len(self._answers) >= MOST_RUNS:
                return Answer.of(tag, value)
            self._answers[key] = Answer.of(tag, value)
        return self._answers[key]


class Feeds:
    """What the pages of one store are told. Threads may share it."""

    def __init__(self, store: Store):
        self.store, self._lock, self._reads = store, threading.Lock(), threading.Lock()
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._queue, self._lines = _Queue(-1e9, [], {}), Lines([])
        self._lines.made_at = -1e9
        self._ended: list[Run] = []
        self._paces = Paces()
        self._ended_at = self._cared_at = -1e9
        self.texts, self.races, self.wall = Texts(store), Races(store), Wall(store)
        self.classroom = Classroom(store)

    # ---- one run

    def at_hand(self, run_id: str, since: str) -> tuple[Run, Answer] | None:
        """The answer, where it needs neither the store nor a wait."""
        known = self._known.get(run_id)
        if known is None or not known.lock.acquire(blocking=False):
            return None
        try:
            found = None if known.feed.due() else known.made(since)
            return found and (known.feed.run, found)
        finally:
            known.lock.release()

    def run(self, run_id: str, since: str = "") -> tuple[Run, Answer]:
        """The run, and what is new of it since a cursor. Raises UnknownRun, StoreError."""
        with self._looked(run_id) as known:
            return known.feed.run, known.answer(since)

    def kept(self, run_id: str) -> tuple[Run, list[Kept]]:
        """The run, and its checkpoints. Raises as `run`."""
        with self._looked(run_id) as known:
            return known.feed.run, known.feed.kept

    @contextmanager
    def _looked(self, run_id: str) -> Iterator[_Known]:
        """The run's feed as it is now, in this thread's hands alone."""
        with self._lock:
            known = self._known.setdefault(run_id, _Known(self.store, run_id))
            self._known.move_to_end(run_id)
            while len(self._known) > MOST_RUNS:
                self._known.popitem(last=False)
        with known.lock:
            if known.feed.due():
                try:
                    known.feed.look(self._wait)
                except UnknownRun:
                    self._known.pop(run_id, None)
                    raise
                if known.feed.run.live:
                    self._take_care()
            yield known

    def _wait(self, run_id: str) -> Wait | None:
        return self._read().waits.get(run_id)

    def _take_care(self) -> None:
        """Somebody waits for what trains: see to it that a scheduler lives."""
        if time.monotonic() - self._cared_at >= CARE_SECONDS:
            self._cared_at = time.monotonic()
            scheduler.ensure_running(self.store)

    # ---- all that live

    def lines_at_hand(self) -> Lines | None:
        """Those made last, where they still hold."""
        return self._lines if time.monotonic() - self._lines.made_at < LIST_SECONDS else None

    def lines(self) -> Lines:
        """Those that train first, then the queue in its order. Raises StoreError."""
        queue = self._read()
        live = [(run, queue.waits.get(run.id, Wait())) for run in queue.runs]
        live.sort(key=lambda each: (not each[0].active, each[1].place or 0))
        self._lines = Lines([(run, self._told(run, wait)) for run, wait in live])
        if live:
            self._take_care()
        return self._lines

    def _read(self) -> _Queue:
        with self._reads:
            if time.monotonic() - self._queue.read_at >= LIST_SECONDS:
                live = self.store.runs(statuses=WAITING_OR_ACTIVE)
                self._paces.look(live)
                self._queue = _Queue(time.monotonic(), live, self._waits(live))
            return self._queue

    def _waits(self, live: list[Run]) -> dict[str, Wait]:
        """Who has trained in the last hour counts too, and is read when somebody may have ended."""
        if not live:
            return {}
        gone = {run.id for run in self._queue.runs} - {run.id for run in live}
        if gone or time.monotonic() - self._ended_at >= ENDED_SECONDS:
            self._ended_at = time.monotonic()
            self._ended = [run for run in self.store.recent() if not run.live]
        return waits([*live, *self._ended], self._paces.of)

    def _told(self, run: Run, wait: Wait) -> dict[str, Any]:
        """One run in a list. Of one in the queue only what its row says."""
        newest, done, bits = None, progress.progress(run, []), progress.bits_per_nat([])
        if run.active:
            with suppress(UnknownRun), self._looked(run.id) as known:
                newest, done, run = known.feed.text, known.feed.progress(), known.feed.run
                bits = known.feed.bits_per_nat
        left = wait.ends_in if wait.beside else done.seconds_left
        return {
            "id": run.id, "name": run.name, "owner": run.owner, "status": run.status,
            "says": standing.sentence(run, done, wait), "place": wait.place, "progress": round(done.share, 4),
            "seconds_left": left and round(left, 1), "moves_in": wait.moves_in and round(wait.moves_in, 1),
            "loss": run.loss and round(run.loss, 4), "loss_says": _loss(run, bits),
            "line": newest and _last_line(newest["text"]),
        }  # fmt: skip


def _loss(run: Run, bits: float) -> str | None:
    """The loss of the epoch so far in words. `bits`: per character for one nat."""
    units = comparison.units([run.config])
    if run.loss is None:
        return None
    unit = "bits" if "bits" in units else stored(units)
    return said(run.loss * bits if unit == "bits" else run.loss, unit)


def _last_line(text: str, most: int = 120) -> str:
    """The longest of the first lines that a network wrote: one that can be read."""
    return max((line.strip() for line in text[:400].splitlines()), key=len, default="")[:most]
