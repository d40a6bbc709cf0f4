"""While a class is open others on the local network reach this server: a second one, of the same app and port.

The first goes on listening to this machine alone. Who asked for a server that all reach (`--address 0.0.0.0`), or that
a proxy hands on to (RNNKIT_HOSTS), gets no second one. Knows no class beyond that it is open, and draws nothing.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st
import uvicorn

from pages.widgets.home import server_hosts
from rnnkit import settings
from rnnkit.errors import PersonError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from rnnkit.store import Store

LOOK_SECONDS = 1.0  # between two looks at the store
CLOSE_SECONDS = 2.0  # for what others still load when the class ends
NOT_LOCAL = ("docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "tun", "tap", "utun", "wg", "zt", "tailscale")
_log = logging.getLogger("rnnkit.pages")


class Reached(NamedTuple):
    """At which addresses others reach this server just now, and why not where they do not."""

    addresses: tuple[str, ...] = ()
    problem: str = ""


now = Reached()


class _Second(uvicorn.Server):
    """A server that leaves signals to the first one."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ctrl-C ends the first, which ends this one."""
        yield


class Listener:
    """Follows the store: listens while a class is open, closes when it ends."""

    def __init__(self, app: ASGIApp, open_store: Callable[[], Store]) -> None:
        self._app, self._open_store = app, open_store
        self._at: Sequence[str] = ()
        self._server: _Second | None = None
        self._serving: asyncio.Task[None] | None = None

    async def follow(self) -> None:
        """Until it is cancelled."""
        try:
            while True:
                await self._look()
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            await self._close()

    async def _look(self) -> None:
        try:
            wanted, over = await asyncio.to_thread(_wanted, self._open_store)
        except PersonError:  # the store is away: as it was
            return
        except Exception:
            _log.exception("the class could not be looked at")
            return
        if wanted != self._at:
            await self._close()
            self._at = wanted
            await self._listen(wanted)
        if over:  # others are gone: now what they made may go
            await asyncio.to_thread(_expire, self._open_store)

    async def _listen(self, addresses: Sequence[str]) -> None:
        global now
        if not addresses:
            return
        port = int(st.get_option("server.port"))
        sockets, refused = list[socket.socket](), list[str]()
        for address in addresses:
            try:
                sockets.append(_bound(address, port))
            except OSError as error:
                refused.append(f"{address}: expected port {port} to be free there, got: {error.strerror or error}")
        now = Reached(tuple(one.getsockname()[0] for one in sockets), "; ".join(refused))
        if refused:
            print(*refused, sep="\n", file=sys.stderr, flush=True)
        if sockets:
            server_hosts.while_a_class_is_open = frozenset([*addresses, *server_hosts.own_names()])
            self._server = _Second(_config(self._app))
            self._serving = asyncio.create_task(self._server.serve(sockets))
            await asyncio.to_thread(_note, self._open_store, now.addresses)

    async def _close(self) -> None:
        global now
        now, self._at = Reached(), ()
        server_hosts.while_a_class_is_open = frozenset()
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            with suppress(asyncio.CancelledError):
                await self._serving
            self._server = self._serving = None
            await asyncio.to_thread(_note, self._open_store, ())


def adds() -> bool:
    """Whether a class adds a server here: not where others reach this one already."""
    return not server_hosts.listens_to_others() and not settings.hosts()


def local_addresses() -> list[str]:
    """IPv4 addresses of this machine on local networks, those of real network cards first."""
    import psutil

    up = {name for name, card in psutil.net_if_stats().items() if card.isup}
    found = [
        (name.startswith(NOT_LOCAL), one.address)
        for name, addresses in psutil.net_if_addrs().items()
        for one in addresses
        if one.family == socket.AF_INET and name in up and not one.address.startswith(("127.", "169.254."))
    ]
    return [address for _, address in sorted(found, key=lambda one: one[0])]


def _wanted(open_store: Callable[[], Store]) -> tuple[Sequence[str], bool]:
    """The addresses at which others should reach this server, and whether a class is over that nobody has ended."""
    from rnnkit.people import class_settings, known

    store = open_store()
    row = known.read_again(store).open_class  # where one has ended, wherever that was done, this forgets it
    found = row and class_settings.parse(row.settings)
    if found is None:
        return (), False
    over = store.class_is_over()
    if over or found.ending or not adds():
        return (), over
    return ((found.address,) if found.address else tuple(local_addresses())), False


def _expire(open_store: Callable[[], Store]) -> None:
    from rnnkit.people import classes

    with suppress(PersonError):
        classes.expire(open_store())


def _note(open_store: Callable[[], Store], addresses: Sequence[str]) -> None:
    """Write down that others are answered, or no longer: a class ends when they are not."""
    from rnnkit.people import classes

    with suppress(PersonError):  # it has ended
        classes.change(open_store(), listening=addresses)


def _bound(address: str, port: int) -> socket.socket:
    kind, _, _, _, place = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
    made = socket.socket(kind)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(place)
        made.listen(128)
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made


def _config(app: ASGIApp) -> uvicorn.Config:
    """As Streamlit configures the first; without lifespan, which is the first's. No address of a machine is logged."""
    return uvicorn.Config(
        app, lifespan="off", access_log=False, log_config=None, log_level="warning",
        ws="websockets-sansio", ws_max_size=int(st.get_option("server.maxMessageSize")) * 1_000_000,
        ssl_certfile=st.get_option("server.sslCertFile"), ssl_keyfile=st.get_option("server.sslKeyFile"),
        timeout_graceful_shutdown=int(CLOSE_SECONDS),
    )  # fmt: skip
