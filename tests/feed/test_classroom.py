"""What a class tells every page, by the role of who asks; and who may look at the wall."""

from __future__ import annotations

from functools import partial

import asked
import in_class
import pytest
from starlette.applications import Starlette

from pages.widgets.shared import class_bar
from pages.widgets.wall import screen
from rnnkit.errors import ConfigError, NotAllowed
from rnnkit.feed.routes import routes
from rnnkit.people import classes, known
from rnnkit.store import Store

pytestmark = pytest.mark.usefixtures("nobody_trains")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "READ_SECONDS", 0.0)


@pytest.fixture
def app(store: Store) -> Starlette:
    return Starlette(routes=routes("", lambda: store))


def told(app: Starlette, store: Store, name: str, feed: str = "class") -> asked.Got:
    return asked.get(app, f"/feed/{feed}", cookie=f"rnnkit_id={in_class.cookie(name, store)}")


def test_without_a_class_it_says_that_there_is_none(app: Starlette):
    got = asked.get(app, "/feed/class")
    assert got.json == {"open": False}
    assert asked.get(app, "/feed/class", if_none_match=got.headers["etag"]).status == 304


def test_each_is_told_what_the_teacher_shows_and_who_they_are(app: Starlette, store: Store):
    in_class.opened(store)
    order = {"act": "show", "address": "Run?run=abc&tab=watch", "label": "a <b>run</b>\n", "take": True}
    classes.change(store, **class_bar.wanted(order), lesson={"name": "write", "step": 2, "free": False})
    ann, tess = told(app, store, "Ann").json, told(app, store, "Tess").json
    assert [ann["role"], ann["leads"], ann["name"], ann["code"]] == ["pupil", False, "Ann", None]
    assert [tess["role"], tess["leads"], tess["code"], tess["members"], tess["here"]] == ["teacher", True, "ABCD", 2, 2]
    shown = {name: ann["shown"][name] for name in ("address", "label", "take")}
    assert shown == {"address": "Run?run=abc&tab=watch", "label": "a <b>run</b>", "take": True}
    assert ann["lesson"] == {"name": "write", "step": 2, "free": False}
    classes.change(store, **class_bar.wanted({"act": "stop"}), **class_bar.wanted({"act": "pause"}))
    assert [told(app, store, "Gus").json[name] for name in ("shown", "paused")] == [None, True]
    assert told(app, store, "Zoe").status == 403


def test_only_the_teacher_s_presses_change_the_class(store: Store):
    in_class.opened(store)
    for wanted in (class_bar.wanted({"act": "pause"}), {"wall": screen.wanted({"anonymous": True}, {}, dict)}):
        for name in ("Ann", "Gus", "Zoe"):
            with pytest.raises(NotAllowed):
                classes.change(in_class.acting(name, store), **wanted)
        classes.change(in_class.acting("Tess", store), **wanted)
    settings = classes.settings(store)
    assert settings is not None
    assert [settings.paused, settings.wall] == [True, {"anonymous": True}]


@pytest.mark.parametrize(
    "order",
    [None, "show", {}, {"act": "end"}, {"act": "show", "address": "//evil.example/"}, {"act": "show", "address": "xx"},
     {"act": "show", "address": "javascript:alert(1)"}, {"act": "show", "address": "Run?" + "x" * 2000}],
)  # fmt: skip
def test_what_no_button_sends_is_refused(order: object):
    with pytest.raises(ConfigError, match=r"^class: expected .*, got "):
        class_bar.wanted(order)


def test_presses_of_the_wall_say_what_changes(store: Store):
    now = {"hidden": ["a234"]}
    places = {"a234": [1, 2, "training", 3.5]}
    wanted = partial(screen.wanted, now=now, places=lambda: places)
    assert wanted({"hide": "b234", "turn": 5}) == {"hidden": ["a234", "b234"]}
    assert wanted({"show_all": True}) == {"hidden": []}
    assert wanted({"frozen": False, "sort": "gain", "open": True}) == {"frozen": None, "sort": "gain", "open": True}
    assert wanted({"frozen": True}) == {"frozen": places}
    for order in (None, [], {"sort": "x"}, {"hide": 3}):
        with pytest.raises(ConfigError):
            wanted(order)


def test_the_wall_is_the_teacher_s_until_it_is_opened_or_shown(app: Starlette, store: Store):
    assert asked.get(app, "/feed/wall").status == 200
    in_class.opened(store)
    assert [told(app, store, name, "wall").status for name in ("Tess", "Ann", "Gus", "Zoe")] == [200, 403, 403, 403]
    classes.change(store, wall={"open": True})
    assert [told(app, store, name, "wall").status for name in ("Ann", "Gus", "Zoe")] == [200, 200, 403]
    classes.change(store, wall={"open": False}, **class_bar.wanted({"act": "show", "address": "Wall", "label": "Wall"}))
    assert [told(app, store, name, "wall").status for name in ("Ann", "Zoe")] == [200, 403]
