"""Gives every browser the signed cookie by which it is known in a class, with a page and never with an answer to a
script. Knows no class.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from rnnkit.store import Store

MONTH_SECONDS = 30 * 24 * 3600
_log = logging.getLogger("rnnkit.pages")


class Cookie:
    """Around all that the server answers. A browser without a cookie of ours gets one; a forged one is replaced."""

    def __init__(self, app: ASGIApp, open_store: Callable[[], Store]) -> None:
        self._app, self._open_store = app, open_store
        self._path = "/".join(["", *filter(None, st.get_option("server.baseUrlPath").split("/")), ""])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on everything; add to what is a page."""

        async def sent(message: Message) -> None:
            is_page = message["type"] == "http.response.start" and _is_page(message)
            if is_page and (value := await run_in_threadpool(self._new, Headers(scope=scope))):
                MutableHeaders(scope=message).append("set-cookie", self._written(value, scope))
            await send(message)

        asks_for_page = scope["type"] == "http" and scope["method"] == "GET"
        await self._app(scope, receive, sent if asks_for_page else send)

    def _new(self, headers: Headers) -> str:
        """The value of a cookie for this browser; empty where its own is right, or where no store can be opened."""
        from rnnkit.errors import StoreError
        from rnnkit.people import identity

        try:
            secret = identity.secret_of(self._open_store())
        except StoreError:
            return ""  # the page says so
        except Exception:
            _log.exception("no cookie could be given")
            return ""
        given = cookie_parser(headers.get("cookie", "")).get(identity.COOKIE, "")
        return "" if given and identity.signed_by(given, secret) else identity.new_cookie(secret)

    def _written(self, value: str, scope: Scope) -> str:
        from rnnkit.people import identity

        secure = "https" in (scope.get("scheme"), Headers(scope=scope).get("x-forwarded-proto"))
        attributes = f"Path={self._path}; Max-Age={MONTH_SECONDS}; HttpOnly; SameSite=Lax"
        return f"{identity.COOKIE}={value}; {attributes}{'; Secure' if secure else ''}"


def _is_page(message: Message) -> bool:
    return message["status"] == 200 and Headers(raw=message["headers"]).get("content-type", "").startswith("text/html")
