"""Accounts of an OpenID Connect provider: whom it admits, as what, under which nickname; who signs in and out.

Of what the provider tells only a nickname and a role are kept, and a keyed checksum in place of the person. Knows no
page and no route: the program that answers the browser has checked already what the provider signed.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from rnnkit import settings
from rnnkit.errors import ConfigError, NotAllowed
from rnnkit.people import identity, known, nicknames
from rnnkit.people.person import Role
from rnnkit.store import Store

WELL_KNOWN = "/.well-known/openid-configuration"
CALLBACK = "oauth2callback"  # Streamlit's own, below the dashboard's address
_ROLES = {"RNNKIT_OIDC_TEACHERS": Role.TEACHER, "RNNKIT_OIDC_PUPILS": Role.PUPIL, "RNNKIT_OIDC_GUESTS": Role.GUEST}
_SCRYPT: dict[str, Any] = {"n": 2**14, "r": 8, "p": 1}


class Provider(NamedTuple):
    """What is needed to sign in with it. `callback` is where it sends people back to."""

    discovery: str
    client: str
    secret: str
    scope: str
    callback: str


def provider() -> Provider:
    """The one of the settings. Raises ConfigError: something is missing."""
    client, issuer = (
        _needed("RNNKIT_OIDC_CLIENT"),
        settings.value("RNNKIT_OIDC_URL").removesuffix(WELL_KNOWN).rstrip("/"),
    )
    parts = urlsplit(issuer)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1")):
        raise ConfigError(f"RNNKIT_OIDC_URL: expected an address that begins with https://, got {issuer[:100]!r}")
    secret, address = settings.secret("RNNKIT_OIDC_SECRET"), settings.url()
    if not secret:
        raise ConfigError("RNNKIT_OIDC_SECRET: expected the provider's secret, or RNNKIT_OIDC_SECRET_FILE, got neither")
    if address is None:
        raise ConfigError("RNNKIT_URL: expected the dashboard's own address, where the provider leads back, got none")
    if not any(settings.listed(name) for name in _ROLES):
        raise ConfigError(f"{', '.join(_ROLES)}: expected values that admit somebody, got none")
    scope = settings.value("RNNKIT_OIDC_SCOPE")
    if "openid" not in scope.split():
        raise ConfigError(f"RNNKIT_OIDC_SCOPE: expected openid among the words, got {scope[:100]!r}")
    return Provider(f"{issuer}{WELL_KNOWN}", client, secret, scope, f"{address.geturl()}{CALLBACK}")


def _needed(name: str) -> str:
    if not (found := settings.value(name)):
        raise ConfigError(f"{name}: expected a value where RNNKIT_OIDC_URL has one, got none")
    return found


def cookie_secret(provider: Provider) -> str:
    """What signs the cookies of signing in: the same for all dashboards of a provider, and after a restart."""
    made = hashlib.scrypt(provider.secret.encode(), salt=f"rnnkit {provider.client}".encode(), **_SCRYPT)
    return made.hex()


# ---- what the provider says of somebody


def role_of(claims: Mapping[str, Any]) -> Role:
    """What the claims of an ID token make somebody, the highest that they allow.

    Raises NotAllowed: they admit nobody.
    """
    claim = settings.value("RNNKIT_OIDC_ROLE_CLAIM")
    values = _values(claims, claim)
    for name, role in _ROLES.items():
        if {"*", *values} & {*settings.listed(name)}:
            return role
    raise NotAllowed(
        f"account: expected one whose claim {claim} admits it to this dashboard, got one without; ask whoever runs it"
    )


def _values(claims: Mapping[str, Any], claim: str) -> set[str]:
    """What stands in a claim: in one of that very name, else where the dots lead."""
    found: Any = claims.get(claim)
    if found is None:
        found = claims
        for part in claim.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    return {str(one) for one in (found if isinstance(found, list | tuple) else [found]) if one is not None} - {"*"}


def _nickname(claims: Mapping[str, Any]) -> str | None:
    for claim in settings.listed("RNNKIT_OIDC_NICKNAME_CLAIM"):
        for value in _values(claims, claim):
            with suppress(ConfigError):
                return nicknames.clean(value)
    return None


# ---- in and out


def sign_in(store: Store, claims: Mapping[str, Any]) -> str:
    """The value of a cookie for a browser that the provider has sent back; from now on it is signed in.

    Raises NotAllowed: the claims admit nobody, or name nobody.
    """
    role, secret = role_of(claims), identity.secret_of(store)
    issuer, subject = claims.get("iss"), claims.get("sub")
    if not (isinstance(issuer, str) and isinstance(subject, str) and issuer and subject):
        raise NotAllowed("account: expected an ID token with issuer and subject, got one without")
    account = hmac.new(secret, f"{issuer}\n{subject}".encode(), hashlib.sha256).hexdigest()
    nickname = _nickname(claims) or store.nickname_of(account) or nicknames.suggestions([])[0]
    cookie = identity.new_cookie(secret)
    store.sign_in(identity.signed_by(cookie, secret), account, nickname, role, settings.integer("RNNKIT_OIDC_HOURS"))
    known.forget(store)
    return cookie


def sign_out(store: Store, cookies: Mapping[str, str]) -> None:
    """Nobody is signed in any more in the browser that sends these cookies, in none of its windows."""
    if browser := identity.signed_by(cookies.get(identity.SIGN_IN, ""), identity.secret_of(store)):
        store.sign_out(browser)
        known.forget(store)
