"""What Streamlit's sign-in is told about people, and what we make of it: who comes back from the provider is signed in
here too, by a cookie of our own that pages, sockets and feeds read alike; who signs out loses it at once.

Streamlit checks what the provider signed. Its secrets are given to it in memory, from the environment or from files,
and are written nowhere. Knows no page.
"""

from __future__ import annotations

import importlib.util
import json
import logging
from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from pages.widgets.shared.account import FAILED, REFUSED, SAID
from rnnkit import settings
from rnnkit.errors import ConfigError

if TYPE_CHECKING:
    from rnnkit.store import Store

_log = logging.getLogger("rnnkit.pages")


def secrets() -> dict[str, Any]:
    """Those of Streamlit, for its whole life: nothing where nobody signs in. Raises ConfigError."""
    if not settings.value("RNNKIT_OIDC_URL"):
        return {}
    from rnnkit.people import accounts  # here: a server that starts has no need to wait for it

    provider = accounts.provider()
    if not all(map(importlib.util.find_spec, ("authlib", "httpx2"))):
        raise ConfigError("RNNKIT_OIDC_URL: expected the packages of the extra auth, got none; install them")
    return {
        "auth": {
            "redirect_uri": provider.callback, "cookie_secret": accounts.cookie_secret(provider),
            "client_id": provider.client, "client_secret": provider.secret,
            "server_metadata_url": provider.discovery, "client_kwargs": {"scope": provider.scope},
        }
    }  # fmt: skip


class SignIn:
    """Around all that the server answers. Changes what Streamlit answers to who comes back, and to who signs out."""

    def __init__(self, app: ASGIApp, open_store: Callable[[], Store]) -> None:
        from rnnkit.people import accounts

        self._app, self._open_store = app, open_store
        self._base = "/".join(["", *filter(None, st.get_option("server.baseUrlPath").split("/")), ""])
        self._ways = {f"{self._base}{accounts.CALLBACK}": self._back, f"{self._base}auth/logout": self._out}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on everything; change the two answers."""
        way = self._ways.get(scope["path"]) if scope["type"] == "http" else None

        async def sent(message: Message) -> None:
            if way and message["type"] == "http.response.start":
                await run_in_threadpool(way, Request(scope), MutableHeaders(scope=message))
            await send(message)

        await self._app(scope, receive, sent)

    def _back(self, request: Request, answer: MutableHeaders) -> None:
        """Sign in whoever the provider has named."""
        from rnnkit.errors import NotAllowed, StoreError
        from rnnkit.people import accounts, identity

        claims = _claims(answer)
        if claims is None:
            if {"state", "error"} & {*request.query_params}:  # else the provider leads back from signing out
                self._refuse(answer, FAILED)
            return
        try:
            value = accounts.sign_in(self._open_store(), claims)
        except NotAllowed:
            self._refuse(answer, REFUSED)
        except StoreError:
            self._refuse(answer, FAILED)  # the page says that it is away
        except Exception:
            _log.exception("nobody could be signed in")
            self._refuse(answer, FAILED)
        else:
            hours = settings.integer("RNNKIT_OIDC_HOURS")
            answer.append("set-cookie", self._cookie(identity.SIGN_IN, value, hours * 3600, request))

    def _out(self, request: Request, answer: MutableHeaders) -> None:
        """Nobody is signed in there any more; the provider is told by Streamlit."""
        from rnnkit.errors import StoreError
        from rnnkit.people import accounts, identity

        try:
            accounts.sign_out(self._open_store(), request.cookies)
        except StoreError:
            _log.exception("a sign-out could not be written down")
        answer.append("set-cookie", self._cookie(identity.SIGN_IN, "", 0, request))

    def _refuse(self, answer: MutableHeaders, why: str) -> None:
        """Without cookies of Streamlit's, to the page that says why."""
        answer["location"] = f"{self._base}?{SAID}={why}"
        for name in [name for name in _cookies(answer) if name.startswith(USER_COOKIE_NAME)]:
            path = self._base.rstrip("/") or "/"  # as Streamlit has it
            answer.append("set-cookie", f"{name}=; Path={path}; Max-Age=0; HttpOnly; SameSite=Lax")

    def _cookie(self, name: str, value: str, seconds: int, request: Request) -> str:
        secure = "https" in (request.url.scheme, request.headers.get("x-forwarded-proto"))
        attributes = f"Path={self._base}; Max-Age={seconds}; HttpOnly; SameSite=Lax"
        return f"{name}={value}; {attributes}{'; Secure' if secure else ''}"


def _cookies(answer: MutableHeaders) -> dict[str, str]:
    """Those that an answer sets, without those that it takes away."""
    found: SimpleCookie = SimpleCookie()
    for line in answer.getlist("set-cookie"):
        found.load(line)
    return {name: morsel.value for name, morsel in found.items() if morsel.value}


def _claims(answer: MutableHeaders) -> dict[str, Any] | None:
    """What Streamlit has found to be signed by the provider; None where it has signed in nobody."""
    given, secret = _cookies(answer), get_cookie_secret()
    found = get_cookie_with_chunks(
        lambda name: decode_signed_value(secret, name, given.get(name, "")), USER_COOKIE_NAME
    )
    return json.loads(found) if found else None
