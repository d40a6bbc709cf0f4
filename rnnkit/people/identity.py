"""Who a browser is: a random id in a cookie, signed by the store, so that nobody can be somebody else.

A second one of the same kind stands beside it while somebody is signed in with an account. Only the checksum of an id
is written down. Knows no route.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from functools import lru_cache

from rnnkit.people.known import known
from rnnkit.people.person import Person
from rnnkit.store import Store

COOKIE, SIGN_IN = "rnnkit_id", "rnnkit_sign_in"
_LONGEST = 200  # of a cookie that is looked at


def new_cookie(secret: bytes) -> str:
    """The value of a cookie for a browser that has none."""
    browser = secrets.token_urlsafe(18)
    return f"{browser}.{_signed(browser, secret)}"


@lru_cache(maxsize=1024)
def signed_by(cookie: str, secret: bytes) -> str:
    """The id of a member that this cookie stands for: SHA-256 of the browser's id; empty where it is not ours."""
    browser, _, signature = cookie.partition(".")
    if not browser or len(cookie) > _LONGEST or not cookie.isascii():
        return ""
    right = hmac.compare_digest(signature, _signed(browser, secret))
    return hashlib.sha256(browser.encode()).hexdigest() if right else ""


def _signed(browser: str, secret: bytes) -> str:
    return hmac.new(secret, browser.encode(), hashlib.sha256).hexdigest()


def browser_of(cookies: Mapping[str, str], store: Store) -> str:
    """The id of the sign-in that these cookies stand for while it holds, else the one of the browser; else empty."""
    signed = _signed_by(cookies, SIGN_IN, store)
    return signed if signed and known(store).account(signed) else _signed_by(cookies, COOKIE, store)


def _signed_by(cookies: Mapping[str, str], name: str, store: Store) -> str:
    given = cookies.get(name)
    return signed_by(given, secret_of(store)) if isinstance(given, str) else ""  # a test's browser sends anything


def person_of(cookies: Mapping[str, str], store: Store) -> Person:
    """Who sends these cookies: the owner where nobody is asked, else a member or a stranger. Raises StoreError."""
    here = known(store)
    return here.person(browser_of(cookies, store) if here.asks else "")


def has_secret(store: Store) -> bool:
    """Whether it was read already."""
    return store.url in _secrets


_secrets: dict[str, bytes] = {}


def secret_of(store: Store) -> bytes:
    """The secret of a store, read once."""
    if store.url not in _secrets:
        _secrets[store.url] = store.secret()
    return _secrets[store.url]
