"""Accounts of a provider: what is missing is said, claims give role and nickname, one person is one in two browsers."""

from __future__ import annotations

from typing import Any

import asked
import in_class
import pytest
import tiny
from starlette.applications import Starlette

from rnnkit.errors import ConfigError, NotAllowed
from rnnkit.feed.routes import routes
from rnnkit.people import accounts, classes, ending, forget, identity, known
from rnnkit.people.acting import ActingStore
from rnnkit.people.person import OWNER, Role
from rnnkit.store import Store

pytestmark = pytest.mark.usefixtures("nobody_trains")
ADA = {"iss": "https://sso.example.org", "sub": "1", "nickname": "Ada", "groups": ["5b", "choir"]}
BEN = {**ADA, "sub": "2", "nickname": "Ben"}
TESS = {**ADA, "sub": "3", "nickname": "Tess", "groups": ["5b", "staff"]}
SETTINGS = {
    "RNNKIT_OIDC_URL": "https://sso.example.org", "RNNKIT_OIDC_CLIENT": "kit", "RNNKIT_OIDC_SECRET": "s",
    "RNNKIT_URL": "https://kit.example.org/a", "RNNKIT_OIDC_TEACHERS": "staff", "RNNKIT_OIDC_PUPILS": "5a,5b",
    "RNNKIT_OIDC_GUESTS": "parents",
}  # fmt: skip


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> None:
    """People sign in here."""
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)


def cookies(store: Store, claims: dict[str, Any]) -> dict[str, str]:
    """What a browser sends after somebody signed in there."""
    return {identity.COOKIE: in_class.cookie("Zoe", store), identity.SIGN_IN: accounts.sign_in(store, claims)}


def acting(store: Store, claims: dict[str, Any]) -> ActingStore:
    return ActingStore(store, identity.browser_of(cookies(store, claims), store))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RNNKIT_OIDC_CLIENT", ""), ("RNNKIT_OIDC_SECRET", ""), ("RNNKIT_URL", ""), ("RNNKIT_URL", "kit.example.org"),
        ("RNNKIT_OIDC_URL", "http://sso.example.org"), ("RNNKIT_OIDC_SCOPE", "profile"),
        ("RNNKIT_OIDC_SECRET_FILE", "/nowhere"),
    ],
)  # fmt: skip
def test_what_is_missing_or_wrong_is_said(used, monkeypatch, name: str, value: str):
    monkeypatch.setenv(name, value)
    if name == "RNNKIT_OIDC_SECRET_FILE":
        monkeypatch.delenv("RNNKIT_OIDC_SECRET")
    with pytest.raises(ConfigError, match=f"^{name}: expected"):
        accounts.provider()


def test_the_provider_is_found_and_its_secret_may_be_in_a_file(used, monkeypatch, tmp_path):
    (tmp_path / "secret").write_text("from-a-file\n")
    monkeypatch.delenv("RNNKIT_OIDC_SECRET")
    monkeypatch.setenv("RNNKIT_OIDC_SECRET_FILE", str(tmp_path / "secret"))
    found = accounts.provider()
    assert found.discovery == "https://sso.example.org/.well-known/openid-configuration"
    assert (found.secret, found.callback) == ("from-a-file", "https://kit.example.org/a/oauth2callback")
    assert len(accounts.cookie_secret(found)) >= 64
    assert "from-a-file" not in accounts.cookie_secret(found)
    for name in ("TEACHERS", "PUPILS", "GUESTS"):
        monkeypatch.delenv(f"RNNKIT_OIDC_{name}")
    with pytest.raises(ConfigError, match="expected values that admit somebody"):
        accounts.provider()


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"groups": ["5b"]}, Role.PUPIL), ({"groups": "5a"}, Role.PUPIL), ({"groups": ["5b", "staff"]}, Role.TEACHER),
        ({"groups": ["parents"]}, Role.GUEST), ({"groups": ["5b "]}, None), ({"groups": []}, None), ({}, None),
        ({"groups": ["*"]}, None), ({"groups": {"staff": 1}}, None), ({"groups": None}, None),
    ],
)  # fmt: skip
def test_the_claim_decides_about_the_role_and_admits_nobody_else(used, claims: dict[str, Any], role: Role | None):
    if role is None:
        with pytest.raises(NotAllowed, match="claim groups admits it"):
            accounts.role_of(claims)
    else:
        assert accounts.role_of(claims) is role


def test_a_claim_may_lie_in_another_or_have_dots_in_its_name_and_a_star_is_everybody(used, monkeypatch):
    monkeypatch.setenv("RNNKIT_OIDC_ROLE_CLAIM", "realm_access.roles")
    assert accounts.role_of({"realm_access": {"roles": ["staff"]}}) is Role.TEACHER
    monkeypatch.setenv("RNNKIT_OIDC_ROLE_CLAIM", "https://school.example/role")
    assert accounts.role_of({"https://school.example/role": "5a"}) is Role.PUPIL
    monkeypatch.setenv("RNNKIT_OIDC_GUESTS", "*")
    assert accounts.role_of({}) is Role.GUEST


def test_a_person_is_the_same_in_two_browsers_and_signs_out_of_one(used, store: Store):
    first, second = cookies(store, ADA), cookies(store, ADA)
    one, other = (identity.person_of(found, store) for found in (first, second))
    assert one == other
    assert (one.name, one.role) == ("Ada", Role.PUPIL)
    assert identity.person_of(cookies(store, {**ADA, "iss": "https://other.example.org"}), store).id != one.id
    accounts.sign_out(store, first)
    assert identity.person_of(first, store).role is Role.STRANGER
    assert identity.person_of(second, store) == one
    forged = {identity.SIGN_IN: f"{'a' * 24}.{'0' * 64}"}
    assert identity.person_of(forged, store).role is Role.STRANGER


def test_nothing_of_what_the_provider_tells_is_kept_but_nickname_and_role(used, store: Store, home):
    accounts.sign_in(store, {**ADA, "sub": "subject-4711", "email": "ada@lovelace.example", "name": "Augusta King"})
    kept = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert b"Ada" in kept
    assert not [word for word in (b"4711", b"lovelace", b"Augusta", b"sso.example.org", b"choir") if word in kept]


def test_a_nickname_that_is_none_is_made_up_and_kept_until_there_is_one(used, store: Store):
    told = {**ADA, "nickname": "ada@example.org", "preferred_username": "<b>"}
    made = identity.person_of(cookies(store, told), store).name
    assert len(made.split()) == 2
    assert identity.person_of(cookies(store, told), store).name == made
    assert identity.person_of(cookies(store, ADA), store).name == "Ada"
    with pytest.raises(NotAllowed, match="issuer and subject"):
        accounts.sign_in(store, {"groups": ["5b"], "sub": ""})


def test_roles_hold_without_a_class_and_feeds_know_the_same_person(used, store: Store):
    ada, ben, tess = (acting(store, claims) for claims in (ADA, BEN, TESS))
    text = ada.add_text("a" * 64, "Adasdiary", "Adasword " * 20)
    run = tiny.run(store, corpus=text, name="Adasrun", status=None)
    theirs = ada.person.id
    with store._database.write() as tx:
        tx.exec_driver_sql(f"UPDATE runs SET member='{theirs}' WHERE id='{run}'")
    known.forget(store)
    assert tess.person.leads
    assert tess.run(run).name == ada.run(run).name == "Adasrun"
    for stranger in (ben, ActingStore(store, "")):
        assert not [one for one in stranger.runs() if one.id == run]
        with pytest.raises((NotAllowed, Exception)) as refused:
            stranger.delete_run(run)
        assert refused.type.__name__ in ("NotAllowed", "UnknownRun")
    with pytest.raises(NotAllowed):
        ben.begin_class("c", "ABCD", "", 1, {})
    app = Starlette(routes=routes("", lambda: store))
    seen = {}
    for name, claims in {"Ada": ADA, "Ben": BEN, "Tess": TESS}.items():
        header = "; ".join(f"{key}={value}" for key, value in cookies(store, claims).items())
        seen[name] = asked.get(app, f"/feed/run/{run}", cookie=header).status
    assert seen == {"Ada": 200, "Ben": 404, "Tess": 200}
    refusal = asked.get(app, "/feed/runs", cookie=f"{identity.COOKIE}={in_class.cookie('Zoe', store)}")
    assert refusal.status == 403
    assert "signed in" in refusal.json["error"]


def test_others_look_on_where_nobody_has_to_sign_in(used, store: Store, monkeypatch):
    monkeypatch.setenv("RNNKIT_OIDC_REQUIRED", "0")
    public = tiny.run(store, name="public")
    guest = ActingStore(store, in_class.browser("Zoe"))
    assert guest.person.role is Role.GUEST
    assert guest.run(public).name == "public"
    with pytest.raises(NotAllowed):
        guest.delete_run(public)
    with pytest.raises(NotAllowed):
        guest.create_run(tiny.config())


def test_an_account_joins_a_class_without_a_code_and_nobody_else_where_it_is_required(used, store: Store, monkeypatch):
    tess, ada = (cookies(store, claims) for claims in (TESS, ADA))
    opened = classes.open_class(store, identity.browser_of(tess, store))
    assert identity.person_of(tess, store).role is Role.TEACHER
    assert identity.person_of(ada, store).role is Role.STRANGER  # until a page is opened
    assert classes.join_signed_in(store, identity.browser_of(ada, store))
    found = identity.person_of(ada, store)
    assert (found.name, found.role) == ("Ada", Role.PUPIL)
    same = cookies(store, {**BEN, "nickname": "ADA"})
    assert classes.join_signed_in(store, identity.browser_of(same, store))
    assert identity.person_of(same, store).name == "ADA 2"
    zoe = in_class.browser("Zoe")
    assert not classes.join_signed_in(store, zoe)
    with pytest.raises(NotAllowed, match="signs in"):
        classes.join(store, zoe, opened.code, "Zoe")
    parent = cookies(store, {**ADA, "sub": "9", "groups": ["parents"]})
    with pytest.raises(NotAllowed, match="no guests"):
        classes.join_signed_in(store, identity.browser_of(parent, store))
    monkeypatch.setenv("RNNKIT_OIDC_REQUIRED", "0")
    known.forget(store)
    assert classes.join(store, zoe, opened.code, "Zoe") is Role.PUPIL


def test_what_was_there_before_a_class_stays_when_it_ends_and_who_has_nothing_is_forgotten(used, any_store: Store):
    store = any_store
    ada, ben, tess = (cookies(store, claims) for claims in (ADA, BEN, TESS))
    before = ActingStore(store, identity.browser_of(ada, store)).add_text("a" * 64, "Before", "abcdefgh" * 9)
    classes.open_class(store, identity.browser_of(tess, store))
    for one in (ada, ben):
        classes.join_signed_in(store, identity.browser_of(one, store))
        ActingStore(store, identity.browser_of(one, store)).add_text("b" * 64, "Within", "abcdefgi" * 9)
    ended = ending.end(store)
    assert (ended.texts, ended.members, ended.found) == (2, 1, [])
    assert [text.name for text in store.texts()] == [before]
    assert identity.person_of(ada, store).name == "Ada"
    assert identity.person_of(ben, store).role is Role.STRANGER
    assert identity.person_of(tess, store).leads
    gone = forget.forget(store, [identity.person_of(ada, store).id], stay=False)
    assert (gone.texts, gone.found) == (1, [])
    assert identity.person_of(ada, store).role is Role.STRANGER


def test_a_sign_in_ends_by_itself(used, store: Store):
    ada = cookies(store, ADA)
    with store._database.write() as tx:
        tx.exec_driver_sql("UPDATE sign_ins SET until=1.0")
    known.forget(store)
    assert identity.person_of(ada, store).role is Role.STRANGER
    store.forget_accounts()
    assert store.nickname_of(identity.person_of(cookies(store, ADA), store).id) == "Ada"
    with store._database.write() as tx:
        assert tx.exec_driver_sql("SELECT count(*) FROM sign_ins").scalar() == 1


def test_without_a_provider_an_account_is_nobody_and_everybody_the_owner(used, store: Store, monkeypatch):
    ada = cookies(store, ADA)
    monkeypatch.delenv("RNNKIT_OIDC_URL")
    known.forget(store)
    assert identity.person_of(ada, store) == OWNER
    in_class.opened(store)
    assert identity.person_of(ada, store).role is Role.STRANGER
