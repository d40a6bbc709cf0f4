"""Old addresses lead to what holds their tool now, before any page is drawn, so that Back does not stop at them.

Knows no page: the table is in navigation.py.
"""

from __future__ import annotations

import streamlit as st
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from pages.widgets.shared import navigation


class OldAddresses:
    """Around all that the server answers. The way on is relative: a path prefix, even a proxy's, stays as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._prefix = "/".join(["", *filter(None, [st.get_option("server.baseUrlPath").strip("/")]), ""])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Redirect an old address; hand on all else."""
        app = self._app
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and scope["path"].startswith(self._prefix):
            name = scope["path"].removeprefix(self._prefix)
            if to := navigation.moved(name.removesuffix("/"), scope["query_string"].decode("latin-1")):
                app = RedirectResponse(f"{'../' if name.endswith('/') else ''}{to}")
        await app(scope, receive, send)
