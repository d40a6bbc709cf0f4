"""What a hand does by the way loses nothing: Escape, Back, the wheel."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import tiny
from app import expect, finished_drawing, wait_for


@pytest.mark.parametrize(
    ("address", "label"),
    [
        ("Run?tab=sample&run={}", "Run"),
        ("Words_and_verse?view=Verse&corpus=cookbook&run={}", "Compare with a run"),
    ],
)
def test_escape_closes_a_list_and_keeps_what_is_chosen(app, tab, address, label):
    run = tiny.run(app.store, corpus="cookbook")
    page = tab(f"{app.url}/{address.format(run)}")
    finished_drawing(page)
    before = page.url
    chooser = page.get_by_role("combobox", name=label).first
    shown = chooser.input_value()
    assert shown
    for _ in range(2):  # the list is open, and closed
        chooser.press("ArrowDown")
        chooser.press("Escape")
        chooser.press("Escape")
    page.wait_for_timeout(1000)
    assert (page.url, chooser.input_value()) == (before, shown)


def test_back_leads_from_a_page_that_chooses_by_itself_to_the_page_before(app, tab):
    page = tab(f"{app.url}/Lessons")
    finished_drawing(page)
    page.get_by_test_id("stMain").get_by_role("link", name="Gradients").click()
    expect(page.get_by_role("heading", level=1, name="Gradients")).to_be_visible()
    finished_drawing(page)
    wait_for(lambda: page.locator("svg.marks, canvas.marks").count() > 0, "its first chart")
    page.go_back()
    expect(page.get_by_role("heading", level=1, name="Lessons")).to_be_visible()
    page.wait_for_timeout(1500)
    assert page.url == f"{app.url}/Lessons"


CHARTS = "svg.marks:visible, canvas.marks:visible, .js-plotly-plot:visible"


def ticks(chart) -> list[str]:
    """What is written along the axes."""
    return chart.locator("text").evaluate_all("every => every.map((one) => one.textContent)")


def scrolled(page) -> float:
    return page.get_by_test_id("stMain").evaluate("main => main.scrollTop")


@pytest.mark.parametrize("name", ["Run?run={}", "Compare?runs={},{}", "Texts?corpus=cookbook", "Words_and_verse",
                                  "Gradients?runs={}", "Other_tasks?do=forecast&part=A+table+of+your+own"])  # fmt: skip
def test_the_wheel_over_any_chart_scrolls_the_page_and_changes_nothing_in_it(app, tab, name, tmp_path):
    run = tiny.run(app.store, epochs=4, corpus="cookbook-20000")
    page = tab(f"{app.url}/{name.format(run, tiny.run(app.store, epochs=3, corpus='cookbook-20000'))}")
    finished_drawing(page)
    if name.startswith("Other"):
        table = tmp_path / "waves.csv"
        days = pd.date_range("2020-01-01", periods=300)
        pd.DataFrame({"day": days, "waves": np.sin(np.arange(300) / 5)}).to_csv(table, index=False)
        page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(table)
    if name.startswith("Texts"):
        page.get_by_role("tab", name="Lengths").click()
    page.set_viewport_size({"width": 1440, "height": 500})
    expect(page.locator(CHARTS).first).to_be_visible()
    for chart in page.locator(CHARTS).all():
        chart.scroll_into_view_if_needed()
        page.wait_for_timeout(300)
        before, place, box = ticks(chart), scrolled(page), chart.bounding_box()
        top, bottom = max(80, box["y"]), min(500, box["y"] + box["height"])
        page.mouse.move(box["x"] + box["width"] / 2, (top + bottom) / 2)
        for way in (-120, 120, 120):  # one of them leads somewhere, wherever the page stands
            page.mouse.wheel(0, way)
            page.wait_for_timeout(200)
            if scrolled(page) != place:
                break
        assert scrolled(page) != place
        assert ticks(chart) == before
