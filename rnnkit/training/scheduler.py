"""The one scheduler of a store: gives queued runs to trainers, fairly, and notices trainers that died.

`python -m rnnkit.training.scheduler` is started by whoever needs it (`ensure_running`) and ends by
itself when nobody has needed it for a while. Everything it knows is in the store, so a new
one goes on where a killed one stopped. Never imports the trainer: it names it as text.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from rnnkit import paths, settings, system
from rnnkit.errors import PersonError, StoreBusy, StoreError, StoreFull
from rnnkit.store import WAITING_OR_ACTIVE, LostPlace, Run, SchedulerLease, Status, Store, Wanted
from rnnkit.store.runs import SHARED_SECONDS
from rnnkit.training import cost, launchers, processes
from rnnkit.training.patience import patiently
from rnnkit.training.shares import MOST

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


def start() -> subprocess.Popen:
    """A scheduler process of its own session. It ends at once when another one lives."""
    with settings.open_log("scheduler") as log:
        return subprocess.Popen(
            paths.python("-m", "rnnkit.training.scheduler"), env=paths.environment(),
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, **system.detached(),
        )  # fmt: skip


def next_run(queued: Iterable[Run], everything: Iterable[Run]) -> Run | None:
    """The run to start next: what goes first, then of the person with the fewest trainers at work, then of the one who
    has trained least in the last hour, then who has waited longest.

    `everything`: runs of all statuses, at least `Store.recent()`, for what each person has had.
    """
    at_work, trained = had(everything)

    def turn(run: Run) -> tuple[bool, int, float, float]:
        person = run.person
        return not run.goes_first, at_work[person], trained[person], run.queued_at or 0.0

    return min(queued, key=turn, default=None)


def had(everything: Iterable[Run]) -> tuple[Counter[str], defaultdict[str, float]]:
    """What each person has of the machine: trainers at work, and seconds that those of the last hour have trained."""
    everything = list(everything)
    at_work = Counter(person for person, _ in {(run.person, run.trainer) for run in everything if run.active})
    trained: defaultdict[str, float] = defaultdict(float)
    for run in everything:
        if run.active or run.read_at - (run.ended_at or 0.0) < SHARED_SECONDS:
            trained[run.person] += run.train_seconds
    return at_work, trained


class _Held:
    """What the trainers at work hold: their runs, their devices, and whose they are."""

    def __init__(self, live: Iterable[Run]):
        self.runs: defaultdict[str, list[Run]] = defaultdict(list)
        self.devices: dict[str, str | None] = {}
        self.at_work: set[str] = set()
        for run in live:
            if run.active:
                self.add(run.trainer, run.device_id, [run])

    def add(self, trainer: str | None, device: str | None, runs: list[Run]) -> None:
        """These runs were given to it."""
        if trainer:
            self.runs[trainer] += runs
            self.devices[trainer] = device
            self.at_work |= {run.person for run in runs}


class Scheduler:
    """One scheduler process; `tick` is all it does, again and again."""

    def __init__(self, store: Store, launcher: launchers.Launcher, lease: SchedulerLease):
        self.store, self.launcher, self.lease = store, launcher, lease
        self._beat_at = -HEARTBEAT_SECONDS
        self._needed_at = time.monotonic()
        self._purged_at = -PURGE_SECONDS
        self._beats, self._asked = processes.Watch(), processes.Watch()
        self.pages_wait = True  # until the store says that none does
        self._trainers: set[str] = set()  # at work when the store was read last

    def run(self) -> None:
        """Until another scheduler takes over, or nobody needs one any more.

        A store that cannot be written (a full disk, a database that starts again) is asked again a second later,
        and no longer than nobody would have needed a scheduler.
        """
        needed, answered_at = True, time.monotonic()
        while needed:
            try:
                needed = self.tick()
                answered_at = time.monotonic()
                time.sleep(TICK_SECONDS)
            except LostPlace:
                break
            except StoreError as error:
                with suppress(OSError):  # the log may be on the disk that is full
                    print(error, file=sys.stderr, flush=True)
                self._beats, self._asked = processes.Watch(), processes.Watch()  # nobody could have written any
                if isinstance(error, StoreBusy):
                    for trainer in self._trainers:
                        processes.end_if_stopped(trainer)
                needed = time.monotonic() - answered_at < 60 * settings.integer("RNNKIT_IDLE_MINUTES")
                time.sleep(HEARTBEAT_SECONDS)
        self.launcher.close()

    def tick(self) -> bool:
        """Notice the dead, start the queued, keep trainers warm. False when nobody needs a scheduler any more.

        Raises LostPlace: another scheduler has taken over.
        """
        live = self.store.runs(statuses=WAITING_OR_ACTIVE)
        self._trainers = {run.trainer for run in live if run.active and run.trainer}
        self.launcher.see(self._trainers)
        lost = {run.trainer for run in live if run.active and run.trainer and self._is_lost(run, run.trainer)}
        for trainer in filter(None, lost):
            self._give_up(trainer, [run for run in live if run.active and run.trainer == trainer])
        self._start(live)
        self._purge()
        return self._still_needed(live)

    def _give_up(self, trainer: str, held: list[Run]) -> None:
        """Queue what it held again. It died of the run that had its turn, where one can know which that was."""
        fate = self.launcher.fate(trainer, [run.id for run in held])
        self.launcher.end(trainer)
        for run in held:
            blamed = fate.blamed and fate.run in (None, run.id)
            self.lease.trainer_lost(run.id, trainer, fate.log(run.id), most_attempts=MOST_ATTEMPTS, blamed=blamed)

    def _is_lost(self, run: Run, trainer: str) -> bool:
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

    def _start(self, live: list[Run]) -> None:
        held = _Held(live)
        free = launchers.free_devices(self.launcher.devices, held.devices.values())
        found = self.store.open_class()
        paused = found is not None and found.paused
        queued = [
            run for run in live
            if run.status == Status.QUEUED and not (paused and run.member) and not self._joins(run, live)
        ]  # fmt: skip
        # Where nothing is free, those who have nothing at work may share what is.
        while waiting := self._may_start(queued, free, held):
            run = next_run(waiting, self.store.recent())
            assert run is not None
            together = [one for one in reversed(queued) if one is run or (run.race and one.race == run.race)]
            queued = [one for one in queued if one not in together]
            device = _device_for(run, free, self.launcher.devices)
            if device is not None:
                free.remove(device)
                held.add(self._start_trainer(device, together), device, together)
            elif run.person not in held.at_work or run.goes_first:
                trainer = self._with_room(together, held)
                shared = held.devices[trainer] if trainer else None
                joined = [one for one in together if trainer and self.lease.assign(one.id, trainer, shared)]
                held.add(trainer if joined else None, shared, joined)
        self.launcher.keep_warm(free, self.pages_wait)

    def _may_start(self, queued: list[Run], free: list[str], held: _Held) -> list[Run]:
        return [run for run in queued if free or run.goes_first or run.person not in held.at_work]

    def _start_trainer(self, device: str, together: list[Run]) -> str | None:
        """Give these runs to a trainer of their own. None: they are no longer queued."""
        trainer = self.launcher.trainer_for(device)
        given = [one.id for one in together if self.lease.assign(one.id, str(trainer.token), device)]
        if not given:
            self.launcher.take_back(trainer)
            return None
        self.launcher.tell(trainer, given[0])  # which finds the others in the store
        return str(trainer.token)

    def _with_room(self, together: list[Run], held: _Held) -> str | None:
        """The trainer at work on the processor that these runs may join: the one that the fewest persons share.

        None: all are full, or there is no memory, or they want a GPU.
        """
        if _device_for(together[0], [launchers.CPU], self.launcher.devices) is None:
            return None
        shared = {
            trainer: len({run.person for run in runs}) for trainer, runs in held.runs.items()
            if launchers.on_processor(held.devices[trainer]) and self.launcher.lives(trainer) is not False
        }  # fmt: skip
        trainer = min(shared, key=lambda one: (shared[one], one), default=None)
        if trainer is None or shared[trainer] >= MOST:
            return None
        coming = [run.config for run in held.runs[trainer] if run.params is None]  # their memory is not taken yet
        there = [run.config for run in held.runs[trainer] if run.params is not None]
        free_bytes = self.launcher.free_bytes(held.devices[trainer] or launchers.CPU)
        return trainer if cost.fit_beside([run.config for run in together], coming, there, free_bytes) else None

    def _joins(self, run: Run, live: list[Run]) -> bool:
        """Give a run to the trainer that holds others of its race, if there is one."""
        for other in live:
            if run.race and other.race == run.race and other.active and other.trainer and other.device_id:
                return self.lease.assign(run.id, other.trainer, other.device_id)
        return False

    def _purge(self) -> None:
        if time.monotonic() - self._purged_at > PURGE_SECONDS:
            self._purged_at = time.monotonic()
            self.store.purge()
            self.store.forget_accounts()

    def _still_needed(self, live: list[Run]) -> bool:
        now = time.monotonic()
        if now - self._beat_at < HEARTBEAT_SECONDS:
            return True
        self._beat_at = now
        if live:
            self._needed_at = now
        titles = [device._asdict() for device in self.launcher.devices]
        self.lease.heartbeat({"devices": titles, "warm": self.launcher.warm(), **self.launcher.state()})
        self.pages_wait = _pages_wait(self.store.scheduler())
        if now - self._needed_at > LINGER_SECONDS and not self.pages_wait:
            self.lease.leave()
            return False
        return True


def _pages_wait(row: dict[str, Any]) -> bool:
    """Whether a page has needed the scheduler of this row not long ago."""
    return row["read_at"] - row["wanted_at"] <= 60 * settings.integer("RNNKIT_IDLE_MINUTES")


def _device_for(run: Run, free: list[str], all_devices: list[launchers.Device]) -> str | None:
    """The first free device that the run may use. Where there is no GPU at all, the trainer says so."""
    asked = run.config.training.device
    if asked == "auto" or not any(device.id.startswith(asked) for device in all_devices):
        return next(iter(free), None)
    return next((device for device in free if device.startswith(asked)), None)


def main() -> int:
    """The scheduler process. Ends at once when another one lives."""
    token = str(processes.token(note="scheduler"))
    try:
        store = Store()
        row = store.scheduler()
        known = row["token"]
        dead = known if known and processes.lives(known) is False else None
        if lease := store.take_scheduler(token, stale_seconds=STALE_SECONDS, dead=dead):
            at_work = Scheduler(store, launchers.chosen(store, token), lease)
            at_work.pages_wait = _pages_wait(row)
            at_work.run()
    except PersonError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
