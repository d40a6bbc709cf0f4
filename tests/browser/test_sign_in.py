"""Signing in with a school's account in a browser: role, refusal, the same person twice, a class without a code, out.

The provider is a small one that this test starts; the dashboard stands below a path, as behind a proxy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

import provider as providers
import pytest
from app import AUDIT, App
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect
from provider import Provider

from rnnkit.errors import NoClass
from rnnkit.people import ending


@pytest.fixture(scope="module")
def school() -> Iterator[Provider]:
    with providers.running() as found:
        yield found


@pytest.fixture(scope="module")
def kit(start, school: Provider) -> App:
    return start("kit", RNNKIT_URL="{url}", RNNKIT_OIDC_URL=school.url, **providers.SETTINGS)


@pytest.fixture
def ended(kit: App, place, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever happens, no class is open afterwards."""
    monkeypatch.setenv("RNNKIT_HOME", str(place))
    yield
    with suppress(NoClass):
        ending.end(kit.store)


def sign_in(page, name: str) -> None:
    page.get_by_role("button", name="Sign in with your account").click()
    page.get_by_role("button", name=name).click()


def signed_in(page, words: str) -> None:
    expect(page.get_by_test_id("stSidebar").get_by_text(re.compile(f"Signed in as {words}"))).to_be_visible()


def faults(page) -> list[str]:
    """What axe-core finds serious in what is shown."""
    page.evaluate(AXE_SCRIPT)
    return page.evaluate(AUDIT, {})


@pytest.mark.browser
def test_an_account_gives_role_and_name_joins_a_class_and_is_gone_after_signing_out(kit, school, tab, ended):
    theresa = tab(f"{kit.url}/Runs")
    expect(theresa.get_by_role("heading", name="Sign in")).to_be_visible()
    assert theresa.request.get(f"{kit.url}/feed/runs").status == 403
    assert faults(theresa) == []
    sign_in(theresa, "Theresa Meier")
    signed_in(theresa, "Theresa, a teacher")
    assert theresa.request.get(f"{kit.url}/feed/runs").status == 200
    assert "rnnkit_sign_in" not in theresa.evaluate("document.cookie")

    anton, other = tab(f"{kit.url}/"), tab(f"{kit.url}/")
    for page in (anton, other):  # two browsers, one person
        sign_in(page, "Anton Huber")
        signed_in(page, "Anton, a pupil")
    accounts = {one.account for one in kit.store.signed_in() if one.nickname == "Anton"}
    assert len(accounts) == 1

    stranger = tab(f"{kit.url}/")
    sign_in(stranger, "Xaver Fremd")
    expect(stranger.get_by_text("Your account is not admitted here")).to_be_visible()
    assert faults(stranger) == []
    assert stranger.request.get(f"{kit.url}/feed/runs").status == 403
    sign_in(stranger, "Cancel")
    expect(stranger.get_by_text("You are not signed in")).to_be_visible()

    theresa.goto(f"{kit.url}/Class")
    theresa.get_by_role("button", name="Open a class").click()
    expect(theresa.locator(".wall .code")).to_be_visible()
    anton.goto(f"{kit.url}/Class")
    expect(anton.get_by_text("You are")).to_be_visible()  # no code was asked
    (member,) = [one for one in kit.store.members() if one.role == "pupil"]
    assert {member.id} == accounts
    stranger.goto(f"{kit.url}/Class")
    expect(stranger.get_by_role("heading", name="Join the class")).to_be_visible()
    expect(stranger.get_by_label("Code on the wall")).to_have_count(0)

    anton.goto(f"{kit.url}/Runs")
    anton.get_by_role("button", name="Sign out").click()
    expect(anton.get_by_role("heading", name="Join the class")).to_be_visible()
    assert school.signed_out == ["p-1"]
    assert anton.request.get(f"{kit.url}/feed/runs").status == 403
    assert other.request.get(f"{kit.url}/feed/runs").status == 200
    asked = school.asked
    sign_in(anton, "Anton Berger")  # another of the same nickname
    signed_in(anton, "anton, a pupil")
    assert school.asked == asked + 1
    assert sorted(one.nickname for one in kit.store.members() if one.role == "pupil") == ["Anton", "anton 2"]
    for one in (anton, other, stranger, theresa):
        one.goto("about:blank")
