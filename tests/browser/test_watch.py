"""The screen of a run in a real browser: in one window while it trains, by hand and by keyboard, and in every state."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import classified
import pytest
import tiny
from app import expect, finished_drawing, wait_for

from rnnkit.metrics import epoch_number, moment
from rnnkit.runs import progress
from rnnkit.store import LostRun, Status, Store
from rnnkit.studies import timeline
from rnnkit.studies.baselines import Reference

SHIFTS = """window.shifted = 0
new PerformanceObserver((seen) => {
  for (const one of seen.getEntries()) if (!one.hadRecentInput) window.shifted += one.value
}).observe({ type: "layout-shift" })"""
PARTS = (".head", ".plot", ".texts", ".time")


def outside(page) -> list[str]:
    """Parts of the screen that are not wholly in the window, or empty."""
    size = page.viewport_size
    boxes = {part: page.locator(f".watch {part}").bounding_box() for part in PARTS}
    return [
        f"{part} {box}" for part, box in boxes.items()
        if box is None or box["x"] < 0 or box["y"] < 0 or box["x"] + box["width"] > size["width"]
        or box["y"] + box["height"] > size["height"] or min(box["width"], box["height"]) < 20
    ]  # fmt: skip


def letters(page, part: str) -> float:
    """The size of a part's letters as a share of the window's height."""
    return page.locator(f".watch {part}").first.evaluate(
        "at => parseFloat(getComputedStyle(at).fontSize) / innerHeight"
    )


def scrolled(page) -> float:
    return page.get_by_test_id("stMain").evaluate("main => main.scrollTop")


def slider(page):
    return page.get_by_role("slider", name="Checkpoint")


@contextmanager
def trained(store: Store, run: str) -> Iterator[None]:
    """While a browser is slow, the trainer of the run shows that it lives."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(5.0):
            with suppress(LostRun):
                store.lease(run, tiny.TRAINER).heartbeat()

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def at(page, words: str) -> None:
    expect(slider(page)).to_have_attribute("aria-valuetext", words)


def text(page):
    return page.locator(".watch .texts pre").first


def test_a_run_that_trains_is_one_screen_that_a_hand_moves_and_that_follows_the_newest(app, tab):
    run = tiny.run(app.store, epochs=2, status=None, training={"epochs": 9}, name="<b>mine</b>")
    with trained(app.store, run):
        _one_screen(app, tab, run)


def _one_screen(app, tab, run: str) -> None:
    address = f"{app.url}/Run?run={run}"
    page = tab(address, script=SHIFTS)
    at(page, "Epoch 2")
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    for width, height in ((1280, 720), (1440, 900)):
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)
            wait_for(lambda: not outside(page), f"one screen of {width} x {height}, but {outside(page)}", seconds=20)
    assert scrolled(page) == 0
    finished_drawing(page)

    # It follows, and nothing jumps.
    expect(page.get_by_role("button", name="Following newest")).to_have_attribute("aria-pressed", "true")
    before = text(page).text_content()
    page.evaluate("window.shifted = 0")
    for epoch in (3, 4):
        tiny.train(app.store, run, 1)
        at(page, f"Epoch {epoch}")
    expect(text(page)).not_to_have_text(before)
    assert page.evaluate("window.shifted") < 0.001
    assert not outside(page)
    assert "at=" not in page.url

    # Moved by hand it stays, in the address and for others, until one follows again.
    pages = page.evaluate("history.length")
    slider(page).press("ArrowLeft")
    expect(page).to_have_url(re.compile("at=3"))
    shown = text(page).text_content()
    tiny.train(app.store, run, 1)
    expect(slider(page)).to_have_attribute("max", "4")
    at(page, "Epoch 3")
    other = tab(page.url)
    page.reload()
    for view in (page, other):
        at(view, "Epoch 3")
        expect(text(view)).to_have_text(shown)
    page.get_by_role("button", name="Follow newest").click()
    at(page, "Epoch 5")
    expect(page).not_to_have_url(re.compile("at="))
    assert page.evaluate("history.length") == pages

    # Present: large letters and nothing else; keys move it.
    page.keyboard.press("f")
    screen = page.locator(".watch.present")
    expect(screen).to_be_visible()
    assert screen.bounding_box() == {"x": 0, "y": 0, "width": 1440, "height": 900}
    for part in (".texts pre", ".name", ".stands", ".legend", ".marks", ".moment", ".plot .xtick text"):
        assert letters(page, part) >= 0.04, part
    assert not outside(page)
    at(page, "Epoch 5")
    page.keyboard.press("Home")
    at(page, "Epoch 1")
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    at(page, "Epoch 4")
    film = page.locator(".watch .play")
    page.keyboard.press(" ")
    expect(film).to_have_text("Stop")
    at(page, "Epoch 5")
    expect(film).to_have_text("Play")
    assert page.evaluate("history.length") == pages
    page.keyboard.press("Escape")
    expect(screen).to_have_count(0)
    expect(page.get_by_test_id("stSidebar")).to_be_visible()

    # A field takes its letters; what others ask of the run is seen here; one that is gone says so.
    page.locator(".watch .ask summary").click()
    page.get_by_role("textbox", name="Prompt").fill("fox ")
    page.get_by_role("textbox", name="Prompt").press("f")
    expect(screen).to_have_count(0)
    page.get_by_role("spinbutton", name="Seed").fill("7")
    page.get_by_role("spinbutton", name="Seed").press("Tab")
    expect(page).to_have_url(re.compile(r"film_prompt=fox\+f&film_seed=7"))
    expect(text(page)).to_contain_text("fox f")
    app.store.lease(run, tiny.TRAINER).end(Status.PAUSED)
    for view in (page, other):
        expect(view.get_by_text("Paused", exact=True).first).to_be_visible()
    app.store.delete_run(run)
    expect(other.get_by_text(re.compile(f"There is no run .{run}. here: it may have been deleted"))).to_be_visible()


def test_each_state_says_what_it_is_and_what_to_do(app, tab):
    failed = tiny.run(app.store, epochs=2, status=None)
    app.store.lease(failed, tiny.TRAINER).end(Status.FAILED, "The disk is full.")
    diverged = tiny.run(app.store, epochs=1, status=Status.DIVERGED)
    empty = tiny.run(app.store, epochs=0, status=Status.STOPPED)
    says = {
        failed: ("The disk is full.", "Press Resume", "Epoch 2"),
        diverged: ("Diverged", "lower learning rate", "Epoch 1"),
        empty: ("Stopped", "It ended before its first text", "none yet"),
        classified.run(app.store): ("Finished", "Accuracy, held out", "Epoch"),
        tiny.forecaster(app.store): ("Finished", "held out", "Epoch 2"),
    }
    page = tab(app.url)
    for run, (words, advice, place) in says.items():
        page.goto(f"{app.url}/Run?run={run}")
        expect(page.locator(".watch")).to_contain_text(words)
        expect(page.locator(".watch")).to_contain_text(advice)
        at(page, re.compile(place))
        assert not outside(page) or run == empty
    page.goto(f"{app.url}/Run?run={failed}")
    page.get_by_role("button", name="Resume").click()
    wait_for(lambda: app.store.run(failed).message != "The disk is full.", "the order to arrive")


@pytest.mark.slow
def test_on_a_phone_all_stands_below_one_another_and_what_one_asks_of_the_run_is_in_reach(app, tab):
    run = tiny.run(app.store, epochs=2, status=None, training={"epochs": 9})
    page = tab(f"{app.url}/Run?run={run}", viewport={"width": 390, "height": 844})
    at(page, "Epoch 2")
    tops = [page.locator(f".watch {part}").bounding_box() for part in (".head", ".plot", ".texts", ".time")]
    assert [box["y"] for box in tops] == sorted(box["y"] for box in tops)
    assert all(box["x"] + box["width"] <= 390 for box in tops)
    pause = page.get_by_role("button", name="Pause").bounding_box()
    assert pause["y"] + pause["height"] <= 844
    app.store.lease(run, tiny.TRAINER).end(Status.STOPPED)


WORDS = """async (asked) => {
  const words = await import(new URL("live/words.js", document.baseURI))
  return asked.map(([name, ...given]) => words[name](...given))
}"""


def test_the_browser_says_numbers_and_sentences_as_python_does(app, tab):
    epochs = [0.0, 0.125, 0.25, 1 / 3, 0.022, 0.0004, 0.00001, 0.099, 1.0, 2.5, 17.0]
    kept = [{"epoch": epoch, "step": round(40_000 * epoch)} for epoch in sorted(epochs)]
    seconds = [0.2, 40.0, 89.6, 90.0, 3000.0, 5400.0, 7500.0, math.inf]
    wanted = [epoch_number(epoch) for epoch in epochs] + ["0.5", "3", "99", "<b>"]
    lines = [Reference(f"{n}-gram", f"the {n}-gram", 3.0 - n / 2) for n in (1, 2, 3)]
    measured = [
        {"epoch": n, "step": n, "whole": True, "val_loss": loss, "seconds": 70.0 * n, "elapsed_seconds": 70.0 * n}
        for n, loss in enumerate([2.7, 2.2, 1.9], 1)
    ]
    bits = {"name": "bits", "words": "bits per character"}
    asked = [
        *(["epochNumber", epoch] for epoch in epochs), *(["spoken", second] for second in seconds),
        *(["moment", one] for one in kept), *(["position", kept, at] for at in wanted),
        ["worth", [one._asdict() for one in lines], measured, bits, 1 / math.log(2)],
    ]  # fmt: skip
    *said, worth = tab(app.url).evaluate(WORDS, asked)
    every = [one["epoch"] for one in kept]
    found = [every.index(timeline.position(every, at)) if at != "<b>" else None for at in wanted]
    python = [*map(epoch_number, epochs), *map(progress.spoken, seconds)]
    python += [moment(one["epoch"], one["step"]) for one in kept] + found
    assert said == python
    assert worth == progress.worth(lines, measured)
