"""The main job in a real browser: the real app on a port of its own, Debian's Chromium, real training.

A test that waits gives up after WAIT; on an idle machine of two cores the file takes about a minute.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import psutil
import pytest
import tiny

from rnnkit.sharing import takeaway
from rnnkit.store import FINISHED, PAUSED, STOPPED, Store
from rnnkit.studies import sampling
from rnnkit.texts import corpora

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
NAME = "<b>first</b> *run*"
PAGES = ["", *sorted(file.stem.partition("_")[2] for file in (ROOT / "pages").glob("[0-9]*.py"))]
WAIT = 90  # seconds
expect.set_options(timeout=WAIT * 1000)
# Streamlit looks for its own addresses below a page's first, and the browser reports that there are none.
PROBES = re.compile(r"/_stcore/(health|host-config)$")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="there is no Chromium on this machine"),
]


class App(NamedTuple):
    url: str
    process: subprocess.Popen
    store: Store


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of every app of this file; all processes that live in it end with it."""
    folder = tmp_path_factory.mktemp("browser")
    yield folder
    for process in psutil.process_iter():
        try:
            if process.environ().get("RNNKIT_HOME") == str(folder):
                process.kill()
        except psutil.Error:
            continue


@pytest.fixture(scope="module")
def start(place: Path) -> Iterator[Callable[[], App]]:
    """Starts the app; nothing has been asked of it when this returns. All of them share one store."""
    started: list[App] = []

    def start_app() -> App:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "streamlit", "run", "dashboard.py", f"--server.port={port}"]
        environment = os.environ | {"RNNKIT_HOME": str(place), "RNNKIT_CORPORA": str(place), "RNNKIT_STORE": ""}
        process = subprocess.Popen(
            [*command, "--server.headless=true", "--server.address=127.0.0.1"],
            cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        url = f"http://127.0.0.1:{port}"
        wait_for(lambda: _answers(f"{url}/_stcore/health"), "the app")
        started.append(App(url, process, Store(f"sqlite:///{place / 'rnnkit.sqlite'}")))
        return started[-1]

    yield start_app
    for app in started:
        app.store.close()
        app.process.kill()
        app.process.wait()


@pytest.fixture(scope="module")
def app(start) -> App:
    return start()


@pytest.fixture(scope="module")
def chromium():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium) -> Iterator[Callable]:
    """Opens a window of somebody else each time. Whatever a page reports as an error fails the test."""
    contexts, complaints = [], []

    def heard(message) -> None:
        if message.type == "error" and not PROBES.search(message.location["url"]):
            complaints.append(f"{message.text} ({message.location['url']})")

    def open_tab(address: str):
        contexts.append(chromium.new_context(viewport={"width": 1440, "height": 900}))
        page = contexts[-1].new_page()
        page.set_default_timeout(WAIT * 1000)
        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(f"a script ran: {dialog.message}"))
        page.goto(address)
        return page

    yield open_tab
    for context in contexts:
        context.close()
    assert complaints == []


def _answers(url: str) -> bool:
    try:
        return urllib.request.urlopen(url, timeout=5).status == 200
    except OSError:
        return False


def wait_for(condition: Callable[[], bool], what: str, seconds: float = WAIT) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"waited {seconds} s for {what}"
        time.sleep(0.2)


def finished_drawing(page) -> None:
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)


def letter_by_letter(text: str) -> re.Pattern:
    """What a page shows of a name: pages put invisible word joiners where Markdown would see more than letters."""
    return re.compile("\u2060?".join(map(re.escape, text)))


def points(page) -> int:
    """Corners of the training curve that is on the page."""
    lines = page.locator("svg.marks g.mark-line path").evaluate_all("paths => paths.map(p => p.getAttribute('d'))")
    return max((line.count("L") for line in lines if line), default=0)


@pytest.mark.parametrize("name", PAGES, ids=lambda name: name or "Home")
def test_a_link_to_any_page_works_as_the_very_first_request_after_a_start(start, tab, name):
    app = start()
    page = tab(f"{app.url}/{name}")
    finished_drawing(page)
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)
    page.close()  # a page that still fetches its pictures would complain about a server that is gone
    app.process.kill()


def test_a_killed_dashboard_touches_no_training_and_the_next_one_shows_the_run(start, tab):
    first = start()
    page = tab(f"{first.url}/Train")
    finished_drawing(page)  # somebody was here: a scheduler is at work
    page.close()
    config = tiny.config(
        name="outlives its dashboard", corpus="cookbook-60000", batches={"length": 16, "batch_size": 8},
        training={"epochs": 500}, sampling={"length": 20},
    )  # fmt: skip
    run = first.store.create_run(config)
    wait_for(lambda: first.store.run(run).epochs_done > 0, "the first epoch")
    first.process.kill()
    first.process.wait()
    done = first.store.run(run).epochs_done
    wait_for(lambda: first.store.run(run).epochs_done > done + 2, "training without a dashboard")
    second = start()
    page = tab(f"{second.url}/Train?run={run}")
    expect(page.get_by_role("heading", name=letter_by_letter("outlives its dashboard"))).to_be_visible()
    finished_drawing(page)
    page.get_by_test_id("stMain").get_by_role("button", name="Stop").click()  # Streamlit has a Stop of its own
    wait_for(lambda: second.store.run(run).status == STOPPED, "the stop")
    assert second.store.check() == []


def test_choose_start_watch_reload_pause_resume_and_watch_it_finish(app, tab, place):
    page = tab(f"{app.url}/Train")
    page.get_by_label("Name of the run").fill(NAME)
    page.get_by_label("Name of the run").press("Enter")
    page.get_by_role("slider", name="Units").focus()
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    page.get_by_role("tab", name="Training").click()
    page.get_by_role("spinbutton", name="Epochs").fill("4")
    page.get_by_role("spinbutton", name="Epochs").press("Enter")
    finished_drawing(page)
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url(re.compile(r"[?&]run=\w+"))
    run_id = re.search(r"run=(\w+)", page.url)[1]

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
        expect(view.get_by_text(re.compile("Paused$")).first).to_be_visible()
    assert app.store.run(run_id).status == PAUSED
    done = app.store.epochs(run_id)

    somebody_else.get_by_role("button", name="Resume").click()
    for view in (page, somebody_else):
        expect(view.get_by_text(re.compile("Finished$")).first).to_be_visible()
    assert app.store.run(run_id).status == FINISHED
    assert app.store.epochs(run_id)[: len(done)] == done
    expect(page.get_by_test_id("stCode").first).to_contain_text(re.compile(r"\w"))
    assert "tensorflow" not in Path(f"/proc/{app.process.pid}/maps").read_text()


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


def test_lines_of_what_counting_reaches_stand_in_the_curve_until_they_are_switched_off(app, tab):
    run = tiny.run(app.store, corpora.load("cookbook-20000"), corpus="cookbook-20000", loss=6.0)
    page = tab(f"{app.url}/Train?run={run}")
    worth = page.get_by_text(re.compile(r"Past .*-gram after|nats per symbol above"))
    expect(worth).to_be_visible()
    lines = page.locator("svg.marks text").filter(has_text=re.compile(r"-gram"))
    expect(lines.first).to_be_attached()
    page.get_by_test_id("stCheckbox").filter(has_text="Reference lines").locator("label").click()
    expect(worth).to_have_count(0)
    expect(lines).to_have_count(0)


def test_the_zoom_of_a_comparison_stays_while_a_run_goes_on(app, tab):
    still = tiny.run(app.store, epochs=20)
    moving = tiny.run(app.store, epochs=5, status=None, training={"epochs": 30})
    page = tab(f"{app.url}/Compare?runs={still},{moving}")
    chart = page.locator("svg.marks").first
    chart.scroll_into_view_if_needed()
    last = chart.locator("text").filter(has_text=re.compile("^20$"))
    expect(last).to_have_count(1)
    box = chart.bounding_box()
    page.mouse.move(box["x"] + 150, box["y"] + box["height"] / 2)
    for _ in range(4):
        page.mouse.wheel(0, -200)
    expect(last).to_have_count(0)
    tiny.train(app.store, moving, 1)
    expect(page.get_by_text("Epoch 7 of")).to_be_visible()
    expect(last).to_have_count(0)
    app.store.end_run(moving, tiny.TRAINER, FINISHED)


def test_a_duel_starts_with_one_click_and_says_who_won_in_every_browser(app, tab):
    text = corpora.add(app.store, tiny.TEXT * 40, "to fight over")
    page = tab(f"{app.url}/Duel?corpus={text}")
    page.get_by_role("button", name="Simple RNN").click()  # leaves the GRU and the LSTM
    expect(page.get_by_role("button", name="Start the duel")).to_be_enabled()
    finished_drawing(page)
    page.get_by_role("button", name="Start the duel").click()
    page.wait_for_url(re.compile(r"[?&]runs=\w+"))
    somebody_else = tab(page.url)
    for window in (page, somebody_else):
        expect(window.get_by_role("heading", name=re.compile(r"^(The .+ won by|A tie)"))).to_be_visible()
        wait_for(lambda window=window: points(window) > 1, "the curves")
    fought = [run for run in app.store.runs() if run.corpus == text]
    assert {run.config.model.architecture for run in fought} == {"gru", "lstm"}
    assert abs(fought[0].params / fought[1].params - 1) < 0.02
    page.get_by_role("button", name="Delete all").click()
    page.get_by_role("button", name="Delete for good").click()
    wait_for(lambda: not [run for run in app.store.runs() if run.corpus == text], "both to be gone")


def test_two_epochs_write_side_by_side(app, tab):
    run = tiny.run(app.store)
    page = tab(f"{app.url}/Sample?run={run}")
    texts = page.get_by_test_id("stCode")
    expect(texts).to_have_count(2)
    expect(page.get_by_text("characters a second")).to_be_visible()
    early, late = (texts.nth(place).bounding_box() for place in (0, 1))
    assert early["y"] == late["y"]
    assert early["x"] + early["width"] <= late["x"]
    assert texts.nth(0).inner_text() != texts.nth(1).inner_text()


HOSTILE = (
    "<b>x</b> <script>alert(1)</script> **b** _i_ `c` $x^2$ :smile: ::red[r]: [a](http://b.c) www.b.c a@b.cd\n# h\n- l"
    "\n1. one\n\n\n    code -> <- &amp; | a |\n|---|\n> q\n***\n![i](j)  two  \n\ttab :orange[o] <!-- c --> "
)


def letters(shown: str) -> list[str]:
    """The lines of a text; spaces at their ends, the width of spaces and what has no width cannot be seen."""
    shown = shown.replace("\u2060", "").replace("\u00a0", " ").replace("\t", "    ")
    return [line.rstrip() for line in shown.rstrip().split("\n")]


def test_what_is_copied_is_marked_and_hostile_letters_stay_letters(app, tab):
    run = tiny.run(app.store, HOSTILE * 5, corpus=corpora.add(app.store, HOSTILE * 5, HOSTILE))
    order = {"length": 300, "seed": 3, "prompt": HOSTILE}
    page = tab(f"{app.url}/Sample?{urlencode({'run': run, 'temperatures': 1, 'at_least': 2, **order})}")
    page.get_by_text("Show what is copied").click()
    expect(page.get_by_text("Below the dashed line")).to_be_visible()
    expect(page.locator("svg.marks")).to_be_visible()
    shown = [letters(text) for text in page.get_by_test_id("stMarkdown").all_inner_texts()]
    for text in sampling.write(app.store, run, epochs=[1, "last"], temperatures=[1.0], **order).texts:
        assert letters(HOSTILE + text.text) in shown
    assert page.locator(".stMarkdownColoredText").count() > 4


def test_everything_that_one_can_take_from_a_run_comes_as_a_file_and_the_report_opens(app, tab, tmp_path):
    run = tiny.run(app.store, name=NAME, corpus="cookbook")
    page = tab(f"{app.url}/Train?run={run}")
    page.get_by_role("button", name="Take it with you").click()
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


def test_a_symbol_is_picked_by_hand_or_by_key_and_another_one_is_written_on_from(app, tab):
    run = tiny.run(app.store, NAME + tiny.TEXT)
    page = tab(f"{app.url}/Temperature_lab?run={run}&symbols=60&lab_temperature=2")
    strip, number = page.get_by_role("listbox", name="Written symbols"), page.get_by_label("Symbol number")
    expect(strip.get_by_role("option")).to_have_count(60)
    strip.get_by_role("option").nth(20).click()
    expect(number).to_have_value("21")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(number).to_have_value("23")
    expect(page).to_have_url(re.compile("at=23"))
    picked = strip.locator("[aria-selected=true]")
    expect(picked).to_have_attribute("aria-label", re.compile("^Symbol 23, "))
    expect(picked).to_be_focused()
    page.get_by_test_id("stButtonGroup").last.locator("button").first.click()
    expect(page).to_have_url(re.compile(rf"branch={run}\.23%3A"))
    expect(page.get_by_text("The first text")).to_be_visible()
    finished_drawing(page)
    again = tab(page.url)
    options = strip.get_by_role("option").all_inner_texts()
    expect(again.get_by_role("listbox", name="Written symbols").get_by_role("option")).to_have_text(options)
    page.get_by_role("button", name="Back to the first text").click()
    expect(page.get_by_text("The first text")).to_have_count(0)
    page.get_by_text("Greedy, beams, drawn").click()
    expect(page.get_by_text("Beam search, 8 beams")).to_be_visible()
    expect(page.get_by_test_id("stCode")).to_have_count(3)


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
        expect(page).to_have_url(re.compile(f"at={epoch}"))
    expect(page.get_by_role("button", name="Play film")).to_be_visible()
    expect(slider).to_have_attribute("aria-valuetext", "3")
    wait_for(lambda: texts.all_inner_texts() == last, "the last frame")


def test_a_rule_of_preprocessing_marks_what_it_touched_and_stays_in_the_address(app, tab):
    page = tab(f"{app.url}/Words_and_verse?corpus=cookbook&rule=Dashes")
    expect(page.get_by_text("number 3 in the lecture's list")).to_be_visible()
    marks = page.locator("span.stMarkdownColoredBackground")
    expect(marks.filter(has_text="␣").first).to_be_visible()
    page.get_by_test_id("stButtonGroup").get_by_text("Lower case", exact=True).click()
    expect(page.get_by_text("number 4 in the lecture's list")).to_be_visible()
    expect(page).to_have_url(re.compile("rule=Lower"))
    page.reload()
    expect(page.get_by_text("number 4 in the lecture's list")).to_be_visible()
    expect(page.get_by_text("As one-hot arrays")).to_be_visible()


def test_the_verses_of_a_run_stand_beside_those_of_its_text(app, tab):
    name = corpora.add(app.store, tiny.TEXT, "Foxes in verse")
    run = tiny.run(app.store, tiny.TEXT, corpus=name, name="fox")
    page = tab(f"{app.url}/Words_and_verse?view=Verse&corpus={name}")
    expect(page.get_by_text("Words seen once")).to_be_visible()
    finished_drawing(page)
    page.get_by_role("combobox", name="Beside it: what a run wrote").click()
    page.get_by_role("option", name=re.compile("^fox")).click()
    expect(page).to_have_url(re.compile(f"run={run}"))
    expect(page.get_by_role("tab", name="What it wrote")).to_be_visible()
    expect(page.locator("svg.marks").first).to_contain_text("what it wrote")
    finished_drawing(page)
