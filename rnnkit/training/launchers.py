"""Where a trainer runs: on this machine, or on the nodes of a cluster (cluster/), a class with the same methods.

Here a trainer is a process of its own session, started ready to train and told its run on its
standard input: what starts it may die without disturbing it. Knows no queue and no page.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import IO, Any, NamedTuple, Protocol

from rnnkit import logs, paths, settings, system
from rnnkit.errors import ConfigError
from rnnkit.store import Store
from rnnkit.training import marks, processes

CPU, GPU = "cpu", "gpu"
LOG_LINES = 30
BEGIN_SECONDS = 5.0  # of a run, in which nothing else is loaded
DISMISS_SECONDS = 5.0


class Device(NamedTuple):
    """A place to train: `cpu` or `gpu0`, `gpu1`, ..., of a cluster `cpu@NODE`; its name for people; how many trainers
    it takes at once; its own memory, which these share, of a GPU whose driver says it."""

    id: str
    title: str
    slots: int
    memory_bytes: int | None = None


class Fate(NamedTuple):
    """What a lost trainer has left behind: the run that it was at, where one can know, and the ends of logs of runs.

    `blamed`: whether it may be lost because of a run; else its machine was.
    """

    run: str | None = None
    logs: Mapping[str, str] = {}
    blamed: bool = True

    def log(self, run_id: str) -> str:
        """The end of a run's own log, or of those of the runs that were trained beside it."""
        return self.logs.get(run_id) or "\n".join(self.logs.values())


class Held(Protocol):
    """A trainer that has not been given a run yet."""

    @property
    def token(self) -> processes.Token | str: ...
    @property
    def device(self) -> str: ...


class Launcher(Protocol):
    """What the scheduler asks of the place where trainers run."""

    @property
    def devices(self) -> list[Device]:
        """Where one can train now, the fastest first. Of a cluster that has not answered yet there are none."""

    def see(self, at_work: Collection[str]) -> None:
        """Look again; these trainers hold runs, as the store says."""

    def trainer_for(self, device: str) -> Any:
        """A trainer on `device`, warm if there is one; its token goes into the store before it is told its run."""

    def tell(self, trainer: Any, run_id: str) -> None:
        """Let the trainer begin. One that has died is noticed like any other."""

    def take_back(self, trainer: Any) -> None:
        """One that was not given a run after all."""

    def keep_warm(self, free: Iterable[str], wanted: bool) -> None:
        """Have warm trainers on the free devices, the first of them first, or none where none are wanted."""

    def warm(self) -> int:
        """How many trainers wait for a run."""

    def lives(self, token: str) -> bool | None:
        """Whether a trainer lives; None when only its heartbeat can tell."""

    def fate(self, token: str, runs: Collection[str]) -> Fate:
        """What a trainer that is given up has left behind. Asked once."""

    def end(self, token: str) -> None:
        """End a trainer at once, if it lives where this reaches."""

    def free_bytes(self, device: str) -> int | None:
        """Memory that is free where a device is; None: on this machine."""

    def state(self) -> dict[str, Any]:
        """What people may know beside the devices."""

    def close(self) -> None:
        """Dismiss the warm trainers; the ones that train go on."""


def chosen(store: Store, scheduler: str) -> Launcher:
    """The launcher that RNNKIT_RAY names. `scheduler`: the token of the one that it serves. Raises ConfigError."""
    check()
    if not (address := settings.value("RNNKIT_RAY")):
        return LocalLauncher()
    from rnnkit.training.cluster.launcher import ClusterLauncher

    ours = hashlib.sha256(b"cluster" + store.secret()).hexdigest()[:10]  # other stores may use the same cluster
    sqlite = store.url.startswith("sqlite")
    return ClusterLauncher(address, namespace=f"rnnkit-{ours}", scheduler=scheduler, sqlite=sqlite)


def check() -> None:
    """Raises ConfigError: RNNKIT_RAY names a cluster and Ray is not installed. Does not import it."""
    if settings.value("RNNKIT_RAY") and find_spec("ray") is None:
        raise ConfigError('RNNKIT_RAY: expected Ray to be installed (pip install "ray>=2.60,<2.61"), got none')


@dataclass
class Trainer:
    """A started process that has not been given a run yet."""

    process: subprocess.Popen[str]
    orders: IO[str]  # its standard input, where it hears which run is its
    token: processes.Token
    device: str  # the id of the one that it sees


class LocalLauncher:
    """Trainers on this machine: `start` gives a run to one that is warm, or to a new one."""

    def __init__(self) -> None:
        self.devices = devices()
        self._warm: list[Trainer] = []
        self._started: list[subprocess.Popen[str]] = []  # waited for, so that none stays a zombie
        self._told_at = -BEGIN_SECONDS

    def see(self, at_work: Collection[str]) -> None:
        """All is asked when it is needed."""

    def trainer_for(self, device: str) -> Trainer:
        """A trainer on `device`, warm if there is one; its token goes into the store before it is told its run."""
        fitting = [one for one in self._warm if one.device == device and one.process.poll() is None]
        trainer = next(iter(fitting), None) or _spawn(device)
        self._warm = [other for other in self._warm if other is not trainer]
        self._started.append(trainer.process)
        return trainer

    def tell(self, trainer: Trainer, run_id: str) -> None:
        """Let the trainer begin. One that has died is noticed like any other."""
        self._told_at = time.monotonic()
        with suppress(BrokenPipeError), trainer.orders:
            trainer.orders.write(json.dumps({"run": run_id, "trainer": str(trainer.token)}) + "\n")

    def take_back(self, trainer: Trainer) -> None:
        """One that was not given a run after all."""
        self._started = [process for process in self._started if process is not trainer.process]
        self._warm.append(trainer)

    def keep_warm(self, free: Iterable[str], wanted: bool) -> None:
        """Have RNNKIT_WARM warm trainers on the free devices, the first of them first; no others.

        Where none is free, the first device has one for who comes next. A new one only when the last that was told a
        run has had some seconds for its first steps.
        """
        self._started = [process for process in self._started if process.poll() is None]
        places = (list(dict.fromkeys(free)) or [self.devices[0].id]) if wanted else []
        places = places[: settings.integer("RNNKIT_WARM")]
        kept = []
        for trainer in self._warm:
            if trainer.process.poll() is None and trainer.device in places:
                places.remove(trainer.device)
                kept.append(trainer)
            else:
                _dismiss(trainer)
        begins = time.monotonic() - self._told_at < BEGIN_SECONDS
        self._warm = kept + ([] if begins else [_spawn(device) for device in places])

    def warm(self) -> int:
        """How many trainers wait for a run, Keras imported or still importing."""
        return len(self._warm)

    def lives(self, token: str) -> bool | None:
        """Whether a trainer lives; None when only its heartbeat can tell."""
        for process in self._started:
            process.poll()  # an ended child is a zombie until its parent looks
        return processes.lives(token)

    def fate(self, token: str, runs: Collection[str]) -> Fate:
        """It died of the run that had its turn, where it has left word of that."""
        found = Fate(marks.found(token), {run: last_lines(run) for run in runs})
        marks.forget(token)
        return found

    def end(self, token: str) -> None:
        """End a trainer at once, if it lives on this machine: what is frozen need not wake up."""
        processes.kill(token)

    def free_bytes(self, device: str) -> int | None:
        """None: all devices are this machine's."""
        return None

    def state(self) -> dict[str, Any]:
        """Nothing beside the devices."""
        return {}

    def close(self) -> None:
        """Dismiss the warm trainers; the ones that train go on."""
        for trainer in self._warm:
            _dismiss(trainer)
        self._warm = []


def devices() -> list[Device]:
    """Where this machine can train, the fastest first. Asks the driver, not TensorFlow."""
    gpu_slots = settings.integer("RNNKIT_GPU_SLOTS")
    titles, sizes = gpu_titles(), gpu_bytes()
    gpus = [Device(f"gpu{i}", title, gpu_slots, sizes[i] if i < len(sizes) else None) for i, title in enumerate(titles)]
    return [*gpus, Device(CPU, f"{os.cpu_count()} processor cores", settings.integer("RNNKIT_CPU_SLOTS"))]


def free_devices(all_devices: Iterable[Device], held: Iterable[str | None]) -> list[str]:
    """Device ids with room, each as often as it has room, given the ids that trainers at work hold.

    GPUs first, and of several the least busy.
    """
    busy = Counter(held)
    free = [
        (on_processor(device.id), taken / device.slots, place, device.id)
        for place, device in enumerate(all_devices)
        for taken in range(busy[device.id], device.slots)
    ]
    return [device for *_, device in sorted(free)]


def on_processor(device: str | None) -> bool:
    """Whether this is the id of a processor, of this machine or of a node."""
    return device is not None and device.startswith(CPU)


def last_lines(run_id: str) -> str:
    """The end of a run's log."""
    path = settings.log_path(run_id)
    if not path.exists():
        return ""
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - 20_000))
        lines = log.read().decode("utf-8", "replace").replace("\0", "").splitlines()
    return "\n".join(map(logs.plain, lines[-LOG_LINES:]))


@cache
def gpu_titles() -> list[str]:
    """The names of the GPUs that the driver sees, none without one. Asked once a process."""
    return _asked_driver("name")


@cache
def gpu_bytes() -> list[int | None]:
    """Their memory; None of one of which the driver does not say it."""
    said = (size.removesuffix(" MiB") for size in _asked_driver("memory.total"))
    return [int(size) * 2**20 if size.isdecimal() else None for size in said]


def _asked_driver(field: str) -> list[str]:
    if not shutil.which("nvidia-smi"):
        return []
    query = ["nvidia-smi", f"--query-gpu={field}", "--format=csv,noheader"]
    answer = subprocess.run(query, capture_output=True, text=True, timeout=20, check=False)
    return answer.stdout.strip().splitlines() if answer.returncode == 0 else []


def _spawn(device: str) -> Trainer:
    """A new trainer process that sees only its device."""
    visible = device.removeprefix("gpu") if device != CPU else "-1"
    environment = paths.environment(CUDA_VISIBLE_DEVICES=visible, TF_CPP_MIN_LOG_LEVEL="2")
    with settings.open_log("warm") as log:
        process = subprocess.Popen(
            paths.python("-m", "rnnkit.training.turns", "--warm"),
            stdin=subprocess.PIPE, stdout=log, stderr=log, text=True, env=environment, **system.detached(),
        )  # fmt: skip
    assert process.stdin is not None
    return Trainer(process, process.stdin, processes.token(process.pid, note=device), device)


def _dismiss(trainer: Trainer) -> None:
    """A waiting trainer ends when its standard input does; one that is frozen is ended."""
    trainer.orders.close()
    trainer.process.terminate()
    try:
        trainer.process.wait(DISMISS_SECONDS)
    except subprocess.TimeoutExpired:
        trainer.process.kill()
        trainer.process.wait()
