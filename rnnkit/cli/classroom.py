"""Commands of a class: open it, see who is in it, collect what it made, end it."""

from __future__ import annotations

import sys
import time
from typing import Any

from rnnkit.cli.answer import Answer, open_store, table
from rnnkit.errors import ConfigError, NoClass, NotAllowed


def list_() -> Answer:
    """Show the open class: its code, its settings and who is in it.

    python -m rnnkit class list
    """
    from rnnkit.people import classes

    with open_store() as store:
        classes.expire(store)
        row = store.open_class()
        if row is None:
            return Answer({"class": None, "members": []}, "No class is open. python -m rnnkit class open")
        runs = [run for run in store.runs() if run.member is not None]
        members = []
        for one in store.members():
            mine = [run for run in runs if run.member == one.id]
            seconds = round(sum(run.train_seconds for run in mine), 1)
            document = {"nickname": one.nickname, "role": str(one.role), "joined_at": one.joined_at}
            members.append(document | {"seen_at": one.seen_at, "runs": len(mine), "train_seconds": seconds})
    opened = {name: getattr(row, name) for name in ("code", "opened_at", "closes_at", "settings")}
    said = table(members, "nickname", "role", "runs", "train_seconds") if members else "Nobody has joined yet."
    at = ", ".join(row.settings.get("listening", ())) or "no dashboard answers others just now"
    return Answer({"class": opened, "members": members}, f"Code {row.code}, {_until(row.closes_at)}. At: {at}.\n{said}")


def open_(*, minutes: int = 45, guests: bool = False, address: str = "") -> Answer:
    """Open a class: a code for the pupils, and a PIN that makes a browser the teacher's.

    python -m rnnkit class open
    python -m rnnkit class open --minutes 90 --guests

    Args:
        minutes: length of the lesson
        guests: whoever has the code may look on without a name
        address: at which others reach this machine; empty for all that it has on the local network
    """
    from rnnkit.people import classes

    with open_store() as store:
        opened = classes.open_class(store, seconds=minutes * 60, guests=guests, address=address)
        row = store.open_class()
    document = opened._asdict() | {"closes_at": row and row.closes_at}
    said = (
        f"Class {opened.code} is open.\nPIN of the teacher: {opened.pin}\n"
        "A running dashboard now answers on the local network; its page Class shows address and QR code."
    )
    return Answer(document, said)


def pin() -> Answer:
    """Give the open class another PIN, where the first one is lost.

    python -m rnnkit class pin
    """
    from rnnkit.people import classes

    with open_store() as store:
        made = classes.new_pin(store)
    return Answer({"pin": made}, f"PIN of the teacher: {made}")


def collect(file: str, /) -> Answer:
    """Write all that the class trained to one ZIP: a page, a table, reports and exported runs.

    python -m rnnkit class collect tuesday.zip

    Args:
        file: where to
    """
    from tqdm import tqdm

    from rnnkit.people import collect as collecting

    with open_store() as store, tqdm(disable=not sys.stderr.isatty(), unit=" runs", leave=False) as bar:

        def moved(done: int, total: int) -> None:
            bar.total, bar.n = total, done
            bar.refresh()

        made = collecting.collect(store, file, moved)
    said = f"{file}: {made.runs} runs, {made.bytes / 1e6:,.1f} MB."
    if made.without_files:
        said += f" Without a finished epoch, so in the table only: {', '.join(made.without_files)}."
    return Answer({"file": file} | made._asdict(), said)


def end(*, yes: bool = False) -> Answer:
    """End the class for good: members, their texts, runs and logs are gone. Says what was searched for afterwards.

    python -m rnnkit class collect tuesday.zip && python -m rnnkit class end --yes

    Args:
        yes: do not ask
    """
    from rnnkit.people import ending

    with open_store() as store:
        if (row := store.open_class()) is None:
            raise NoClass("class: expected one that is open, got none")
        if not yes:
            _confirm(f"End class {row.code} with {len(store.members())} members, their texts and runs for good?")
        ended = ending.end(store)
    document: dict[str, Any] = ended._asdict() | {"found": [one._asdict() for one in ended.found]}
    return Answer(document, "\n".join(ending.sentences(ended)))


def _confirm(question: str) -> None:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ConfigError("class end: expected --yes where nobody can be asked, got nothing")
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    if input().strip().lower() not in ("y", "yes"):
        raise NotAllowed("class end: expected yes, got something else; the class stays open")


def _until(closes_at: float) -> str:
    return f"open until {time.strftime('%Y-%m-%d %H:%M', time.localtime(closes_at))} at most"
