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

from rnnkit import paths, settings
from rnnkit.errors import PersonError, StoreError
from rnnkit.store import WAITING_OR_ACTIVE, Run, Status, Store
from rnnkit.training import launchers, processes

TICK_SECONDS = 0.25
WATCH_SECONDS = 0.5  # between two looks at a run that somebody waits for
HEARTBEAT_SECONDS = 1.0
PURGE_SECONDS = 60.0  # between two looks for what was deleted more than a day ago
STALE_SECONDS = 15.0  # a process on another machine is given up after this long without a heartbeat
MOST_ATTEMPTS = 3  # trainers that may be lost in one epoch before the run has failed
LOG_LINES = 30

FROZEN_SECONDS = 60.0  # a process of this machine that lives is given up after this long without a heartbeat

_beats = processes.Heartbeats(FROZEN_SECONDS / 2)  # of schedulers, for those who need one
_started: list[subprocess.Popen] = []  # schedulers started here, so that none stays a zombie


def ensure_running(store: Store) -> None:
    """See to it that a scheduler lives; quick when one does. Raises ConfigError: a setting none could work with."""
    settings.check()
    for process in _started:
        process.poll()
    row = store.scheduler()
    if time.time() - row["wanted_at"] > 60:
        store.want_scheduler()
    token = row["token"]
    if token is None or _gone(token, processes.lives(token), row["heartbeat_at"], _beats):
        _started.append(start())


def follow(store: Store, run_id: str) -> Iterator[Run]:
    """A run every WATCH_SECONDS until it has ended, and then once more; a scheduler is kept running meanwhile."""
    while (run := store.run(run_id)).live:
        yield run
        ensure_running(store)
        time.sleep(WATCH_SECONDS)
    yield run


def start() -> subprocess.Popen:
    """A scheduler process of its own session. It ends at once when another one lives."""
    with settings.open_log("scheduler") as log:
        return subprocess.Popen(
            paths.python("-m", "rnnkit.training.scheduler"), env=paths.environment(),
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip


def next_run(queued: Iterable[Run], everything: Iterable[Run], now: float) -> Run | None:
    """The run to start next: of the owner with the fewest runs in training, then the one who has trained least
    in the last hour, then who has waited longest.

    `everything`: runs of all statuses, for what each owner has had.
    """
    at_work: Counter[str] = Counter()
    trained: defaultdict[str, float] = defaultdict(float)
    for run in everything:
        at_work[run.owner] += run.active
        if run.active or now - (run.ended_at or 0.0) < 3600:
            trained[run.owner] += run.train_seconds
    return min(queued, key=lambda run: (at_work[run.owner], trained[run.owner], run.queued_at or 0.0), default=None)


class Scheduler:
    """One scheduler process; `tick` is all it does, again and again."""

    def __init__(self, store: Store, launcher: launchers.LocalLauncher, token: str):
        self.store, self.launcher, self.token = store, launcher, token
        self._heartbeat_at = 0.0
        self._purged_at = -PURGE_SECONDS
        self._beats = processes.Heartbeats(FROZEN_SECONDS)
        self._needed_at = time.time()

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
            except StoreError as error:
                print(error, file=sys.stderr, flush=True)
                needed = time.monotonic() - answered_at < 60 * settings.integer("RNNKIT_IDLE_MINUTES")
                time.sleep(HEARTBEAT_SECONDS)
        self.launcher.close()

    def tick(self) -> bool:
        """Notice the dead, start the queued, keep trainers warm. False when this scheduler should end."""
        live = self.store.runs(statuses=WAITING_OR_ACTIVE)
        for run in live:
            trainer, seen = run.trainer, run.heartbeat_at or 0.0
            if run.active and trainer and _gone(trainer, self.launcher.lives(trainer), seen, self._beats):
                self.store.trainer_lost(run.id, trainer, last_lines(run.id), most_attempts=MOST_ATTEMPTS)
        self._start(live)
        self._purge()
        return self._still_needed(live)

    def _start(self, live: list[Run]) -> None:
        free = launchers.free_devices(self.launcher.devices, [run.device_id for run in live if run.active])
        queued = [run for run in live if run.status == Status.QUEUED]
        while queued and free and (run := next_run(queued, self.store.runs(), time.time())):
            queued.remove(run)
            device = _device_for(run, free, self.launcher.devices)
            if device is None:
                continue
            free.remove(device)
            trainer = self.launcher.trainer_for(device)
            if self.store.assign(run.id, str(trainer.token), device):
                self.launcher.tell(trainer, run.id)
        self.launcher.keep_warm(dict.fromkeys(free or [self.launcher.devices[0].id]))

    def _purge(self) -> None:
        if time.monotonic() - self._purged_at > PURGE_SECONDS:
            self._purged_at = time.monotonic()
            self.store.purge()

    def _still_needed(self, live: list[Run]) -> bool:
        now = time.time()
        if now - self._heartbeat_at < HEARTBEAT_SECONDS:
            return True
        self._heartbeat_at = now
        if live:
            self._needed_at = now
        titles = [device._asdict() for device in self.launcher.devices]
        if not self.store.scheduler_heartbeat(self.token, {"devices": titles, "warm": self.launcher.warm()}):
            return False
        wanted_at = max(self._needed_at, self.store.scheduler()["wanted_at"])
        if now - wanted_at > 60 * settings.integer("RNNKIT_IDLE_MINUTES"):
            self.store.leave_scheduler(self.token)
            return False
        return True


def last_lines(run_id: str) -> str:
    """The end of a run's log."""
    path = settings.log_path(run_id)
    if not path.exists():
        return ""
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - 20_000))
        lines = log.read().decode("utf-8", "replace").replace("\0", "").splitlines()
    return "\n".join(lines[-LOG_LINES:])


def _device_for(run: Run, free: list[str], all_devices: list[launchers.Device]) -> str | None:
    """The first free device that the run may use. Where there is no GPU at all, the trainer says so."""
    asked = run.config.training.device
    if asked == "auto" or not any(device.id.startswith(asked) for device in all_devices):
        return next(iter(free), None)
    return next((device for device in free if device.startswith(asked)), None)


def _gone(token: str, lives: bool | None, heartbeat_at: float, beats: processes.Heartbeats) -> bool:
    """Whether a process is dead: as one can see, or by its heartbeat when it is on another machine.

    One that is frozen on this machine is ended first, so that it cannot wake up beside its successor.
    """
    if lives is None:
        return time.time() - heartbeat_at > STALE_SECONDS
    if lives and beats.stopped(token, heartbeat_at):
        processes.kill(token)
        return True
    return not lives


def main() -> int:
    """The scheduler process. Ends at once when another one lives."""
    store = Store()
    token = str(processes.token(note="scheduler"))
    other = store.scheduler()
    known = other["token"]
    gone = known and _gone(known, processes.lives(known), other["heartbeat_at"], processes.Heartbeats(FROZEN_SECONDS))
    dead = known if gone else None
    if not store.take_scheduler(token, stale_seconds=STALE_SECONDS, dead=dead):
        return 0
    try:
        Scheduler(store, launchers.LocalLauncher(), token).run()
    except PersonError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
