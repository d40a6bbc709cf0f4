"""The first screen of a fresh install: `python -m benchmarks.first_screen [--times 5] [--json]`.

Each time a dashboard with an empty home, whose trained networks are not in any store yet, and a browser that has
seen nothing. Measured from the command to a server that answers, and from the address to writing networks on Home.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time

from benchmarks.app import ARGUMENTS, CHROMIUM, running

# What the best network wrote stands on the page. Looked
# for in every frame: wait_for_selector looks again only after half a second, a third of what is measured.
WRITTEN = "document.querySelector('pre.letters')?.getBoundingClientRect().height > 0"


def once(playwright) -> dict[str, float]:
    """Seconds of one fresh start, and what its process holds."""
    began = time.perf_counter()
    with running() as app:
        answered = time.perf_counter()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page()
        opened = time.perf_counter()
        page.goto(f"http://127.0.0.1:{app.port}/")
        page.wait_for_function(WRITTEN, polling="raf")
        written = time.perf_counter()
        page.close()
        again = browser.new_page()
        again.goto(f"http://127.0.0.1:{app.port}/")
        again.wait_for_function(WRITTEN, polling="raf")
        second = time.perf_counter()
        browser.close()
        frameworks = sum("tensorflow" in row.path for row in app.process.memory_maps())
    return {
        "command to server, s": answered - began,
        "address to writing networks, first time, s": written - opened,
        "the same, second time, s": second - written,
        "TensorFlow libraries in the process": float(frameworks),
    }


def measure(times: int) -> dict[str, float]:
    """The median of each figure."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        rows = [once(playwright) for _ in range(times)]
    return {name: statistics.median(row[name] for row in rows) for name in rows[0]}


def main() -> None:
    """Print the rows, or one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    asked = parser.parse_args()
    rows = measure(asked.times)
    print(json.dumps(rows) if asked.json else "\n".join(f"{title:<45}{value:>7.2f}" for title, value in rows.items()))


if __name__ == "__main__":
    main()
