"""Whom the server answers: who calls it by a name that is its own, from a page that it served itself.

Another site's page can send requests to this machine with the browser of a person who looks at it: with that site's
Origin or, where the site lets its own name point to this machine (DNS rebinding), with its name as Host. All routes
pass through here, Streamlit's, sockets, and our own. Knows no route.
"""

from __future__ import annotations

import ipaddress
import re
import socket

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from rnnkit import settings
from rnnkit.texts.symbols import harmless

# No other site may frame a page, see which page a link was on, or use an answer as something that it is not.
ANSWERS = {
    "X-Frame-Options": "SAMEORIGIN",
    "Content-Security-Policy": "frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
while_a_class_is_open: frozenset[str] = (
    frozenset()
)  # names of this machine on the local network, as long as others come
_INTERNALS = "/_stcore/metrics"  # of Streamlit, for whoever asks; what may be known is in rnnkit.feed.monitoring
_HOST = re.compile(r"(\[[\da-f:.]+\]|[a-z\d._-]+)(?::\d{1,5})?", re.IGNORECASE | re.ASCII)


class Hosts:
    """Around all that the server answers. A stranger gets status 403 and a sentence; a socket is not opened."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._names = {"localhost", *settings.hosts(), *(own_names() if listens_to_others() else ())}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or refuse one request, or hand on the start and the end of the server itself."""
        app = self._app

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(ANSWERS)
            await send(message)

        if scope["type"] in ("http", "websocket"):
            if wrong := self._wrong(Headers(scope=scope), (scope.get("server") or ("",))[0]):
                app = WebSocketClose(1008) if scope["type"] == "websocket" else PlainTextResponse(wrong, 403)
            elif scope["path"].endswith(_INTERNALS):
                app = PlainTextResponse("Not Found", 404)
            # What is the page's own is told no further: to judge it Streamlit may ask a server that is far away.
            scope = {**scope, "headers": [header for header in scope["headers"] if header[0] != b"origin"]}
        await app(scope, receive, sent)

    def _wrong(self, headers: Headers, reached: str) -> str:
        """Why these headers are refused; empty where they are not. `reached`: our end of the connection."""
        host, origin = headers.getlist("host"), headers.getlist("origin")
        if len(host) != 1 or not self.answers_to(host[0], reached):
            return (
                "Host: expected localhost, the address of this server or one of RNNKIT_HOSTS, "
                f"got {harmless(', '.join(host))[:100]!r}\n"
            )
        own = [f"{scheme}://{host[0].lower()}" for scheme in ("http", "https")]
        own += [own[0].removesuffix(":80"), own[1].removesuffix(":443")]  # which a proxy writes and a browser does not
        if origin and (len(origin) != 1 or origin[0].lower() not in own):
            return f"Origin: expected {own[0]}, the page's own, got {harmless(', '.join(origin))[:100]!r}\n"
        return ""

    def answers_to(self, host: str, reached: str) -> bool:
        """Whether a request may call this server so.

        Args:
            host: a header `Host`: a name or an address, with a port or without.
            reached: the address at which the request arrived.
        """
        found = _HOST.fullmatch(host)
        name = found[1].lower().strip("[]").removesuffix(".") if found else ""
        if (address := _address(name)) and (address.is_loopback or address == _address(reached)):
            return True
        return any(
            name == one or (one[:2] == "*." and name.endswith(one[1:])) for one in self._names | while_a_class_is_open
        )


def listens_to_others() -> bool:
    """Whether somebody asked for a server that other machines reach."""
    option = st.get_option("server.address") or ""
    address = _address(option)
    return option != "localhost" and not (address and address.is_loopback)


def own_names() -> list[str]:
    """What other machines on a local network call this one, and the name at which it was told to listen."""
    whole = socket.gethostname().lower()
    first = whole.partition(".")[0]
    return [whole, first, f"{first}.local", (st.get_option("server.address") or whole).lower()]


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that is written so; a server of both kinds of addresses sees IPv4 in IPv6."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
