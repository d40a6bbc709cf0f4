"""Where a trainer runs. This machine is the one place so far; a cluster would be another class with the same methods.

A trainer is a process of its own session, started ready to train and told its run on its
standard input: what starts it may die without disturbing it. Knows no queue and no page.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import IO, NamedTuple

from rnnkit import paths, settings, system
from rnnkit.training import processes

CPU = "cpu"
BEGIN_SECONDS = 5.0  # of a run, in which nothing else is loaded
DISMISS_SECONDS = 5.0


class Device(NamedTuple):
    """A place to train: `cpu` or `gpu0`, `gpu1`, ...; its name for people; how many runs it takes at once."""

    id: str
    title: str
    slots: int


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

    def keep_warm(self, free: Iterable[str]) -> None:
        """Have the wanted number of warm trainers on the free devices, the first of them first; no others.

        A new one only when the last that was told a run has had some seconds for its first steps.
        """
        self._started = [process for process in self._started if process.poll() is None]
        wanted = list(free)[: settings.integer("RNNKIT_WARM")]
        kept = []
        for trainer in self._warm:
            if trainer.process.poll() is None and trainer.device in wanted:
                wanted.remove(trainer.device)
                kept.append(trainer)
            else:
                _dismiss(trainer)
        begins = time.monotonic() - self._told_at < BEGIN_SECONDS
        self._warm = kept + ([] if begins else [_spawn(device) for device in wanted])

    def warm(self) -> int:
        """How many trainers wait for a run, Keras imported or still importing."""
        return len(self._warm)

    def lives(self, token: str) -> bool | None:
        """Whether a trainer lives; None when only its heartbeat can tell."""
        for process in self._started:
            process.poll()  # an ended child is a zombie until its parent looks
        return processes.lives(token)

    def close(self) -> None:
        """Dismiss the warm trainers; the ones that train go on."""
        for trainer in self._warm:
            _dismiss(trainer)
        self._warm = []


def devices() -> list[Device]:
    """Where this machine can train, the fastest first. Asks the driver, not TensorFlow."""
    gpu_slots = settings.integer("RNNKIT_GPU_SLOTS")
    gpus = [Device(f"gpu{i}", title, gpu_slots) for i, title in enumerate(gpu_titles())]
    return [*gpus, Device(CPU, f"{os.cpu_count()} processor cores", settings.integer("RNNKIT_CPU_SLOTS"))]


def free_devices(all_devices: Iterable[Device], held: Iterable[str | None]) -> list[str]:
    """Device ids with room, each as often as it has room, given the ids that trainers at work hold."""
    busy = Counter(held)
    return [device.id for device in all_devices for _ in range(device.slots - busy[device.id])]


@cache
def gpu_titles() -> list[str]:
    """The names of the GPUs that the driver sees, none without one. Asked once a process."""
    if not shutil.which("nvidia-smi"):
        return []
    query = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
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
