"""The temperature lab in a real browser: a symbol is picked, and another one chosen in its place."""

from __future__ import annotations

import re

import tiny
from app import expect, finished_drawing

NAME = "<b>first</b> *run*"


def test_a_symbol_is_picked_by_hand_or_by_key_and_another_one_is_written_on_from(app, tab):
    run = tiny.run(app.store, NAME + tiny.TEXT)
    page = tab(f"{app.url}/Run?tab=temperature&run={run}&symbols=60&lab_temperature=2")
    strip, number = page.get_by_role("listbox", name="Written tokens"), page.get_by_label("Token number")
    expect(strip.get_by_role("option")).to_have_count(60)
    strip.get_by_role("option").nth(20).click()
    expect(number).to_have_value("21")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(number).to_have_value("23")
    expect(page).to_have_url(re.compile("at=23"))
    picked = strip.locator("[aria-selected=true]")
    expect(picked).to_have_attribute("aria-label", re.compile("^Token 23, "))
    expect(picked).to_be_focused()
    page.get_by_test_id("stButtonGroup").first.locator("button").first.click()
    expect(page).to_have_url(re.compile(rf"branch={run}\.23%3A"))
    expect(page.get_by_text("The first text", exact=True)).to_be_visible()
    finished_drawing(page)
    again = tab(page.url)
    options = strip.get_by_role("option").all_inner_texts()
    expect(again.get_by_role("listbox", name="Written tokens").get_by_role("option")).to_have_text(options)
    page.get_by_role("button", name="Back to the first text").click()
    expect(page.get_by_text("The first text", exact=True)).to_have_count(0)
    page.get_by_text("Greedy, beams, drawn").click()
    expect(page.get_by_text("Beam search, 8 beams")).to_be_visible()
    expect(page.get_by_test_id("stCode")).to_have_count(3)
