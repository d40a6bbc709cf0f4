"""What the server does by itself when it starts: the real server, and nobody who opens a page."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import streamlit as st

from pages.widgets.home import server_start
from pages.widgets.shared import page
from rnnkit.paths import PRETRAINED
from rnnkit.store import Store

ROOT = Path(__file__).parents[2]
WAIT = 60  # seconds


def test_the_trained_networks_are_there_before_anybody_comes(tmp_path: Path):
    command = [sys.executable, "-m", "streamlit", "run", "dashboard.py", "--server.port=0", "--server.headless=true"]
    environment = os.environ | {"RNNKIT_HOME": str(tmp_path), "RNNKIT_STORE": ""}
    with subprocess.Popen(
        [*command, "--server.address=127.0.0.1"],
        cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        try:
            assert networks(tmp_path) == {path.parent.name for path in PRETRAINED.glob("*/run.json")}
            assert process.poll() is None
        finally:
            process.kill()


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
    monkeypatch.setattr(server_start, "_get_ready", lambda: None)
    return found


def start_and_end() -> None:
    async def life() -> None:
        async with server_start.opening(None):
            for thread in threading.enumerate():
                if thread.name == "open the browser":
                    thread.join(WAIT)

    asyncio.run(life())


@pytest.mark.parametrize(("path", "address"), [("", "http://localhost:8765/"), ("/rnn/", "http://localhost:8765/rnn")])
def test_a_browser_is_opened_where_there_is_one(
    opened: list[str], monkeypatch: pytest.MonkeyPatch, path: str, address: str
):
    options = {"server.headless": False, "server.port": 8765, "server.baseUrlPath": path}
    monkeypatch.setattr(st, "get_option", options.__getitem__)
    start_and_end()
    assert opened == [address]


def test_none_is_opened_on_a_machine_without_a_screen(opened: list[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(st, "get_option", {"server.headless": True}.__getitem__)
    start_and_end()
    assert opened == []


def test_a_store_that_cannot_be_opened_stops_no_server(monkeypatch: pytest.MonkeyPatch, caplog):
    def fails(url: str) -> Store:
        raise OSError("no such disk")

    monkeypatch.setattr(page, "open_store", fails)
    server_start._get_ready()
    assert "no such disk" in caplog.text
