"""From the order to the first point of the curve: `python -m benchmarks.first_point [--times 3] [--json]`.

Once with a trainer that has already imported TensorFlow, once without. Each time the default
network on the built-in cookbook, through the real scheduler.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from rnnkit import presets
from rnnkit.store import Store, Wanted
from rnnkit.training import queueing, scheduler


@contextlib.contextmanager
def scheduling(warm: str) -> Iterator[Store]:
    """A scheduler with an empty store, and `warm` trainers kept ready."""
    with tempfile.TemporaryDirectory(prefix="rnnkit-") as home:
        os.environ |= {"RNNKIT_HOME": home, "RNNKIT_WARM": warm}
        store = Store()
        process = scheduler.start()
        try:
            yield store
        finally:
            for child in [*psutil.Process(process.pid).children(recursive=True), process]:
                child.kill()
            process.wait()
            store.close()


def seconds_to_first_point(store: Store) -> float:
    began = time.perf_counter()
    run = queueing.queue(store, presets.PRESETS["cookbook-gru"].config)
    while not store.points(run):
        time.sleep(0.01)
    taken = time.perf_counter() - began
    store.ask(run, Wanted.STOP)
    while store.run(run).live:
        time.sleep(0.05)
    return taken


def ready(home: str) -> bool:
    """A warm trainer has said on which device it waits."""
    log = Path(home) / "logs" / "warm.log"
    return log.exists() and '"device"' in log.read_text(errors="replace")


def measure(times: int) -> dict[str, float]:
    figures = {}
    for title, warm in (("warm", "1"), ("cold", "0")):
        taken = []
        for _ in range(times):
            with scheduling(warm) as store:
                while store.scheduler()["token"] is None or (warm == "1" and not ready(os.environ["RNNKIT_HOME"])):
                    time.sleep(0.1)
                taken.append(seconds_to_first_point(store))
        figures[f"{title}_seconds"] = round(statistics.median(taken), 2)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    figures = measure(asked.times)
    print(json.dumps(figures) if asked.json else "\n".join(f"{k:16} {v}" for k, v in figures.items()))


if __name__ == "__main__":
    main()
