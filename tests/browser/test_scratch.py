"""From scratch and Gradients in a real browser: step through, train a sentence, make a gradient vanish and explode."""

from __future__ import annotations

import re

import tiny
from app import expect, finished_drawing, points, wait_for


def test_step_through_a_word_then_train_a_sentence_and_stop_it(app, tab):
    page = tab(f"{app.url}/From_scratch?part=Step+through&word=abc")
    expect(page.get_by_role("heading", name="Forward, t = 1")).to_be_visible()
    expect(page.locator("svg.marks g.mark-rect path").first).to_be_visible()
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.get_by_role("heading", name="Forward, t = 2")).to_be_visible()
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.get_by_role("heading", name="Backward, t = 2")).to_be_visible()
    expect(page).to_have_url(re.compile("at=3"))

    page.get_by_text("Train it here", exact=True).click()
    page.get_by_role("spinbutton", name="Steps").fill("1000")
    page.get_by_role("spinbutton", name="Steps").press("Enter")
    finished_drawing(page)
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text("Memorised.")).to_be_visible()
    drawn = points(page)
    wait_for(lambda: points(page) > drawn, "the curve to grow")
    page.get_by_test_id("stMain").get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()
    expect(page.get_by_text("Memorised.")).to_be_visible()


def test_the_gradient_of_a_run_is_followed_and_another_made_to_vanish(app, tab):
    run = tiny.run(app.store, corpus="cookbook-60000", model={"architecture": "lstm"})
    page = tab(f"{app.url}/Gradients?runs={run}")
    expect(page.get_by_role("heading", name="Trained, epoch 3")).to_be_visible()
    expect(page.locator("svg.marks g.mark-line path")).to_have_count(7)  # three fresh cells twice, and the trained one
    page.get_by_role("slider", name="Epoch").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("heading", name="Trained, epoch 2")).to_be_visible()

    page.get_by_text("Vanish or explode", exact=True).click()
    expect(page.get_by_role("heading", name="At 1.5 the gradient explodes")).to_be_visible()
    page.get_by_role("slider", name="Spectral radius of W").focus()
    page.keyboard.press("Home")
    expect(page.get_by_role("heading", name="At 0.5 the gradient vanishes")).to_be_visible()
    expect(page).to_have_url(re.compile(r"radius=0\.5"))
