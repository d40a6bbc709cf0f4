"""Addresses of machines are left out of what the server's loggers say; test_server_start looks at a real one."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pages.widgets.home import server_logs


@pytest.fixture
def heard(caplog):
    """What loggers say, with the real factory of records put back afterwards."""
    before = logging.getLogRecordFactory()
    server_logs.without_addresses()
    caplog.set_level(logging.DEBUG)
    yield caplog
    logging.setLogRecordFactory(before)


@pytest.mark.parametrize(
    "address", ["192.168.17.5", "127.0.0.1", "2001:db8::8a2e:370:7334", "fe80::1", "::ffff:10.1.2.3"]
)
def test_an_address_is_left_out_wherever_it_stands(heard, address):
    log = logging.getLogger("uvicorn.error")
    log.info('%s - "WebSocket %s" [accepted]', (address, 54321), "/_stcore/stream")
    log.warning("%s:%d - invalid request", address, 54321)
    log.warning(f"{address}: gone")
    logging.getLogger("asyncio").error("fault on %r", OSError(f"peer {address}"))
    assert address not in heard.text
    assert heard.text.count(server_logs.HIDDEN) == 4


def test_times_versions_and_other_loggers_stay(heard):
    logging.getLogger("streamlit").info("at 12:30:45, version 1.67.0, std::vector")
    logging.getLogger("rnnkit.pages").info("listens at 192.168.17.5")
    assert heard.text.count(server_logs.HIDDEN) == 0
    assert "12:30:45, version 1.67.0, std::vector" in heard.text


def test_all_that_a_dashboard_logs_is_an_object_a_line_where_that_is_asked_for():
    code = """
import logging, warnings
from streamlit import logger
from pages.widgets.home import server_logs
before = logger.get_logger("streamlit.before")
access = logger.get_logger("uvicorn.access")
access.handlers.clear()  # as the server does that writes no line for a request
server_logs.without_addresses()
server_logs.begin()
access.info("GET /feed/run/1/texts?prompt=diary")
before.warning("from %s", "192.168.17.5")
logger.get_logger("uvicorn.error").error("later")
try:
    int("a diary")
except ValueError:
    logging.getLogger("rnnkit.pages").exception("a page failed")
warnings.warn("old")
from rnnkit import logs
print(logs.errors())
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], env=os.environ | {"RNNKIT_LOG": "json"},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    told = [json.loads(line) for line in done.stderr.splitlines()]
    assert [one["message"] for one in told[:3]] == ["from [address]", "later", "a page failed"]
    assert {one["process"] for one in told} == {"dashboard"}
    assert told[2]["error"] == "ValueError"
    assert "diary" not in done.stderr
    assert len(told) == 4
    assert done.stdout.split() == ["1"]
