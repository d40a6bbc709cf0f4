"""A teacher leads a class from one browser, a pupil follows in another: shown, taken along, step by step, paused."""

from __future__ import annotations

import time

import pytest
import tiny
from app import App, finished_drawing, letter_by_letter
from playwright.sync_api import Locator, Page, expect

from rnnkit.lessons import lesson
from rnnkit.people import classes, identity

WITHIN = 2.0  # seconds, from the teacher's press to the pupil's page


@pytest.fixture
def two(app: App, tab, teacher: str) -> tuple[Page, Page]:
    """Windows of the teacher and of a pupil."""
    secret, pages = app.store.secret(), []
    pupil = identity.new_cookie(secret)
    classes.join(app.store, identity.signed_by(pupil, secret), app.store.open_class().code, "Ottoline")
    for cookie in (teacher, pupil):
        pages.append(tab("about:blank", viewport={"width": 1280, "height": 720}))
        pages[-1].context.add_cookies([{"name": identity.COOKIE, "value": cookie, "url": app.url}])
        pages[-1].goto(app.url)
        finished_drawing(pages[-1])
    return pages[0], pages[1]


def press(page: Page, words: str) -> None:
    """A button of the bar over the page."""
    page.get_by_role("region", name="Class", exact=True).get_by_role("button", name=words).click()


def step(page: Page) -> Locator:
    return page.locator("#rnnkit-lesson .number")


def onward(page: Page) -> Locator:
    return page.locator("#rnnkit-lesson [data-ask=next]")


def test_a_page_a_run_and_a_text_come_to_everybody_by_one_press(app: App, two):
    leads, follows = two
    run = tiny.run(app.store, epochs=2, corpus="cookbook-20000")
    for address in (f"Run?run={run}&tab=watch", "Texts?corpus=play"):
        leads.goto(f"{app.url}/{address}")
        finished_drawing(leads)
        press(leads, "Take everybody here")
        follows.wait_for_url(lambda url, address=address: url.startswith(f"{app.url}/{address}"))
        finished_drawing(follows)
    expect(follows.get_by_text(letter_by_letter("Name for the command line: play."))).to_be_visible()

    leads.goto(f"{app.url}/Gradients?part=Vanish or explode&radius=0.8")  # shown, and nobody is taken there
    finished_drawing(leads)
    press(leads, "Show to the class")
    bar = follows.get_by_role("region", name="Class", exact=True)
    expect(bar).to_contain_text("Your teacher shows: Gradients")
    assert "/Texts" in follows.url
    bar.get_by_role("link", name="Open").click()
    follows.wait_for_url("**/Gradients?*radius=0.8*")
    expect(bar).to_be_hidden()
    leads.goto(f"{app.url}/Train")
    press(leads, "Stop showing")
    follows.goto(app.url)
    expect(leads.get_by_role("button", name="Stop showing")).to_have_count(0)
    finished_drawing(follows)
    expect(bar).to_be_hidden()


@pytest.mark.usefixtures("came_along")
def test_a_lesson_is_led_step_by_step_and_set_free(app: App, two):
    leads, follows = two
    one = lesson.find("memory")
    leads.goto(f"{app.url}/{one.link(3)}")
    finished_drawing(leads)
    leads.get_by_role("button", name="Lead", exact=True).click()
    expect(step(follows)).to_have_text(f"3 of {len(one.steps)}")
    expect(follows.get_by_text("Your teacher leads.")).to_be_visible()
    expect(onward(follows)).to_be_hidden()
    onward(leads).click()
    expect(step(follows)).to_have_text(f"4 of {len(one.steps)}")
    finished_drawing(follows)
    expect(follows.get_by_role("heading", name="Textbook weights")).to_be_visible()
    leads.get_by_role("button", name="Set free").click()
    expect(onward(follows)).to_be_visible()
    onward(follows).click()
    expect(step(follows)).to_have_text(f"5 of {len(one.steps)}")
    expect(step(leads)).to_have_text(f"4 of {len(one.steps)}")


def test_pause_all_is_on_the_page_of_a_pupil_within_two_seconds(app: App, two):
    leads, follows = two
    bar, took = follows.get_by_role("region", name="Class", exact=True), []
    for _ in range(3):  # on a busy machine one of them may be late
        press(leads, "Pause all")
        pressed = time.monotonic()
        expect(bar).to_contain_text("Your teacher has paused all training")
        took.append(time.monotonic() - pressed)
        assert app.store.open_class().paused
        press(leads, "Continue all")
        expect(bar).to_be_hidden()
        expect(leads.get_by_role("button", name="Pause all")).to_be_visible()
        if took[-1] < WITHIN:
            return
    pytest.fail(f"it took {took} s")
