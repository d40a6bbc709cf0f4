"""Asks an ASGI app as a browser does, without a server."""

from __future__ import annotations

import asyncio
import gzip
import json
from typing import Any, NamedTuple

from starlette.types import ASGIApp


class Got(NamedTuple):
    """One answer; `body` is what it is after unpacking."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        assert self.headers["content-type"].startswith("application/json"), self
        return json.loads(self.body)


def get(app: ASGIApp, address: str, **headers: str) -> Got:
    """One request; `headers` with underscores for dashes."""
    return together(app, [address], **headers)[0]


def together(app: ASGIApp, addresses: list[str], **headers: str) -> list[Got]:
    """Several at the same moment."""

    async def all_of_them() -> list[Got]:
        return await asyncio.gather(*(_get(app, address, headers) for address in addresses))

    return asyncio.run(all_of_them())


async def _get(app: ASGIApp, address: str, headers: dict[str, str]) -> Got:
    path, _, query = address.partition("?")
    given = {"host": "localhost:8501", "accept-encoding": "gzip", **headers}
    raw = [(name.replace("_", "-").encode(), text.encode("latin-1")) for name, text in given.items()]
    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": query.encode(),
        "headers": raw, "server": ("127.0.0.1", 8501), "root_path": "", "scheme": "http", "http_version": "1.1",
    }  # fmt: skip
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    found = {name.decode(): text.decode() for name, text in sent[0]["headers"]}
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return Got(sent[0]["status"], found, gzip.decompress(body) if found.get("content-encoding") == "gzip" else body)
