"""Two dashboards on one PostgreSQL, each with a home of its own, as behind a proxy that sends a browser to the same."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest
from in_class import cookie, opened

from rnnkit.people.identity import COOKIE
from rnnkit.store import Status

ROOT = Path(__file__).parents[2]
WAIT = 90  # seconds


class Dashboard(NamedTuple):
    url: str
    home: Path

    def ask(self, path: str, sent: str = "") -> tuple[str, dict]:
        """The cookies that an answer sets, and its JSON where it is some."""
        request = urllib.request.Request(f"{self.url}/{path}", headers={"Cookie": sent})
        with urllib.request.urlopen(request, timeout=WAIT) as answer:
            body, given = answer.read(), answer.headers["Set-Cookie"] or ""
            is_json = "json" in answer.headers["Content-Type"]
            return given.partition(";")[0], json.loads(body) if is_json else {}


def until(what: Callable[[], object], said: str) -> None:
    gives_up = time.monotonic() + WAIT
    while not what():
        assert time.monotonic() < gives_up, said
        time.sleep(0.2)


def healthy(one: Dashboard) -> bool:
    try:
        return one.ask("_stcore/health") is not None
    except OSError:
        return False


def schedulers(homes: set[str]) -> list[psutil.Process]:
    """Processes of these dashboards that schedule; one that has lost the race to be it ends at once."""
    found = []
    for process in psutil.process_iter():
        try:
            ours = process.environ().get("RNNKIT_HOME") in homes
            if ours and "rnnkit.training.scheduler" in process.cmdline():
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.fixture
def two(postgres_url: str, tmp_path: Path) -> Iterator[list[Dashboard]]:
    dashboards, processes = [], []
    for name in ("a", "b"):
        (tmp_path / name).mkdir(mode=0o700)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        mine = {"RNNKIT_STORE": postgres_url, "RNNKIT_HOME": str(tmp_path / name), "RNNKIT_WARM": "0"}
        command = [sys.executable, "-m", "streamlit", "run", "dashboard.py", f"--server.port={port}"]
        processes.append(
            subprocess.Popen(
                [*command, "--server.headless=true", "--server.address=127.0.0.1"], cwd=ROOT,
                env=os.environ | mine, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )
        )  # fmt: skip
        dashboards.append(Dashboard(f"http://127.0.0.1:{port}", tmp_path / name))
    for one in dashboards:
        until(lambda one=one: healthy(one), "a dashboard answers")
    yield dashboards
    for process in processes:
        process.kill()
        process.wait()
    homes = {str(one.home) for one in dashboards}
    for process in psutil.process_iter():
        try:
            if process.environ().get("RNNKIT_HOME") in homes:
                process.kill()
        except psutil.Error:
            continue


def test_two_dashboards_are_one_place_with_one_scheduler(two, postgres_url: str, open_store):
    store = open_store(postgres_url)
    run = store.create_run(tiny_run())
    first, second = two

    # Both look after the run that somebody watches on each of them, and one scheduler comes of it.
    def watched() -> bool:
        seen = [one.ask(f"feed/run/{run}")[1]["run"]["status"] for one in two]
        return seen[0] == seen[1] != Status.QUEUED

    until(watched, "the run is at work, and both say so")
    until(lambda: len(schedulers({str(one.home) for one in two})) == 1, "one scheduler is left")
    [scheduler] = schedulers({str(one.home) for one in two})
    assert f"|{scheduler.pid}|" in store.scheduler()["token"]

    # A browser is the same on both, and one that forges its cookie on none.
    given, _ = first.ask("")
    assert given.startswith(f"{COOKIE}=")
    assert second.ask("", given)[0] == ""
    assert second.ask("", f"{COOKIE}=forged.{'0' * 64}")[0].startswith(f"{COOKIE}=")

    # A class that one opens is open on the other, with its members and what they may not do.
    opened(store)
    ann = f"{COOKIE}={cookie('Ann', store)}"
    until(lambda: all(one.ask("feed/class", ann)[1].get("open") for one in two), "both know the class")
    told = [one.ask("feed/class", ann)[1] for one in two]
    assert told[0] == told[1]
    assert (told[0]["role"], told[0]["name"], told[0]["leads"]) == ("pupil", "Ann", False)
    assert all("error" in one.ask("feed/class?calm=1")[1] for one in two)


def tiny_run():
    from rnnkit.presets import PRESETS

    return PRESETS["cookbook-gru"].config
