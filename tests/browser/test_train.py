"""The main job: choose, start, watch, pause, resume, and take the run along, with real training."""

from __future__ import annotations

import re
import time
from pathlib import Path

import tiny
from app import expect, finished_drawing, letter_by_letter, points, wait_for

from rnnkit.sharing import takeaway
from rnnkit.store import Status, Wanted
from rnnkit.texts import corpora

NAME = "<b>first</b> *run*"


def test_choose_start_watch_reload_pause_resume_and_watch_it_finish(app, tab, place):
    page = tab(f"{app.url}/Train?preset=cookbook-gru")
    page.get_by_label("Name of the run").fill(NAME)
    page.get_by_label("Name of the run").press("Enter")
    page.get_by_text("Change settings").click()
    page.get_by_role("slider", name="Units").focus()
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    page.get_by_role("spinbutton", name="Epochs").fill("30")  # an epoch takes a second
    page.get_by_role("spinbutton", name="Epochs").press("Enter")
    finished_drawing(page)
    page.set_viewport_size({"width": 1440, "height": 600})
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 200)")
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url(re.compile(r"[?&]run=\w+"))
    run_id = re.search(r"run=(\w+)", page.url)[1]
    wait_for(lambda: page.get_by_test_id("stMain").evaluate("main => main.scrollTop") == 0, "the top of the run")

    wait_for(lambda: points(page) > 2, "a curve")
    before = points(page)
    wait_for(lambda: points(page) > before, "the curve to grow")
    expect(page.get_by_role("heading").filter(has_text=letter_by_letter(NAME))).to_be_visible()

    page.reload()
    somebody_else = tab(page.url)
    for view in (page, somebody_else):
        expect(view.get_by_role("heading").filter(has_text=letter_by_letter(NAME))).to_be_visible()
        wait_for(lambda view=view: points(view) > before, "the curve after a reload")

    wait_for(lambda: app.store.run(run_id).epochs_done >= 1, "the first epoch")
    page.get_by_role("button", name="Pause").click()
    for view in (page, somebody_else):
        expect(view.locator(".watch .badge")).to_have_text("Paused")
    assert app.store.run(run_id).status == Status.PAUSED
    done = app.store.epochs(run_id)

    somebody_else.get_by_role("button", name="Resume").click()
    for view in (page, somebody_else):
        expect(view.locator(".watch .badge")).to_have_text("Finished")
    assert app.store.run(run_id).status == Status.FINISHED
    assert app.store.epochs(run_id)[: len(done)] == done
    expect(page.locator(".watch .texts pre").first).to_contain_text(re.compile(r"\w"))
    assert "tensorflow" not in Path(f"/proc/{app.process.pid}/maps").read_text()


def test_from_home_two_presses_lead_to_a_text_of_ones_own_without_scrolling(app, tab):
    page = tab(app.url)
    began = time.perf_counter()
    page.get_by_role("button", name="Train a network").click()
    start = page.get_by_role("button", name="Start training")
    expect(start).to_be_enabled()
    for width, height in ((390, 844), (1280, 720), (1440, 900)):
        page.set_viewport_size({"width": width, "height": height})
        expect(start).to_be_in_viewport(ratio=1)
        expect(page.locator("dd").first).to_be_in_viewport(ratio=1)  # the number of parameters
    start.click()
    expect(page.locator(".watch .texts pre:not(.empty)").first).to_contain_text(re.compile(r"\w"))
    print(f"from Home to the first text {time.perf_counter() - began:.1f} s")
    app.store.ask(re.search(r"run=(\w+)", page.url)[1], Wanted.STOP)


def test_lines_of_what_counting_reaches_stand_in_the_curve_until_they_are_switched_off(app, tab):
    run = tiny.run(app.store, corpora.load("cookbook-20000"), corpus="cookbook-20000", loss=6.0)
    page = tab(f"{app.url}/Run?run={run}")
    worth = page.locator(".watch .worth")
    expect(worth).to_have_text(re.compile(r"Past .*-gram after|bits per character above"))
    lines = page.locator(".watch .plot").get_by_text(re.compile(r"-gram"))
    expect(lines.first).to_be_attached()
    page.get_by_role("checkbox", name="reference lines").click()
    expect(worth).to_have_text("")
    expect(lines).to_have_count(0)


def test_everything_that_one_can_take_from_a_run_comes_as_a_file_and_the_report_opens(app, tab, tmp_path):
    run = tiny.run(app.store, name=NAME, corpus="cookbook")
    page = tab(f"{app.url}/Run?run={run}&tab=export")
    page.get_by_text("The recipe card, to copy").click()
    expect(page.get_by_text("The command that made it")).to_be_visible()
    for way in (*takeaway.WAYS.values(), None):
        with page.expect_download() as download:
            page.get_by_role("button", name=way.title if way else "The whole run", exact=True).click()
        download.value.save_as(tmp_path / download.value.suggested_filename)
    assert {path.suffix for path in tmp_path.iterdir()} >= {".html", ".md", ".py", ".txt", ".keras", ".csv", ".zip"}
    report = tab((tmp_path / f"rnnkit-{run}.html").as_uri())
    expect(report.get_by_role("heading", level=1)).to_have_text(NAME)
    expect(report.get_by_role("img")).to_be_visible()
    papers = []
    for scheme in ("light", "dark"):
        report.emulate_media(color_scheme=scheme)
        papers.append(report.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert papers == ["rgb(255, 253, 247)", "rgb(13, 20, 36)"]
