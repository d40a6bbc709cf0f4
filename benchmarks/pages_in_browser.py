"""Pages in a real browser: `python -m benchmarks.pages_in_browser [--runs 5000] [--points 1000000] [--json]`.

A store as `benchmarks.many_runs` makes it. Seconds from the press of an entry of the sidebar, or from an address, to
what one came for; then milliseconds from each move of a hand on the slider of the units to the new parameter count.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.app import ARGUMENTS, CHROMIUM, running

IDLE = "() => !document.querySelector('[data-testid=stStatusWidget], [data-stale=true]')"
# What one came for on each page, and the title that it has.
HERE = {
    "home": ("pre.letters", "write"), "runs": ("[data-testid=stDataFrame] canvas", "Runs"),
    "run": (".scatterlayer path.js-line", "Run 0"), "compare": (".scatterlayer path.js-line", "Compare"),
}  # fmt: skip
DELAYS = """dd => {
  window.delays = []
  let moved = 0
  addEventListener("pointermove", () => moved = performance.now(), true)
  const note = () => window.delays.push(performance.now() - moved)
  new MutationObserver(note).observe(dd, { childList: true, characterData: true, subtree: true })
}"""


@contextmanager
def full_store(runs: int, points: int):
    """A home with so many runs; the ids of the first two are those with the most points."""
    with tempfile.TemporaryDirectory(prefix="rnnkit-") as folder:
        made = [sys.executable, "-m", "benchmarks.many_runs", "--runs", str(runs), "--points", str(points), "--json"]
        subprocess.run([*made, "--keep", folder], check=True, stdout=subprocess.DEVNULL)
        yield Path(folder)


def seconds_to(page: Any, act: Callable[[], object], name: str) -> float:
    """From an act of a person to what it was for: the page's title and its main thing, and nothing that still moves."""
    here, title = HERE[name]
    began = time.perf_counter()
    act()
    page.get_by_role("heading", level=1, name=title).wait_for()
    page.locator(here).first.wait_for(state="attached" if "path" in here else "visible")
    page.wait_for_function(IDLE, polling="raf")
    return time.perf_counter() - began


def visit(page: Any, url: str, ids: list[str]) -> dict[str, float]:
    """One person's way through the pages, with the browser's cache warm."""
    seconds_to(page, lambda: page.goto(url), "home")

    def entry(name: str) -> Callable[[], object]:
        return lambda: page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True).click()

    found = {"runs": seconds_to(page, entry("Runs"), "runs")}
    found["home"] = seconds_to(page, entry("Home"), "home")
    found["run"] = seconds_to(page, lambda: page.goto(f"{url}/Run?run={ids[0]}"), "run")
    found["compare"] = seconds_to(page, lambda: page.goto(f"{url}/Compare?runs={','.join(ids[:2])}"), "compare")
    return found


def dragged(page: Any, url: str) -> list[float]:
    """Milliseconds until each new number of parameters stands there while a hand drags the units."""
    page.goto(f"{url}/Train?preset=cookbook-gru")
    page.get_by_text("Change settings").click()
    slider, count = page.get_by_role("slider", name="Units"), page.locator("dd").first
    count.filter(has_text=re.compile(r"^[\d,]+$")).wait_for()
    page.wait_for_function(IDLE)
    slider.evaluate("slider => slider.scrollIntoView({ block: 'center' })")
    count.evaluate(DELAYS)
    thumb, track = slider.bounding_box(), page.locator(".st-key-cookbook-gru-model-units").bounding_box()
    x, y = thumb["x"] + thumb["width"] / 2, thumb["y"] + thumb["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for place in (*range(-3, 6), *range(6, -4, -1)):
        page.mouse.move(x + place * track["width"] / 14, y, steps=6)
    page.mouse.up()
    return page.evaluate("window.delays.slice(0, -1)")  # the last may be the server's answer


def measure(runs: int, points: int, times: int) -> dict[str, Any]:
    """The median of each figure."""
    from playwright.sync_api import sync_playwright

    from rnnkit.store import Store

    with full_store(runs, points) as home:
        store = Store(f"sqlite:///{home / 'rnnkit.sqlite'}")
        ids = [one.id for one in store.listed() if not one.pretrained][:2]
        store.close()
        with running(RNNKIT_STORE=f"sqlite:///{home / 'rnnkit.sqlite'}") as app, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            url = f"http://127.0.0.1:{app.port}"
            first = visit(context.new_page(), url, ids)
            rows = [visit(context.new_page(), url, ids) for _ in range(times)]
            delays = dragged(context.new_page(), url)
            browser.close()
    found: dict[str, Any] = {"runs": runs, "points": points}
    for name in rows[0]:
        found[f"{name}_s"] = round(statistics.median(row[name] for row in rows), 2)
        found[f"{name}_first_s"] = round(first[name], 2)
    return found | {
        "slider_ms": round(statistics.median(delays), 1), "slider_ms_max": round(max(delays), 1), "moves": len(delays),
    }  # fmt: skip


def main() -> None:
    """Print the figures, or one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5000)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    asked = parser.parse_args()
    os.environ.pop("RNNKIT_STORE", None)
    found = measure(asked.runs, asked.points, asked.times)
    print(json.dumps(found) if asked.json else "\n".join(f"{name:<20}{value:>12}" for name, value in found.items()))


if __name__ == "__main__":
    main()
