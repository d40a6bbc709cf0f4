"""While a class is open others reach the server at an address of this machine, and only then."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from left_behind import end

from pages.widgets.classroom import listener
from rnnkit.people import classes, ending
from rnnkit.store import Store

ROOT = Path(__file__).parents[2]
WAIT = 60  # seconds


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("RNNKIT_HOME", str(tmp_path))
    yield tmp_path
    end(tmp_path)


def second_address() -> str:
    """One of this machine on its network, or another of its own where it has none."""
    for address in [*listener.local_addresses(), "127.0.0.2"]:
        with socket.socket() as free:
            try:
                free.bind((address, 0))
                return address
            except OSError:
                continue
    pytest.skip("this machine has one address only")


def wait_for(condition: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < until, f"waited for {what}"
        time.sleep(0.1)


def asked(address: str, port: int, host: str | None = None) -> int:
    """The status of an answer; 0 where nobody listens."""
    with contextlib.closing(http.client.HTTPConnection(address, port, timeout=5)) as connection:
        try:
            connection.request("GET", "/_stcore/health", headers={"Host": host or f"{address}:{port}"})
            return connection.getresponse().status
        except OSError:
            return 0


def test_a_class_adds_a_server_for_others_which_ends_with_it(home):
    address = second_address()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "dashboard.py", f"--server.port={port}"]
    environment = os.environ | {"RNNKIT_STORE": ""}
    with subprocess.Popen(
        [*command, "--server.headless=true"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        try:
            wait_for(lambda: asked("127.0.0.1", port) == 200, "the server")
            assert asked(address, port) == 0
            store = Store()
            classes.open_class(store, address=address)  # beside it, as by `rnnkit class open`
            wait_for(lambda: asked(address, port) == 200, "the second server")
            assert asked(address, port, "evil.example") == 403
            assert asked("127.0.0.1", port) == 200
            looking = socket.create_connection((address, port), timeout=WAIT)
            looking.sendall(f"GET /_stcore/health HTTP/1.1\r\nHost: {address}\r\n\r\n".encode())
            assert looking.recv(5) == b"HTTP/"
            wait_for(lambda: classes.settings(store).listening == (address,), "its note of where")
            assert ending.end(store).found == []
            assert asked(address, port) == 0  # before the class was over: nobody was the owner for a moment
            while looking.recv(4096):  # closed from there: nobody looks on
                pass
            looking.close()
            assert asked("127.0.0.1", port) == 200
            taken = socket.create_server((address, port))  # somebody else has the port there
            classes.open_class(store, address=address)
            time.sleep(2.5)
            taken.close()
            store.close()
        finally:
            process.terminate()
            out, _ = process.communicate(timeout=WAIT)
    said = out.decode()
    assert f"{address}: expected port {port} to be free there" in said
    assert "Traceback" not in said
    assert not [line for line in said.splitlines() if "WebSocket" in line or "HTTP/1.1" in line]


def test_behind_an_address_or_a_proxy_of_ones_own_nothing_is_added(monkeypatch):
    assert listener.adds()
    monkeypatch.setenv("RNNKIT_HOSTS", "kit.example.org")
    assert not listener.adds()


def test_addresses_are_those_of_networks_that_are_up(monkeypatch):
    cards = {
        "lo": "127.0.0.1", "docker0": "172.17.0.1", "wlan0": "192.168.1.20", "eth1": "10.0.0.3", "eth2": "169.254.1.1",
    }  # fmt: skip
    found = {name: [SimpleNamespace(family=socket.AF_INET, address=address)] for name, address in cards.items()}
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: found)
    monkeypatch.setattr(psutil, "net_if_stats", lambda: {name: SimpleNamespace(isup=name != "eth1") for name in cards})
    assert listener.local_addresses() == ["192.168.1.20", "172.17.0.1"]
