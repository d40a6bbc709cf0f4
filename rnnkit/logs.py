"""How the processes of this program write their logs: as people read them or, with RNNKIT_LOG=json, an object a line.

What somebody typed or trained on is in none of them: of an error that nobody expected a line has its kind and the
places it came through, and not its words. Knows no process.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType

from rnnkit import settings

FIELDS = ("run", "device", "status")  # what a line may say beside its message, by `extra`
MOST_CHARS, MOST_PLACES = 2000, 20


class _Here:
    """What is the same for all lines of this process, and what it has counted."""

    process = ""
    run = ""  # whose turn it is
    errors = 0


def begin(process: str) -> None:
    """Called once by a process when it starts: `dashboard`, `scheduler`, `trainer` or `cluster`.

    All but the dashboard, whose server does it, write to standard error. Raises ConfigError.
    """
    logging.raiseExceptions = False  # the log may be on a disk that is full
    as_json, _Here.process = settings.logs_are_json(), process
    _count_errors()
    if process != "dashboard":
        handler = logging.StreamHandler()
        handler.setFormatter(JsonLines() if as_json else logging.Formatter("%(message)s"))
        ours = logging.getLogger("rnnkit")
        ours.handlers, ours.propagate = [handler], False
        ours.setLevel(logging.INFO if as_json else logging.WARNING)
        if as_json:
            others = logging.getLogger()
            others.handlers = [handler]
    if as_json:
        logging.captureWarnings(True)
        sys.excepthook = _unexpected


def of_run(run_id: str) -> None:
    """From now on lines are about this run; empty for none."""
    _Here.run = run_id


def errors() -> int:
    """How many errors of ours this process has written since it began."""
    return _Here.errors


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, process, node, logger, message, and what FIELDS name."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        said: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(), "process": _Here.process, "node": node(), "logger": record.name,
            "message": _short(record.getMessage()),
        }  # fmt: skip
        found = {"run": _Here.run} | {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        said |= {name: str(value) for name, value in found.items() if value}
        if record.exc_info and record.exc_info[0]:
            said |= {"error": record.exc_info[0].__name__, "at": _places(record.exc_info[2])}
        return json.dumps(said)


def node() -> str:
    """The name of this machine among those that train."""
    return settings.value("RNNKIT_NODE") or socket.gethostname()


def plain(line: str) -> str:
    """A line of a log as people read it; one that is no JSON of ours is that already."""
    try:
        said = json.loads(line) if line.startswith("{") else None
    except ValueError:
        return line
    if not (isinstance(said, dict) and isinstance(said.get("message"), str)):
        return line
    return " ".join(filter(None, [said["message"], str(said.get("error", ""))]))


def _short(text: str) -> str:
    return text if len(text) <= MOST_CHARS else f"{text[:MOST_CHARS]} …"


def _places(found: TracebackType | None) -> list[str]:
    """The way of an error through the program, its last steps; without what it says."""
    steps = traceback.extract_tb(found)[-MOST_PLACES:]
    return [f"{'/'.join(step.filename.split(os.sep)[-3:])}:{step.lineno} {step.name}" for step in steps]


def _unexpected(kind: type[BaseException], error: BaseException, at: TracebackType | None) -> None:
    logging.getLogger("rnnkit").critical("this process ended by an error", exc_info=(kind, error, at))


def _count_errors() -> None:
    make = logging.getLogRecordFactory()

    def record(*args: object, **more: object) -> logging.LogRecord:
        made = make(*args, **more)
        if made.levelno >= logging.ERROR and made.name.partition(".")[0] == "rnnkit":
            _Here.errors += 1
        return made

    logging.setLogRecordFactory(record)
