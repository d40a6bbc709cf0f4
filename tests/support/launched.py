"""A launcher that starts no process, for tests of what the scheduler does with its trainers."""

from __future__ import annotations

from rnnkit.training import launchers, processes
from rnnkit.training.launchers import Device


class Trainers:
    """A launcher that starts nothing: trainers live until somebody says otherwise."""

    def __init__(self, *devices: Device):
        self.devices = list(devices)
        self.told: list[str] = []
        self.started = 0
        self.dead: set[str] = set()
        self.far: set[str] = set()  # on another machine
        self.back: list[launchers.Trainer] = []
        self.fates: dict[str, launchers.Fate] = {}
        self.ended: list[str] = []
        self.memory: int | None = None  # of this machine

    def trainer_for(self, device: str) -> launchers.Trainer:
        self.started += 1
        token = processes.Token("elsewhere", self.started, 0, device)
        return launchers.Trainer(process=None, orders=None, token=token, device=device)

    def tell(self, trainer: launchers.Trainer, run_id: str) -> None:
        self.told.append(run_id)

    def take_back(self, trainer: launchers.Trainer) -> None:
        self.back.append(trainer)

    def keep_warm(self, free, wanted) -> None:
        self.free, self.wanted = list(free), wanted

    def warm(self) -> int:
        return 0

    def see(self, at_work) -> None:
        self.at_work = set(at_work)

    def fate(self, token: str, runs) -> launchers.Fate:
        return self.fates.get(token) or launchers.LocalLauncher.fate(self, token, runs)

    def end(self, token: str) -> None:
        self.ended.append(token)
        processes.kill(token)

    def free_bytes(self, device: str) -> int | None:
        return self.memory

    def state(self) -> dict:
        return {}

    def lives(self, token: str) -> bool | None:
        return None if token in self.far else token not in self.dead


CPU = Device("cpu", "2 cores", 1)


GPU = Device("gpu0", "a GPU", 1)
