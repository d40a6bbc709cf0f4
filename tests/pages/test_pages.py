"""What holds of every page: it opens on its own, with nothing in the store and with runs of every kind."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import apptest
import pretend
import pytest
import tiny
from streamlit.testing.v1 import AppTest

from pages.widgets.shared import navigation, page
from rnnkit.charts import look as charts
from rnnkit.store import Store

ROOT = Path(__file__).parents[2]
PAGES = ["dashboard.py", *(f"pages/{path.name}" for path in sorted((ROOT / "pages").glob("[0-9]*.py")))]
HOSTILE = "<script>alert(1)</script> **bold** :smile: $x$ [a](http://b.c) `code`"
every_page = pytest.mark.parametrize("name", PAGES)


def opened(name: str, **address: str) -> AppTest:
    return apptest.visit("" if name == "dashboard.py" else Path(name).stem, **address)


def fill(store: Store) -> dict[str, str]:
    """A run of each status, all with hostile names. Status -> id."""
    runs = {status: tiny.run(store, status=status, name=HOSTILE, owner=HOSTILE) for status in ("finished", "paused")}
    runs |= {status: tiny.run(store, status=status, epochs=0, name=HOSTILE) for status in ("failed", "diverged")}
    runs["training"] = tiny.run(store, status=None, name=HOSTILE)
    runs["starting"] = pretend.training(store, name=HOSTILE)
    runs["queued"] = store.create_run(tiny.config(name=HOSTILE))
    return runs


@every_page
def test_a_page_opens_as_the_very_first_request_with_nothing_in_the_store(name: str):
    app = opened(name)
    assert not app.exception
    assert not app.error
    assert len(app.title) == 1


def test_every_page_has_its_place_in_the_table():
    files = {path.partition("_")[2].removesuffix(".py").replace("_", " ") for path in PAGES[1:]}
    assert files | {navigation.HOME} == set(navigation.PAGES)


@every_page
def test_a_page_opens_with_runs_of_every_kind(name: str, store: Store):
    fill(store)
    app = opened(name)
    assert not app.exception
    assert not app.error


@every_page
def test_a_page_shows_any_run_that_its_address_names(name: str, store: Store):
    for run in fill(store).values():
        app = opened(name, run=run)
        assert not app.exception


@every_page
def test_names_and_texts_are_never_read_as_markdown_or_html(name: str, store: Store):
    runs = fill(store)
    for app in (opened(name), opened(name, run=runs["finished"])):
        for kind in ("markdown", "title", "header", "subheader", "caption", "info", "warning", "error"):
            for element in getattr(app, kind):
                assert "<script>" not in element.value
                assert "**bold**" not in element.value


@every_page
def test_a_run_that_is_not_there_is_said_in_a_sentence(name: str):
    for run in ("zzzzzzzz", "../../etc/passwd", "<b>"):
        app = opened(name, run=run)
        assert not app.exception
        assert not any("went wrong in rnnkit" in element.value for element in app.error)


@every_page
def test_a_store_that_does_not_open_is_said_in_a_sentence(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RNNKIT_STORE", "no such thing")
    app = opened(name)
    assert not app.exception
    assert "no such thing" in app.error[0].value


def test_no_page_ever_loads_a_framework(store: Store):
    fill(store)
    code = f"""
import json, sys
from streamlit.testing.v1 import AppTest
from rnnkit.training import scheduler
scheduler.ensure_running = lambda store: None
for name in {PAGES}:
    for address in ({{}}, {{"run": {store.runs()[0].id!r}}}):
        app = AppTest.from_file("dashboard.py", default_timeout=60).switch_page(name)
        for key, value in address.items():
            app.query_params[key] = value
        assert not app.run().exception
print(json.dumps([name for name in ("keras", "tensorflow") if name in sys.modules]))
"""
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.splitlines()[-1]) == []


def test_plain_text_loses_every_meaning_that_markdown_gives_it():
    assert page.plain("a_b") == r"a\_b"
    assert page.plain(":smile:") == "\u2060\\:smile\u2060\\:"
    assert page.plain("-> --") == "\u2060\\-\u2060\\> \u2060\\-\u2060\\-"
    assert page.plain("Grüße, 你好") == "Grüße\\, 你好"


@pytest.mark.parametrize("look", ["light", "dark"])
def test_a_theme_has_the_ten_chart_colours_without_which_plotly_takes_its_own(look: str):
    theme = tomllib.loads((ROOT / ".streamlit/config.toml").read_text("utf-8"))["theme"][look]
    assert len(set(theme["chartCategoricalColors"])) == 10


def contrast(one: str, other: str) -> float:
    """Of two colours, as WCAG defines it: 1 for the same, 21 for black on white."""
    levels = []
    for color in (one, other):
        parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        levels.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(levels) + 0.05) / (min(levels) + 0.05)


@pytest.mark.parametrize("look", ["light", "dark"])
def test_letters_and_marks_stand_out_from_the_page(look: str):
    theme = tomllib.loads((ROOT / ".streamlit/config.toml").read_text("utf-8"))["theme"][look]
    paper, sidebar = theme["backgroundColor"], theme["sidebar"]
    letters = [name for name in theme if re.search("(link|text|red|orange|green|blue|violet)(Text)?Color$", name)]
    assert not [name for name in letters if contrast(theme[name], paper) < 4.5]
    marks = [theme["primaryColor"], theme["borderColor"], charts.GREY, *theme["chartCategoricalColors"]]
    assert not [mark for mark in marks if contrast(mark, paper) < 3]
    assert min(contrast(sidebar[name], sidebar["backgroundColor"]) for name in ("textColor", "linkColor")) >= 4.5


def test_a_fault_of_ours_is_logged_and_said_calmly(caplog: pytest.LogCaptureFixture):
    def script():
        from pages.widgets.shared import page

        with page.user_errors():
            raise ZeroDivisionError("secret detail")

    app = AppTest.from_function(script).run()
    assert not app.exception
    assert "Nothing is lost" in app.error[0].value
    assert "secret" not in app.error[0].value
    assert "secret detail" in caplog.text
