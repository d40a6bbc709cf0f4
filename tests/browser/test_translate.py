"""Translate in a real browser: somebody types a date, and answer, map and address follow."""

from __future__ import annotations

import re

import paired
from app import expect

from rnnkit.studies import translation


def test_somebody_types_a_date_and_sees_where_the_network_looks(app, tab):
    run = paired.run(app.store)
    at = paired.translator(app.store, run)
    page = tab(f"{app.url}/Run?tab=try&run={run}&date=12+May+1987")
    answer = page.get_by_test_id("stMetricValue").first
    expect(answer).to_have_text(translation.translate(at, "12 May 1987").text)
    box = page.get_by_label(re.compile("A date in letters"))
    answers = {text: translation.translate(at, text).text for text in ("le 3 mars '55", "3 May 1855", "May 3, 1655")}
    typed, written = next(pair for pair in answers.items() if pair[1])  # its weights are random: it may write nothing
    box.fill(typed)  # and no Enter
    expect(answer).to_have_text(written)
    drawn = page.get_by_label(f"Attention over {len(typed)} input tokens for the output {written}")
    expect(drawn.locator("canvas, svg").first).to_be_visible()
    expect(page).to_have_url(re.compile(f"date={typed.split()[0]}"))
    box.fill("Δευτέρα")
    expect(page.get_by_text("expected tokens that the network has read before").first).to_be_visible()
    page.reload()
    expect(page.get_by_label(re.compile("A date in letters"))).to_have_value("Δευτέρα")
