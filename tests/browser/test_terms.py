"""A label that is a word of the glossary explains itself, by pointer and by keyboard."""

from __future__ import annotations

import tiny
from app import App, finished_drawing
from playwright.sync_api import expect

from rnnkit.lessons import glossary


def test_a_word_of_the_field_says_its_sentence(app: App, tab):
    run = tiny.run(app.store)
    page = tab(f"{app.url}/Run?run={run}&tab=sample")
    finished_drawing(page)
    word, said = page.locator("[data-rnnkit-term]:visible").first, page.get_by_role("tooltip")
    word.hover()
    meanings = [one.meaning for one in glossary.TERMS.values()]
    assert said.inner_text() in meanings
    page.keyboard.press("Escape")
    expect(said).to_be_hidden()
    word.focus()
    expect(said).to_be_visible()
    page.goto(f"{app.url}/Run?run={run}&tab=watch")
    page.get_by_text("held out", exact=True).first.hover()  # inside a component
    expect(said).to_have_text(glossary.term("held out").meaning)
