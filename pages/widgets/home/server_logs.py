"""No address of a machine in what the server logs: whoever opens a page leaves none behind.

Streamlit writes no line for each request; what its server says of sockets, of rubbish and of faults may name who sent
them. Knows no page.
"""

from __future__ import annotations

import ipaddress
import logging
import re

from streamlit import logger as streamlit_logger

from rnnkit import logs, settings

SERVERS = ("uvicorn", "websockets", "streamlit", "starlette", "asyncio", "h11", "httptools")  # loggers that may know
HIDDEN = "[address]"
_LOOKS_SO = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|(?=[\da-f]*:[\da-f]*:)[\da-f:]{1,38}[\da-f](?:\.\d{1,3}){0,3})", re.I
)


def without_addresses() -> None:
    """From now on, in this process, addresses are left out of what the server's own loggers say."""
    make = logging.getLogRecordFactory()

    def record(*args: object, **more: object) -> logging.LogRecord:
        made = make(*args, **more)
        if made.name.partition(".")[0] in SERVERS:
            made.msg = _masked(made.msg)
            if isinstance(made.args, tuple):
                made.args = tuple(map(_masked, made.args))
        return made

    logging.setLogRecordFactory(record)


def begin() -> None:
    """From now on, in this process, all that is logged is an object a line, where RNNKIT_LOG says so.

    What prints its own words to standard output, as Streamlit its addresses, goes on doing so. Nothing more is logged
    than otherwise: no line for a request, whose address may hold a prompt.
    """
    logs.begin("dashboard")
    if not settings.logs_are_json():
        return
    lines, made = logs.JsonLines(), streamlit_logger.setup_formatter

    def as_json(logger: logging.Logger) -> None:
        made(logger)
        for handler in logger.handlers:
            handler.setFormatter(lines)

    streamlit_logger.setup_formatter = as_json  # each of Streamlit's loggers has a handler of its own
    for name in list(logging.root.manager.loggerDict):
        for handler in logging.getLogger(name).handlers:
            handler.setFormatter(lines)
    everything = logging.StreamHandler()
    everything.setLevel(logging.WARNING)
    everything.setFormatter(lines)
    logging.getLogger().handlers = [everything]


def _masked(said: object) -> object:
    """A text without addresses; what is no text but holds some becomes one."""
    text = str(said)
    masked = _LOOKS_SO.sub(_hidden, text)
    return said if masked == text else masked


def _hidden(match: re.Match[str]) -> str:
    try:
        ipaddress.ip_address(match[0])
    except ValueError:  # a time, a version
        return match[0]
    return HIDDEN
