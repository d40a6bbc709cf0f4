"""Looking into an LSTM of 256 units: `python -m benchmarks.inside [--json]`.

A text coloured, from its address and on the open page, another unit and another moment of its training, in a browser as
a person sees them: medians and slowest of several that nobody has seen before. And every unit of the layer ranked by
what the loss rises without it, in this process. With the network `nietzsche-lstm` that comes along, on as many tokens
as the page shows. Needs playwright and a Chromium.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import tempfile
import time
from collections.abc import Callable

from playwright.sync_api import sync_playwright

from benchmarks import app as dashboard
from pages.widgets.inside.view import MESSAGE_BYTES, MOST
from rnnkit import engine
from rnnkit.engine import Request, Sampler
from rnnkit.sharing import archive
from rnnkit.store import Store
from rnnkit.studies import ablation, checkpoint

RUN, UNITS = "rw37prrz", 256
KEYS = 20  # units looked at one after another
TIMES = 3  # other moments, all that are left of it, and other texts
# Milliseconds from a key to the colours of another unit, laid out.
ANOTHER_UNIT = """(text) => {
  const start = performance.now()
  text.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowUp", bubbles: true, cancelable: true }))
  text.getBoundingClientRect()
  return performance.now() - start
}"""
COLOURS = "(text) => [...text.children].map((one) => one.style.backgroundColor).join()"
PATIENCE = 60.0  # seconds
AT_REST = "!document.querySelector('[data-testid=stStatusWidget], [data-testid=stSpinner]')"


def on_the_page() -> dict[str, float]:
    """Seconds of the text and of another moment, milliseconds of another unit."""
    with dashboard.running() as running, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=dashboard.CHROMIUM, args=dashboard.ARGUMENTS)
        tab = browser.new_page()
        tab.set_default_timeout(120_000)
        address = f"http://127.0.0.1:{running.port}/Run?run={RUN}&tab=inside&reads=What+it+writes"
        first = _coloured(tab, f"{address}&moment=20")
        tokens = tab.locator(".inside .text span").count()
        again = _coloured(tab, f"{address}&moment=20")
        text = tab.locator(".inside .text").first
        milliseconds = sorted(text.evaluate(ANOTHER_UNIT) for _ in range(KEYS))
        slider = tab.get_by_role("slider", name="Epoch")
        moments, texts = [], []
        both = tab.get_by_text("Held-out text", exact=True).count()  # without Nietzsche's text there is one to read
        other = "Held-out text" if both else "My text"
        for name in [other, "What it writes", other][:TIMES]:
            moments.append(_seconds(tab, lambda: slider.press("ArrowLeft")))
            texts.append(_seconds(tab, tab.get_by_text(name, exact=True).click))
        moments, texts = sorted(moments), sorted(texts)
        browser.close()
    return {
        "tokens": tokens, "text_first_visit_seconds": round(first, 2), "text_again_seconds": round(again, 2),
        "text_on_the_open_page_seconds": round(texts[len(texts) // 2], 2),
        "text_on_the_open_page_slowest_seconds": round(texts[-1], 2),
        "another_unit_milliseconds": round(milliseconds[KEYS // 2], 1),
        "another_unit_slowest_milliseconds": round(milliseconds[-1], 1),
        "another_moment_seconds": round(moments[len(moments) // 2], 2),
        "another_moment_slowest_seconds": round(moments[-1], 2),
    }  # fmt: skip


def _seconds(tab, act: Callable[[], object]) -> float:
    """From what a hand does to other colours; then until the page is at rest. Raises TimeoutError: they stay."""
    before, start = _colours(tab), time.perf_counter()
    act()
    while _colours(tab) == before:
        if time.perf_counter() - start > PATIENCE:
            raise TimeoutError("the text keeps its colours")
    found = time.perf_counter() - start
    tab.wait_for_function(AT_REST)
    tab.wait_for_timeout(1_500)
    tab.wait_for_function(AT_REST)
    return found


def _colours(tab) -> str:
    """Of all tokens; the page may have made the text anew, so it is looked for each time."""
    return tab.locator(".inside .text").first.evaluate(COLOURS)


def _coloured(tab, address: str) -> float:
    """Seconds from the address to a coloured text, the page itself among them."""
    start = time.perf_counter()
    tab.goto(address)
    tab.locator(".inside .text span").nth(1000).wait_for(state="attached")
    return time.perf_counter() - start


def in_this_process() -> dict[str, float]:
    """Seconds of all states of a text, and of the ranking."""
    with tempfile.TemporaryDirectory() as home, contextlib.closing(Store(f"sqlite:///{home}/rnnkit.sqlite")) as store:
        archive.import_pretrained(store)
        one = checkpoint.load(store, RUN)
    numbers = 6 * UNITS
    [ids] = engine.generate([Request(one.network, [1], Sampler(0.7), 0)], min(MOST, MESSAGE_BYTES // numbers))
    start = time.perf_counter()
    layers = engine.states(one.network, ids)
    states = time.perf_counter() - start
    start = time.perf_counter()
    ranked = ablation.ranking(one, ids[: ablation.TOKENS], layers[0].name)
    return {
        "states_seconds": round(states, 2), "ranking_seconds": round(time.perf_counter() - start, 2),
        "ranked_units": len(ranked), "ranking_tokens": ablation.TOKENS,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    asked = parser.parse_args()
    figures = {**in_this_process(), **on_the_page()}
    print(json.dumps(figures) if asked.json else "\n".join(f"{name:34} {value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
