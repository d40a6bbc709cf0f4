"""The wall: a tile for everybody, what a 3-gram makes of their text beside it, and nothing that is somebody's own."""

from __future__ import annotations

import json
import time
from typing import Any

import pretend
import pytest
import sqlalchemy as sa
import tiny
from app import wait_for

from pages.widgets.wall import screen
from rnnkit.feed import counting
from rnnkit.feed import wall as walls
from rnnkit.feed.tiles import MOST_POINTS
from rnnkit.feed.wall import Wall
from rnnkit.people import classes, known
from rnnkit.store import Point, Sample, Status, Store, schema
from rnnkit.texts import own

pytestmark = pytest.mark.usefixtures("nobody_trains")
PRIVATE = "My diary says that on Tuesday I saw a heron by the canal and told nobody at all about it.\n" * 30
QUOTE = "on Tuesday I saw a heron by the canal"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walls, "TICK_SECONDS", 0.0)
    monkeypatch.setattr(walls, "TEXTS_SECONDS", 0.0)
    monkeypatch.setattr(known, "READ_SECONDS", 0.0)


def seen(wall: Wall) -> dict[str, Any]:
    return json.loads(wall.look().body)


def open_class(store: Store, *names: str, **settings: Any) -> list[str]:
    """A class with these members. Returns their ids."""
    ids = [f"{place:064x}" for place, _ in enumerate(names, 1)]
    with store._write() as tx:
        row = {"id": "c", "code": "ABCD", "pin_hash": "", "opened_at": time.time() - 60, "closes_at": time.time() + 60}
        tx.execute(schema.classes.insert().values(**row, settings=json.dumps(settings)))
        for place, (member, name) in enumerate(zip(ids, names, strict=True)):
            given = {"class": "c", "id": member, "nickname": name, "role": "pupil", "number": place + 1}
            tx.execute(schema.members.insert().values(**given, joined_at=float(place), seen_at=time.time()))
    return ids


def change(store: Store, **wall: Any) -> None:
    with store._write() as tx:
        tx.execute(schema.classes.update().values(settings=json.dumps({"wall": wall})))


def run_of(store: Store, member: str, says: str = "a line", **parts: Any) -> str:
    """A run of a member that trains, with one epoch that wrote `says`."""
    run = pretend.training(store, **parts)
    with store._write() as tx:
        tx.execute(schema.runs.update().where(schema.runs.c.id == run).values(member=member))
    pretend.finish(store, run, 1, samples=[Sample(1, 0.7, "Once " + QUOTE, 7, says)])
    return run


def test_without_a_class_the_newest_runs_of_the_machine_are_there(store: Store):
    wall = Wall(store)
    assert seen(wall)["runs"] == []
    first = pretend.training(store, epochs=1, owner="Eva", name="gru one")
    second = store.create_run(tiny.config(name="gru two"))
    found = {one["id"]: one for one in seen(wall)["runs"]}
    assert [found[first][name] for name in ("name", "state", "line", "epoch")] == ["Eva", "trains", "hot", 1]
    assert [found[second][name] for name in ("name", "state", "line", "curve")] == ["gru two", "waits", "", []]
    assert not seen(wall)["of_class"]


def test_a_curve_grows_by_what_is_new_and_stays_short(store: Store):
    run, wall = pretend.training(store, steps=5000), Wall(store)
    assert seen(wall)["runs"][0]["curve"] == []
    for first in (1, 40, 1000):
        with store._write() as tx:
            rows = [{"run": run, "step": step, "seconds": step / 10, "loss": 2.0} for step in range(first, first * 3)]
            tx.execute(sa.insert(schema.points).prefix_with("OR REPLACE"), rows)
        pretend.progress(store, run, first * 3, point=Point(first * 3, first * 0.3, 1.0))
        [tile] = seen(wall)["runs"]
        fresh = [one.seconds for one in Wall(store)._store.points(run, most=MOST_POINTS)]
        assert 0 < len(tile["curve"]) <= 2 * MOST_POINTS
        assert tile["curve"][-1][0] == round(fresh[-1], 1)
        again = Wall(store)
        assert tile["curve"][-1] == seen(again)["runs"][0]["curve"][-1]
    pretend.progress(store, run, 2)  # a trainer was lost, and the next begins at an earlier place
    assert seen(wall)["runs"][0]["curve"] == seen(Wall(store))["runs"][0]["curve"]


def test_the_3_gram_is_counted_once_for_a_text_and_shown_when_it_is_known(store: Store, monkeypatch):
    text = own.add(store, tiny.TEXT * 20, "foxes")
    runs, counted = [tiny.run(store, tiny.TEXT * 20, corpus=text) for _ in range(2)], []
    ngram = counting.baselines.ngram
    monkeypatch.setattr(counting.baselines, "ngram", lambda *given: counted.append(1) or ngram(*given))
    wall = Wall(store)
    assert [one["three"] for one in seen(wall)["runs"]] == [None, None]
    wait_for(lambda: all(one["three"] for one in seen(wall)["runs"]), "the 3-gram", 20)
    assert counted == [1]
    for one in seen(wall)["runs"]:
        assert one["id"] in runs
        assert one["title"] == "foxes"
        assert one["gain"] == pytest.approx(one["three"] - one["own"], abs=0.002)


def test_in_a_class_each_has_one_tile_with_the_nickname(store: Store):
    tiny.run(store, name="from before the class", epochs=1)
    with store._write() as tx:
        tx.execute(schema.runs.update().values(created_at=time.time() - 999))
    ada, ben, _ = open_class(store, "Ada", "Ben", "Chen", paused=True)
    run_of(store, ada, "the older")
    newer = run_of(store, ada, "the newer")
    waits = run_of(store, ben)
    found = seen(Wall(store))
    assert {one["name"]: one["id"] for one in found["runs"]} == {"Ada": newer, "Ben": waits}
    assert [found["of_class"], found["paused"], found["waiting"]] == [True, True, 1]


def test_nothing_of_a_text_that_is_its_maker_s_alone_is_on_it(store: Store):
    ada, ben = open_class(store, "Ada", "Ben")
    text = own.add(store, PRIVATE, "Ada's secret diary")
    with store._write() as tx:
        tx.execute(schema.texts.update().values(member=ada))
    run_of(store, ada, f"and then {QUOTE} and went", corpus=text, name="my secret diary")
    body = Wall(store).look().body.decode()
    tile = json.loads(body)["runs"][0]
    assert [tile["title"], tile["line"], tile["text"], tile["withheld"]] == ["own text", "", "", True]
    for secret in ("heron", "secret", "diary", text, "Once"):
        assert secret not in body
    other = run_of(store, ben, "I saw a bird", corpus=text)  # a fork of it, on another text
    with store._write() as tx:
        tx.execute(schema.runs.update().where(schema.runs.c.id == other).values(corpus="tiny", parent=tile["id"]))
        config = store.run(other).config.model_copy(update={"corpus": "tiny"}).model_dump_json()
        tx.execute(schema.runs.update().where(schema.runs.c.id == other).values(config=config))
    assert [(one["line"], one["withheld"]) for one in seen(Wall(store))["runs"]] == [("", True)] * 2
    with store._write() as tx:
        tx.execute(schema.texts.update().values(shared=True))
    shared = {one["name"]: one for one in seen(Wall(store))["runs"]}
    assert shared["Ada"]["title"] == "Ada's secret diary"
    assert QUOTE in shared["Ada"]["line"]


def test_what_the_teacher_hides_freezes_and_makes_nameless_is_so_for_all(store: Store):
    ada, ben = open_class(store, "Ada", "Ben")
    first, second = run_of(store, ada, "of Ada"), run_of(store, ben, "of Ben")
    wall = Wall(store)
    change(store, hidden=[first], anonymous=True)
    found = seen(wall)
    assert [(one["id"], one["name"]) for one in found["runs"]] == [(second, "Student 2")]
    assert found["hidden"] == 1
    assert "Ben" not in json.dumps(found).replace("of Ben", "")
    change(store, hidden=[second])
    assert [one["id"] for one in seen(wall)["runs"]] == [first]
    change(store)
    assert {one["line"] for one in seen(wall)["runs"]} == {"of Ada", "of Ben"}


def test_a_frozen_wall_stays_as_it_is_for_a_dashboard_that_starts_later_too(store: Store):
    ada, ben, cai = open_class(store, "Ada", "Ben", "Cai")
    first, second = run_of(store, ada, "of Ada"), run_of(store, ben, "of Ben")
    wall = Wall(store)
    before = {one["id"]: one for one in seen(wall)["runs"]}
    change(store, frozen=(frozen := walls.places(store)))
    assert {one["id"]: one for one in seen(wall)["runs"]} == before
    pretend.finish(store, second, 2, samples=[Sample(2, 0.7, "", 7, "later")])
    store.lease(first, pretend.ME).end(Status.FINISHED, "")
    run_of(store, cai, "of Cai")
    for one in (wall, Wall(store)):
        found = seen(one)
        assert {tile["id"]: tile for tile in found["runs"]} == before
        assert [found["frozen"], found["waiting"]] == [True, 1]
    change(store, frozen=frozen, hidden=[second])
    assert [one["id"] for one in seen(wall)["runs"]] == [first]  # of a frozen wall one can still hide
    store.delete_run(first)
    change(store, frozen=frozen)
    assert [one["id"] for one in seen(wall)["runs"]] == [second]  # and what was deleted is nowhere
    change(store)
    assert {one["line"] for one in seen(wall)["runs"]} == {"of Cai", "later"}


def test_what_is_withheld_while_the_wall_is_frozen_leaves_it_at_once(store: Store):
    [ada] = open_class(store, "Ada")
    text = own.add(store, PRIVATE, "Ada's secret diary")
    with store._write() as tx:
        tx.execute(schema.texts.update().values(member=ada, shared=True))
    run_of(store, ada, f"and then {QUOTE}", corpus=text)
    change(store, frozen=walls.places(store))
    wall = Wall(store)
    assert QUOTE in seen(wall)["runs"][0]["line"]
    with store._write() as tx:
        tx.execute(schema.texts.update().values(shared=False))
    assert [(one["title"], one["line"], one["text"]) for one in seen(wall)["runs"]] == [("own text", "", "")]


def test_a_name_that_hides_who_somebody_is_outlives_those_who_go_and_the_dashboard(store: Store):
    classes.open_class(store, "t" * 64)
    code = store.open_class().code
    for member, name in {"a": "Ada", "b": "Ben", "c": "Cai"}.items():
        classes.join(store, member * 64, code, name)
    runs = {one: run_of(store, one * 64, f"of {one}") for one in "bct"}
    classes.change(store, wall={"anonymous": True})
    wanted = {runs["b"]: "Student 2", runs["c"]: "Student 3", runs["t"]: "Teacher"}
    store.remove_member("a" * 64)
    classes.join(store, "c" * 64, code, "Cai the second")
    classes.join(store, "d" * 64, code, "Dan")
    wanted[run_of(store, "d" * 64)] = "Student 4"
    assert {one["id"]: one["name"] for one in seen(Wall(store))["runs"]} == wanted


def test_forty_tiles_fit_into_what_a_class_keeps_of_its_wall(store: Store):
    ids = open_class(store, *(f"Pupil {place}" for place in range(45)))
    for member in ids:
        run_of(store, member)
    with store._write() as tx:
        tx.execute(schema.runs.update().values(train_seconds=86_399.9, epochs_done=10_000, step=123_456))
    frozen = walls.places(store)
    assert len(frozen) == walls.MOST_TILES
    hidden = [f"{place:040}"[:8] for place in range(screen.MOST_HIDDEN)]
    classes.change(store, wall={"frozen": frozen, "hidden": hidden, "sort": "progress", "anonymous": True})


def test_it_is_read_once_a_tick_for_all(store: Store, monkeypatch: pytest.MonkeyPatch):
    for _ in range(3):
        pretend.training(store, epochs=2)
    monkeypatch.setattr(walls, "TICK_SECONDS", 60.0)
    asked, several = [], store.several
    monkeypatch.setattr(store, "several", lambda given: asked.append(1) or several(given))
    wall = Wall(store)
    assert len({wall.look().tag for _ in range(20)}) == 1
    assert asked == [1]
