"""Write with it in a real browser: somebody types, takes offers with keys and clicks, and moves the epoch."""

from __future__ import annotations

import re

import pytest
import tiny
from app import expect

from rnnkit.studies import keyboard

RHYME = "The cat sat on the mat. The rat sat on the hat. " * 40


@pytest.fixture
def run(app) -> str:
    return tiny.run(app.store, RHYME, epochs=2)


@pytest.fixture
def box(app, tab, run):
    """The box of a page that has its first offers."""
    page = tab(f"{app.url}/Run?tab=write&run={run}")
    expect(page.locator(".offers button").first).to_be_visible()
    return page.get_by_label("Your text")


def test_somebody_types_takes_offers_and_moves_the_epoch(app, box, run):
    page, words = box.page, box.page.locator(".offers button")
    box.press_sequentially("The r", delay=30)
    first = keyboard.keyboard(app.store, run, 2).offers("The r").words
    expect(words.first).to_have_attribute("aria-label", re.compile(f"Insert r{re.escape(first[0].text)},"))
    box.press("Tab")
    expect(box).to_have_value(f"The r{first[0].text}")
    expect(box).to_be_focused()
    text = box.input_value()
    second = keyboard.keyboard(app.store, run, 2).offers(text).words
    expect(words.nth(1)).to_have_attribute("data-text", second[1].text)
    box.press("Alt+2")
    expect(box).to_have_value(text + second[1].text)
    text = box.input_value()
    page.get_by_role("slider", name="Epoch").focus()
    page.keyboard.press("ArrowLeft")
    young = keyboard.keyboard(app.store, run, 1).offers(text).words
    expect(words.first).to_have_attribute("data-text", young[0].text)
    expect(box).to_have_value(text)
    expect(page).to_have_url(re.compile("keyboard_epoch=1"))


def test_keys_of_the_page_are_only_letters_in_the_box_and_escape_lets_tab_go_on(box):
    page = box.page
    box.press_sequentially("crc", delay=30)  # r would run the page again, c would ask to clear its memory
    expect(box).to_have_value("crc")
    expect(page.get_by_role("dialog")).to_have_count(0)
    box.press("Escape")
    expect(page.locator(".offers button")).to_have_count(0)
    box.press("Tab")
    expect(box).not_to_be_focused()
    expect(box).to_have_value("crc")


def test_a_click_inserts_at_the_caret_and_the_text_outlives_a_reload(box):
    page = box.page
    box.fill("The  mat")
    for _ in range(4):
        box.press("ArrowLeft")
    expect(page.locator(".work")).to_contain_text("new tokens read:")
    page.wait_for_timeout(500)
    key = page.locator(".offers button").first
    word = key.get_attribute("data-text")
    key.click()
    expect(box).to_have_value(f"The {word} mat")
    page.reload()
    expect(page.get_by_label("Your text")).to_have_value(f"The {word} mat")


def test_a_fast_hand_loses_nothing_and_is_answered_at_its_end(app, box, run):
    text = "The cat sat on the hat and the rat"
    box.press_sequentially(text)  # without a pause
    expect(box).to_have_value(text)
    symbols = keyboard.keyboard(app.store, run, 2).offers(text).symbols
    expect(box.page.locator(".symbols button").first).to_have_attribute("data-text", symbols[0].text)
