"""What the server does by itself when it starts: it gets Home ready while a browser is still loading its own part.

Before that it refuses settings that nothing could work with, and says where other machines find it, if they may.
Measured on a fresh install: loading the modules of Home and putting the trained networks into the store take a second
and more, which the first visitor would otherwise wait for; the modules of the other pages, which come after it, took a
second of the first visit of a run. Draws nothing.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import pkgutil
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit import config

from pages import widgets
from pages.widgets import home
from pages.widgets.classroom import listener
from pages.widgets.home import server_hosts, server_logs, server_sign_in
from rnnkit import settings
from rnnkit.errors import ConfigError
from rnnkit.feed import monitoring

if TYPE_CHECKING:
    from rnnkit.store import Store

HOME_SECONDS = 3.0  # in which who opened the browser with the server has seen Home
REST_SECONDS = 0.02  # between two modules, for whoever is here already
_EVERYWHERE = (None, "0.0.0.0", "::")
_log = logging.getLogger("rnnkit.pages")


def checked() -> dict[str, Any]:
    """End the program with a sentence where a setting is wrong, before anybody comes. Returns Streamlit's secrets.

    The server takes files as large as our own limit for texts, if that is the larger one.
    """
    try:
        settings.check()
        secrets = server_sign_in.secrets()
        monitoring.check()
        largest = max(st.get_option("server.maxUploadSize"), settings.integer("RNNKIT_MAX_TEXT_MB"))
    except ConfigError as error:
        sys.exit(str(error))
    config.set_option("server.maxUploadSize", largest, "RNNKIT_MAX_TEXT_MB")
    return secrets


@asynccontextmanager
async def opening(app: st.App) -> AsyncIterator[None]:
    """Around the life of the server. A browser is opened where there is one, as `streamlit run` does for a script."""
    server_logs.without_addresses()
    server_logs.begin()
    threading.Thread(target=_load, name="get ready", daemon=True).start()
    if server_hosts.listens_to_others():
        print("  From other machines:", *(_url(address) for address in _addresses()), "\n", flush=True)
    if not st.get_option("server.headless"):
        threading.Thread(target=_open_browser, name="open the browser", daemon=True).start()
    following = asyncio.create_task(listener.Listener(app, opened_store).follow())
    yield
    following.cancel()
    await asyncio.wait([following])


def opened_store() -> Store:
    """The store that pages use too."""
    from pages.widgets.shared import page

    return page.open_store(settings.store_url())


def _load() -> None:
    """First what Home needs, then all that other pages are made of."""
    _get_ready()
    load(home)
    time.sleep(HOME_SECONDS)
    load(widgets)


def _get_ready() -> None:
    """Load what Home needs and open the store. What fails is said on the page, to whoever opens it."""
    try:
        from pages.widgets.classroom import memory
        from rnnkit.people import known

        known.keeps(memory.forget)
        opened_store()
        from pages.widgets.shared import page

        page.ensure_scheduler(settings.store_url())  # what trains is loaded, and compiled the first time
    except Exception:
        _log.exception("Home could not be made ready before somebody came")


def load(folder: ModuleType) -> None:
    """Load all modules of a folder, one at a time. What fails is said on its page, to whoever opens it."""
    for module in pkgutil.walk_packages(folder.__path__, f"{folder.__name__}."):
        try:
            importlib.import_module(module.name)
        except Exception:
            _log.exception("%s could not be loaded before somebody came", module.name)
        time.sleep(REST_SECONDS)


def _open_browser() -> None:
    given = st.get_option("server.address")
    webbrowser.open(_url("localhost" if given in _EVERYWHERE else given))


def _url(address: str) -> str:
    return f"http://{address}:{st.get_option('server.port')}/{st.get_option('server.baseUrlPath').strip('/')}"


def _addresses() -> list[str]:
    """Where it listens; all of this machine's addresses where it listens at all."""
    import psutil

    if (given := st.get_option("server.address")) not in _EVERYWHERE:
        return [given]
    found = [one for network in psutil.net_if_addrs().values() for one in network if one.family == socket.AF_INET]
    return [one.address for one in found if not one.address.startswith("127.")] or [socket.gethostname()]
