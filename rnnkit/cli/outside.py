"""What an installation leans on beside itself, where its settings say so: packages of the extras, and the provider that
people sign in with. Each is asked as the program itself would ask it; for `rnnkit doctor`.

Yields pairs: fine, note or wrong, and a sentence. Knows no store.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests

from rnnkit import settings
from rnnkit.cli.door import SECONDS, Said

if TYPE_CHECKING:
    from rnnkit.people import accounts

CLOCK_SECONDS = 60.0  # by which a token may be too old or too young for the provider's clock
EXTRAS = {  # setting -> the extra that it needs, and the modules of that
    "RNNKIT_OIDC_URL": ("auth", ("authlib", "httpx2")),
    "RNNKIT_METRICS_TOKEN": ("metrics", ("prometheus_client",)),
    "RNNKIT_METRICS_TOKEN_FILE": ("metrics", ("prometheus_client",)),
    "RNNKIT_RAY": ("ray", ("ray",)),
}


def extras() -> Iterator[Said]:
    """Whether the packages are there that the settings ask for, beside those that all need."""
    wanted = {EXTRAS[name] for name in EXTRAS if name in settings.SETTINGS and settings.value(name)}
    if settings.store_url().startswith("postgresql"):
        wanted.add(("postgres", ("psycopg",)))
    for extra, modules in sorted(wanted):
        if missing := [name for name in modules if importlib.util.find_spec(name) is None]:
            yield "wrong", f'the extra {extra} lacks {", ".join(missing)}; pip install "rnnkit[{extra}]"'
        else:
            yield "fine", f"the extra {extra} is installed"


def provider() -> Iterator[Said]:
    """Whether people can sign in: the settings, and what the provider says of itself. Raises ConfigError."""
    from rnnkit.people import accounts, known

    if not known.accounts_are_used():
        return
    asked = accounts.provider()
    if urlsplit(asked.callback).scheme == "http" and urlsplit(asked.callback).hostname not in (
        "localhost",
        "127.0.0.1",
    ):
        yield "wrong", "RNNKIT_URL begins with http: whoever listens can sign in as somebody else; use https"
    try:
        answer = requests.get(asked.discovery, timeout=SECONDS)
        said = answer.json() if answer.status_code == 200 else None
    except requests.RequestException as error:
        yield "wrong", f"{asked.discovery} does not answer ({' '.join(str(error).split())[:160]})"
        return
    if not isinstance(said, dict):
        yield "wrong", f"{asked.discovery}: expected the provider's description, got status {answer.status_code}"
        return
    wrong = list(_wrong(asked, said, answer))
    yield from (("wrong", sentence) for sentence in wrong)
    if not wrong:
        yield "fine", f"the provider at {said['issuer']} answers, and may lead back to {asked.callback}"
    if "end_session_endpoint" not in said:
        yield "note", "the provider has no end_session_endpoint: who signs out here stays signed in there"


def _wrong(asked: accounts.Provider, said: dict[str, Any], answer: requests.Response) -> Iterator[str]:
    from rnnkit.people import accounts

    issuer = asked.discovery.removesuffix(accounts.WELL_KNOWN)
    if str(said.get("issuer")).rstrip("/") != issuer:
        yield f"the provider calls itself {str(said.get('issuer'))[:100]!r}, and RNNKIT_OIDC_URL says {issuer!r}"
    if missing := [f"{name}_endpoint" for name in ("authorization", "token") if not said.get(f"{name}_endpoint")]:
        yield f"the provider names no {' and no '.join(missing)}"
    lacking = {*asked.scope.split()} - {*(said.get("scopes_supported") or asked.scope.split())}
    if lacking:
        yield f"the provider does not know the scope {' '.join(sorted(lacking))}; change RNNKIT_OIDC_SCOPE"
    if date := answer.headers.get("Date"):
        ahead = time.time() - parsedate_to_datetime(date).timestamp()
        if abs(ahead) > CLOCK_SECONDS:
            yield f"this machine's clock differs from the provider's by {abs(ahead):.0f} s; let both ask a time server"
    try:
        keys = requests.get(str(said.get("jwks_uri")), timeout=SECONDS).json()["keys"]
    except (requests.RequestException, ValueError, LookupError, TypeError):
        keys = []
    if not keys:
        yield "the provider gives no keys at its jwks_uri: nothing that it signs can be checked"


def metrics() -> Iterator[Said]:
    """Whether somebody may read the metrics. Raises ConfigError."""
    token = settings.secret("RNNKIT_METRICS_TOKEN")
    if not token:
        yield "note", "there are none, as RNNKIT_METRICS_TOKEN is not set"
    elif len(token) < 16:
        yield "wrong", f"RNNKIT_METRICS_TOKEN: expected at least 16 characters, got {len(token)}; make a longer one"
    else:
        yield "fine", "whoever has the token may read them"
