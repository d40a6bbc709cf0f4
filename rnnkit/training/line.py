"""Whose turn it is: everybody's runs in memory, and the one rule by which they are started.

What goes first, then of the person with the fewest trainers at work, then of the one who has trained least in the last
hour, then who has waited longest. Knows no store, no process and no device but by the name that a run asks for.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from rnnkit.store import LiveRun, Run, Status
from rnnkit.store.live import SHARED_SECONDS

MOST_TRIES = 3  # runs of one person for which there is no place, before those of others are tried
Place = tuple[bool, float, str]  # within a line: what goes first, since when it waits, its id
Turn = tuple[bool, int, float, float]


class _Kind(NamedTuple):
    """Runs that wait for the same: where the first of them may not start, the others may not either."""

    person: str
    in_class: bool
    device: str


_Coming = tuple[Turn, str, _Kind]


class Line:
    """Runs that wait, train, or have ended within the last hour. One thread at a time."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now  # by the clock of the runs' own times
        self.runs: dict[str, LiveRun] = {}
        self.at_work = Counter[str]()  # trainers of each person
        self.trained = defaultdict[str, float](float)  # seconds of each: at work, and ended within the hour
        self.held: dict[str, dict[str, LiveRun]] = {}  # by trainer
        self.waiting = 0
        self._sharing: dict[str, Counter[str]] = {}  # persons of each trainer, and how many runs of theirs it holds
        self._lines: dict[_Kind, list[Place]] = {}  # heaps; what has left is still in them
        self._kinds: defaultdict[str, set[_Kind]] = defaultdict(set)  # of each person, those in which somebody waits
        self._first: list[_Coming] = []  # a heap: heads of lines that go first, or whose person has nothing at work
        self._stale: set[str] = set()  # persons whose turn is another than that heap says
        self._races: defaultdict[str, dict[str, LiveRun]] = defaultdict(dict)
        self._returned: set[str] = set()  # races of which a run waits that was not looked at yet
        self._ended: list[tuple[float, str]] = []

    # ---- what there is

    def put(self, run: LiveRun) -> None:
        """A run as it is now, whatever was known of it."""
        if self.runs.get(run.id) == run:
            return
        self.forget(run.id)
        if run.waits:
            kind = _kind(run)
            heapq.heappush(self._lines.setdefault(kind, []), _place(run))
            self._kinds[run.person].add(kind)
            self.waiting += 1
        elif run.active:
            self._take_to_work(run)
        elif run.ended_at is not None and self.now - run.ended_at < SHARED_SECONDS:
            heapq.heappush(self._ended, (run.ended_at, run.id))
        else:
            return
        self.runs[run.id] = run
        self._stale.add(run.person)
        if not run.waits:
            self.trained[run.person] += run.train_seconds
        if run.race:
            self._races[run.race][run.id] = run
            self._returned |= {run.race} if run.waits else set()

    def _take_to_work(self, run: LiveRun) -> None:
        trainer = run.trainer or ""
        self.held.setdefault(trainer, {})[run.id] = run
        sharing = self._sharing.setdefault(trainer, Counter())
        self.at_work[run.person] += not sharing[run.person]
        sharing[run.person] += 1

    def forget(self, run_id: str) -> None:
        """It is gone, or to be put in anew."""
        run = self.runs.pop(run_id, None)
        if run is None:
            return
        self._stale.add(run.person)
        if run.race:
            del self._races[run.race][run_id]
            if not self._races[run.race]:
                del self._races[run.race]
        if run.waits:
            self.waiting -= 1
            return
        self.trained[run.person] -= run.train_seconds
        if run.active:
            self._take_from_work(run)

    def _take_from_work(self, run: LiveRun) -> None:
        trainer = run.trainer or ""
        held, sharing = self.held[trainer], self._sharing[trainer]
        del held[run.id]
        sharing[run.person] -= 1
        if not sharing[run.person]:
            del sharing[run.person]
            self.at_work[run.person] -= 1
        if not held:
            del self.held[trainer], self._sharing[trainer]

    def pass_time(self, now: float) -> None:
        """It is later: what ended more than an hour ago counts no more."""
        self.now = now
        while self._ended and now - self._ended[0][0] >= SHARED_SECONDS:
            ended_at, run_id = heapq.heappop(self._ended)
            if (run := self.runs.get(run_id)) and not run.active and run.ended_at == ended_at and not run.waits:
                self.forget(run_id)

    def persons(self, trainer: str) -> int:
        """How many share it."""
        return len(self._sharing[trainer])

    def device_of(self, trainer: str) -> str | None:
        return next(iter(self.held[trainer].values())).device_id

    # ---- whose turn it is

    def turns(self, anybody: Callable[[], bool] = lambda: True, *, paused: bool = False) -> Iterator[LiveRun]:
        """Runs that wait, the one whose turn it is first.

        Who takes one puts it in anew as what it is then, before the next is asked for. One that is left as it is was
        tried in vain; after MOST_TRIES of them no more of that kind come.

        Args:
            anybody: whether those may start who have something at work already; asked each time.
            paused: whether what was ordered in a class waits.
        """
        tries, passed, aside = Counter[_Kind](), list[tuple[_Kind, Place]](), list[_Coming]()
        others: list[_Coming] | None = None
        try:
            while True:
                self._freshen(others)
                coming = self._pop(self._first)
                if coming is None and anybody():
                    others = self._others() if others is None else others
                    coming = self._pop(others)
                if coming is None:
                    return
                kind, head = coming[-1], self._head(coming[-1])
                if paused and kind.in_class:
                    aside.append(coming)
                elif head is not None and tries[kind] < MOST_TRIES:
                    tries[kind] += 0  # known as one to be looked at again, whatever becomes of it
                    yield head
                    if self._head(kind) is head:
                        tries[kind] += 1
                        passed.append((kind, heapq.heappop(self._lines[kind])))
                        self._stale.add(kind.person)
        finally:
            for kind, place in passed:
                heapq.heappush(self._lines.setdefault(kind, []), place)
                self._kinds[kind.person].add(kind)
            self._stale |= {kind.person for *_, kind in aside} | {kind.person for kind in tries}

    def _freshen(self, others: list[_Coming] | None) -> None:
        """Say anew whose turn has changed."""
        for person in self._stale:
            for kind in tuple(self._kinds.get(person, ())):
                if (coming := self._coming(kind)) is None:
                    continue
                if _is_first(coming):
                    heapq.heappush(self._first, coming)
                elif others is not None:
                    heapq.heappush(others, coming)
        self._stale.clear()
        if len(self._first) > 1000 + 4 * len(self._lines):
            self._first = [coming for coming in map(self._coming, tuple(self._lines)) if coming and _is_first(coming)]
            heapq.heapify(self._first)

    def _others(self) -> list[_Coming]:
        """The lines of those who have something at work: looked at only where there is more room than they need who
        have nothing.
        """
        found = [coming for coming in map(self._coming, tuple(self._lines)) if coming and not _is_first(coming)]
        heapq.heapify(found)
        return found

    def _pop(self, heap: list[_Coming]) -> _Coming | None:
        """The next that still holds."""
        while heap:
            coming = heapq.heappop(heap)
            if self._coming(coming[-1]) == coming:
                while heap and heap[0] == coming:
                    heapq.heappop(heap)
                return coming
        return None

    def _coming(self, kind: _Kind) -> _Coming | None:
        """The first of a line, and when its turn is."""
        head = self._head(kind)
        return None if head is None else (self._turn(head), head.id, kind)

    def _turn(self, run: LiveRun) -> Turn:
        person = run.person
        return not run.goes_first, self.at_work[person], self.trained.get(person, 0.0), run.queued_at or 0.0

    def _head(self, kind: _Kind) -> LiveRun | None:
        """The first of those that wait for the same."""
        line = self._lines.get(kind, [])
        while line:
            run = self.runs.get(line[0][-1])
            if run is not None and run.waits and _place(run) == line[0] and _kind(run) == kind:
                return run
            heapq.heappop(line)
        self._lines.pop(kind, None)
        self._kinds[kind.person].discard(kind)
        if not self._kinds[kind.person]:
            del self._kinds[kind.person]
        return None

    def together(self, run: LiveRun) -> list[LiveRun]:
        """The run, and those of its race that wait too, in their order."""
        others = self._races.get(run.race or "", {}).values()
        return sorted((one for one in others if one.waits), key=_place) or [run]

    def returned(self, paused: bool = False) -> list[tuple[list[LiveRun], LiveRun]]:
        """Of races that a trainer has: those that wait again, and one that trains. Each once, until one changes."""
        found = []
        for race in tuple(self._returned):
            runs = self._races.get(race, {}).values()
            waiting, there = [one for one in runs if one.waits], [one for one in runs if one.active]
            if waiting and paused and waiting[0].member:
                continue
            self._returned.discard(race)
            if waiting and there:
                found.append((sorted(waiting, key=_place), there[0]))
        return found


def order(runs: Iterable[Run]) -> list[str]:
    """Ids of those that wait, the one that is started next first, each by a trainer of its own.

    `runs`: of all statuses, at least `Store.recent()`, for what each person has had.
    """
    runs = list(runs)
    line = Line(max((run.read_at for run in runs), default=0.0))
    for run in runs:
        line.put(LiveRun.of(run))
    found: list[str] = []
    for one in line.turns():
        found.append(one.id)
        line.put(one._replace(status=Status.STARTING, trainer=f"for {one.id}"))
    return found


def _is_first(coming: _Coming) -> bool:
    (later, at_work, *_), *_rest = coming
    return not later or not at_work


def _kind(run: LiveRun) -> _Kind:
    return _Kind(run.person, run.member is not None, run.asked_device or "auto")


def _place(run: LiveRun) -> Place:
    return not run.goes_first, run.queued_at or 0.0, run.id
