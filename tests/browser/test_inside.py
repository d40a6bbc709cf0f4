"""Inside in a real browser: another unit is shown at once, without the server; the address keeps what is looked at."""

from __future__ import annotations

import re
from urllib.parse import quote

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


NOTES = "\n".join(f"({'ab' * (n % 4 + 3)}) the quick fox {'jumps ' * (n % 3)}on." for n in range(24))


def test_places_are_marked_by_mouse_and_by_keyboard_and_a_unit_is_named_for_them(app, tab):
    run = tiny.run(app.store, NOTES)
    page = tab(f"{app.url}/Run?run={run}&tab=inside&reads=My+text&inside_own={quote(NOTES)}")
    text = page.get_by_role("application", name="The text, coloured by one unit")
    expect(text.locator("span")).to_have_count(len(NOTES))
    mine = page.get_by_role("group", name="A property of your own")
    marks, which = mine.get_by_role("button", name="Mark the selected part"), mine.get_by_role("button", name="Which")
    expect(marks).to_be_disabled()
    # by keyboard: the first bracket
    text.focus()
    page.keyboard.press("ArrowRight")
    for _ in range(5):
        page.keyboard.press("Shift+ArrowRight")
    differing = page.get_by_role("group", name="Units that differ in the selected part").get_by_role("button")
    expect(differing).to_have_count(6)
    differing.first.click()
    unit = page.get_by_label("Unit", exact=True).first
    expect(unit).to_have_value(re.match(r"\d+", differing.first.inner_text())[0])
    text.focus()
    page.keyboard.press("Enter")
    expect(mine.get_by_text("1 place, 6 tokens")).to_be_visible()
    # by mouse: others, each from its first letter to its last; what was looked for above the text is there by then
    expect(page.get_by_text("the same seed; what differs is marked")).to_be_visible()
    spans = text.locator("span")
    for bracket in list(re.finditer(r"\(([ab]+)\)", NOTES))[6::7]:
        spans.nth(bracket.end(1)).scroll_into_view_if_needed()
        first, last = (spans.nth(at).bounding_box() for at in (bracket.start(1), bracket.end(1) - 1))
        page.mouse.move(first["x"] + 1, first["y"] + first["height"] / 2)
        page.mouse.down()
        page.mouse.move(last["x"] + last["width"] - 1, last["y"] + last["height"] / 2)
        page.mouse.up()
        marks.click()
    expect(mine.get_by_text(re.compile("^4 places, "))).to_be_visible()
    mine.get_by_role("textbox").fill("within")
    which.click()
    expect(page.get_by_text(re.compile("Within: .* tokens that did not choose it"))).to_be_visible()
    expect(page).to_have_url(re.compile(r"marks=[0-9a-f]{8}\..*marked_as=within"))
    page.reload()
    expect(page.get_by_text(re.compile("Within: .* tokens that did not choose it"))).to_be_visible()
    expect(text.locator(".marked").first).to_have_text("a")
    mine.get_by_role("button", name="Unmark all").click()
    expect(page.get_by_text("did not choose it.")).to_have_count(0)


def test_another_moment_colours_the_text_anew_and_leaves_the_rest_of_the_page(app, tab):
    page = tab(f"{app.url}/Run?run={tiny.run(app.store)}&tab=inside&{OWN}")
    text = page.get_by_role("application", name="The text, coloured by one unit")
    expect(text.locator("span")).to_have_count(len("the quick brown fox"))
    before = text.evaluate(COLOURS)
    page.get_by_role("slider", name="Epoch").press("ArrowLeft")
    expect(page).to_have_url(re.compile("moment=2"))
    page.wait_for_function(f"(before) => {{ const text = {FIND}; return ({COLOURS})(text) !== before }}", arg=before)


COLOURS = "(text) => [...text.children].map((one) => one.style.backgroundColor).join()"
FIND = "[...document.querySelectorAll('*')].map((one) => one.shadowRoot?.querySelector('.inside .text')).find(Boolean)"
