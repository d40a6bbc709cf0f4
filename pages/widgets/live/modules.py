"""Our own ES modules and Plotly as routes: what components import, served below `live/`.

A component imports `new URL("live/client.js", document.baseURI)`; its siblings import each other as `./client.js`.
Plotly is the installed package's own file, compressed once and kept by the browser as long as its version is in use.
Knows no run.
"""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from rnnkit.lessons import glossary

_HERE = Path(__file__).parent
# Name in the address -> file. One that is not here is not served: add a line for a module of yours.
MODULES: dict[str, Path] = {
    "client.js": _HERE / "client.js",
    "curve.js": _HERE / "curve.js",
    "curve_look.js": _HERE / "curve_look.js",
    "terms.js": _HERE / "terms.js",
    "glossary.json": glossary.FILE,
    **{
        path.name: path
        for page in ("watch", "wall")
        for path in (_HERE.parent / page).glob("*.js")
        if path.stem != "screen"
    },
}
PLOTLY = "plotly.min.js"
FOR_EVER = "public, max-age=31536000, immutable"


class _File(NamedTuple):
    tag: str
    packed: bytes


def routes(prefix: str) -> list[Route]:
    """The routes below a path prefix (`server.baseUrlPath`, with or without its slashes)."""
    base = "/".join(["", *filter(None, prefix.split("/")), "live"])
    return [
        Route(f"{base}/{{name}}", _module, methods=["GET"]),
        Route(f"{base}/{{version}}/{PLOTLY}", _plotly, methods=["GET"]),
    ]


def plotly_version() -> str:
    """Of the installed package; part of the address, so that a browser asks once for each."""
    from importlib.metadata import version

    return version("plotly")


async def _module(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in MODULES:
        return PlainTextResponse(f"live: expected one of {', '.join(MODULES)}\n", 404)
    return _sent(request, _file(name, MODULES[name].stat().st_mtime_ns), "no-cache")


async def _plotly(request: Request) -> Response:
    from starlette.concurrency import run_in_threadpool

    here = request.path_params["version"] == plotly_version()
    return _sent(request, await run_in_threadpool(_plotly_file), FOR_EVER if here else "no-cache")


def _sent(request: Request, file: _File, cache: str) -> Response:
    headers = {"ETag": f'"{file.tag}"', "Cache-Control": cache, "Vary": "Accept-Encoding"}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    packed = "gzip" in request.headers.get("accept-encoding", "")
    if packed:
        headers["Content-Encoding"] = "gzip"
    return Response(
        file.packed if packed else gzip.decompress(file.packed), headers=headers, media_type="text/javascript"
    )


@lru_cache(maxsize=64)
def _file(name: str, changed: int) -> _File:
    """A module as it is sent; read again when it was changed."""
    return _made(MODULES[name].read_bytes().replace(b"PLOTLY_VERSION", plotly_version().encode()))


@lru_cache(maxsize=1)
def _plotly_file() -> _File:
    import plotly

    return _made((Path(plotly.__file__).parent / "package_data" / PLOTLY).read_bytes())


def _made(body: bytes) -> _File:
    return _File(hashlib.sha256(body).hexdigest()[:16], gzip.compress(body, 6, mtime=0))
