"""A class from its first button to its end: opened, joined by two, paused, a budget that refuses, nothing left."""

from __future__ import annotations

import re

import left_behind
import pytest
from app import AUDIT, finished_drawing, letter_by_letter, wait_for
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from rnnkit.errors import NoClass
from rnnkit.people import ending
from rnnkit.settings import home


@pytest.fixture
def ended(app, place, monkeypatch):
    """Whatever happens, the app is no class's for the tests after this one."""
    monkeypatch.setenv("RNNKIT_HOME", str(place))
    yield
    try:
        ending.end(app.store)
    except NoClass:
        return


def join(page, code: str, name: str) -> None:
    page.get_by_label("Code on the wall").fill(code)
    page.get_by_role("textbox", name="Nickname").fill(name)
    page.keyboard.press("Enter")


def pressed(page, words: str):
    """A button of the page itself: the bar in its frame has the same."""
    return page.locator("button[data-testid^=stBaseButton]").filter(has_text=words)


def faults(page) -> list[str]:
    """What axe-core finds serious in what is shown."""
    page.evaluate(AXE_SCRIPT)
    return page.evaluate(AUDIT, {})


@pytest.mark.browser
def test_a_class_from_its_first_button_to_its_end(app, tab, ended):
    teacher = tab(f"{app.url}/Class")
    teacher.get_by_role("button", name="Open a class").click()
    expect(pressed(teacher, "Pause all")).to_be_visible()
    code = app.store.open_class().code
    expect(teacher.locator(".wall .code")).to_have_text(code)
    link = teacher.get_by_role("img", name=re.compile("QR code of http")).get_attribute("alt").split()[-1]
    assert link.endswith(f"/?class={code}")

    phone = {"viewport": {"width": 390, "height": 844}}
    mia = tab(f"{link.split('?')[0]}Runs?class={code}", **phone)  # by the address on the wall, to another page
    expect(mia.get_by_label("Code on the wall")).to_have_value(code)
    assert faults(mia) == []
    assert mia.get_by_role("link", name="Texts").is_hidden()
    join(mia, code, "Wilhelmina")
    expect(mia).to_have_title(re.compile("^Runs"))
    expect(mia.get_by_label("Code on the wall")).to_have_count(0)
    assert re.search(r"/Runs$", mia.url)

    ben = tab(f"{app.url}/Class", **phone)
    for _ in range(4):
        join(ben, "WRNG", "Ben")
        expect(ben.get_by_test_id("stAlert")).to_be_visible()
        ben.wait_for_timeout(300)
    expect(ben.get_by_text(re.compile(r"too many wrong ones; wait \d s"))).to_be_visible()
    ben.wait_for_timeout(4_500)
    join(ben, code, "WILHELMINA")
    ben.get_by_role("button", name=re.compile("WILHELMINA 2")).click()
    expect(ben.get_by_text("You are")).to_be_visible()
    expect(teacher.get_by_text("2 here")).to_be_visible()
    assert faults(teacher) + faults(ben) == []

    pressed(teacher, "Pause all").click()
    expect(teacher.get_by_text("All trainings are paused.")).to_be_visible()
    expect(pressed(teacher, "Go on")).to_be_visible()
    app.store.change_class(lambda values: {**values, "budget": {**values["budget"], "runs": 1, "units": 64}})
    for _ in range(2):
        mia.goto(f"{link.split('?')[0]}Train?corpus=cookbook-100000")
        finished_drawing(mia)
        mia.get_by_role("button", name="Start training").click()
        mia.wait_for_timeout(1_500)
    expect(mia.get_by_text(re.compile("expected at most 1 of yours at once in this class, got 2"))).to_be_visible()
    (run,) = [run for run in app.store.runs() if run.member]
    assert run.config.model.units <= 64
    assert run.config.training.seconds <= 600

    mia.goto("about:blank")  # or her browser writes into its console that nobody answers at that address any more
    teacher.get_by_role("tab", name="Collect and end").click()
    teacher.get_by_role("button", name="End the class").click()
    teacher.get_by_role("button", name="End it for good").click()
    expect(teacher.get_by_text(letter_by_letter("Nothing of it was found."))).to_be_visible()
    assert app.store.open_class() is None
    words = b"Wilhelmina", run.id.encode()
    wait_for(lambda: not left_behind.with_any_of(words, home()), "the end of what a class left")
