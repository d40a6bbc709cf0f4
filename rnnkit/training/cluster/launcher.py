"""Trainers on a cluster, as the scheduler sees it: the same questions and orders as on one machine.

Nothing here waits for the cluster: a child process (hand.py) speaks with Ray and says each second what it sees. While
it has nothing to say, a trainer's heartbeat in the store is all that is known of it. Everything else a new scheduler
finds again, as a trainer's token is its name in the cluster. Never imports Ray.
"""

from __future__ import annotations

import json
import logging
import secrets
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any, NamedTuple

from rnnkit import paths, settings
from rnnkit.training import processes
from rnnkit.training.launchers import BEGIN_SECONDS, CPU, GPU, Device, Fate

_log = logging.getLogger("rnnkit.training")
PREFIX = "ray:"  # of the machine in a trainer's token, before its node's id
FRESH_SECONDS = 10.0  # so long what was seen last is taken for what is
SILENT_SECONDS = 60.0  # without a word the child is ended and another started
AGAIN_SECONDS = 5.0  # between two of them
STARTING_SECONDS = 60.0  # so long a trainer may take to be seen
KEPT_SECONDS = 600.0  # so long it is remembered that one was never seen
PASSED_ON = ("RNNKIT_THREADS", "RNNKIT_IDLE_MINUTES")  # settings that are the scheduler's on every node


class ClusterTrainer(NamedTuple):
    """One that lives on a node, or was asked for, and holds no run."""

    token: str
    device: str


@dataclass(frozen=True)
class View:
    """What the child saw last.

    `pending`: of the trainers those that have not begun to live. `ended`: what dead ones have left behind.
    """

    nodes: dict[str, dict[str, Any]]
    dead: frozenset[str]
    trainers: frozenset[str]
    pending: frozenset[str]
    ended: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, seen: dict[str, Any]) -> View:
        """From the child's line."""
        nodes = {node["id"]: node for node in seen["nodes"]}
        dead, trainers, pending = (frozenset(seen[name]) for name in ("dead", "trainers", "pending"))
        return cls(nodes, dead, trainers, pending, seen["ended"])


NOTHING = View({}, frozenset(), frozenset(), frozenset(), {})


class ClusterLauncher:
    """Trainers on the nodes of the Ray cluster at `address`.

    Args:
        namespace: of the store, where others use the cluster too. scheduler: the token of the one that this serves.
        sqlite: whether the store is a file, which only processes of this machine can share.
    """

    def __init__(self, address: str, *, namespace: str, scheduler: str, sqlite: bool):
        environment = {name: str(settings.integer(name)) for name in PASSED_ON}
        self._about = {
            "address": address, "namespace": namespace, "scheduler": scheduler, "sqlite": sqlite,
            "environment": environment,
        }  # fmt: skip
        self._threads, self._gpu_slots = settings.integer("RNNKIT_THREADS"), settings.integer("RNNKIT_GPU_SLOTS")
        self._view, self._heard_at, self._fault = NOTHING, time.monotonic() - FRESH_SECONDS, ""
        self._child: subprocess.Popen[str] | None = None
        self._started_at = -AGAIN_SECONDS
        self._starting: dict[str, float] = {}  # trainers that were asked for and not seen yet
        self._busy: set[str] = set()  # that hold runs
        self._dismissed: set[str] = set()
        self._told: dict[str, dict[str, Any]] = {}  # what was said last to those that hold runs
        self._told_at = -BEGIN_SECONDS
        self.see(())

    # ---- what is there

    def see(self, at_work: Collection[str]) -> None:
        """Look again. `at_work`: trainers that hold runs, as the store says."""
        now = time.monotonic()
        ended = self._child is None or self._child.poll() is not None
        if not ended and now - max(self._heard_at, self._started_at) > SILENT_SECONDS:
            self._end_child()
            ended = True
        if ended and now - self._started_at > AGAIN_SECONDS:
            self._start_child()
        living = self._view.trainers
        self._starting = {
            token: since for token, since in self._starting.items()
            if token not in living and now - since < KEPT_SECONDS
        }  # fmt: skip
        self._dismissed &= living
        self._busy = {*at_work}
        self._told = {token: order for token, order in self._told.items() if token in self._busy}

    @property
    def devices(self) -> list[Device]:
        """Where the cluster can train now, GPUs first; empty while nothing is known of it."""
        nodes = [node for node in self._view.nodes.values() if node["ready"]] if self._is_fresh() else []
        return [*filter(None, map(self._gpus, nodes)), *filter(None, map(self._cores, nodes))]

    def _gpus(self, node: dict[str, Any]) -> Device | None:
        if not (count := int(node["gpus"])):
            return None
        title = next(iter(node["gpu_titles"]), "GPU")
        many = f"{count} " if count > 1 else ""
        return Device(f"{GPU}@{node['id']}", f"{many}{title} of {node['name']}", count * self._gpu_slots)

    def _cores(self, node: dict[str, Any]) -> Device | None:
        if not (cores := int(node["cores"])):
            return None
        title = f"{cores} processor core{'s' * (cores != 1)} of {node['name']}"
        return Device(f"{CPU}@{node['id']}", title, max(1, cores // self._threads))

    def state(self) -> dict[str, Any]:
        """What people may know of the cluster: its nodes, and why one of them gets no run."""
        nodes = [{"name": one["name"], "said": one["said"]} for one in self._view.nodes.values()]
        if self._is_fresh():
            return {"nodes": nodes}
        fault = self._fault or f"RNNKIT_RAY: expected a Ray cluster at {self._about['address']}, none has answered yet"
        return {"nodes": [], "fault": fault}

    def lives(self, token: str) -> bool | None:
        """Whether a trainer lives; None when only its heartbeat can tell: no word from Ray, or an unknown node."""
        node = _node_of(token)
        if not node:
            return processes.lives(token)  # of this machine, from before there was a cluster
        if token in self._starting:
            return time.monotonic() - self._starting[token] < STARTING_SECONDS
        if not self._is_fresh():
            return None
        if token in self._view.trainers:
            return True
        return False if node in self._view.nodes or node in self._view.dead else None

    def fate(self, token: str, runs: Collection[str]) -> Fate:
        """What a lost trainer has left behind.

        None of its runs is blamed where it has not begun to live, its node is gone, or Ray has no word.
        """
        if node := _node_of(token):
            words = self._view.ended.get(token, {})
            began = token not in self._view.pending and token not in self._starting
            blamed = began and not words.get("left") and self._is_fresh() and node in self._view.nodes
            return Fate(words.get("run"), words.get("logs", {}), blamed=blamed)
        return Fate()

    def free_bytes(self, device: str) -> int | None:
        """Memory that is free on the node of a device, 0 where nothing is known of it."""
        return self._view.nodes.get(device.partition("@")[2], {}).get("free_bytes") or 0

    def warm(self) -> int:
        """How many trainers wait for a run."""
        return len(self._idle())

    def _idle(self) -> list[ClusterTrainer]:
        now = time.monotonic()
        coming = [token for token, since in self._starting.items() if now - since < STARTING_SECONDS]
        living = [*self._view.trainers, *coming]
        free = [token for token in dict.fromkeys(living) if token not in self._busy | self._dismissed]
        return [ClusterTrainer(token, processes.parse(token).note) for token in sorted(free)]

    # ---- orders

    def trainer_for(self, device: str) -> ClusterTrainer:
        """A trainer on `device`, one that waits there if there is one."""
        waiting = [one for one in self._idle() if one.device == device]
        trainer = waiting[0] if waiting else self._start(device, warm=False)
        self._busy.add(trainer.token)
        return trainer

    def tell(self, trainer: ClusterTrainer, run_id: str) -> None:
        """Let the trainer begin."""
        self._told_at = time.monotonic()
        self._told[trainer.token] = {"tell": trainer.token, "run": run_id}
        self._order(self._told[trainer.token])

    def take_back(self, trainer: ClusterTrainer) -> None:
        """One that was not given a run after all."""
        self._busy.discard(trainer.token)

    def keep_warm(self, free: Iterable[str], wanted: bool) -> None:
        """Have RNNKIT_WARM waiting trainers on each node with room; no others."""
        places: list[str] = []
        on_node: Counter[str] = Counter()
        for device in dict.fromkeys(free) if wanted else ():
            node = device.partition("@")[2]
            on_node[node] += 1
            places += [device] if on_node[node] <= settings.integer("RNNKIT_WARM") else []
        for trainer in self._idle():
            if trainer.device in places:
                places.remove(trainer.device)
            elif trainer.token not in self._starting:
                self._dismissed.add(trainer.token)
                self._order({"dismiss": trainer.token})
        if time.monotonic() - self._told_at >= BEGIN_SECONDS:
            for device in places:
                self._start(device, warm=True)

    def end(self, token: str) -> None:
        """End a trainer at once, if it still lives."""
        if _node_of(token):
            self._order({"end": token})
        else:
            processes.kill(token)

    def close(self) -> None:
        """Dismiss the trainers that wait; the ones that train go on."""
        for trainer in self._idle():
            self._order({"dismiss": trainer.token})
        self._end_child()

    def _start(self, device: str, *, warm: bool) -> ClusterTrainer:
        node = device.partition("@")[2]
        # A number that nobody has had: the process will not be seen from here.
        token = processes.Token(PREFIX + node, secrets.randbits(40), int(time.time()), device)
        trainer = ClusterTrainer(str(token), device)
        self._starting[trainer.token] = time.monotonic()
        on_gpu = device.startswith(GPU)
        cores = min(self._threads, self._view.nodes.get(node, {}).get("cores", 0))
        needs = {"cpus": 0 if on_gpu else cores, "gpus": 1 / self._gpu_slots if on_gpu else 0}
        self._order({"start": trainer.token, "warm": warm, **needs})
        return trainer

    # ---- the child

    def _is_fresh(self) -> bool:
        return time.monotonic() - self._heard_at < FRESH_SECONDS

    def _start_child(self) -> None:
        self._started_at = time.monotonic()
        self._child = subprocess.Popen(
            paths.python("-m", "rnnkit.training.cluster.hand"), env=paths.environment(RAY_USAGE_STATS_ENABLED="0"),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        for order in (self._about, *self._told.values()):  # who was told already is told nothing new
            self._order(order)
        assert self._child.stdout is not None
        threading.Thread(target=self._listen, args=(self._child.stdout,), daemon=True).start()

    def _listen(self, lines: IO[str]) -> None:
        with lines:
            for line in lines:
                self.hear(json.loads(line))

    def hear(self, seen: dict[str, Any]) -> None:
        """Take in what the child says: all that it sees, or why it sees nothing."""
        if fault := seen.get("fault"):
            self._fault = fault
        else:
            self._view, self._heard_at, self._fault = View.of(seen), time.monotonic(), ""

    def _order(self, order: dict[str, Any]) -> None:
        """Lost where the child has just ended: who waits for what it asks is asked again, or given up."""
        if self._child and self._child.stdin:
            with suppress(OSError, ValueError):
                self._child.stdin.write(json.dumps(order) + "\n")
                self._child.stdin.flush()

    def _end_child(self) -> None:
        if self._child is None:
            return
        with suppress(OSError):
            self._child.stdin.close()  # type: ignore[union-attr]
        try:
            self._child.wait(BEGIN_SECONDS)
        except subprocess.TimeoutExpired:
            _log.warning("cluster: its process does not end, and is ended")
            self._child.kill()
            self._child.wait()


def _node_of(token: str) -> str:
    host = processes.parse(token).host
    return host.removeprefix(PREFIX) if host.startswith(PREFIX) else ""
