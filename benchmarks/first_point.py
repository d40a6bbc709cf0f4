"""From the order to the first point of the curve and to the first text: `python -m benchmarks.first_point [--json]`.

With a trainer that waits with all that trains loaded, and without one; each time the default network on the built-in
cookbook, through the real scheduler. Also what a waiting trainer holds in memory. With `--page` a browser looks at the
run's page meanwhile (Playwright's Chromium, or the one that RNNKIT_CHROMIUM names), and says when each is there.
Kernels are those of this machine: compiled before, they are loaded.
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

from rnnkit import paths, presets
from rnnkit.store import Store, Wanted
from rnnkit.training import queueing, scheduler

NAMES = ("first_point", "first_text")


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


def order(store: Store, look: Callable[[str], dict[str, float]] | None) -> dict[str, float]:
    """Seconds from the order to what the store and, where somebody looks, the page show."""
    began = time.perf_counter()
    run = queueing.queue(store, presets.PRESETS["cookbook-gru"].config)
    found = {"first_point": until(lambda: store.points(run), began)} if look is None else look(run)
    if look is None:
        found["first_text"] = until(lambda: store.samples(run), began)
    store.ask(run, Wanted.STOP)
    until(lambda: not store.run(run).live, began)
    return found


@contextlib.contextmanager
def page() -> Iterator[Callable[[Store, str], dict[str, float]]]:
    """What looks at a run's page in a browser: seconds that its point and its text come after those of the store."""
    from playwright.sync_api import sync_playwright

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "dashboard.py", "--server.headless=true"]
    server = subprocess.Popen(
        [*command, f"--server.port={port}", "--server.address=127.0.0.1"], cwd=paths.ROOT, stdout=subprocess.DEVNULL
    )
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=os.environ.get("RNNKIT_CHROMIUM"), args=["--no-sandbox", "--disable-gpu"]
            )
            opened = browser.new_page()

            def look(store: Store, run: str) -> dict[str, float]:
                opened.goto(f"http://127.0.0.1:{port}/Train?run={run}")
                began = time.perf_counter()
                point = until(lambda: store.points(run), began)
                opened.wait_for_selector(
                    "[aria-label*=' points, the last'], [alt*=' points, the last']", timeout=60_000
                )
                shown = time.perf_counter() - began
                text = until(lambda: store.samples(run), began)
                opened.wait_for_selector("text=/^(Step|Epoch) .* temperature/", timeout=60_000)
                return {"page_point": shown - point, "page_text": time.perf_counter() - began - text}

            yield look
            browser.close()
    finally:
        server.terminate()
        server.wait()


def measure(times: int) -> dict[str, float]:
    figures: dict[str, float] = {}
    kernels = tempfile.mkdtemp(prefix="rnnkit-kernels-")
    for title, warm in (("first", "1"), ("warm", "1"), ("cold", "0")):  # the first compiles, and is not counted
        taken = []
        for _ in range(times if title != "first" else 1):
            with scheduling(warm, kernels) as (store, process):
                since = time.perf_counter()
                until(lambda store=store: store.scheduler()["token"], since)
                if warm == "1":
                    until(lambda: ready(os.environ["RNNKIT_HOME"]), since, 300.0)
                    figures["trainer_mb"] = max(child.memory_info().rss for child in process.children()) / 1e6
                taken.append(order(store, None))
        if title == "first":
            figures["compiling_seconds"] = time.perf_counter() - since
            continue
        for name in NAMES:
            figures[f"{title}_{name}"] = statistics.median(one[name] for one in taken)
    return {name: round(value, 2) for name, value in figures.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    figures = measure(asked.times)
    print(json.dumps(figures) if asked.json else "\n".join(f"{k:20} {v}" for k, v in figures.items()))


if __name__ == "__main__":
    main()
