"""How long offers take after a key: `python -m benchmarks.keyboard [--browser] [--json]`.

In the engine: an LSTM-256 with random weights, which expects everything alike and so is the slowest there is to
search, and the Sherlock network that comes with the program. With --browser also from a key pressed in Chromium
to the offers on the page, one user (needs tests/requirements.txt). The engine's figures are processor time, which
other programs on the machine do not lengthen; the browser's are what a clock says. Knows no page.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.app import ARGUMENTS, CHROMIUM, running
from benchmarks.film_strip import config, trained
from rnnkit import paths
from rnnkit.sharing import archive
from rnnkit.store import Store
from rnnkit.studies import keyboard
from rnnkit.texts import cookbook

NAMES = {"LSTM-256, random": None, "Sherlock, LSTM-192": "sherlock-lstm"}
BEFORE = (50, 5_000)  # characters that stand there already
KEYS = 200  # pressed in the engine
PRESSED = 30  # in the browser


def run(store: Store, name: str) -> str:
    """The run of this name, made or imported."""
    if NAMES[name] is None:
        return trained(store, config(units=256), 1)
    return archive.import_run(store, paths.PRETRAINED / NAMES[name])


def in_the_engine(store: Store, run_id: str, before: int) -> dict[str, float]:
    """Milliseconds of one key, keys a second, and milliseconds to read what stands there for the first time."""
    at = keyboard.keyboard(store, run_id, store.checkpoint_epochs(run_id)[-1])
    text = cookbook.write(before + KEYS)
    at.offers(text[-10:])  # warms up
    first = _milliseconds(lambda: at.offers(text[:before]))
    keys = [_milliseconds(lambda n=n: at.offers(text[: before + n])) for n in range(1, KEYS + 1)]
    return {
        "median ms of a key": statistics.median(keys), "95 % ms": sorted(keys)[int(0.95 * KEYS)],
        "keys a second": 1000 * KEYS / sum(keys), "ms for all of it at once": first,
    }  # fmt: skip


def in_the_browser(before: int) -> dict[str, float]:
    """Milliseconds from a key to its offers on the page, one key after the other."""
    from playwright.sync_api import sync_playwright  # here, since only this part needs it

    with running() as app, sync_playwright() as playwright:
        store = Store(f"sqlite:///{app.home / 'rnnkit.sqlite'}")
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = chromium.new_page()
        page.goto(f"http://127.0.0.1:{app.port}/Run?tab=write&run={run(store, 'LSTM-256, random')}")
        box, keys = page.get_by_label("Your text"), page.locator(".keyboard")
        box.fill(cookbook.write(before))
        page.wait_for_timeout(5_000)
        took = []
        for letter in cookbook.write(before + PRESSED)[before:]:
            answered = keys.get_attribute("data-answered")
            box.press("Enter" if letter == "\n" else "Space" if letter.isspace() else letter)
            page.wait_for_function("([a, b]) => a.dataset.answered !== b", arg=[keys.element_handle(), answered])
            took.append(float(keys.get_attribute("data-took")))
            page.wait_for_timeout(100)  # a person's keys are never nearer than that for long
        chromium.close()
        store.close()
    return {"median ms": statistics.median(took), "95 % ms": sorted(took)[int(0.95 * len(took))]}


def _milliseconds(work: Callable[[], object]) -> float:
    began = time.thread_time()
    work()
    return 1000 * (time.thread_time() - began)


def measure(browser: bool) -> dict[str, float]:
    """Every figure by its name."""
    rows: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{Path(folder) / 'keyboard.sqlite'}")
        for name in NAMES:
            run_id = run(store, name)
            for before in BEFORE:
                found = in_the_engine(store, run_id, before)
                rows |= {f"{name}, after {before:,} characters, {what}": value for what, value in found.items()}
        store.close()
    for before in BEFORE if browser else ():
        rows |= {f"browser, after {before:,} characters, {k}": value for k, value in in_the_browser(before).items()}
    return rows


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--browser", action="store_true", help="also in a real browser")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    options = parser.parse_args(arguments)
    rows = measure(options.browser)
    if options.json:
        json.dump(rows, sys.stdout)
        return
    width = max(map(len, rows))
    for title, value in rows.items():
        print(f"{title:<{width}}  {value:>9,.1f}")


if __name__ == "__main__":
    main()
