"""A lesson goes through from its strip alone, and each of its links shows its step to somebody else."""

from __future__ import annotations

import pytest
from app import App, finished_drawing
from playwright.sync_api import Page, expect

from pages.widgets.run import tabs
from rnnkit import paths
from rnnkit.lessons import lesson

CAME_ALONG = paths.PRETRAINED


@pytest.fixture(autouse=True)
def _networks_came_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "PRETRAINED", CAME_ALONG)


def is_at(page: Page, one: lesson.Lesson, number: int) -> None:
    """The strip says so, the page is the step's, and nothing on it went wrong."""
    step = one.steps[number - 1]
    expect(page.locator("#rnnkit-lesson .number")).to_have_text(f"{number} of {len(one.steps)}")
    expect(page.locator("#rnnkit-lesson .do")).to_have_text(lesson.plain(step.do))
    finished_drawing(page)
    path = page.url.partition("?")[0].rpartition("/")[2]
    assert path == ("" if step.to.page == "Home" else step.to.page.replace(" ", "_"))
    assert f"step={number}" in page.url
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)
    if step.to.page == "Run":
        expect(page.get_by_role("tab", selected=True)).to_have_text(tabs.TABS[step.to.tab].label)
    for name in step.hide:
        expect(page.locator(f".st-key-{name}:visible")).to_have_count(0)


def test_the_first_lesson_goes_through_from_its_strip_alone(app: App, tab):
    one = lesson.find("write")
    page = tab(f"{app.url}/Lessons")
    finished_drawing(page)
    page.get_by_role("button", name="Start", exact=True).first.click()
    for number in range(1, len(one.steps) + 1):
        is_at(page, one, number)
        if one.steps[number - 1].to.page == "Train":
            page.get_by_role("radio", name="15 s").click()
            page.get_by_role("button", name="Start training").click()
            page.wait_for_url("**/Run?*")
            finished_drawing(page)
        if number < len(one.steps):
            page.keyboard.press("Alt+n")
    expect(page.get_by_role("button", name="Next")).to_be_disabled()


# Step of the first lesson -> the control that its address sets, and what it then says.
RESTORED = {
    2: ("stMarkdown", "500,820 characters"),  # the play's
    4: ("stButtonGroup", "Six temperatures"),
    5: ("stButtonGroup", "One text"),
    6: ("stCheckbox", "Show copied passages"),
    7: ("stButtonGroup", "Beside n-grams"),
}


def test_each_link_of_the_first_lesson_restores_its_step_for_somebody_else(app: App, tab):
    one = lesson.find("write")
    page = tab(f"{app.url}/{one.link(1)}")
    for number in range(1, len(one.steps) + 1):
        page.goto(f"{app.url}/{one.link(number)}")
        is_at(page, one, number)
        if number in RESTORED:
            kind, said = RESTORED[number]
            control = page.get_by_test_id(kind).filter(has_text=said).first
            expect(control).to_be_visible()
            if kind == "stButtonGroup":
                expect(control.locator("[aria-checked=true]")).to_have_text(said)
            if kind == "stCheckbox":
                expect(control.locator("input")).to_be_checked()


@pytest.mark.slow
@pytest.mark.parametrize("name", lesson.OURS[1:])
def test_each_link_of_the_other_lessons_opens_its_step(app: App, tab, name: str):
    one = lesson.find(name)
    page = tab(f"{app.url}/{one.link(1)}")
    for number in range(1, len(one.steps) + 1):
        page.goto(f"{app.url}/{one.link(number)}")
        is_at(page, one, number)
        high = page.locator("#rnnkit-lesson .strip").bounding_box()["height"]
        assert high < 75, f"step {number} takes more than two lines at {page.viewport_size}"
