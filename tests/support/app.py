"""The real app for tests in a browser: on a port of its own, in Debian's Chromium, with a store of its own.

Whatever waits here gives up after WAIT. tests/browser/conftest.py makes the fixtures known there.
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
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest
from joining import Browser
from playwright import sync_api
from playwright.sync_api import expect

from rnnkit import paths
from rnnkit.errors import NoClass
from rnnkit.people import classes, ending, identity
from rnnkit.store import Store

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
WAIT = 90  # seconds
expect.set_options(timeout=WAIT * 1000)
# Serious ones, and the order of headings, which axe-core takes for a moderate matter.
AUDIT = """async (options) => {
  const { violations } = await axe.run({ resultTypes: ["violations"], ...options })
  return violations
    .filter((rule) => ["serious", "critical"].includes(rule.impact) || /heading/.test(rule.id))
    .flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 160)} ${node.failureSummary}`))
}"""
# Tiles of the wall that are not wholly in the window, and pairs that lie over each other.
MISPLACED = """tiles => {
  const boxes = tiles.map(tile => tile.getBoundingClientRect())
  const over = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1
  const out = boxes.filter(b => b.left < 0 || b.top < 0 || b.right > innerWidth + 1 || b.bottom > innerHeight + 1)
  return [boxes.length, out.length, boxes.filter((a, i) => boxes.slice(i + 1).some(b => over(a, b))).length]
}"""
# Streamlit looks for its own addresses below a page's first, and the browser reports that there are none.
PROBES = re.compile(r"/_stcore/(health|host-config)$")


class App(NamedTuple):
    url: str
    process: subprocess.Popen
    store: Store


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of every app of this test run; all processes that live in it end with it."""
    if not Path(CHROMIUM).exists():
        pytest.skip("there is no Chromium on this machine")
    folder = tmp_path_factory.mktemp("browser")
    yield folder
    for process in psutil.process_iter():
        try:
            if process.environ().get("RNNKIT_HOME") == str(folder):
                process.kill()
        except psutil.Error:
            continue


@pytest.fixture(scope="session")
def start(place: Path) -> Iterator[Callable[..., App]]:
    """Starts the app; nothing has been asked of it when this returns. All of them share one store.

    `prefix` is the path below which it answers; `port`: one that was killed comes back there; `more` are environment
    variables, in which {url} is its address.
    """
    started: list[App] = []

    def start_app(prefix: str = "", port: int = 0, **more: str) -> App:
        with socket.socket() as free:
            free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            free.bind(("127.0.0.1", port))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "streamlit", "run", "dashboard.py", f"--server.port={port}"]
        url = "/".join([f"http://127.0.0.1:{port}", *filter(None, [prefix])])
        environment = os.environ | {"RNNKIT_HOME": str(place), "RNNKIT_CORPORA": str(place), "RNNKIT_STORE": ""}
        environment |= {name: value.replace("{url}", url) for name, value in more.items()}
        process = subprocess.Popen(
            [*command, "--server.headless=true", "--server.address=127.0.0.1", f"--server.baseUrlPath={prefix}"],
            cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait_for(lambda: _answers(f"{url}/_stcore/health"), "the app")
        started.append(App(url, process, Store(f"sqlite:///{place / 'rnnkit.sqlite'}")))
        return started[-1]

    yield start_app
    for app in started:
        app.store.close()
        app.process.kill()
        app.process.wait()


@pytest.fixture(scope="session")
def app(start) -> App:
    return start()


@pytest.fixture
def came_along(monkeypatch: pytest.MonkeyPatch) -> None:
    """The trained networks that come with the program are there for this process too, as they are for the app."""
    monkeypatch.setattr(paths, "PRETRAINED", ROOT / "pretrained")


@pytest.fixture
def teacher(app: App, place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The cookie of the teacher of a class that was just opened; whatever happens, it is open for no other test."""
    monkeypatch.setenv("RNNKIT_HOME", str(place))
    cookie = identity.new_cookie(app.store.secret())
    classes.open_class(app.store, identity.signed_by(cookie, app.store.secret()))
    wait_for(lambda: Browser(app.url).get("feed/class").get("status") == 403, "the class in the dashboard")
    yield cookie
    with suppress(NoClass):
        ending.end(app.store)


@pytest.fixture(scope="module")  # a running Playwright leaves its event loop in this thread
def chromium():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium) -> Iterator[Callable]:
    """Opens a window of somebody else each time. Whatever a page reports as an error fails the test.

    `script` runs in it before anything else; `looks` are those of the browser, as `color_scheme="dark"`.
    """
    contexts, complaints = [], []

    def heard(message) -> None:
        if message.type == "error" and not PROBES.search(message.location["url"]):
            complaints.append(f"{message.text} ({message.location['url']})")

    def open_tab(address: str, *, script: str = "", **looks):
        contexts.append(chromium.new_context(**{"viewport": {"width": 1440, "height": 900}, **looks}))
        page = contexts[-1].new_page()
        page.add_init_script(script)
        page.set_default_timeout(WAIT * 1000)
        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(f"a script ran: {dialog.message}"))
        page.goto(address)
        return page

    yield open_tab
    for context in contexts:
        context.close()
    assert complaints == [], complaints


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


def drag_across(chart, start: float, end: float) -> None:
    """Over a part of a chart's width, at half its height; the chart is in view afterwards."""
    chart.scroll_into_view_if_needed()
    mouse, box = chart.page.mouse, chart.bounding_box()
    y = box["y"] + box["height"] / 2
    mouse.move(box["x"] + start * box["width"], y)
    mouse.down()
    mouse.move(box["x"] + end * box["width"], y, steps=8)
    mouse.up()


def points(page) -> int:
    """Corners of the training curve that is on the page."""
    paths = page.locator("svg.marks g.mark-line path, .scatterlayer path.js-line")
    lines = paths.evaluate_all("paths => paths.map(p => p.getAttribute('d'))")
    return max((line.count("L") for line in lines if line), default=0)
