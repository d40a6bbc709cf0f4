"""Lessons: the page that lists them, the step that an address names, and what an address hides."""

from __future__ import annotations

import json

import apptest
import in_class
import pytest
import tiny

from pages.widgets.shared import lesson_strip
from rnnkit import paths
from rnnkit.lessons import lesson
from rnnkit.paths import PRETRAINED as CAME_ALONG
from rnnkit.people import identity
from rnnkit.store import Store

PAGE = "5_Lessons"


@pytest.fixture(autouse=True)
def _networks_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """By name; putting them all into each store would take seconds."""
    monkeypatch.setattr("rnnkit.lessons.addresses.paths.PRETRAINED", CAME_ALONG)
    monkeypatch.setattr("rnnkit.sharing.archive.import_pretrained", lambda store: [])
    assert paths.PRETRAINED == CAME_ALONG


def at(page) -> tuple[str, str] | None:
    """The lesson and the step that the session is at."""
    try:
        return page.session_state[lesson_strip._AT]
    except KeyError:
        return None


def test_a_wrong_file_is_said_beside_the_lessons_that_are_right(home):
    (home / lesson.OWN).mkdir(parents=True, exist_ok=True)
    (home / lesson.OWN / "mine.toml").write_text("title = 1", "utf-8")
    page = apptest.visit(PAGE)
    assert "mine" in page.warning[0].value
    assert [button.label for button in page.button].count("Start") == len(lesson.OURS)


def test_words_can_be_searched():
    page = apptest.visit(PAGE, word_search="lstm memory")
    assert list(page.dataframe[0].value["Word"]) == ["GRU", "LSTM", "cell state"] or len(page.dataframe[0].value) < 8
    assert "No word" in apptest.visit(PAGE, word_search="gobbledygook").info[0].value


def test_a_press_begins_a_lesson_and_the_session_carries_it_on(store: Store):
    page = apptest.visit(PAGE)
    next(button for button in page.button if button.label == "Start").click().run()
    assert at(page) == ("write", "1")
    page.switch_page("pages/6_Texts.py").run()
    assert (page.query_params["lesson"], page.query_params["step"]) == ("write", "1")


@pytest.mark.parametrize(("step", "found"), [("2", "2"), ("999", "last"), ("x", "1")])
def test_an_address_names_a_step_or_the_nearest_that_there_is(step: str, found: str):
    found = str(len(lesson.find("write").steps)) if found == "last" else found
    assert at(apptest.visit("6_Texts", lesson="write", step=step)) == ("write", found)
    assert at(apptest.visit("6_Texts", lesson="nothing", step=step)) is None


def test_a_run_is_named_by_what_came_along_or_as_ones_own_newest(store: Store):
    run = tiny.run(store)
    assert apptest.visit("7_Run", run="last", tab="export").query_params["run"] == run
    missing = apptest.visit("7_Run", run="python-lstm")
    assert missing.query_params["run"] == "dgcw8vc6"


def test_what_an_address_hides_is_a_control_of_the_page():
    page = apptest.visit("6_Texts", hide="bring,sidebar,</style><script>")
    [style] = [block.value for block in page.get("html") if "st-key-bring" in block.value]
    assert "stSidebar" in style
    assert "script" not in style


def test_the_next_step_may_be_on_the_same_page_with_other_values_of_the_same_controls():
    page = apptest.visit("10_Gradients", lesson="memory", step="3", part="Vanish or explode", radius="0.8")
    page.session_state[lesson_strip._ASKED] = "next"
    page.run()
    assert not page.exception
    assert at(page) == ("memory", "4")
    assert page.session_state["part"] == "Back through time"
    page.session_state[lesson_strip._ASKED] = "back"
    page.run()
    assert not page.exception
    assert (page.session_state["part"], page.session_state["radius"]) == ("Vanish or explode", 0.8)


# ---- in a class


@pytest.fixture
def as_member(store: Store, monkeypatch: pytest.MonkeyPatch):
    """A class is open whose setting `lesson` is this; the browser is this member's."""

    def open_class(name: str, lesson: dict | None) -> None:
        in_class.opened(store, json.dumps({"lesson": lesson}))
        monkeypatch.setattr(identity, "browser_of", lambda cookies, store: in_class.browser(name))

    return open_class


def test_a_class_that_is_led_goes_where_its_teacher_is(as_member):
    as_member("Ann", {"name": "memory", "step": 3, "free": False})
    page = apptest.visit("6_Texts")
    assert at(page) == ("memory", "3")
    assert "Gradients" in page.title[0].value
    page.switch_page("pages/6_Texts.py").run()  # once: whoever walks away is let go until the next step
    assert "Texts" in page.title[0].value
    assert at(page) == ("memory", "3")


def test_a_class_that_is_set_free_begins_at_the_step_and_goes_on_by_itself(as_member):
    as_member("Ann", {"name": "memory", "step": 3, "free": True})
    page = apptest.visit("6_Texts")
    assert at(page) == ("memory", "3")
    page.session_state[lesson_strip._ASKED] = "next"
    page.run()
    assert at(page) == ("memory", "4")


def test_a_teacher_leads_from_step_to_step_and_takes_it_back(as_member, store: Store):
    as_member("Tess", None)
    page = apptest.visit("6_Texts", lesson="lab", step="1")
    told = []
    for asked in ("lead", "next", "free", "free"):
        page.session_state[lesson_strip._ASKED] = asked
        page.run()
        told.append(store.open_class().settings["lesson"])
    assert told == [
        {"name": "lab", "step": 1, "free": False},
        {"name": "lab", "step": 2, "free": False},
        {"name": "lab", "step": 2, "free": True},
        None,
    ]


def test_a_pupil_leads_nobody(as_member, store: Store):
    as_member("Ann", None)
    page = apptest.visit("6_Texts", lesson="lab", step="1")
    page.session_state[lesson_strip._ASKED] = "lead"
    page.run()
    assert store.open_class().settings["lesson"] is None
