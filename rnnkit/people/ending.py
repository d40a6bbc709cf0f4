"""The end of a class: what its members left is removed from store, home folder and memory, then searched for.

Of the machine's owner nothing goes. PostgreSQL's own log is not reached. Knows no page.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

from rnnkit import settings
from rnnkit.errors import NoClass, StoreError
from rnnkit.people import classes, known
from rnnkit.store import WAITING_OR_ACTIVE, Store
from rnnkit.store.classes import Left
from rnnkit.texts import encoded

LET_GO_SECONDS = 8.0  # for a dashboard to let others go; one that was killed does not answer
STOP_SECONDS = 8.0  # for trainers to put down what they hold
SHORT = 5  # bytes: a shorter nickname is a word of many a text, and is searched for between quotes only
PUBLIC = ("corpora", "kernels")  # folders of downloaded texts and compiled code, which hold nothing of people
_AT_ONCE = 1 << 20


class Found(NamedTuple):
    """Something of a member that still stands somewhere: what it is, and the file in the home folder."""

    what: str
    file: str


class Ended(NamedTuple):
    """How much is gone, what was searched for in which files, and what was found: nothing, if all went well."""

    members: int
    texts: int
    runs: int
    searched: list[str]
    files: int
    bytes: int
    found: list[Found]
    notes: list[str]


def end(store: Store) -> Ended:
    """End the open class for good. Raises NoClass: none is open, or somebody else has ended it meanwhile."""
    row = store.open_class()
    if row is None:
        raise NoClass("class: expected one that is open, got none")
    store.change_class(lambda values: values | {"ending": True}, class_id=row.id)
    known.forget(store)
    _let_go(store, row.id)
    return gone(store, None, partial(store.end_class, row.id))


def remove(store: Store, member: str) -> Left:
    """Take one member out of the class, with texts, runs and logs. Raises NoClass."""
    left = store.remove_member(member)
    _tidy(store, left)
    return left


def gone(store: Store, members: Collection[str] | None, erase: Callable[[], Left]) -> Ended:
    """Stop what these members train (None: all), erase what is theirs, tidy the home folder, and search it."""
    _stop(store, members)
    left = erase()
    notes = _tidy(store, left)
    searched, files, size, found = _searched(left)
    return Ended(len(left.members), len(left.texts), len(left.runs), searched, files, size, found, notes)


def sentences(ended: Ended) -> list[str]:
    """What is gone, what was searched for, and what was found, for people."""
    members = f"{_count(ended.members, 'member')}, " if ended.members else ""
    said = [f"{members}{_count(ended.texts, 'text')} and {_count(ended.runs, 'run')} are gone."]
    where = f"{ended.files:,} files of the home folder ({ended.bytes / 1e6:,.1f} MB)"
    said.append(f"Searched in {where}: {', '.join(ended.searched) or 'nothing, as there was nothing'}.")
    said += [f"Still there: {one.what}, in {one.file}." for one in ended.found] or ["Nothing of it was found."]
    return said + ended.notes


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _let_go(store: Store, class_id: str) -> None:
    """Until no dashboard answers others any more: without a class they would be taken for the machine's owner."""
    until = time.monotonic() + LET_GO_SECONDS
    while time.monotonic() < until:
        row = store.open_class()
        if row is None or row.id != class_id or not row.settings.get("listening"):
            break
        time.sleep(0.1)


def _stop(store: Store, members: Collection[str] | None) -> None:
    """What they train ends first; a trainer that does not answer has lost its run afterwards."""
    classes.stop_all(store, members)
    until = time.monotonic() + STOP_SECONDS
    while time.monotonic() < until:
        active = (run.member for run in store.runs(statuses=WAITING_OR_ACTIVE) if run.active)
        if not any(member is not None and (members is None or member in members) for member in active):
            break
        time.sleep(0.25)


def _tidy(store: Store, left: Left) -> list[str]:
    """Remove logs and encoded texts, and write the file of the store anew. Returns what could not be done."""
    known.forget(store)
    known.forget_all()
    home, notes = settings.home(), []
    for run in left.runs:
        with suppress(OSError):
            (home / "logs" / f"{run}.log").unlink()
    for name in ("scheduler", "warm"):  # held open by processes that go on
        with suppress(OSError), (home / "logs" / f"{name}.log").open("r+b") as log:
            log.truncate()
    for path in encoded.folder().glob("*"):  # made anew where they are needed
        with suppress(OSError):
            path.unlink()
    try:
        store.wipe()
    except StoreError as error:
        notes.append(f"The store's file could not be written anew: {error}")
    if not store.url.startswith("sqlite"):
        notes.append("PostgreSQL keeps a log of its own, which its operator has to remove.")
    return notes


# ---- the proof


def _searched(left: Left) -> tuple[list[str], int, int, list[Found]]:
    """What was searched for, in how many files of how many bytes, and what was found there."""
    wanted = {name.encode(): f"nickname “{name}”" for name in left.nicknames if len(name.encode()) >= SHORT}
    wanted |= {f'"{name}"'.encode(): f"nickname “{name}”" for name in left.nicknames if len(name.encode()) < SHORT}
    wanted |= {one.encode(): "a member's number" for one in left.members}
    wanted |= {name.encode(): f"text {name}" for name in left.texts}
    wanted |= {run.encode(): f"run {run}" for run in left.runs}
    wanted |= dict.fromkeys(left.pieces, "a piece of a text")
    counts = {
        "nicknames": len(left.nicknames), "member numbers": len(left.members), "text ids": len(left.texts),
        "run ids": len(left.runs), "pieces of texts": len(left.pieces),
    }  # fmt: skip
    searched = [f"{count} {what}" for what, count in counts.items() if count]
    pattern = re.compile(b"|".join(map(re.escape, sorted(wanted, key=len, reverse=True)))) if wanted else None
    home, found, files, size = settings.home(), dict[Found, None](), 0, 0
    for path in _files(home):
        with suppress(OSError):
            files, size = files + 1, size + path.stat().st_size
            shown = path.relative_to(home).as_posix()
            for hit in _hits(path, pattern) if pattern else ():
                found[Found(wanted[hit], shown)] = None
    re.purge()  # or what was searched for stays in the memory of this process
    return searched, files, size, list(found)


def _files(home: Path) -> Iterator[Path]:
    for path in sorted(home.rglob("*")):
        if path.is_file() and path.relative_to(home).parts[0] not in PUBLIC:
            yield path


def _hits(path: Path, pattern: re.Pattern[bytes]) -> Iterator[bytes]:
    """What stands in a file, also across the pieces in which it is read."""
    before = b""
    with path.open("rb") as file:
        while piece := file.read(_AT_ONCE):
            yield from (match[0] for match in pattern.finditer(before + piece))
            before = piece[-200:]


if __name__ == "__main__":  # started by a scheduler that has seen that a class's day is over
    with closing(Store()) as opened:
        classes.expire(opened)
