"""Every feed in a class: strangers are refused, and nobody is told anything of what is private."""

from __future__ import annotations

import asked
import in_class
import pytest
import tiny
from starlette.applications import Starlette

from rnnkit.feed.routes import routes
from rnnkit.store import Store

pytestmark = pytest.mark.usefixtures("nobody_trains")


@pytest.fixture
def run(store: Store) -> str:
    """Ann's run on her private text; it trains."""
    in_class.opened(store)
    text = in_class.acting("Ann", store).add_text("a" * 64, "Annsdiary", "Annsword " * 200)
    found = tiny.run(store, "Annsword " * 20, corpus=text, name="Annsrun", status=None, sampling={"prompt": "Annsword"})
    return in_class.give(store, found, "Ann")


def test_every_feed_refuses_strangers_and_tells_nobody_of_what_is_private(store: Store, run: str):
    found = routes("", lambda: store)
    app = Starlette(routes=found)
    cookies = {who: f"rnnkit_id={in_class.cookie(who, store)}" for who in ("Tess", "Ann", "Ben", "Gus", "Zoe")}
    cookies["forged"] = f"rnnkit_id=Ann.{'0' * 64}"
    for route in found:
        path = route.path.replace("{run}", run) + (f"?runs={run},{run}" if "duel" in route.path else "")
        for who in ("Zoe", "forged"):
            got = asked.get(app, path, cookie=cookies[who])
            assert got.status == 403, (route.path, who)
            assert "has not joined" in got.json["error"]
        for who in ("Ben", "Gus"):
            got = asked.get(app, path, cookie=cookies[who])
            told = got.body.decode()
            assert "{run}" not in route.path or got.status == 404, (route.path, who)
            assert not [word for word in ("Annsrun", "Annsdiary", "Annsword") if word in told], (route.path, who)
    for who in ("Ann", "Tess"):
        assert asked.get(app, f"/feed/run/{run}", cookie=cookies[who]).json["run"]["name"] == "Annsrun"
        assert [one["id"] for one in asked.get(app, "/feed/runs", cookie=cookies[who]).json["runs"]] == [run]
