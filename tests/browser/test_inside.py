"""Inside in a real browser: another unit is shown at once, without the server; the address keeps what is looked at."""

from __future__ import annotations

import re

import tiny
from app import expect

OWN = "reads=My+text&inside_own=the+quick+brown+fox"
# The time from a key to the colours of another unit, and whether they are others.
ANOTHER_UNIT = """async (text) => {
  const colours = () => [...text.children].map((one) => one.style.backgroundColor).join()
  const [before, start] = [colours(), performance.now()]
  text.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowUp", bubbles: true, cancelable: true }))
  text.getBoundingClientRect()
  return [performance.now() - start, before !== colours()]
}"""


def test_units_are_chosen_and_tokens_marked_without_the_server(app, tab):
    page = tab(f"{app.url}/Run?run={tiny.run(app.store)}&tab=inside&{OWN}")
    text = page.get_by_role("application", name="The text, coloured by one unit")
    expect(text.locator("span")).to_have_count(len("the quick brown fox"))
    milliseconds, others = text.evaluate(ANOTHER_UNIT)
    assert others
    assert milliseconds < 1000  # some 2 ms here; a slow machine is no fault
    expect(page.get_by_label("Unit", exact=True).first).to_have_value("1")
    text.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"unit=1&place=3"))
    expect(text.locator(".here")).to_have_text(" ")
    steps = page.evaluate("history.length")
    page.keyboard.press("End")
    expect(page).to_have_url(re.compile(r"place=18"))
    assert page.evaluate("history.length") == steps
    page.get_by_role("button", name="Pin below").click()
    expect(page.get_by_role("img", name=re.compile("Unit 1, .* over the text"))).to_be_visible()
    page.get_by_text("Look back").click()
    expect(page.get_by_text("had a probability of")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Unit", exact=True).first).to_have_value("1")
    expect(text.first.locator(".here")).to_have_text("x")
