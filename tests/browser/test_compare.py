"""Compare in a real browser: two runs side by side, a zoom that stays, the film-strip."""

from __future__ import annotations

import re

import tiny
from app import drag_across, expect, letter_by_letter, wait_for

from rnnkit.store import Status

NAME = "<b>first</b> *run*"


def test_compare_two_runs_and_read_what_they_write_at_several_epochs(app, tab):
    first = tiny.run(app.store, name="<script>alert('name')</script>", loss=2.0)
    second = tiny.run(app.store, tiny.TEXT + "<script>alert('text')</script>", name="**second**", loss=3.0)
    page = tab(f"{app.url}/Compare")
    for run in (first, second):
        page.get_by_role("combobox", name="Runs").click()
        page.get_by_role("option", name=re.compile(run)).click()
        page.keyboard.press("Escape")
    page.wait_for_url(re.compile(f"runs={first}(,|%2C){second}"))

    expect(page.get_by_role("heading", name="A is lower")).to_be_visible()
    expect(page.get_by_text(letter_by_letter("<script>alert('name')</script>")).first).to_be_visible()
    expect(page.locator("svg.marks g.mark-line path").last).to_be_visible()
    page.get_by_role("textbox", name="Prompt").fill("<script>alert('text')</script>")
    page.get_by_role("textbox", name="Prompt").press("Control+Enter")
    texts = page.locator("pre.letters").filter(has_text="<script>alert('text')</script>")
    expect(texts).to_have_count(18)  # 2 runs, 3 epochs, 3 temperatures

    again = tab(page.url).locator("pre.letters").filter(has_text="<script>")
    expect(again).to_have_count(18)
    assert again.all_inner_texts() == texts.all_inner_texts()


def test_the_zoom_of_a_comparison_stays_while_a_run_goes_on(app, tab):
    still = tiny.run(app.store, epochs=20)
    moving = tiny.run(app.store, epochs=5, status=None, training={"epochs": 30})
    page = tab(f"{app.url}/Compare?runs={still},{moving}")
    chart = page.locator("svg.marks").first
    chart.scroll_into_view_if_needed()
    last = chart.locator("text").filter(has_text=re.compile("^20$"))
    expect(last).to_have_count(1)
    drag_across(chart, 0.2, 0.6)
    expect(last).to_have_count(0)
    tiny.train(app.store, moving, 1)
    expect(page.get_by_text("Epoch 7 of")).to_be_visible()
    expect(last).to_have_count(0)
    app.store.lease(moving, tiny.TRAINER).end(Status.FINISHED)


def test_the_film_moves_by_hand_and_plays_to_its_end(app, tab):
    runs = tiny.run(app.store, NAME + tiny.TEXT, name=NAME), tiny.run(app.store, NAME + tiny.TEXT, epochs=2)
    page = tab(f"{app.url}/Compare?runs={','.join(runs)}&at=2&film_prompt={NAME}")
    slider, texts = page.get_by_role("slider", name="Epoch"), page.locator("pre.letters").filter(has_text=NAME)
    expect(texts).to_have_count(2 * 3)
    before = texts.all_inner_texts()
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("at=3"))
    expect(page.get_by_text("epoch 2, the nearest kept")).to_be_visible()
    wait_for(lambda: texts.all_inner_texts()[:3] != before[:3], "the texts of epoch 3")
    last = texts.all_inner_texts()
    assert last[3:] == before[3:]
    page.get_by_role("button", name="Play film").click()
    for epoch in (1, 2, 3):
        expect(slider).to_have_attribute("aria-valuetext", str(epoch))
    expect(page.get_by_role("button", name="Play film")).to_be_visible()
    expect(page).to_have_url(re.compile("at=3"))
    expect(slider).to_have_attribute("aria-valuetext", "3")
    wait_for(lambda: texts.all_inner_texts() == last, "the last frame")
