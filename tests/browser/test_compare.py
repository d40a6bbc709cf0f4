"""Runs and Compare in a real browser: ticked in the table, compared on one screen, followed while one trains."""

from __future__ import annotations

import re

import tiny
from app import expect, finished_drawing, wait_for

from rnnkit.store import Status

NAME = "<script>alert('name')</script>"
TEXT = "<script>alert('text')</script>"


def press_row(page, row: int, x: int) -> None:
    """A place in a row of the table of runs, which is a picture: `x` pixels from its left edge."""
    box = page.get_by_test_id("stDataFrame").first.bounding_box()
    page.mouse.click(box["x"] + x, box["y"] + 55 + 38 * row)


def test_runs_are_ticked_compared_renamed_and_deleted(app, tab):
    words = f"zebra{len(app.store.listed())}"
    first = tiny.run(app.store, name=f"{NAME} {words}", loss=3.0)
    second = tiny.run(app.store, tiny.TEXT + TEXT, name=f"**second** {words}", loss=2.0)
    page = tab(f"{app.url}/Runs?q={words}")
    finished_drawing(page)
    press_row(page, 0, 18)
    expect(page.get_by_text("1 ticked")).to_be_visible()
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("dialog").get_by_role("textbox", name="Name").fill(f"renamed {words}")
    page.get_by_role("dialog").get_by_role("textbox", name="Name").press("Tab")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    wait_for(lambda: app.store.run(second).name == f"renamed {words}", "the new name")
    press_row(page, 1, 18)
    expect(page.get_by_text("2 ticked")).to_be_visible()
    page.get_by_test_id("stMain").get_by_role("link", name="Compare").click()
    page.wait_for_url(re.compile(f"Compare.*runs={second}(,|%2C){first}"))
    expect(page.get_by_role("heading", name="A is lower")).to_be_visible()

    page = tab(f"{app.url}/Runs?q={words}")
    finished_drawing(page)
    press_row(page, 0, 150)  # its name
    page.wait_for_url(re.compile(f"Run.*run={second}"))

    page = tab(f"{app.url}/Runs?q={words}")
    finished_drawing(page)
    page.get_by_role("button", name="Tick all of them").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete 2 runs").click()
    expect(page.get_by_text("No run is like this")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("2 runs. Tick some")).to_be_visible()
    assert {first, second} <= {run.id for run in app.store.listed()}


def test_a_comparison_is_one_screen_that_plays_and_follows_a_run_that_trains(app, tab):
    still, other = (tiny.run(app.store, tiny.TEXT + TEXT, name=NAME, loss=loss) for loss in (3.0, 4.0))
    page = tab(f"{app.url}/Compare?runs={still},{other}")
    texts = page.locator("pre.text")
    expect(texts).to_have_count(2 * 3)
    curve = page.get_by_role("img", name=re.compile("Bits per character of A"))
    expect(curve.locator(".scatterlayer path.js-line")).to_have_count(4)
    for part in (page.get_by_role("heading", name="is lower"), texts.first, texts.last, curve):
        box = part.bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 900, part
    page.get_by_role("textbox", name="Prompt").fill(TEXT)
    page.get_by_role("textbox", name="Prompt").press("Control+Enter")
    expect(texts.filter(has_text="…t')</script>")).to_have_count(6)
    again = tab(page.url).locator("pre.text").filter(has_text="…t')</script>")
    expect(again).to_have_count(6)
    assert again.all_inner_texts() == texts.all_inner_texts()
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    expect(page.get_by_role("button", name="Play")).to_be_visible()  # at its end again
    assert "at=" not in page.url
    page.get_by_role("slider", name="Epoch").focus()
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile("at=2"))
    expect(page.get_by_text("epoch 2")).to_have_count(2)

    # Who trains is this very process: where it is silent for a minute it is given up, and killed.
    moving = tiny.run(app.store, tiny.TEXT + TEXT, name="moving", epochs=2, status=None, training={"epochs": 30})
    page = tab(f"{app.url}/Compare?runs={still},{moving}")
    expect(page.get_by_text("Epoch 3 of 30")).to_be_visible()
    tiny.train(app.store, moving, 2)
    expect(page.get_by_text("● B moving epoch 4")).to_be_visible()
    app.store.lease(moving, tiny.TRAINER).end(Status.FINISHED)
    page.get_by_role("checkbox", name="moving").focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("Choose two to four runs")).to_be_visible()
