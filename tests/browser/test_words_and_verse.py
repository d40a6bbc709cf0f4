"""Words and verse in a real browser: what a rule touched, and the verses of a run."""

from __future__ import annotations

import re

import numpy as np
import tiny
from app import expect, finished_drawing

from rnnkit.config import BatchConfig
from rnnkit.texts import own
from rnnkit.texts.batches import Streams


def test_a_rule_of_preprocessing_marks_what_it_touched_and_stays_in_the_address(app, tab):
    page = tab(f"{app.url}/Words_and_verse?corpus=cookbook&rule=Dashes")
    expect(page.get_by_text("number 3 in the lecture's list")).to_be_visible()
    marks = page.locator("span.stMarkdownColoredBackground")
    expect(marks.filter(has_text="␣").first).to_be_visible()
    page.get_by_test_id("stButtonGroup").get_by_text("Lower case", exact=True).click()
    expect(page.get_by_text("number 4 in the lecture's list")).to_be_visible()
    expect(page).to_have_url(re.compile("rule=Lower"))
    page.reload()
    expect(page.get_by_text("number 4 in the lecture's list")).to_be_visible()
    expect(page.get_by_text("As one-hot arrays")).to_be_visible()


def test_batches_are_drawn_as_they_are_cut_and_follow_the_sliders_at_once(app, tab):
    text = "".join(chr(97 + n % 26) for n in range(203))
    page = tab(f"{app.url}/Words_and_verse?view=Batches&snippet={text}")
    expect(page.get_by_text("3 rows of 20 tokens")).to_be_visible()
    for name, value in (("Batch size", 4), ("Length", 12), ("Batch", 3)):
        page.get_by_role("slider", name=name, exact=True).evaluate(
            f"(one) => {{ one.value = {value}; one.dispatchEvent(new Event('input')) }}"
        )
    settings = BatchConfig(kind="streams", batch_size=4, length=12)
    inputs, targets = Streams(np.arange(len(text)), settings).batch(2)
    rows = page.locator(".batches .row")
    expect(rows).to_have_count(4)
    for row in range(4):
        read = "".join(rows.nth(row).locator(".read").all_text_contents())
        assert read == "".join(text[place] for place in inputs[row])
        assert rows.nth(row).locator(".target").text_content() == text[targets[row][-1]]
    page.get_by_role("radio", name="windows").check()
    expect(page.get_by_text("4 windows of 12 tokens, 4 predictions")).to_be_visible()
    expect(page.locator(".batches .target").first).to_be_visible()


def test_the_verses_of_a_run_stand_beside_those_of_its_text(app, tab):
    name = own.add(app.store, tiny.TEXT, "Foxes in verse")
    run = tiny.run(app.store, tiny.TEXT, corpus=name, name="fox")
    page = tab(f"{app.url}/Words_and_verse?view=Verse&corpus={name}")
    expect(page.get_by_text("Words seen once")).to_be_visible()
    finished_drawing(page)
    page.get_by_role("combobox", name="Compare with a run").click()
    page.get_by_role("option", name=re.compile("^fox")).click()
    expect(page).to_have_url(re.compile(f"run={run}"))
    expect(page.get_by_role("tab", name="What it wrote")).to_be_visible()
    expect(page.locator("svg.marks").first).to_contain_text("what it wrote")
    finished_drawing(page)
