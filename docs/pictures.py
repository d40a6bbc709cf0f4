"""Take the pictures of the README anew: `python -m docs.pictures [NAME ...]`, about seven minutes for all.

From a real dashboard with an empty home, in light and dark; the text of `sherlock` must be at hand (RNNKIT_CORPORA).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.app import ARGUMENTS, CHROMIUM, App, running

FOLDER = Path(__file__).parent
WIDTH, HEIGHT = 1440, 900
SCHEMES = ("light", "dark")
PATIENCE_MS = 900_000
# Networks that came with the program: Sherlock Holmes by two LSTM layers, by one, and by a simple RNN.
DEEPER, LSTM, RNN = "5jkjgp79", "vf6p7xw5", "s6f99wdt"
PYTHON = "dgcw8vc6"  # an LSTM on the source of Python's standard library


def watch(browser: Browser, app: App) -> None:
    """A run while it learns, past the middle."""
    said = app.command("train", "--preset", "sherlock-streams", "--name", "Sherlock, letter by letter",
                       "--set", "training.epochs=12")  # fmt: skip
    run = re.search(r"Run (\w+)", said)[1]
    with _page(browser, app, f"Run?run={run}", "light") as page:
        while len(json.loads(app.command("show", run, "--json"))["epochs"]) < 6:
            page.wait_for_timeout(3000)
        _take(page, "watch")


def home(browser: Browser, app: App) -> None:
    """The gallery."""
    with _page(browser, app, "", "light") as page:
        _take(page, "home")


def compare(browser: Browser, app: App) -> None:
    """What two networks wrote after their 10th epoch."""
    for scheme in SCHEMES:
        with _page(browser, app, f"Compare?runs={RNN},{DEEPER}&at=10", scheme) as page:
            _take(page, f"compare-{scheme}")


def inside(browser: Browser, app: App) -> None:
    """The unit of a network of Python's source that follows brackets."""
    for scheme in SCHEMES:
        with _page(browser, app, f"Run?run={PYTHON}&tab=inside&layer=0&quantity=1&unit=8&place=90", scheme) as page:
            page.get_by_role("button", name=re.compile("^inside brackets")).wait_for()
            _take(page, f"inside-{scheme}")


def lab(browser: Browser, app: App) -> None:
    """One text under the lens, a symbol picked."""
    for scheme in SCHEMES:
        with _page(browser, app, f"Run?tab=temperature&run={LSTM}&lab_temperature=0.7&at=17", scheme) as page:
            _take(page, f"lab-{scheme}")


def duel(browser: Browser, app: App) -> None:
    """Three architectures at equal parameters, to the end."""
    with _page(browser, app, "Duel", "light") as page:
        page.get_by_role("button", name="Start the race").click()
        page.get_by_role("heading", name=re.compile(" won by |^A tie")).wait_for(timeout=PATIENCE_MS)
        over = page.url.partition("/Duel")[2]
    for scheme in SCHEMES:
        with _page(browser, app, f"Duel{over}", scheme, 1180) as page:
            _take(page, f"duel-{scheme}")


PICTURES: dict[str, Callable[[Browser, App], None]] = {
    "home": home, "watch": watch, "compare": compare, "inside": inside, "lab": lab, "duel": duel,
}  # fmt: skip


@contextmanager
def _page(browser: Browser, app: App, address: str, scheme: str, height: int = HEIGHT) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": WIDTH, "height": height}, color_scheme=scheme)
    page.set_default_timeout(120_000)
    page.goto(f"http://127.0.0.1:{app.port}/{address}")
    page.get_by_role("heading", level=1).wait_for()
    yield page
    page.close()


def _take(page: Page, name: str) -> None:
    """When all is drawn, and what Streamlit fades in is there."""
    page.wait_for_timeout(1500)
    page.get_by_test_id("stStatusWidget").wait_for(state="detached")
    page.wait_for_function("() => !document.querySelector('[data-testid=stSkeleton]')")
    page.wait_for_timeout(1500)
    page.screenshot(path=FOLDER / f"{name}.png")


def main(names: list[str]) -> None:
    with running() as app, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for name in names or PICTURES:
            PICTURES[name](browser, app)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
