"""What an installation leans on is asked as the program would ask it, and what is wrong there is a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import formatdate

import provider as providers
import pytest
from provider import Provider

from rnnkit.cli import doctor, outside
from rnnkit.errors import ConfigError


@pytest.fixture(scope="module")
def school() -> Iterator[Provider]:
    with providers.running() as found:
        yield found


@pytest.fixture(autouse=True)
def _signs_in(school: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        **providers.SETTINGS,
        "RNNKIT_OIDC_URL": school.url,
        "RNNKIT_URL": "https://kit.example.org",
    }.items():
        monkeypatch.setenv(name, value)


def wrong(check) -> str:
    return " ".join(said for state, said in check() if state == "wrong")


def test_a_provider_that_answers_is_fine(school: Provider):
    assert list(outside.provider()) == [
        ("fine", f"the provider at {school.url} answers, and may lead back to https://kit.example.org/oauth2callback")
    ]


def changed(monkeypatch: pytest.MonkeyPatch, **said: object) -> str:
    """What is wrong with a provider that says this of itself."""
    before = providers._Handler._discovery
    monkeypatch.setattr(providers._Handler, "_discovery", lambda self: before(self) | said)
    return wrong(outside.provider)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"issuer": "https://other.example.org"}, "calls itself 'https://other.example.org'"),
        ({"token_endpoint": None}, "names no token_endpoint"),
        ({"scopes_supported": ["openid"]}, "does not know the scope profile"),
        ({"jwks_uri": None}, "gives no keys"),
    ],
)  # fmt: skip
def test_what_a_provider_lacks_is_said(monkeypatch, said: dict[str, object], expected: str):
    assert expected in changed(monkeypatch, **said)


def test_a_provider_without_a_way_out_is_noted(monkeypatch):
    assert changed(monkeypatch, end_session_endpoint="x") == ""
    before = providers._Handler._discovery
    monkeypatch.setattr(
        providers._Handler, "_discovery",
        lambda self: {name: value for name, value in before(self).items() if name != "end_session_endpoint"},
    )  # fmt: skip
    assert [state for state, _ in outside.provider()] == ["fine", "note"]


def test_a_clock_that_differs_an_address_that_is_none_and_one_that_is_open_are_said(school: Provider, monkeypatch):
    monkeypatch.setattr(providers._Handler, "date_time_string", lambda self: formatdate(1e9, usegmt=True))
    assert "clock differs" in wrong(outside.provider)
    monkeypatch.setenv("RNNKIT_URL", "http://kit.example.org")
    assert "use https" in wrong(outside.provider)
    monkeypatch.setenv("RNNKIT_OIDC_URL", f"{school.url}/nothing")
    assert "got status 404" in wrong(outside.provider)
    monkeypatch.setenv("RNNKIT_OIDC_URL", "http://127.0.0.1:9")
    assert "does not answer" in wrong(outside.provider)
    monkeypatch.setenv("RNNKIT_OIDC_CLIENT", "")
    with pytest.raises(ConfigError, match="RNNKIT_OIDC_CLIENT"):
        wrong(outside.provider)
    monkeypatch.setenv("RNNKIT_OIDC_URL", "")
    assert list(outside.provider()) == []


def test_a_setting_whose_packages_are_missing_is_named(monkeypatch):
    monkeypatch.setenv("RNNKIT_STORE", "postgresql://somewhere/x")
    monkeypatch.setenv("RNNKIT_METRICS_TOKEN", "short")
    assert wrong(outside.extras) == ""
    assert "at least 16 characters, got 5" in wrong(outside.metrics)
    monkeypatch.setenv("RNNKIT_METRICS_TOKEN", "0123456789abcdef")
    assert [state for state, _ in outside.metrics()] == ["fine"]
    monkeypatch.setattr(outside.importlib.util, "find_spec", lambda name: None)
    said = wrong(outside.extras)
    assert "auth lacks authlib, httpx2" in said
    assert "metrics lacks prometheus_client" in said
    assert "postgres lacks psycopg" in said


def test_the_doctor_asks_all_of_it():
    assert {"Packages", "Sign-in", "Metrics"} <= set(doctor.CHECKS)
