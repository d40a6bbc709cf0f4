"""Sample in a real browser: texts side by side, and letters of strangers that stay letters."""

from __future__ import annotations

from urllib.parse import urlencode

import tiny
from app import expect

from rnnkit.studies import sampling
from rnnkit.studies.sampling import SampleSettings
from rnnkit.texts import own


def test_two_epochs_write_side_by_side(app, tab):
    run = tiny.run(app.store)
    page = tab(f"{app.url}/Run?tab=sample&run={run}")
    texts = page.get_by_test_id("stCode")
    expect(texts).to_have_count(2)
    expect(page.get_by_text("characters a second")).to_be_visible()
    early, late = (texts.nth(place).bounding_box() for place in (0, 1))
    assert early["y"] == late["y"]
    assert early["x"] + early["width"] <= late["x"]
    assert texts.nth(0).inner_text() != texts.nth(1).inner_text()


HOSTILE = (
    "<b>x</b> <script>alert(1)</script> **b** _i_ `c` $x^2$ :smile: ::red[r]: [a](http://b.c) www.b.c a@b.cd\n# h\n- l"
    "\n1. one\n\n\n    code -> <- &amp; | a |\n|---|\n> q\n***\n![i](j)  two  \n\ttab :orange[o] <!-- c --> "
)


def letters(shown: str) -> list[str]:
    """The lines of a text; spaces at their ends, the width of spaces and what has no width cannot be seen."""
    shown = shown.replace("\u2060", "").replace("\u00a0", " ").replace("\t", "    ")
    return [line.rstrip() for line in shown.rstrip().split("\n")]


def test_what_is_copied_is_marked_and_hostile_letters_stay_letters(app, tab):
    run = tiny.run(app.store, HOSTILE * 5, corpus=own.add(app.store, HOSTILE * 5, HOSTILE))
    order = {"length": 300, "seed": 3, "prompt": HOSTILE}
    page = tab(f"{app.url}/Run?{urlencode({'tab': 'sample', 'run': run, 'temperatures': 1, 'at_least': 2, **order})}")
    page.get_by_text("Show copied passages").click()
    expect(page.get_by_text("Below the dashed line")).to_be_visible()
    expect(page.locator("svg.marks")).to_be_visible()
    shown = [letters(text) for text in page.get_by_test_id("stMarkdown").all_inner_texts()]
    for text in sampling.write(app.store, run, SampleSettings(temperatures=[1.0], **order), ats=[1, "last"]).texts:
        assert letters(HOSTILE + text.text) in shown
    assert page.locator(".stMarkdownColoredText").count() > 4
