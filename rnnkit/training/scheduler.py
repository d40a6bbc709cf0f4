"""The one scheduler of a store: gives queued runs to trainers, fairly, and notices trainers that died.

`python -m rnnkit.training.scheduler` is started by whoever needs it (`ensure_running`) and ends by
itself when nobody has needed it for a while. Everything it knows is in the store, so a new
one goes on where a killed one stopped. Never imports the trainer: it names it as text.
"""

from __future__ import annotations

import heapq
import logging
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, NamedTuple

from rnnkit import logs, paths, settings, system
from rnnkit.errors import PersonError, StoreBusy, StoreError, StoreFull
from rnnkit.store import LiveRun, LostPlace, Order, Run, SchedulerLease, Status, Store, Wanted
from rnnkit.training import cost, launchers, processes
from rnnkit.training.line import Line
from rnnkit.training.patience import patiently
from rnnkit.training.shares import MOST
from rnnkit.training.ticks import Ticks

_log = logging.getLogger("rnnkit.training")
TICK_SECONDS = 0.1
LINGER_SECONDS = 10.0  # after the last run, where no page waits
WATCH_SECONDS = 0.5  # between two looks at a run that somebody waits for
HEARTBEAT_SECONDS = 1.0
PURGE_SECONDS = 60.0  # between two looks for what was deleted more than a day ago
# Seconds without a heartbeat after which a process is given up: on another machine, or when asked to stop; on this
# one, where it is seen to live; while it loads what trains, which may be compiled first; a scheduler of this machine.
STALE_SECONDS, FROZEN_SECONDS, LOADING_SECONDS, AWAY_SECONDS = 15.0, 60.0, 300.0, 30.0
COMING_SECONDS = 10.0  # in which a new scheduler has begun
STOP_SECONDS = 60.0  # a trainer that beats, and has not stopped so long after it was asked to, is ended
MOMENT_SECONDS = 3.0  # in which a scheduler beats that was only asleep with its machine
MOST_ATTEMPTS = 3  # trainers that may be lost in one epoch before the run has failed
RELOAD_SECONDS = 300.0  # between two readings of all that waits and trains, for what was changed past us
OVERLAP_SECONDS = 5.0  # a change may be seen so much later than others that were made after it
LOOKED_AT = 50  # trainers looked after in one tick, where there are no more than ten times as many
STARTED_AT_ONCE = 50  # in one tick, so that the next comes soon

pages_wait = False  # set by the dashboard: a scheduler then stays, with a warm trainer, for who comes next
_last_seen: dict[str, str] = {}  # store -> its scheduler, as this process saw it last
_started: list[subprocess.Popen] = []  # schedulers started here, so that none stays a zombie
_coming: dict[str, tuple[subprocess.Popen, float]] = {}  # store -> the one started last, and when


def ensure_running(store: Store) -> None:
    """See to it that a scheduler lives; quick when one does. Raises ConfigError: a setting none could work with.

    One that a command needs ends soon after the last run; one that a page has needed stays for RNNKIT_IDLE_MINUTES.
    While the disk is full nobody can start anything, and all wait.
    """
    settings.check()
    launchers.check()
    for process in _started:
        process.poll()
    try:
        row = store.scheduler()
        if row["token"]:
            _last_seen[store.url] = row["token"]
        if pages_wait and row["read_at"] - row["wanted_at"] > 60:
            store.want_scheduler()
        if not _at_work(store, row) and not _comes(store):
            _started.append(start())
            _coming[store.url] = _started[-1], time.monotonic()
    except StoreFull:
        return
    except StoreBusy:
        if not processes.end_if_stopped(_last_seen.get(store.url, "|0|0|")):
            raise


def _comes(store: Store) -> bool:
    """Whether one was started here a moment ago, and has yet to say that it is at work."""
    process, at = _coming.get(store.url, (None, 0.0))
    return process is not None and process.poll() is None and time.monotonic() - at < COMING_SECONDS


def _at_work(store: Store, row: dict[str, Any]) -> bool:
    """Whether the scheduler lives and beats. One that is frozen on this machine is ended."""
    token, silent = row["token"], row["read_at"] - row["heartbeat_at"]
    lives = token is not None and processes.lives(token)
    if lives is None:
        return silent <= STALE_SECONDS
    if not lives or silent <= AWAY_SECONDS:
        return lives
    store.check_writable()  # else it cannot write its heartbeat either
    time.sleep(MOMENT_SECONDS)
    if store.scheduler()["heartbeat_at"] != row["heartbeat_at"]:
        return True
    processes.kill(token)
    return False


def follow(store: Store, run_id: str) -> Iterator[Run]:
    """A run every WATCH_SECONDS until it has ended, and then once more; a scheduler is kept running meanwhile."""
    while (run := patiently(lambda: store.run(run_id))).live:
        yield run
        with suppress(StoreError):  # one that is away is asked for a while
            ensure_running(store)
        time.sleep(WATCH_SECONDS)
    yield run


def start(module: str = "rnnkit.training.scheduler") -> subprocess.Popen:
    """A process of its own session: a scheduler, which ends at once when another one lives, or what one asks for."""
    with settings.open_log("scheduler") as log:
        return subprocess.Popen(
            paths.python("-m", module), env=paths.environment(),
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, **system.detached(),
        )  # fmt: skip


class _Given(NamedTuple):
    """Runs that a trainer gets, and the trainer if it was started for them."""

    runs: list[LiveRun]
    trainer: str
    device: str | None
    started: launchers.Held | None = None

    def note(self, line: Line) -> None:
        """They are at work now."""
        for run in self.runs:
            line.put(run._replace(status=Status.STARTING, trainer=self.trainer, device_id=self.device, params=None))


class _Rooms:
    """Trainers at work on a processor, by how many persons share them."""

    def __init__(self, line: Line, launcher: launchers.Launcher):
        self._line, self._launcher = line, launcher
        self._heap: list[tuple[int, str]] | None = None

    def least_shared(self) -> str | None:
        """The one that the fewest persons share; None where all are full."""
        if self._heap is None:
            line = self._line
            on_processor = (one for one in line.held if launchers.on_processor(line.device_of(one)))
            self._heap = [(line.persons(trainer), trainer) for trainer in on_processor]
            heapq.heapify(self._heap)
        while self._heap:
            persons, trainer = self._heap[0]
            if self._launcher.lives(trainer) is False:
                heapq.heappop(self._heap)
            elif (now := self._line.persons(trainer)) != persons:
                heapq.heapreplace(self._heap, (now, trainer))
            else:
                return trainer if persons < MOST else None
        return None


class Scheduler:
    """One scheduler process; `tick` is all it does, again and again."""

    def __init__(self, store: Store, launcher: launchers.Launcher, lease: SchedulerLease):
        self.store, self.launcher, self.lease = store, launcher, lease
        self._beat_at = -HEARTBEAT_SECONDS
        self._needed_at = time.monotonic()
        self._purged_at = -PURGE_SECONDS
        self._ticks = Ticks()
        self._beats, self._asked = processes.Watch(), processes.Watch()
        self.pages_wait = True  # until the store says that none does
        self._waits_for_a_day = False  # for the end of a class, and for nothing else
        self._ending: subprocess.Popen | None = None
        self._line: Line | None = None  # None: to be read whole
        self._read_at, self._loaded_at = 0.0, 0.0
        self._round: list[str] = []  # trainers that are looked after before the others have their turn again
        self._beside: dict[str, cost.Beside] = {}  # of runs at work

    def run(self) -> None:
        """Until another scheduler takes over, or nobody needs one any more.

        A store that cannot be written (a full disk, a database that starts again) is asked again a second later,
        and no longer than nobody would have needed a scheduler.
        """
        needed, answered_at = True, time.monotonic()
        while needed:
            try:
                with self._ticks.one():
                    needed = self.tick()
                answered_at = time.monotonic()
                time.sleep(HEARTBEAT_SECONDS if self._waits_for_a_day else TICK_SECONDS)
            except LostPlace:
                break
            except StoreError as error:
                self._ticks.errors += 1
                _log.error(error)
                self._beats, self._asked = processes.Watch(), processes.Watch()  # nobody could have written any
                self._loaded_at = -RELOAD_SECONDS
                if isinstance(error, StoreBusy):
                    for trainer in self._line.held if self._line else ():
                        processes.end_if_stopped(trainer)
                needed = time.monotonic() - answered_at < 60 * settings.integer("RNNKIT_IDLE_MINUTES")
                time.sleep(HEARTBEAT_SECONDS)
        self.launcher.close()

    def tick(self) -> bool:
        """Notice the dead, start the queued, keep trainers warm. False when nobody needs a scheduler any more.

        Raises LostPlace: another scheduler has taken over.
        """
        line, looked_at = self._read()
        self.launcher.see(line.held)
        for trainer in looked_at:
            held = list(line.held.get(trainer, {}).values())
            if any(self._is_lost(run, trainer) for run in held):
                self._give_up(trainer, held)
        self._start(line)
        self._purge()
        return self._still_needed(bool(line.waiting or line.held))

    def _read(self) -> tuple[Line, list[str]]:
        """What waits and trains, and the trainers whose runs were read anew.

        All of it is read now and then; else what has changed, and what is held by some of the trainers, so that each is
        looked after once a second. So a tick reads as much with a hundred thousand runs in the queue as with ten.
        """
        now = time.monotonic()
        if self._line is None or now - self._loaded_at >= RELOAD_SECONDS:
            found = self.store.live()
            self._line, self._loaded_at, self._round = Line(found.read_at), now, []
            self._beside = {}
            seen = {f"{run.trainer} {run.id}" for run in found.runs if run.active}
            for watch in (self._beats, self._asked):
                watch.forget_others(seen)
        else:
            self._round = self._round or list(self._line.held)
            most = max(LOOKED_AT, round(len(self._line.held) * TICK_SECONDS))
            looked_at, self._round = self._round[:most], self._round[most:]
            found = self.store.changed(self._read_at - OVERLAP_SECONDS, looked_at)
        self._read_at = found.read_at
        self._line.pass_time(found.read_at)
        for run in found.runs:
            self._line.put(run)
        return self._line, [*{run.trainer: 1 for run in found.runs if run.active and run.trainer}]

    def _give_up(self, trainer: str, held: Sequence[LiveRun]) -> None:
        """Queue what it held again. It died of the run that had its turn, where one can know which that was."""
        fate = self.launcher.fate(trainer, [run.id for run in held])
        self.launcher.end(trainer)
        for run in held:
            blamed = fate.blamed and fate.run in (None, run.id)
            _log.info("the trainer of a run is lost", extra={"run": run.id, "device": run.device_id})
            self.lease.trainer_lost(run.id, trainer, fate.log(run.id), most_attempts=MOST_ATTEMPTS, blamed=blamed)

    def _is_lost(self, run: LiveRun, trainer: str) -> bool:
        """Whether a trainer is dead, as one can see, or has not been heard of for too long."""
        lives = self.launcher.lives(trainer)
        silent = self._beats.seconds(f"{trainer} {run.id}", run.heartbeat_at)
        asked = self._asked.seconds(f"{trainer} {run.id}", run.wanted)
        if lives is False:
            return True
        if run.wanted == Wanted.STOP:
            return silent > STALE_SECONDS or asked > STOP_SECONDS
        if run.status == Status.STARTING:
            return silent > LOADING_SECONDS
        return silent > (STALE_SECONDS if lives is None else FROZEN_SECONDS)

    def _start(self, line: Line) -> None:
        """Give those who wait what is free; where nothing is, who has nothing at work may share what there is."""
        devices = self.launcher.devices
        free = launchers.free_devices(devices, map(line.device_of, line.held))
        if line.waiting:
            found = self.store.open_class()
            paused = found is not None and found.paused
            given = [_Given(those, str(other.trainer), other.device_id) for those, other in line.returned(paused)]
            for one in given:
                one.note(line)
            rooms = _Rooms(line, self.launcher)
            for run in islice(line.turns(lambda: bool(free), paused=paused), STARTED_AT_ONCE):
                together = line.together(run)
                device, trainer = _device_for(run, free, devices), None
                if device is not None:
                    free.remove(device)
                    started = self.launcher.trainer_for(device)
                    given.append(_Given(together, str(started.token), device, started))
                elif (not line.at_work[run.person] or run.goes_first) and _may_share(run, devices):
                    trainer = rooms.least_shared()
                    if trainer is None or not self._fits(line, together, trainer):
                        continue
                    given.append(_Given(together, trainer, line.device_of(trainer)))
                else:
                    continue
                given[-1].note(line)
            self._give(line, given)
        self.launcher.keep_warm(free, self.pages_wait)

    def _give(self, line: Line, given: Sequence[_Given]) -> None:
        """Write down what was given, then let the trainers begin. One that has got nothing after all stays warm."""
        taken = set[str]()
        try:
            if given:
                taken = self.lease.assign(Order(run.id, one.trainer, one.device) for one in given for run in one.runs)
        finally:
            for one in given:
                got = [run.id for run in one.runs if run.id in taken]
                for run_id in got:
                    _log.info("gives a run to a trainer", extra={"run": run_id, "device": one.device})
                if one.started and got:
                    self.launcher.tell(one.started, got[0])  # which finds the others in the store
                elif one.started:
                    self.launcher.take_back(one.started)
        if others := {run.id for one in given for run in one.runs} - taken:  # somebody changed them, or does so now
            for run_id in others:
                line.forget(run_id)
            for run in self.store.live_of(others):
                line.put(run)

    def _fits(self, line: Line, together: Sequence[LiveRun], trainer: str) -> bool:
        """Whether the trainer has the memory for these runs beside its own."""
        held = line.held[trainer].values()
        unknown = [run.id for run in (*together, *held) if run.id not in self._beside]
        if unknown:
            self._beside |= {run.id: cost.beside(run.config) for run in self.store.runs(ids=unknown)}
        coming, there = (
            [self._beside[run.id] for run in held if (run.params is None) == waits and run.id in self._beside]
            for waits in (True, False)  # the memory of the first is not taken yet
        )
        mine = [self._beside[run.id] for run in together if run.id in self._beside]
        free_bytes = self.launcher.free_bytes(line.device_of(trainer) or launchers.CPU)
        return cost.fit_beside(mine, coming, there, free_bytes)

    def _purge(self) -> None:
        if time.monotonic() - self._purged_at > PURGE_SECONDS:
            self._purged_at = time.monotonic()
            self.store.purge()
            self.store.forget_accounts()
            self._end_class()

    def _end_class(self) -> None:
        """End a class whose day is over, as a dashboard does too, in a process of its own: that waits for trainers."""
        if (self._ending is None or self._ending.poll() is not None) and self.store.class_is_over():
            self._ending = start("rnnkit.people.ending")

    def _still_needed(self, live: bool) -> bool:
        now = time.monotonic()
        if now - self._beat_at < HEARTBEAT_SECONDS:
            return True
        self._beat_at = now
        if live:
            self._needed_at = now
        titles = [device._asdict() for device in self.launcher.devices]
        self.lease.heartbeat(
            {"devices": titles, "warm": self.launcher.warm(), **self.launcher.state(), **self._ticks.state()}
        )
        self.pages_wait = _pages_wait(self.store.scheduler())
        needed = now - self._needed_at <= LINGER_SECONDS or self.pages_wait
        self._waits_for_a_day = not needed and self.store.open_class() is not None
        if not (needed or self._waits_for_a_day):
            self.lease.leave()
            return False
        return True


def _pages_wait(row: dict[str, Any]) -> bool:
    """Whether a page has needed the scheduler of this row not long ago."""
    return row["read_at"] - row["wanted_at"] <= 60 * settings.integer("RNNKIT_IDLE_MINUTES")


def _device_for(run: LiveRun, free: Sequence[str], all_devices: Sequence[launchers.Device]) -> str | None:
    """The first free device that the run may use. Where there is no GPU at all, the trainer says so."""
    asked = run.asked_device or "auto"
    if asked == "auto" or not any(device.id.startswith(asked) for device in all_devices):
        return next(iter(free), None)
    return next((device for device in free if device.startswith(asked)), None)


def _may_share(run: LiveRun, all_devices: Sequence[launchers.Device]) -> bool:
    """Whether it may be trained on a processor."""
    return _device_for(run, [launchers.CPU], all_devices) is not None


def main() -> int:
    """The scheduler process. Ends at once when another one lives."""
    token = str(processes.token(note="scheduler"))
    try:
        logs.begin("scheduler")
        store = Store()
        row = store.scheduler()
        known = row["token"]
        dead = known if known and processes.lives(known) is False else None
        if lease := store.take_scheduler(token, stale_seconds=STALE_SECONDS, dead=dead):
            at_work = Scheduler(store, launchers.chosen(store, token), lease)
            at_work.pages_wait = _pages_wait(row)
            at_work.run()
    except PersonError as error:
        _log.error(error)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
