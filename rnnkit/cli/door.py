"""Asks a dashboard at its address as a browser would, and says which header a proxy in front drops or changes.

Yields pairs: fine, note or wrong, and a sentence. Knows no page and no store.
"""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Iterator
from typing import Literal
from urllib.parse import SplitResult, urlsplit

import requests

from rnnkit import settings
from rnnkit.errors import ConfigError

Said = tuple[Literal["fine", "note", "wrong"], str]
SECONDS = 10.0
_LOCAL = ("localhost", "127.0.0.1", "::1")


def looked(url: str) -> Iterator[Said]:
    """What is found at an address, e.g. `https://kit.example.org/rnnkit/`. Raises ConfigError: it is none."""
    parts = urlsplit(url if url.endswith("/") else f"{url}/")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ConfigError(f"--url: expected an address like https://kit.example.org/rnnkit/, got {url[:100]!r}")
    try:
        answer = _get(parts, "_stcore/health")
    except requests.exceptions.SSLError as error:
        yield "wrong", f"the certificate is not trusted ({_short(error)}); REQUESTS_CA_BUNDLE names one of your own"
        return
    except requests.RequestException as error:
        yield "wrong", f"nothing answers at {parts.geturl()} ({_short(error)}); is the proxy running, is the port open?"
        return
    if answer.status_code != 200:
        yield "wrong", _refused(parts, answer)
        return
    yield "fine", f"{parts.geturl()} answers"
    yield from _cookies(parts, answer)
    yield from _feed(parts)
    yield from _hidden(parts)
    yield from _socket(parts)


def _get(parts: SplitResult, path: str, **headers: str) -> requests.Response:
    own = {"Origin": f"{parts.scheme}://{parts.netloc}", **headers}
    return requests.get(parts.geturl() + path, headers=own, timeout=SECONDS, allow_redirects=False)


def _refused(parts: SplitResult, answer: requests.Response) -> str:
    """Why the health of a dashboard was not told."""
    came = re.fullmatch(r"(Host|Origin): expected .*, got '(.*)'\s*", answer.text)
    if came and came[1] == "Host" and came[2].partition(":")[0] == parts.hostname:
        return f"the dashboard does not know its name: put {parts.hostname} into RNNKIT_HOSTS and start it again"
    if came and came[1] == "Host":
        return f"the proxy changes the header Host into {came[2]!r}: it has to pass on the browser's"
    if came:
        return (
            "the proxy passes on Host without its port, or changes Origin: both have to arrive as the browser sent them"
        )
    if answer.status_code in (502, 503, 504):
        return f"status {answer.status_code}: the proxy does not reach the dashboard; is it running, at that port?"
    if answer.status_code == 404:
        return "status 404: the path is not the dashboard's; server.baseUrlPath has to be the one in the address"
    return f"status {answer.status_code} in place of 200 from _stcore/health"


def _cookies(parts: SplitResult, answer: requests.Response) -> Iterator[Said]:
    if parts.scheme == "http" and parts.hostname not in _LOCAL:
        yield "wrong", "pages and cookies travel unencrypted: put nginx or Caddy with TLS in front (deploy/)"
    given = answer.headers.get("Set-Cookie", "")
    if parts.scheme == "https" and given and "secure" not in given.lower():
        yield "wrong", "a cookie lacks Secure: the proxy has to add it (nginx: proxy_cookie_flags ~ secure)"


def _feed(parts: SplitResult) -> Iterator[Said]:
    answer = _get(parts, "feed/runs")
    tag = answer.headers.get("ETag", "")
    if answer.status_code not in (200, 403) or "json" not in answer.headers.get("Content-Type", ""):
        yield (
            "wrong",
            f"feed/runs: expected JSON, got status {answer.status_code}; all below the path has to be passed on",
        )
    elif answer.status_code == 200 and not tag:
        yield "wrong", "the proxy drops ETag: what lives is sent whole at each look"
    elif answer.status_code == 200 and _get(parts, "feed/runs", **{"If-None-Match": tag}).headers.get("Age"):
        yield "wrong", "the proxy answers feeds from a cache: they must not be kept"
    else:
        yield "fine", "the feed arrives"


def _hidden(parts: SplitResult) -> Iterator[Said]:
    """What watches the service is not for visitors."""
    if parts.hostname not in _LOCAL:
        for path in ("metrics", "_stcore/metrics"):
            if _get(parts, path).status_code == 200:
                yield "wrong", f"{path} can be read by everybody: the proxy has to refuse it, as those of deploy/ do"
    public = settings.url()
    if public and public.geturl() != parts.geturl():
        yield "wrong", f"RNNKIT_URL says {public.geturl()}: who signs in would be led there, not to {parts.geturl()}"


def _socket(parts: SplitResult) -> Iterator[Said]:
    from websockets.exceptions import WebSocketException
    from websockets.sync.client import connect
    from websockets.typing import Origin, Subprotocol

    address = parts._replace(scheme="wss" if parts.scheme == "https" else "ws").geturl() + "_stcore/stream"
    secure = (
        ssl.create_default_context(cafile=os.environ.get("REQUESTS_CA_BUNDLE")) if parts.scheme == "https" else None
    )
    try:
        with connect(
            address, ssl=secure, open_timeout=SECONDS, close_timeout=1, proxy=None,
            origin=Origin(f"{parts.scheme}://{parts.netloc}"), subprotocols=[Subprotocol("streamlit")],
        ):  # fmt: skip
            yield "fine", "the socket of the pages opens"
    except (WebSocketException, OSError) as error:
        yield (
            "wrong",
            (
                f"no socket opens ({_short(error)}), so pages stay empty: the proxy drops Upgrade or Connection, "
                "or speaks HTTP/1.0 to the dashboard"
            ),
        )


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:160]
