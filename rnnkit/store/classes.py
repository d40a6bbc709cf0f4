"""What opens, changes and ends a class in the store; who may do so is not asked here. Reads are in people.py.

At most one class is open. What ends with it: its members, what they did, and the texts and runs that they made.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import sqlalchemy as sa

from rnnkit.errors import NoClass, Taken, WrongStatus
from rnnkit.store import schema
from rnnkit.store.database import OnDatabase, now
from rnnkit.store.rows import storable
from rnnkit.store.status import WAITING_OR_ACTIVE

Change = Callable[[dict[str, Any]], dict[str, Any]]


class Left(NamedTuple):
    """What a class left in the store before it ended: what to search for when it is gone."""

    nicknames: list[str]
    members: list[str]
    texts: list[str]
    runs: list[str]


class Used(NamedTuple):
    """What a member uses: runs that wait or train, seconds trained and promised to those, checkpoints, bytes kept."""

    live: int
    seconds: float
    checkpoints: int
    bytes: int


class Classes(OnDatabase):
    """The store as a teacher sees it who opens a class, and ends it."""

    def begin_class(self, class_id: str, code: str, pin_hash: str, hours: float, settings: dict[str, Any]) -> None:
        """Open a class that closes by itself after so many hours. Raises WrongStatus: one is open."""
        opened = {"opened_at": now(), "closes_at": now() + hours * 3600, "settings": json.dumps(settings)}
        with self._write() as tx:
            self._database.lock_all(tx)
            if tx.execute(_open()).first() is not None:
                raise WrongStatus("class: expected none that is open, got one; end it before you open another")
            tx.execute(schema.classes.insert().values(id=class_id, code=code, pin_hash=pin_hash, **opened))

    def class_is_over(self) -> bool:
        """Whether one is open that should have closed by now."""
        with self._read() as tx:
            return tx.execute(_open().where(schema.classes.c.closes_at < now())).first() is not None

    def change_class(self, change: Change) -> dict[str, Any]:
        """Settings of the open class through `change`, in one transaction. Raises NoClass, and what `change` raises."""
        with self._write() as tx:
            row = self._locked(tx)
            settings = change(json.loads(row.settings))
            mine = schema.classes.c.id == row.id
            tx.execute(schema.classes.update().where(mine).values(settings=json.dumps(settings)))
        return settings

    def used(self, member: str) -> Used:
        """How much of their budget a member of the class has used; what is in the trash counts."""
        runs, kept, texts = schema.runs, schema.checkpoints, schema.texts
        mine = runs.c.member == member
        with self._read() as tx:
            rows = tx.execute(sa.select(runs.c.status, runs.c.config, runs.c.train_seconds).where(mine)).all()
            size = sa.func.coalesce(sa.func.sum(sa.func.length(kept.c.arrays)), 0)
            of_runs = sa.select(sa.func.count(), size).select_from(kept.join(runs, kept.c.run == runs.c.id)).where(mine)
            count, weights = tx.execute(of_runs).one()
            of_texts = sa.func.sum(
                sa.func.length(texts.c.content) + sa.func.coalesce(sa.func.length(texts.c.original), 0)
            )
            brought = tx.execute(sa.select(sa.func.coalesce(of_texts, 0)).where(texts.c.member == member)).scalar_one()
        live = [row for row in rows if row.status in WAITING_OR_ACTIVE]
        promised = [
            max((json.loads(row.config)["training"].get("seconds") or 0) - row.train_seconds, 0) for row in live
        ]
        return Used(
            len(live), sum(row.train_seconds for row in rows) + sum(promised), count, int(weights) + int(brought)
        )

    def set_pin(self, pin_hash: str) -> None:
        """Another PIN for the open class. Raises NoClass."""
        with self._write() as tx:
            mine = schema.classes.c.id == self._locked(tx).id
            tx.execute(schema.classes.update().where(mine).values(pin_hash=pin_hash))

    def admit(self, member: str, nickname: str, role: str, same: Callable[[str], str]) -> None:
        """Put a browser into the open class, or give one that is in it another name or role.

        `same` gives equal keys for names that are the same to people. Raises NoClass. Taken: somebody else has it.
        """
        members = schema.members
        with self._write() as tx:
            row = self._locked(tx)
            of_class = members.c["class"] == row.id
            others = tx.execute(sa.select(members.c.nickname).where(of_class, members.c.id != member)).scalars()
            if nickname and same(nickname) in {same(other) for other in others}:
                raise Taken(f"nickname: expected one that nobody has here, got {nickname}")
            tx.execute(members.delete().where(members.c.id == member))
            given = {"id": member, "class": row.id, "nickname": storable(nickname), "role": role}
            tx.execute(members.insert().values(**given, joined_at=now(), seen_at=now()))

    def remove_member(self, member: str) -> Left:
        """Take somebody out of the open class, with their texts and runs. Raises NoClass."""
        with self._write() as tx:
            self._locked(tx)
            return self._erase(tx, schema.members.c.id == member)

    def end_class(self) -> Left:
        """End the open class: its members, acts, texts and runs are gone, those of the machine's owner stay.

        Raises NoClass.
        """
        with self._write() as tx:
            row = self._locked(tx)
            left = self._erase(tx, schema.members.c["class"] == row.id)
            tx.execute(schema.acts.delete())
            tx.execute(schema.classes.delete().where(schema.classes.c.id == row.id))
        return left

    def wipe(self) -> None:
        """Write the database's file anew, without what was deleted. Raises as `Database.write_anew`."""
        self._database.write_anew()

    def _locked(self, tx: sa.Connection) -> sa.Row:
        row = tx.execute(_open().with_for_update()).first()
        if row is None:
            raise NoClass("class: expected one that is open, got none")
        return row

    def _erase(self, tx: sa.Connection, which: sa.ColumnElement[bool]) -> Left:
        """Members and all that is theirs; runs of others too that one of their texts went into."""
        if self._database.sqlite:
            tx.exec_driver_sql("PRAGMA secure_delete=ON")
        members, runs, texts = schema.members, schema.runs, schema.texts
        found = tx.execute(sa.select(members.c.id, members.c.nickname).where(which)).all()
        theirs = [row.id for row in found]
        text_ids = _names(tx, texts.c.name, texts.c.member.in_(theirs))
        read = [column.contains(name) for name in text_ids for column in (runs.c.corpus, runs.c.tokenizer)]
        run_ids = _names(tx, runs.c.id, sa.or_(runs.c.member.in_(theirs), *read))
        tx.execute(runs.delete().where(runs.c.id.in_(run_ids)))
        tx.execute(runs.update().where(runs.c.parent.in_(run_ids)).values(parent=None))
        tx.execute(texts.delete().where(texts.c.name.in_(text_ids)))
        tx.execute(schema.acts.delete().where(schema.acts.c.member.in_(theirs)))
        tx.execute(members.delete().where(which))
        return Left([row.nickname for row in found if row.nickname], theirs, text_ids, run_ids)


def _names(tx: sa.Connection, column: sa.Column[str], which: sa.ColumnElement[bool]) -> list[str]:
    return list(tx.execute(sa.select(column).where(which)).scalars())


def _open() -> sa.Select:
    return sa.select(schema.classes).where(schema.classes.c.ended_at.is_(None))
