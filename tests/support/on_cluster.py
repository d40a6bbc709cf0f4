"""What tests of a cluster do: runs on nodes, waiting for their ends, and the same orders on one machine without Ray."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil
import pytest
from ray_nodes import Nodes
from short_run import SHORT

from rnnkit import paths
from rnnkit.config import RunConfig, with_settings
from rnnkit.store import Status, Store
from rnnkit.training import processes, scheduler

SUPPORT = Path(__file__).parents[1] / "support"
LATE = "import time\n_time = time.time\ntime.time = lambda: _time() + 60\n"  # a machine whose clock is a minute ahead


class Cluster(NamedTuple):
    """Nodes, the store that they meet in, and where each of them keeps its files."""

    nodes: Nodes
    store: Store
    folder: Path

    def node(self, name: str, *, late: bool = False) -> dict[str, str]:
        """The environment of a node."""
        home = self.folder / name
        folders = [str(paths.PACKAGE.parent), str(SUPPORT)]
        if late:
            (self.folder / "late").mkdir(exist_ok=True)
            (self.folder / "late" / "sitecustomize.py").write_text(LATE)
            folders.insert(0, str(self.folder / "late"))
        return {"RNNKIT_HOME": str(home), "RNNKIT_NODE": name, "PYTHONPATH": os.pathsep.join(folders)}


def end_scheduler(store: Store) -> None:
    if (token := store.scheduler()["token"]) and processes.lives(token):
        os.kill(processes.parse(token).pid, signal.SIGKILL)


def end_all(folder: Path) -> None:
    """Whatever was started with a home in this folder: Ray's processes for the nodes, and trainers."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if str(folder) in process.environ().get("RNNKIT_HOME", "") or str(folder) in " ".join(process.cmdline()):
                process.kill()


def small(seed: int, **changes) -> RunConfig:
    """A run of somebody else for each seed."""
    own = {"owner": f"person {seed}", "training.seed": seed, "training.moments": False, "training.epochs": 10}
    return with_settings(SHORT, own | changes)


def wait_for(store: Store, condition: Callable[[], object], what: str, seconds: float = 120.0) -> None:
    """Look now and then, as pages do, which see to it that a scheduler lives."""
    began = needed = time.monotonic()
    scheduler.ensure_running(store)
    while not condition():
        now = time.monotonic()
        if now - needed > 5:  # a new one has had time to say that it is there
            needed = now
            scheduler.ensure_running(store)
        if now - began > seconds:
            runs = [(run.status.value, run.epochs_done, run.device_id, run.message) for run in store.runs()]
            raise AssertionError(f"waited {seconds} s for {what}: {store.scheduler()['state']} {runs}")
        time.sleep(0.2)


def all_ended(store: Store, runs: list[str], seconds: float) -> None:
    """Wait for the ends of runs."""
    wait_for(store, lambda: not any(store.run(run).live for run in runs), "the runs to end", seconds)
    said = {run: (store.run(run).status, store.run(run).message, store.run(run).log) for run in runs}
    assert {status for status, *_ in said.values()} == {Status.FINISHED}, said
    assert store.check() == []


def weights(store: Store, runs: list[str]) -> list[list[dict[str, np.ndarray]]]:
    """Of every finished epoch of each run."""
    return [[store.checkpoint(run, m["epoch"]) for m in store.epochs(run)] for run in runs]


def same(ours: list, theirs: list) -> bool:
    """Whether all arrays are equal, bit for bit."""
    pairs = [(one, other) for a, b in zip(ours, theirs, strict=True) for one, other in zip(a, b, strict=True)]
    return all(
        one.keys() == other.keys() and all(np.array_equal(one[k], other[k]) for k in one) for one, other in pairs
    )


def without_ray(configs: list[RunConfig], monkeypatch: pytest.MonkeyPatch, folder: Path) -> list:
    """The weights that the same orders give on one machine, with a store of its own."""
    with monkeypatch.context() as patch:
        patch.setenv("RNNKIT_STORE", "")
        patch.setenv("RNNKIT_RAY", "")
        patch.setenv("RNNKIT_THREADS", "1")
        patch.setenv("RNNKIT_HOME", str(folder / "alone"))
        with closing(Store()) as store:
            runs = [store.create_run(config) for config in configs]
            try:
                all_ended(store, runs, 300)
                assert store.run(runs[0]).device.endswith("compiled)")
                return weights(store, runs)
            finally:
                end_scheduler(store)
