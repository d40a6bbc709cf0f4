"""The network drawn: it and its figures follow a slider while it is dragged, by mouse and by keys."""

from __future__ import annotations

import re

import pytest
from app import expect, finished_drawing

from rnnkit.config import with_settings
from rnnkit.presets import PRESETS
from rnnkit.store import Wanted
from rnnkit.training import cost, queueing

PRESET = "cookbook-gru"
USUAL, SLOWEST = 100, 2000  # milliseconds on a busy machine; the middle is 10 here
# How long after a hand's last move each new number stands there.
DELAYS = """dd => {
  window.delays = []
  let moved = 0
  for (const kind of ["pointermove", "keydown", "input"]) addEventListener(kind, () => moved = performance.now(), true)
  const note = () => window.delays.push(performance.now() - moved)
  new MutationObserver(note).observe(dd, { childList: true, characterData: true, subtree: true })
}"""


def parameters(app, **settings) -> str:
    config = with_settings(PRESETS[PRESET].config, settings)
    return f"{cost.params(config, queueing.vocab_size(config, app.store)):,}"


@pytest.mark.parametrize("size", [{"width": 1440, "height": 900}, {"width": 390, "height": 844}], ids=["wide", "phone"])
def test_count_and_drawing_follow_a_slider_while_it_is_dragged_and_the_server_says_the_same_after_it(app, tab, size):
    page = tab(f"{app.url}/Train?preset={PRESET}", viewport=size)
    finished_drawing(page)
    page.get_by_text("Change settings").click()
    slider, exact = page.get_by_role("slider", name="Units"), page.get_by_label("Units, any number")
    count, picture = page.locator("dd").first, page.get_by_role("img", name="The network")
    expect(count).to_have_text(parameters(app))
    expect(picture.locator("svg")).to_be_attached()
    count.evaluate(DELAYS)
    slider.evaluate("slider => slider.scrollIntoView({ block: 'center' })")  # above the bar at the foot
    thumb, track = slider.bounding_box(), page.locator(f".st-key-{PRESET}-model-units").bounding_box()
    x, y = thumb["x"] + thumb["width"] / 2, thumb["y"] + thumb["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    seen = []
    for place in range(-3, 6):
        page.mouse.move(x + place * track["width"] / 14, y, steps=3)
        seen.append((slider.get_attribute("aria-valuetext"), count.text_content()))
        assert f"{int(seen[-1][0]):,} units" in picture.get_attribute("aria-label")
    assert len(dict(seen)) > 4
    assert [said for _, said in seen] == [parameters(app, **{"model.units": units}) for units, _ in seen]
    page.mouse.up()
    expect(exact).to_have_value(seen[-1][0])  # the server has answered
    expect(count).to_have_text(seen[-1][1])
    slider.press("Home")
    expect(count).to_have_text(parameters(app, **{"model.units": 8}), timeout=SLOWEST)
    expect(exact).to_have_value("8")
    exact.fill("137")
    expect(count).to_have_text(parameters(app, **{"model.units": 137}), timeout=SLOWEST)
    exact.press("Enter")
    expect(slider).to_have_attribute("aria-valuetext", "128")  # the nearest place
    expect(count).to_have_text(parameters(app, **{"model.units": 137}))
    page.get_by_role("slider", name="Layers").press("ArrowRight")
    expect(count).to_have_text(parameters(app, **{"model.units": 137, "model.layers": 2}), timeout=SLOWEST)
    for step in (
        "t = 1: “t” is read, the state comes from the batch before",
        "t = 2: “h” is read, the state of the step",
    ):
        page.get_by_role("button", name="Step", exact=True).click()
        expect(page.get_by_text(step)).to_be_visible()
    delays = sorted(page.evaluate("window.delays"))
    middle = delays[len(delays) // 2]
    print(f"new counts after {delays[-1]:.0f} ms at most, {middle:.0f} ms in the middle")
    assert middle < USUAL
    assert delays[-1] < SLOWEST


def test_a_run_that_takes_hours_asks_first_and_starts_when_it_is_wanted(app, tab):
    page = tab(f"{app.url}/Train?preset={PRESET}")
    finished_drawing(page)
    page.get_by_text("Change settings").click()
    before = {run.id for run in app.store.runs()}
    page.get_by_label("Units, any number").fill("400")
    page.get_by_label("Units, any number").press("Enter")
    expect(page.locator("dd").first).to_have_text(parameters(app, **{"model.units": 400}))
    page.get_by_role("spinbutton", name="Epochs").fill("10000")
    page.get_by_role("spinbutton", name="Epochs").press("Enter")
    expect(page.get_by_text("All 10,000 epochs, about")).to_be_visible()
    page.get_by_role("button", name="Start training").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("all 10,000 together")
    dialog.get_by_role("button", name="Change the settings").click()
    expect(dialog).to_have_count(0)
    assert {run.id for run in app.store.runs()} == before
    page.get_by_role("button", name="Start training").click()
    dialog.get_by_role("button", name="Start all the same").click()
    page.wait_for_url(re.compile(r"/Run\?.*run=\w+"))
    app.store.ask(re.search(r"run=(\w+)", page.url)[1], Wanted.STOP)
