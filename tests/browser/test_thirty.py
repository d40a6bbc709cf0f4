"""Thirty join by code: three in windows, the others by the messages that a window sends. Then the class ends."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import left_behind
import pytest
import sqlalchemy as sa
import tiny
from app import MISPLACED, finished_drawing, letter_by_letter, wait_for
from joining import Browser
from playwright.sync_api import expect
from short_run import SHORT

from rnnkit.config import with_settings
from rnnkit.people import identity
from rnnkit.people.acting import ActingStore
from rnnkit.settings import home
from rnnkit.store import Store, schema
from rnnkit.texts import own
from rnnkit.training import scheduler

DOUBLES, WRONG = 2, 10


def diary(place: int) -> str:
    return f"Nobody may know that heron number {place} by the canal is called Marabunta{place}.\n" * 60


def brings(store: Store, place: int, member: str) -> str:
    """A text of their own, and a run that has learned from it and quotes it. Returns the run's id."""
    text = own.add(ActingStore(store, member), diary(place), f"Diary of heron {place}")
    run = tiny.run(store, diary(place), epochs=1, corpus=text, sampling={"prompt": diary(place)[:30]})
    with store._database.write() as tx:
        tx.execute(schema.runs.update().where(schema.runs.c.id == run).values(member=member))
        tx.execute(schema.samples.update().where(schema.samples.c.run == run).values(text=diary(place)[:200]))
    return run


def trains(store: Store, member: str) -> str:
    """A run that a real trainer is at, which has encodings, a log and marks of its turns. Returns its id."""
    text = own.add(ActingStore(store, member), diary(99) * 3, "Diary of heron 99")
    run = ActingStore(store, member).create_run(with_settings(SHORT, {"corpus": text, "training.seconds": 90}))
    scheduler.ensure_running(store)
    wait_for(lambda: bool(store.epochs(run)), "an epoch")
    return run


def what_stands_in_the_store(store: Store) -> list[bytes]:
    """All that names a pupil, or is theirs: names, numbers, texts plain and packed, ids."""
    with store._read() as tx:
        texts = tx.execute(sa.select(schema.texts).where(schema.texts.c.member.is_not(None))).all()
        runs = tx.execute(sa.select(schema.runs.c.id).where(schema.runs.c.member.is_not(None))).scalars().all()
    pupils = [one for one in store.members() if one.role == "pupil"]
    words = [word for one in pupils for word in (one.nickname, one.id)] + [*runs, *(text.name for text in texts)]
    packed = [text.content[40:80] for text in texts]
    return [word.encode() for word in [*words, "Marabunta", "Diary of heron"]] + packed


@pytest.mark.parametrize(("persons", "windows"), [(8, 1), pytest.param(30, 3, marks=pytest.mark.slow)], ids=["8", "30"])
def test_they_join_by_code_and_leave_nothing(app, tab, teacher, persons: int, windows: int):
    store, code = app.store, app.store.open_class().code
    names = [f"Quillfeather {place}" for place in range(persons - DOUBLES)]

    # ---- they join
    browsers = [Browser(app.url) for _ in range(persons - windows)]
    with ThreadPoolExecutor(8) as at_once:
        wanted = names[windows:] + [names[windows].upper()] * DOUBLES
        shown = list(at_once.map(lambda browser, name: browser.join(code, name), browsers, wanted))
    refused = [place for place, one in enumerate(shown) if one.asks_for_the_code]
    assert len(refused) == DOUBLES, [one.said for one in shown if one.said]
    for place in refused:
        assert "expected one that nobody has here" in " ".join(shown[place].said)
        assert not browsers[place].join_by_suggestion(code, wanted[place]).asks_for_the_code
    pages = []
    for name in names[:windows]:
        pages.append(tab(f"{app.url}/?class={code.lower()}", viewport={"width": 390, "height": 844}))
        pages[-1].get_by_role("textbox", name="Nickname").fill(name)
        pages[-1].get_by_role("button", name="Join", exact=True).click()
    for page in pages:
        expect(page.get_by_label("Code on the wall")).to_have_count(0)
        finished_drawing(page)
    pupils = [one for one in store.members() if one.role == "pupil"]
    assert len({one.nickname.casefold() for one in pupils}) == persons
    assert sorted(one.number for one in pupils) == [*range(1, persons + 1)]

    # ---- who guesses is slowed down: of ten codes hardly more than three are looked at
    guesses = Browser(app.url)
    said = [" ".join(guesses.join("WRNG", "Nobody").said) for _ in range(WRONG)]
    looked_at = [one for one in said if "expected the one on the wall" in one]
    assert 3 <= len(looked_at) <= 5, said
    assert sum("too many wrong ones; wait" in one for one in said) == WRONG - len(looked_at)
    assert guesses.get("feed/class")["status"] == guesses.get("feed/wall")["status"] == 403

    # ---- each has a run on a text of their own; the wall shows all, and nothing of the texts
    for place, one in enumerate(pupils):
        brings(store, place, one.id)
    wall = tab("about:blank", viewport={"width": 1280, "height": 720})
    wall.context.add_cookies([{"name": identity.COOKIE, "value": teacher, "url": app.url}])
    wall.goto(f"{app.url}/Wall")
    tiles = wall.locator(".wall .tile")
    expect(tiles).to_have_count(persons)
    finished_drawing(wall)
    wall.wait_for_timeout(500)
    assert tiles.evaluate_all(MISPLACED) == [persons, 0, 0]
    told = wall.locator(".wall").inner_text() + json.dumps(wall.request.get(f"{app.url}/feed/wall").json())
    assert told.count("own text") >= persons
    assert not [word for word in ("heron", "canal", "Marabunta", "Diary", "text-") if word in told]

    # ---- it ends while one trains, from the page; then no file of the home folder has a byte of them
    trains(store, pupils[0].id)
    words = what_stands_in_the_store(store)
    assert len(left_behind.with_any_of(words[:2], home())) >= 1, "they stand somewhere before"
    for page in pages:
        page.goto("about:blank")  # or it would complain that nobody answers any more
    wall.goto(f"{app.url}/Class")
    wall.get_by_role("tab", name="Collect and end").click()
    wall.get_by_role("button", name="End the class").click()
    wall.get_by_role("button", name="End it for good").click()
    expect(wall.get_by_text(letter_by_letter("Nothing of it was found."))).to_be_visible()
    assert store.open_class() is None
    wait_for(lambda: not left_behind.with_any_of(words, home()), "the end of what the class left", 20)
