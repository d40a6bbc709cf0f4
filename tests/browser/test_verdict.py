"""A review is typed and drawn in a real browser: its words have colours, and what was typed stays text."""

from __future__ import annotations

import re

import classified
import pytest
from app import expect, finished_drawing

TEXT = "<img src=x onerror=alert(1)> A wonderful film, but a dull plot 😀"


@pytest.fixture
def run(app, place) -> str:
    classified.write_reviews(place)  # the folder of texts of this app
    return classified.run(app.store)


def test_a_text_is_typed_judged_word_by_word_and_the_address_is_a_link_to_it(app, tab, run):
    page = tab(f"{app.url}/Run?tab=try&run={run}")
    page.get_by_label("Text", exact=True).fill(TEXT)
    page.keyboard.press("Control+Enter")
    words = page.locator(".words .word")
    expect(words).to_have_count(12)
    expect(page.locator(".words img")).to_have_count(0)
    expect(words.get_by_text("wonderful")).to_have_attribute(
        "title", re.compile("points: positive .* % after this word")
    )
    expect(page.locator(".words .unknown").get_by_text("😀")).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart")).to_be_visible()
    expect(page).to_have_url(re.compile("text="))
    sure = page.get_by_role("heading", name=re.compile(", probability ")).inner_text()
    expect(tab(page.url).get_by_role("heading", name=re.compile(", probability "))).to_have_text(sure)
    page.get_by_role("button", name="Random held-out example").click()
    expect(page.get_by_text("True class:")).to_be_visible()
    page.get_by_text(re.compile("^Evaluate on up to")).click()
    expect(page.get_by_text("20 reviews for the test")).to_be_visible()
    expect(page.get_by_test_id("stPlotlyChart")).to_be_visible()
    finished_drawing(page)
