"""What the server does by itself when it starts: it gets Home ready while a browser is still loading its own part.

Measured on a fresh install: loading the modules of Home and putting the trained networks into the store take a second
and more, which the first visitor would otherwise wait for. Draws nothing.
"""

from __future__ import annotations

import logging
import threading
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st

_log = logging.getLogger("rnnkit.pages")


@asynccontextmanager
async def opening(_app: st.App) -> AsyncIterator[None]:
    """Around the life of the server. A browser is opened where there is one, as `streamlit run` does for a script."""
    threading.Thread(target=_get_ready, name="get ready", daemon=True).start()
    if not st.get_option("server.headless"):
        threading.Thread(target=_open_browser, name="open the browser", daemon=True).start()
    yield


def _get_ready() -> None:
    """Load what Home needs and open the store. What fails is said on the page, to whoever opens it."""
    try:
        from pages.widgets.shared import page
        from rnnkit import settings

        page.open_store(settings.store_url())
    except Exception:
        _log.exception("Home could not be made ready before somebody came")


def _open_browser() -> None:
    path = st.get_option("server.baseUrlPath").strip("/")
    webbrowser.open(f"http://localhost:{st.get_option('server.port')}/{path}")
