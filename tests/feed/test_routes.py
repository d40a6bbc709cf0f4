"""The feed as a browser asks for it: what is new, nothing where nothing is, and refusals that are sentences."""

from __future__ import annotations

import asked
import pretend
import pytest
import tiny
from starlette.applications import Starlette
from starlette.middleware import Middleware

from pages.widgets.home.server_hosts import Hosts
from rnnkit.errors import StoreAway
from rnnkit.feed import cache, rights
from rnnkit.feed import run as run_feed
from rnnkit.feed.routes import routes
from rnnkit.store import Point, Store
from rnnkit.studies import timeline

pytestmark = pytest.mark.usefixtures("nobody_trains")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request looks at the store again."""
    for name in ("BEGINNING", "LIVE", "OVER", "ENDED"):
        monkeypatch.setattr(run_feed, name, 0.0)
    monkeypatch.setattr(cache, "LIST_SECONDS", 0.0)


@pytest.fixture
def app(store: Store) -> Starlette:
    return Starlette(routes=routes("/kit/", lambda: store), middleware=[Middleware(Hosts)])


def test_a_browser_is_told_what_is_new_and_nothing_where_nothing_is(store: Store, app: Starlette):
    run = pretend.training(store, epochs=1)
    first = asked.get(app, f"/kit/feed/run/{run}")
    assert first.status == 200
    assert first.json["reset"]
    assert first.json["run"]["id"] == run
    assert first.headers["etag"] == f'"{first.json["cursor"]}"'
    same = asked.get(app, f"/kit/feed/run/{run}?since={first.json['cursor']}", if_none_match=first.headers["etag"])
    assert (same.status, same.body) == (304, b"")
    pretend.progress(store, run, 3, point=Point(13, 1.3, 0.5))
    then = asked.get(app, f"/kit/feed/run/{run}?since={first.json['cursor']}", if_none_match=first.headers["etag"])
    assert then.status == 200
    assert not then.json["reset"]
    assert then.json["points"][-1] == [1.3, 13, 1.3, 0.5]
    assert (then.json["kept"], then.json["text"]) == (None, None)


def test_answers_cannot_be_framed_taken_for_something_else_or_read_by_another_site(store: Store, app: Starlette):
    address = f"/kit/feed/run/{tiny.run(store)}"
    headers = asked.get(app, address).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "private, no-cache"
    assert asked.get(app, address, host="stranger.example").status == 403
    assert asked.get(app, address, origin="http://stranger.example").status == 403


@pytest.mark.parametrize("path", ["run/{}", "run/{}/texts"])
@pytest.mark.parametrize("run", ["nope", "No%20Run", "../../etc/passwd", "x" * 500])
def test_a_run_that_is_not_there_is_a_sentence(app: Starlette, path: str, run: str):
    got = asked.get(app, "/kit/feed/" + path.format(run.replace("/", "%2F")))
    assert got.status == 404
    assert got.json["error"].endswith("here: it may have been deleted.")


def test_a_run_that_was_deleted_is_no_longer_told(store: Store, app: Starlette):
    run = tiny.run(store)
    assert asked.get(app, f"/kit/feed/run/{run}").status == 200
    store.delete_run(run)
    assert asked.get(app, f"/kit/feed/run/{run}").status == 404
    calm = asked.get(app, f"/kit/feed/run/{run}?calm=1")
    assert (calm.status, calm.json["status"]) == (200, 404)


def test_who_may_not_read_a_run_learns_nothing_of_it(store: Store, app: Starlette, monkeypatch: pytest.MonkeyPatch):
    run, other = pretend.training(store), pretend.training(store)
    monkeypatch.setattr(rights, "may_read", lambda viewer, of: of.id == other)
    for path in (f"run/{run}", f"run/{run}/texts"):
        got = asked.get(app, f"/kit/feed/{path}")
        assert got.status == 404
        assert got.json["error"].endswith("it may have been deleted.")
    assert [one["id"] for one in asked.get(app, "/kit/feed/runs").json["runs"]] == [other]


def test_a_store_that_is_away_is_said_with_its_sentence(store: Store, app: Starlette, monkeypatch: pytest.MonkeyPatch):
    def away(*_: object) -> None:
        raise StoreAway("store: expected a database that answers, got: nothing")

    run = tiny.run(store)
    monkeypatch.setattr(store, "news", away)
    got = asked.get(app, f"/kit/feed/run/{run}")
    assert got.status == 503
    assert got.json == {"error": "store: expected a database that answers, got: nothing", "status": 503}


def test_one_text_is_written_once_for_all_who_ask(store: Store, app: Starlette, monkeypatch: pytest.MonkeyPatch):
    run, written = tiny.run(store), []
    views = timeline.views
    monkeypatch.setattr(timeline, "views", lambda *given: written.append(given) or views(*given))
    got = asked.together(app, [f"/kit/feed/run/{run}/texts?at={store.kept(run)[1].step}&seed=3"] * 40)
    assert {one.status for one in got} == {200}
    assert len(written) == 1
    assert len({one.body for one in got}) == 1
    found = got[0].json
    assert [one["temperature"] for one in found["texts"]] == [0.3, 0.7, 1.0]
    assert all(one["text"] for one in found["texts"])
    assert found["likeliest"][0]["probability"] > found["likeliest"][-1]["probability"]
    assert asked.get(app, f"/kit/feed/run/{run}/texts").json["epoch"] == 3


@pytest.mark.parametrize(
    "query",
    ["at=7", "at=-1", "at=%00", "seed=-1", "seed=1e9", "seed=" + "9" * 40, "prompt=" + "x" * 3000, "at=" + "9" * 9],
)
def test_what_no_page_asks_is_refused_with_a_sentence(store: Store, app: Starlette, query: str):
    got = asked.get(app, f"/kit/feed/run/{tiny.run(store)}/texts?{query}")
    assert got.status == 400
    assert ", got " in got.json["error"]


def test_a_prompt_that_no_vocabulary_knows_is_a_sentence_and_no_failure(store: Store, app: Starlette):
    got = asked.get(app, f"/kit/feed/run/{tiny.run(store)}/texts?prompt=%E2%98%83")
    assert got.status == 200
    assert "expected something" in got.json["problem"]


def test_a_cursor_of_anybody_s_making_is_answered_with_all(store: Store, app: Starlette):
    run = tiny.run(store)
    for cursor in ("", "x", "deadbeef.1.1.1.1.1", "9" * 300, "%00", "deadbeef.-1.1.1.1.1"):
        assert asked.get(app, f"/kit/feed/run/{run}?since={cursor}").json["reset"]


def test_the_list_has_a_line_for_each_that_lives(store: Store, app: Starlette):
    tiny.run(store)
    at_work = pretend.training(store, epochs=1, name="at work")
    first, second = (store.create_run(tiny.config(name=name)) for name in ("first", "second"))
    found = asked.get(app, "/kit/feed/runs").json
    assert [(one["id"], one["place"]) for one in found["runs"]] == [(at_work, None), (first, 1), (second, 2)]
    assert found["runs"][0]["line"] == "hot"
    assert found["runs"][1]["says"].startswith("Number 1 in the queue · about ")
    tag = asked.get(app, "/kit/feed/runs").headers["etag"]
    assert asked.get(app, "/kit/feed/runs", if_none_match=tag).status == 304


def test_without_the_prefix_there_is_nothing(app: Starlette):
    assert asked.get(app, "/feed/runs").status == 404
