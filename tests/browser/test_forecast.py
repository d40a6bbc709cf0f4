"""Forecast in a real browser: the charts are drawn, the slider moves the future, a table is brought and trained on."""

from __future__ import annotations

import re

import numpy as np
import tiny
from app import expect

WAVE = "day,wave,rain\n" + "".join(f"{day},{np.sin(day / 3):.3f},{day * 7 % 5}\n" for day in range(400))


def test_the_truth_the_future_and_a_table_of_ones_own(app, tab):
    run = tiny.forecaster(app.store)
    page = tab(f"{app.url}/Run?tab=try&run={run}")
    expect(
        page.get_by_role("heading", name=re.compile("The network is .* than .(tomorrow = today|linear regression)"))
    ).to_be_visible()
    chart = page.get_by_test_id("stVegaLiteChart").locator("canvas, svg").first
    expect(chart).to_be_visible()
    page.get_by_role("radio", name="Into the future").click()
    expect(page.get_by_text("Thin lines: 20 futures")).to_be_visible()
    page.get_by_role("slider", name="Futures").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("Thin lines: 19 futures")).to_be_visible()
    expect(page).to_have_url(re.compile("futures=19"))
    page.get_by_role("radio", name="A table of your own").click()
    page.locator("input[type=file]").set_input_files(
        {"name": "wave.csv", "mimeType": "text/csv", "buffer": WAVE.encode()}
    )
    expect(page.get_by_text(re.compile("Read as 400 values of .wave"))).to_be_visible()
    page.get_by_role("button", name="Keep this table").click()
    page.get_by_role("link", name="Train with regression").click()
    expect(page.get_by_text("Tomorrow's temperature, as a number")).to_be_visible()
    expect(page.get_by_role("combobox", name="Text")).to_have_value("wave")
    expect(page.get_by_role("button", name="Start training")).to_be_enabled()
