"""The page of a run in a real browser: tabs by mouse, keyboard, Back, reload, and for somebody else; and its end."""

from __future__ import annotations

import re

import tiny
from app import expect, finished_drawing, letter_by_letter


def opened(page, name: str) -> None:
    """The tab that is open, in the page and in its address."""
    expect(page.get_by_role("tab", name=name, exact=True)).to_have_attribute("aria-selected", "true")
    finished_drawing(page)


def test_an_old_link_opens_a_tab_and_each_tab_is_one_step_for_back_and_the_same_for_everybody(app, tab):
    run, other = (tiny.run(app.store, name=name, corpus="cookbook-20000") for name in ("first", "second"))
    page = tab(f"{app.url}/Sample?run={run}&length=30&temperatures=1")
    opened(page, "Sample")
    expect(page).to_have_url(f"{app.url}/Run?tab=sample&run={run}&length=30&temperatures=1")
    steps = page.evaluate("history.length")
    page.get_by_role("tab", name="Write").click()
    opened(page, "Write")
    expect(page).to_have_url(f"{app.url}/Run?run={run}&tab=write")
    page.get_by_role("tab", name="Write").press("ArrowLeft")
    opened(page, "Temperature")
    expect(page).to_have_url(f"{app.url}/Run?run={run}&tab=temperature")
    assert page.evaluate("history.length") == steps + 2
    page.go_back()
    opened(page, "Write")
    page.go_back()
    opened(page, "Sample")
    expect(page.get_by_role("spinbutton", name="Length")).to_have_value("30")
    page.get_by_role("link", name="Open in Temperature").click()
    opened(page, "Temperature")
    page.go_back()
    opened(page, "Sample")
    page.reload()
    for view in (page, tab(page.url)):
        opened(view, "Sample")
        expect(view.get_by_test_id("stCode")).to_have_count(2)

    chooser = page.get_by_role("combobox", name="Run").first
    chooser.fill("second")
    chooser.press("Enter")
    expect(page.get_by_role("heading", level=1, name="second")).to_be_visible()
    opened(page, "Sample")
    expect(page).to_have_url(re.compile(f"run={other}.*tab=sample|tab=sample.*run={other}"))
    page.goto(f"{app.url}/Run")  # as this browser left it
    expect(page.get_by_role("heading", level=1, name="second")).to_be_visible()
    expect(page).to_have_url(f"{app.url}/Run?run={other}")


def test_a_deleted_run_leads_to_the_list_with_an_undo_and_is_said_to_be_gone_elsewhere(app, tab):
    run = tiny.run(app.store, name="to be deleted")
    page, elsewhere = tab(f"{app.url}/Run?run={run}&tab=export"), tab(f"{app.url}/Run?run={run}&tab=sample")
    opened(elsewhere, "Sample")
    opened(page, "Export")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete this run").click()
    expect(page).to_have_url(f"{app.url}/Runs")
    elsewhere.get_by_role("tab", name="Write").click()
    expect(
        elsewhere.get_by_text(letter_by_letter(f"There is no run “{run}” here: it may have been deleted."))
    ).to_be_visible()
    expect(elsewhere.get_by_test_id("stMain").get_by_role("link", name="All runs")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    elsewhere.reload()
    opened(elsewhere, "Write")
