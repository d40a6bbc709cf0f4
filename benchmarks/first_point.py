"""From the order to the first point of the curve and to the first text: `python -m benchmarks.first_point [--json]`.

With a trainer that waits with all that trains loaded, and without one; each time the default network on the built-in
cookbook, through the real scheduler. Also what a waiting trainer holds in memory. With `--page` a browser
(the machine's Chromium, or the one that RNNKIT_CHROMIUM names) looks at the run's page, and how much later each is
there is said. Kernels are compiled once before.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from benchmarks.app import ARGUMENTS, CHROMIUM
from rnnkit import presets
from rnnkit.store import Store, Wanted
from rnnkit.training import processes, queueing, scheduler

ROOT = Path(__file__).parents[1]


@contextlib.contextmanager
def scheduling(warm: str, kernels: str) -> Iterator[tuple[Store, psutil.Process]]:
    """A scheduler with an empty store that pages wait for, and `warm` trainers kept ready."""
    with tempfile.TemporaryDirectory(prefix="rnnkit-", ignore_cleanup_errors=True) as home:
        os.environ |= {"RNNKIT_HOME": home, "RNNKIT_WARM": warm, "NUMBA_CACHE_DIR": kernels}
        store = Store()
        store.want_scheduler()
        process = scheduler.start()
        try:
            yield store, psutil.Process(process.pid)
        finally:
            for child in [*psutil.Process(process.pid).children(recursive=True), process]:
                child.kill()
            process.wait()
            store.close()


def ready(home: str) -> bool:
    """A warm trainer has said on which device it waits."""
    log = Path(home) / "logs" / "warm.log"
    return log.exists() and '"device"' in log.read_text(errors="replace")


def until(there: Callable[[], object], began: float, seconds: float = 60.0) -> float:
    """Seconds since `began` until it is there."""
    while not there():
        if time.perf_counter() - began > seconds:
            raise TimeoutError("the run did not begin")
        time.sleep(0.005)
    return time.perf_counter() - began


def order(store: Store) -> tuple[str, float]:
    """A new run, and when it was ordered."""
    began = time.perf_counter()
    return queueing.queue(store, presets.PRESETS["cookbook-gru"].config), began


def end(store: Store, run: str) -> None:
    store.ask(run, Wanted.STOP)
    until(lambda: not store.run(run).live, time.perf_counter())


def in_the_store(store: Store) -> dict[str, float]:
    """Seconds from the order to the first point and to the first text."""
    run, began = order(store)
    found = {"first_point": until(lambda: store.points(run), began)}
    found["cpu_first_point"] = worked(store, run)
    found["first_text"] = until(lambda: store.samples(run), began)
    found["cpu_first_text"] = worked(store, run)
    end(store, run)
    return found


def worked(store: Store, run: str) -> float:
    """CPU seconds of the run's trainer since it was started: what counts where others use the machine too."""
    times = psutil.Process(processes.parse(store.run(run).trainer or "").pid).cpu_times()
    return times.user + times.system


@contextlib.contextmanager
def browser() -> Iterator[Callable[[Store], dict[str, float]]]:
    """What orders a run and looks at its page: seconds that its point and text come after those of the store."""
    from playwright.sync_api import sync_playwright

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "dashboard.py", "--server.headless=true"]
    server = subprocess.Popen(
        [*command, f"--server.port={port}", "--server.address=127.0.0.1"], cwd=ROOT, stdout=subprocess.DEVNULL
    )
    with sync_playwright() as playwright, contextlib.ExitStack() as after:
        after.callback(server.wait)
        after.callback(server.kill)
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        after.callback(chromium.close)
        page = chromium.new_page()

        def look(store: Store) -> dict[str, float]:
            before, began = order(store)  # the page of a run that waits is open before it begins
            until(lambda: store.points(before), began)
            run, began = order(store)
            page.goto(f"http://127.0.0.1:{port}/Run?run={run}")
            until(lambda: page.locator(".watch .stands", has_text=" in the queue").count(), began)
            end(store, before)
            point = until(lambda: store.points(run), began)
            shown = until(lambda: page.locator(".watch .scatterlayer .trace").count(), began)
            text = until(lambda: store.samples(run), began)
            written = until(lambda: page.locator(".watch .next:not([hidden])").count(), began)
            end(store, run)
            return {"page_point_after": shown - point, "page_text_after": written - text}

        until(lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0, time.perf_counter())
        yield look


def measure(times: int, *, page: bool = False) -> dict[str, float]:
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="rnnkit-kernels-", ignore_cleanup_errors=True) as kernels:
        since = time.perf_counter()
        with scheduling("1", kernels):
            until(lambda: ready(os.environ["RNNKIT_HOME"]), since, 600.0)
        figures["compiling"] = time.perf_counter() - since
        for title, warm in (("warm", "1"), ("cold", "0")):
            taken = []
            for _ in range(times):
                with scheduling(warm, kernels) as (store, process):
                    began(store, process, warm, figures)
                    taken.append(in_the_store(store))
            figures |= {f"{title}_{name}": statistics.median(one[name] for one in taken) for name in taken[0]}
        if page:
            with scheduling("1", kernels) as (store, process), browser() as look:
                began(store, process, "1", figures)
                figures |= look(store)
    return {name: round(value, 2) for name, value in figures.items()}


def began(store: Store, process: psutil.Process, warm: str, figures: dict[str, float]) -> None:
    """Wait until the scheduler, and the trainer if there is to be one, are ready; note what that one holds."""
    since = time.perf_counter()
    until(lambda: store.scheduler()["token"], since)
    if warm == "1":
        until(lambda: ready(os.environ["RNNKIT_HOME"]), since)
        figures["trainer_mb"] = max(child.memory_info().rss for child in process.children()) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--page", action="store_true", help="look at the page with a browser, too")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    figures = measure(asked.times, page=asked.page)
    print(json.dumps(figures) if asked.json else "\n".join(f"{k:20} {v}" for k, v in figures.items()))


if __name__ == "__main__":
    main()
