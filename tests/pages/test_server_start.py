"""What the server does by itself when it starts: the real server, and nobody who opens a page."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import importlib
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest
import streamlit as st
from left_behind import end
from streamlit import config

from pages.widgets.home import server_start
from pages.widgets.shared import page
from rnnkit.paths import PRETRAINED
from rnnkit.store import Store

ROOT = Path(__file__).parents[2]
WAIT = 60  # seconds


# Writes down each connection that a process wants.
LISTENER = """
import os, sys
def heard(event, arguments):
    if event in ("socket.getaddrinfo", "socket.connect", "socket.sendto"):
        with open(os.environ["HEARD"], "a") as file:
            print(*arguments[event != "socket.getaddrinfo":], file=file)
sys.addaudithook(heard)
"""
SOCKET = {
    "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}  # fmt: skip
ROUTES = [
    "GET /", "GET /Train", "GET /_stcore/health", "GET /_stcore/metrics", "GET /_stcore/host-config", "GET /feed",
    "GET /static/nothing.js", "GET /media/nothing.png", "GET /component/nothing/index.html",
    "PUT /_stcore/upload_file/session/file", "DELETE /_stcore/upload_file/session/file", "SOCKET /_stcore/stream",
]  # fmt: skip


class Server(NamedTuple):
    """A dashboard that runs, how it listens, and what it asked of others."""

    process: subprocess.Popen
    port: int
    home: Path
    prefix: str

    def asked(self) -> str:
        file = self.home / "heard"
        return file.read_text() if file.exists() else ""

    def refuses(self, route: str, sender: str = "127.0.0.1", **headers: str) -> bool:
        """Whether a request with these headers gets nothing."""
        method, path = route.split()
        named = (SOCKET if method == "SOCKET" else {}) | {"Host": f"localhost:{self.port}"} | headers
        with contextlib.closing(self._connected(sender)) as connection:
            connection.putrequest("GET" if method == "SOCKET" else method, self.prefix + path, skip_host=True)
            for name, text in named.items():
                connection.putheader(name, text)
            connection.endheaders()
            answer = connection.getresponse()
            # Streamlit itself refuses uploads without a token, in other words
            return answer.status == 403 and (method == "SOCKET" or answer.read(8).startswith((b"Host: ", b"Origin: ")))

    def _connected(self, sender: str) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT, source_address=(sender, 0))


@pytest.fixture(scope="module", params=[{}, {"BASE_URL_PATH": "kit", "ADDRESS": "0.0.0.0"}], ids=["README", "network"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The command of the README, and the same for a whole network behind a path; on a machine without a screen."""
    home = tmp_path_factory.mktemp("server")
    (home / "sitecustomize.py").write_text(LISTENER)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {"PORT": str(port), "HEADLESS": "true"} | request.param
    environment = os.environ | {f"STREAMLIT_SERVER_{name}": option for name, option in options.items()}
    environment |= {"RNNKIT_HOME": str(home), "RNNKIT_STORE": "", "PYTHONPATH": str(home), "HEARD": str(home / "heard")}
    command = [sys.executable, "-m", "streamlit", "run", "dashboard.py", "--logger.level=debug"]
    with (
        (home / "said").open("wb") as said,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=said) as process,
    ):
        path = request.param.get("BASE_URL_PATH", "")
        found = Server(process, port, home, f"/{path}" if path else "")
        try:
            until = time.monotonic() + WAIT
            while process.poll() is None and time.monotonic() < until:
                with contextlib.suppress(OSError):
                    found.refuses("GET /_stcore/health")
                    break
                time.sleep(0.1)
            yield found
        finally:
            process.kill()
            end(home)


def test_the_trained_networks_are_there_before_anybody_comes(server: Server):
    assert networks(server.home) == {path.parent.name for path in PRETRAINED.glob("*/run.json")}
    assert server.process.poll() is None


def test_it_listens_to_this_machine_only_unless_somebody_asks(server: Server):
    connections = psutil.Process(server.process.pid).net_connections()
    listening = {row.laddr.ip for row in connections if row.status == "LISTEN"}
    assert listening <= ({"0.0.0.0"} if server.prefix else {"127.0.0.1", "::1"})


@pytest.mark.parametrize("route", ROUTES)
def test_a_stranger_gets_nothing_from_any_route(server: Server, route: str):
    own = f"localhost:{server.port}"
    assert not server.refuses(route)
    assert not server.refuses(route, Origin=f"http://{own}")
    assert server.refuses(route, Host="stranger.example:8501")
    assert server.refuses(route, Host="stranger.example", Origin="http://stranger.example")  # a name that was turned
    for origin in ("http://stranger.example", f"http://stranger.example:{server.port}", "null", "http://localhost:1"):
        assert server.refuses(route, Origin=origin)


def test_it_asks_nobody_where_it_is(server: Server):
    """Neither at its start nor for a stranger's socket, which are the two moments at which Streamlit would."""
    server.refuses("SOCKET /_stcore/stream", Origin="http://stranger.example")
    assert server.asked() == ""


def test_the_listener_hears(server: Server, tmp_path: Path):
    """Or the test above could not fail."""
    environment = os.environ | {"PYTHONPATH": str(server.home), "HEARD": str(tmp_path / "heard")}
    code = "import socket; socket.getaddrinfo('localhost', 80)"
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    assert "localhost 80" in (tmp_path / "heard").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a whole network of its own addresses")
def test_whoever_asks_leaves_no_address_in_logs_or_store(server: Server):
    sender = "127.13.57.91"
    for route in [*ROUTES, "GET /feed/runs", "GET /feed/run/none"]:
        assert not server.refuses(route, sender)
        assert server.refuses(route, sender, Origin="http://stranger.example")
    with contextlib.closing(
        socket.create_connection(("127.0.0.1", server.port), source_address=(sender, 0))
    ) as rubbish:
        rubbish.sendall(b"\0\1rubbish\r\n\r\n")
        assert b" 400 " in rubbish.recv(100)
    assert (server.home / "said").stat().st_size
    left = [path.name for path in server.home.rglob("*") if path.is_file() and sender.encode() in path.read_bytes()]
    assert left == []


def networks(home: Path) -> set[str]:
    """Names of those in the store of this home, once there are some."""
    until = time.monotonic() + WAIT
    while time.monotonic() < until:
        if (home / "rnnkit.sqlite").exists():
            store = Store(f"sqlite:///{home / 'rnnkit.sqlite'}")
            found = set(store.pretrained())
            store.close()
            if found:
                return found
        time.sleep(0.2)
    return set()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses that a browser was sent to."""
    found: list[str] = []
    monkeypatch.setattr(server_start.webbrowser, "open", found.append)
    monkeypatch.setattr(server_start, "_load", lambda: None)
    return found


def start_and_end() -> None:
    async def life() -> None:
        async with server_start.opening(None):
            for thread in threading.enumerate():
                if thread.name == "open the browser":
                    thread.join(WAIT)

    asyncio.run(life())


@pytest.fixture
def options(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What Streamlit was told, to be changed."""
    found = {"server.headless": False, "server.port": 8765, "server.baseUrlPath": "", "server.address": "localhost"}
    monkeypatch.setattr(st, "get_option", found.__getitem__)
    return found


@pytest.mark.parametrize(("path", "address"), [("", "http://localhost:8765/"), ("/rnn/", "http://localhost:8765/rnn")])
def test_a_browser_is_opened_where_there_is_one(opened: list[str], options: dict, capsys, path: str, address: str):
    options["server.baseUrlPath"] = path
    start_and_end()
    assert opened == [address]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("given", ["192.0.2.7", "0.0.0.0", None])
def test_who_opens_it_to_others_is_told_where_they_find_it(opened: list[str], options: dict, capsys, given):
    options["server.address"] = given
    start_and_end()
    assert opened == [f"http://{'192.0.2.7' if given == '192.0.2.7' else 'localhost'}:8765/"]
    said = capsys.readouterr().out
    assert re.search(r"From other machines: (http://[\w.-]+:8765/ )+\n", said)
    assert "127." not in said


def test_none_is_opened_on_a_machine_without_a_screen(opened: list[str], options: dict):
    options["server.headless"] = True
    start_and_end()
    assert opened == []


def test_a_setting_that_is_wrong_ends_the_start_in_one_sentence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RNNKIT_HOSTS", "a b/c")
    with pytest.raises(SystemExit, match=r"^RNNKIT_HOSTS: expected names of hosts, .* got 'b/c'$"):
        server_start.checked()


def test_a_store_that_cannot_be_opened_stops_no_server(monkeypatch: pytest.MonkeyPatch, caplog):
    def fails(url: str) -> Store:
        raise OSError("no such disk")

    monkeypatch.setattr(page, "open_store", fails)
    server_start._get_ready()
    assert "no such disk" in caplog.text


def test_all_pages_are_loaded_before_somebody_opens_them_and_no_framework_is():
    code = """
import json, sys, dashboard
from pages.widgets.home import server_start
server_start.REST_SECONDS = 0
before = set(sys.modules)
server_start.load(server_start.widgets)
loaded = set(sys.modules) - before
print(json.dumps([len(loaded), "pages.widgets.inside.surgery" in loaded, "pages.widgets.run.tabs" in loaded,
                  [name for name in ("keras", "tensorflow", "numba") if name in sys.modules]]))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    count, *found = json.loads(done.stdout)
    assert count > 200
    assert found == [True, True, []]


def test_a_page_that_cannot_be_loaded_keeps_no_other_from_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog):
    for name, text in {"__init__": "", "broken": "raise OSError('no such disk')", "sound": "LOADED = True"}.items():
        (tmp_path / "folder_of_pages").mkdir(exist_ok=True)
        (tmp_path / "folder_of_pages" / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    server_start.load(importlib.import_module("folder_of_pages"))
    assert sys.modules["folder_of_pages.sound"].LOADED
    assert "folder_of_pages.broken could not be loaded" in caplog.text


def test_the_server_takes_files_as_large_as_a_text_may_be(monkeypatch: pytest.MonkeyPatch):
    before = st.get_option("server.maxUploadSize")
    try:
        for ours, largest in (("1", before), ("300", 300)):
            monkeypatch.setenv("RNNKIT_MAX_TEXT_MB", ours)
            server_start.checked()
            assert st.get_option("server.maxUploadSize") == largest
    finally:
        config.set_option("server.maxUploadSize", before)
