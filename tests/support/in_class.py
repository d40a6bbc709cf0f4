"""A class as the store knows it, and browsers that are its members."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

import sqlalchemy as sa

from rnnkit.people import identity, known
from rnnkit.people.acting import ActingStore
from rnnkit.store import Store, schema
from rnnkit.store.database import now

MEMBERS = {"Tess": "teacher", "Ann": "pupil", "Ben": "pupil", "Gus": "guest"}  # and nobody has joined as Zoe


def opened(store: Store, settings: str = "{}") -> None:
    """A class with these members is open; each has the browser of their name."""
    with store._database.write() as tx:
        times = {"opened_at": now(), "closes_at": now() + 3600}
        tx.execute(schema.classes.insert().values(id="c1", code="ABCD", pin_hash="secret", settings=settings, **times))
        for name, role in MEMBERS.items():
            seen = {"joined_at": now(), "seen_at": now()}
            row = {"class": "c1", "id": browser(name), "nickname": name, "role": role, **seen}
            tx.execute(schema.members.insert().values(row))
    known.forget(store)


def browser(name: str) -> str:
    """The id of a member that the browser of this name has."""
    return hashlib.sha256(name.encode()).hexdigest()


def cookie(name: str, store: Store) -> str:
    """The value of the cookie that this browser sends."""
    return f"{name}.{identity._signed(name, store.secret())}"


def acting(name: str, store: Store) -> ActingStore:
    """The store in the hands of this browser."""
    return ActingStore(store, browser(name))


def rows(store: Store, but: Collection[str] = ()) -> dict[str, list[str]]:
    """All that the store holds, by table, but for what these tables say and for when somebody was here."""
    found = {}
    with store._read() as tx:
        for table in schema.METADATA.sorted_tables:
            kept = [column for column in table.c if column.name not in ("seen_at", "heartbeat_at", "wanted_at")]
            found[table.name] = sorted(map(repr, tx.execute(sa.select(*kept)))) if table.name not in but else []
    return found


def give(store: Store, run: str, name: str) -> str:
    """A run that was made by nobody becomes this member's. Returns its id."""
    with store._database.write() as tx:
        tx.execute(schema.runs.update().where(schema.runs.c.id == run).values(member=browser(name)))
    known.forget(store)
    return run
