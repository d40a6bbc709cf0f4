"""The store as one sees it who asks whose a thing is: the class that is open, its members, and what they did.

Knows no rule of who may do what.
"""

from __future__ import annotations

import json
import secrets
from typing import Any, NamedTuple

import sqlalchemy as sa

from rnnkit.store import schema
from rnnkit.store.database import OnDatabase, now
from rnnkit.store.rows import readable, storable

_SECRET = "secret"  # key of the meta table
SEEN_SECONDS = 30.0  # between two notes that a member is here


class OpenClass(NamedTuple):
    """The class that is open, with its settings. Times are Unix seconds by the database's clock."""

    id: str
    code: str
    pin_hash: str
    opened_at: float
    closes_at: float
    settings: dict[str, Any]

    @property
    def paused(self) -> bool:
        """Whether nothing of its members may train now."""
        return bool(self.settings.get("paused"))


class Member(NamedTuple):
    """Somebody of a class; `id` is the SHA-256 of the browser's id, `number` the place among those of the role."""

    id: str
    nickname: str
    role: str
    joined_at: float
    seen_at: float
    number: int


class Act(NamedTuple):
    """What somebody did, with the names that they and the thing had then."""

    at: float
    member: str | None
    who: str
    act: str
    kind: str
    thing: str | None
    name: str


class Owned(NamedTuple):
    """What decides who may read a run, or a text: `shared` is of texts alone, `parent` and the rest of runs."""

    id: str
    name: str
    member: str | None
    corpus: str = ""
    parent: str | None = None
    pretrained: bool = False
    imported: bool = False
    shared: bool = False


class People(OnDatabase):
    """Classes, members and acts, to be read; and what is noted of them."""

    def open_class(self) -> OpenClass | None:
        """The class that is open, None where there is none."""
        classes = schema.classes
        query = sa.select(*(classes.c[name] for name in OpenClass._fields)).where(classes.c.ended_at.is_(None))
        with self._read() as tx:
            row = tx.execute(query.order_by(classes.c.opened_at.desc()).limit(1)).one_or_none()
        if row is None:
            return None
        with readable("class"):
            return OpenClass(*row)._replace(settings=json.loads(row.settings))

    def members(self) -> list[Member]:
        """Those of the class that is open, in the order in which they joined."""
        with self._read() as tx:
            rows = tx.execute(_members().order_by(schema.members.c.joined_at, schema.members.c.id))
            return [Member(*row) for row in rows]

    def member(self, member: str, *, locked: bool = False) -> Member | None:
        """One of the class that is open. `locked`, inside `together`: others who ask so wait for its end."""
        query = _members().where(schema.members.c.id == member)
        with self._read() as tx:
            row = tx.execute(query.with_for_update() if locked else query).one_or_none()
            return None if row is None else Member(*row)

    def whose(self) -> tuple[list[Owned], list[Owned]]:
        """Whose all runs and all texts are, those in the trash too."""
        runs, texts = schema.runs.c, schema.texts.c
        columns = (runs.id, runs.name, runs.member, runs.corpus, runs.parent, runs.pretrained, runs.imported)
        with self._read() as tx:
            found = [Owned(*row) for row in tx.execute(sa.select(*columns))]
            query = sa.select(texts.name, texts.title, texts.member, texts.shared)
            return found, [Owned(row[0], row[1], row[2], shared=row[3]) for row in tx.execute(query)]

    def seen(self, member: str) -> None:
        """This member is here: noted once in half a minute."""
        mine = schema.members.c.id == member, schema.members.c.seen_at < now() - SEEN_SECONDS
        with self._write() as tx:
            tx.execute(schema.members.update().where(*mine).values(seen_at=now()))

    def acts(self, limit: int = 200) -> list[Act]:
        """What was done last, the latest first."""
        acts = schema.acts
        query = sa.select(*(acts.c[name] for name in Act._fields)).order_by(acts.c.at.desc(), acts.c.id)
        with self._read() as tx:
            return [Act(*row) for row in tx.execute(query.limit(limit))]

    def note_act(
        self, who: str, act: str, kind: str, thing: str | None = None, name: str = "", *, member: str | None = None
    ) -> None:
        """Write down that somebody did something, at this moment; `kind` is that of the thing: run, text or class."""
        row = {"member": member, "who": storable(who), "act": act, "kind": kind, "thing": thing, "name": storable(name)}
        with self._write() as tx:
            tx.execute(schema.acts.insert().values(id=secrets.token_hex(16), at=now(), **row))

    def secret(self) -> bytes:
        """What this store signs with, the same for ever: 32 random bytes."""
        query = sa.select(schema.meta.c.value).where(schema.meta.c.key == _SECRET)
        with self._read() as tx:
            found = tx.execute(query).scalar()
        if found is None:
            with self._write() as tx:
                self._database.lock_all(tx)  # several may open a new store at once
                found = tx.execute(query).scalar()
                if found is None:
                    found = secrets.token_hex(32)
                    tx.execute(schema.meta.insert().values(key=_SECRET, value=found))
        return bytes.fromhex(found)


def _members() -> sa.Select:
    members, classes = schema.members, schema.classes
    here = sa.select(classes.c.id).where(classes.c.ended_at.is_(None))
    return sa.select(*(members.c[name] for name in Member._fields)).where(members.c["class"].in_(here))
