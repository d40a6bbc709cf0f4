"""A lesson goes through from its strip alone, and each of its links shows its step to somebody else."""

from __future__ import annotations

from functools import partial

import pytest
from app import App, finished_drawing
from playwright.sync_api import Page, expect

from pages.widgets.run import tabs
from rnnkit.lessons import lesson
from rnnkit.store import Wanted
from rnnkit.texts import cookbook

pytestmark = pytest.mark.usefixtures("came_along")


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


def trains(page: Page) -> None:
    page.get_by_role("radio", name="15 s").click()
    starts(page)


def starts(page: Page) -> None:
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url("**/Run?*")
    finished_drawing(page)


def steps_on(page: Page, until: str) -> None:
    """Through the word, by the page's own button, to this place."""
    for _ in range(3):
        page.get_by_role("button", name="Next", exact=True).click()
        finished_drawing(page)
    expect(page.get_by_role("heading", name=until)).to_be_visible()


def moves_the_slider(page: Page) -> None:
    slider, said = page.get_by_role("slider", name="Spectral radius of W"), page.get_by_role("heading", level=2)
    expect(said.filter(has_text="At 0.8 the gradient vanishes: 21 steps back less than a hundredth")).to_be_visible()
    for _ in range(7):
        slider.press("ArrowRight")
    expect(said.filter(has_text="At 1.5 the gradient explodes")).to_be_visible()


def trains_for_memory(page: Page) -> None:
    page.get_by_role("radio", name="10 s").click()
    page.get_by_role("button", name="Train them").click()
    page.wait_for_url("**/Memory?*runs=*")
    expect(page.get_by_role("img", name="Letters named rightly")).to_be_visible()


def brings_a_text(page: Page) -> None:
    page.get_by_label("or paste a text").fill(cookbook.write(12_000, seed=5))
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Keep this text").click()
    expect(page.get_by_role("link", name="Train on this text")).to_be_visible()


def waits_for_its_end(page: Page) -> None:
    expect(page.get_by_text("Finished", exact=True).first).to_be_visible()
    page.get_by_label("reference lines").check()


# Lesson, step -> what one does there, as far as the next steps build on it.
DONE = {
    ("write", 2): trains, ("lab", 1): brings_a_text, ("lab", 2): trains, ("lab", 4): waits_for_its_end,
    ("lab", 6): starts, ("memory", 1): partial(steps_on, until="Forward, t = 4"),
    ("memory", 2): partial(steps_on, until="Backward, t = 1"), ("memory", 3): moves_the_slider,
    ("memory", 6): trains_for_memory,
}  # fmt: skip


@pytest.mark.parametrize("name", lesson.OURS[:1])
def test_a_lesson_goes_through_from_its_strip_alone(app: App, tab, name: str):
    one = lesson.find(name)
    page = tab(f"{app.url}/Lessons", viewport={"width": 1280, "height": 720})
    finished_drawing(page)
    page.get_by_role("button", name="Start", exact=True).nth(lesson.OURS.index(name)).click()
    for number in range(1, len(one.steps) + 1):
        is_at(page, one, number)
        DONE.get((name, number), lambda page: None)(page)
        if number < len(one.steps):
            page.keyboard.press("Alt+n")
    expect(page.locator("#rnnkit-lesson [data-ask=next]")).to_be_disabled()
    for run in app.store.runs():
        if run.live:
            app.store.ask(run.id, Wanted.STOP)


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
