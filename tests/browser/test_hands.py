"""What a hand does by the way loses nothing: Escape, Back, the wheel; and what no hand did does not count as one."""

from __future__ import annotations

import re

import pytest
import tiny
from app import expect, finished_drawing, wait_for

from rnnkit.store import Status

# What the server sends arrives late, as in a browser that has much to do; what the browser asks goes at once.
LATE = """
const listen = WebSocket.prototype.addEventListener
WebSocket.prototype.addEventListener = function (kind, heard, ...more) {
  const late = kind === "message" ? (event) => setTimeout(() => heard(event), window.lag ?? 0) : heard
  return listen.call(this, kind, late, ...more)
}
"""


@pytest.mark.parametrize(
    ("address", "label"),
    [
        ("Train?run={}", "Open a run"),
        ("Sample?run={}", "Run"),
        ("Words_and_verse?view=Verse&corpus=cookbook&run={}", "Compare with a run"),
    ],
)
def test_escape_closes_a_list_and_keeps_what_is_chosen(app, tab, address, label):
    run = tiny.run(app.store, corpus="cookbook")
    page = tab(f"{app.url}/{address.format(run)}")
    finished_drawing(page)
    before = page.url
    chooser = page.get_by_role("combobox", name=label).first
    shown = chooser.input_value()
    assert shown
    for _ in range(2):  # the list is open, and closed
        chooser.press("ArrowDown")
        chooser.press("Escape")
        chooser.press("Escape")
    page.wait_for_timeout(1000)
    assert (page.url, chooser.input_value()) == (before, shown)


def test_a_film_that_nobody_touches_follows_the_run_however_late_the_browser_is(app, tab):
    run = tiny.run(app.store, epochs=2, status=None, training={"epochs": 9})
    page = tab(f"{app.url}/Train?run={run}", script=LATE)
    slider = page.get_by_role("slider", name="Epoch")
    expect(slider).to_have_attribute("aria-valuetext", "2")
    page.evaluate("window.lag = 3000")
    for epoch in (3, 4):
        tiny.train(app.store, run, 1)
        expect(slider).to_have_attribute("aria-valuetext", str(epoch))
    page.evaluate("window.lag = 0")
    page.wait_for_timeout(4000)
    assert "at=" not in page.url
    expect(page.get_by_role("button", name="Following newest")).to_be_visible()
    slider.press("ArrowLeft")
    expect(page).to_have_url(re.compile("at=3"))
    tiny.train(app.store, run, 1)
    expect(slider).to_have_attribute("max", "4")
    expect(slider).to_have_attribute("aria-valuetext", "3")
    page.get_by_role("button", name="Follow newest").click()
    expect(slider).to_have_attribute("aria-valuetext", "5")
    app.store.lease(run, tiny.TRAINER).end(Status.FINISHED)


def test_back_leads_from_a_film_that_has_played_to_the_page_before(app, tab):
    run = tiny.run(app.store, epochs=4)
    page = tab(f"{app.url}/Compare")
    finished_drawing(page)
    page.goto(f"{app.url}/Train?run={run}")
    slider = page.get_by_role("slider", name="Epoch")
    expect(slider).to_have_attribute("aria-valuetext", "4")
    pages = page.evaluate("history.length")
    page.get_by_role("button", name="Play film").click()
    for epoch in "1234":
        expect(slider).to_have_attribute("aria-valuetext", epoch)
    expect(page.get_by_role("button", name="Play film")).to_be_visible()
    assert page.evaluate("history.length") == pages
    page.go_back()
    expect(page).to_have_url(re.compile("Compare$"))


@pytest.mark.parametrize("name", ["Translate", "Gradients"])
def test_back_leads_from_a_page_that_chooses_by_itself_to_the_page_before(app, tab, name):
    page = tab(app.url)
    finished_drawing(page)
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
    finished_drawing(page)
    wait_for(lambda: page.locator("svg.marks, canvas.marks").count() > 0, "its first chart")
    page.go_back()
    expect(page.get_by_role("heading", level=1, name="Home")).to_be_visible()
    page.wait_for_timeout(1500)
    assert page.url.rstrip("/") == app.url
