"""A browser is who its cookie says, where the store has signed it; a page gives one, and nothing else does."""

from __future__ import annotations

import asked
import in_class
import pytest
from hypothesis import given
from hypothesis import strategies as some
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

from pages.widgets.home.server_cookie import Cookie
from rnnkit.people import identity
from rnnkit.people.person import OWNER, Role
from rnnkit.store import Store


@pytest.fixture
def app(store: Store) -> Starlette:
    page = Route("/Runs", lambda _request: HTMLResponse("<html></html>"))
    feed = Route("/feed/runs", lambda _request: JSONResponse({}))
    return Starlette(routes=[page, feed], middleware=[Middleware(Cookie, lambda: store)])


def test_a_page_gives_a_browser_its_cookie_once_and_replaces_a_forged_one(app: Starlette, store: Store):
    given = asked.get(app, "/Runs").headers["set-cookie"]
    value, attributes = given.removeprefix("rnnkit_id=").split("; ", 1)
    assert attributes == f"Path=/; Max-Age={30 * 24 * 3600}; HttpOnly; SameSite=Lax"
    assert len(identity.signed_by(value, store.secret())) == 64
    assert "set-cookie" not in asked.get(app, "/Runs", cookie=f"rnnkit_id={value}").headers
    for forged in (f"{value}0", value.partition(".")[0], f"another.{value.partition('.')[2]}", "é.é", "." * 5000):
        assert "set-cookie" in asked.get(app, "/Runs", cookie=f"rnnkit_id={forged}").headers, forged
    assert "Secure" in asked.get(app, "/Runs", x_forwarded_proto="https").headers["set-cookie"]
    assert "set-cookie" not in asked.get(app, "/feed/runs").headers


def test_without_a_class_everybody_is_the_owner_and_in_one_who_joined_is_known(store: Store):
    cookies = {"rnnkit_id": in_class.cookie("Ann", store)}
    assert identity.person_of(cookies, store) == identity.person_of({}, store) == OWNER
    in_class.opened(store)
    found = identity.person_of(cookies, store)
    assert (found.id, found.name, found.role, found.member) == (in_class.browser("Ann"), "Ann", Role.PUPIL, found.id)
    forged = {"rnnkit_id": f"Ann.{'0' * 64}"}
    unknown = {"rnnkit_id": in_class.cookie("Zoe", store)}
    assert {identity.person_of(one, store).role for one in ({}, forged, unknown)} == {Role.STRANGER}


TEXT = some.text(some.characters(codec="utf-8"), max_size=80)


@given(TEXT, TEXT, some.integers(0, 90), some.characters(codec="ascii"))
def test_no_cookie_but_one_that_the_store_has_signed_is_anybody(name: str, signature: str, at: int, letter: str):
    secret = b"s" * 32
    assert identity.signed_by(f"{name}.{signature}", secret) == ""
    right = identity.new_cookie(secret)
    changed = right[: at % len(right)] + letter + right[at % len(right) + 1 :]
    assert (identity.signed_by(changed, secret) == "") == (changed != right)
    assert identity.signed_by(right, b"t" * 32) == ""
