"""The wall on the projector: thirty tiles on one screen, one of them large, and what its teacher hides is away."""

from __future__ import annotations

import in_class
import pytest
import tiny
from app import MISPLACED, expect, finished_drawing, wait_for

from rnnkit.people import ending
from rnnkit.store import schema
from rnnkit.store.database import now
from rnnkit.texts import own

PRIVATE = "My diary says that on Tuesday I saw a heron by the canal and told nobody.\n" * 40


@pytest.fixture
def runs(app, place, monkeypatch):
    """Thirty runs of a class, one of them on a diary."""
    monkeypatch.setenv("RNNKIT_HOME", str(place))
    in_class.opened(app.store)
    text = own.add(app.store, PRIVATE, "A secret diary")
    made = [tiny.run(app.store, epochs=1, corpus=text, sampling={"prompt": "My secret"})]
    made += [tiny.run(app.store, epochs=1, corpus="cookbook-20000") for _ in range(29)]
    with app.store._database.write() as tx:
        for place_, run in enumerate(made):
            member = f"{place_:064x}"
            row = {"class": "c1", "id": member, "nickname": f"Pupil {place_}", "role": "pupil", "number": place_ + 1}
            tx.execute(schema.members.insert().values(row | {"joined_at": now(), "seen_at": now()}))
            tx.execute(schema.runs.update().where(schema.runs.c.id == run).values(member=member))
        tx.execute(schema.samples.update().where(schema.samples.c.run == made[0]).values(text=PRIVATE[:200]))
    yield made
    ending.end(app.store)
    app.store.delete_text(text, now=True)


@pytest.mark.browser
def test_thirty_tiles_on_one_screen_obey_their_teacher_and_show_nothing_private(app, tab, runs):
    teacher = tab("about:blank", viewport={"width": 1280, "height": 720})
    cookie = {"name": "rnnkit_id", "value": in_class.cookie("Tess", app.store), "url": app.url}
    teacher.context.add_cookies([cookie])
    teacher.goto(f"{app.url}/Wall")
    tiles = teacher.locator(".wall .tile")
    expect(tiles).to_have_count(30)
    finished_drawing(teacher)
    expect(teacher.get_by_role("button", name="Show to the class")).to_be_visible()
    teacher.wait_for_timeout(500)
    assert tiles.evaluate_all(MISPLACED) == [30, 0, 0]
    shown = teacher.locator(".wall").inner_text()
    assert "own text" in shown
    assert not [word for word in ("diary", "heron", "secret", "Tuesday") if word in shown]

    teacher.keyboard.press("f")
    assert tiles.evaluate_all(MISPLACED) == [30, 0, 0]
    teacher.keyboard.press("ArrowRight")
    teacher.keyboard.press("Enter")
    large = teacher.locator(".wall .large")
    expect(large.get_by_role("heading", name="Pupil 1")).to_be_visible()
    teacher.keyboard.press("Escape")
    expect(large).to_be_hidden()
    teacher.keyboard.press("Escape")
    expect(teacher.locator(".wall.present")).to_have_count(0)

    tiles.nth(2).get_by_role("button", name="Pupil 2").focus()
    teacher.keyboard.press("h")
    expect(tiles).to_have_count(29)
    teacher.get_by_role("button", name="No names").click()
    expect(teacher.locator(".wall .tile .name").first).to_contain_text("Student")
    teacher.get_by_role("button", name="Freeze").click()
    expect(teacher.get_by_text("Frozen")).to_be_visible()

    def kept() -> list:
        wall = app.store.open_class().settings["wall"]
        return [len(wall["hidden"]), wall["anonymous"], len(wall["frozen"])]

    wait_for(lambda: kept() == [1, True, 30], "what the teacher pressed in the class")  # the page shows it at once
    teacher.get_by_role("button", name="Show 1 hidden").click()
    expect(tiles).to_have_count(30)
