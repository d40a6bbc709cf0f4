"""What opens, changes and ends a class in the store; who may do so is not asked here. Reads are in people.py.

At most one class is open. What ends with it: its members, what they did, and the texts and runs that they made.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from rnnkit.errors import NoClass, Taken, WrongStatus
from rnnkit.store import accounts, schema
from rnnkit.store.database import OnDatabase, now
from rnnkit.store.rows import storable
from rnnkit.store.status import WAITING_OR_ACTIVE

Change = Callable[[dict[str, Any]], dict[str, Any]]
PIECE_BYTES, FEWEST_BYTES = 40, 8  # of a text, to be searched for when it is gone; fewer may stand anywhere


class Left(NamedTuple):
    """What a class left in the store before it ended: what to search for when it is gone."""

    nicknames: list[str]
    members: list[str]
    texts: list[str]
    runs: list[str]
    pieces: list[bytes]  # of what stood in the texts, plain and packed, and their titles


class Stored(NamedTuple):
    """What there is of a member: ids of runs and texts, those in the trash too, and how many acts are written down.

    `shared`: texts that the class may read; `others`: runs of others that one of the texts went into.
    """

    runs: list[str]
    texts: list[str]
    shared: list[str]
    others: list[str]
    acts: int


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

    def change_class(self, change: Change, *, class_id: str | None = None) -> dict[str, Any]:
        """Settings of the open class through `change`, in one transaction. Raises NoClass, and what `change` raises.

        `class_id`: of this one alone.
        """
        with self._write() as tx:
            row = self._locked(tx, class_id)
            settings = change(json.loads(row.settings))
            mine = schema.classes.c.id == row.id
            tx.execute(schema.classes.update().where(mine).values(settings=json.dumps(settings)))
        return settings

    def vote(self, member: str, voted: Change) -> None:
        """What a member of the open class says in a quiz, as a change of its settings.

        Raises NoClass: none is open, or they are not in it any more. And what `voted` raises.
        """
        with self._write() as tx:
            row = self._locked(tx)
            here = (schema.members.c["class"] == row.id, schema.members.c.id == member)
            if tx.execute(sa.select(schema.members.c.id).where(*here)).first() is None:
                raise NoClass("vote: expected a member of the class, got somebody who is none any more")
            settings = json.dumps(voted(json.loads(row.settings)))
            tx.execute(schema.classes.update().where(schema.classes.c.id == row.id).values(settings=settings))

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
            columns = (members.c[name] for name in ("id", "nickname", "role", "number"))
            found = tx.execute(sa.select(*columns).where(of_class)).all()
            if nickname and same(nickname) in {same(other.nickname) for other in found if other.id != member}:
                raise Taken(f"nickname: expected one that nobody has here, got {nickname}")
            numbers = {other.id: other.number for other in found if other.role == role}
            number = numbers.get(member) or max(numbers.values(), default=0) + 1
            tx.execute(members.delete().where(members.c.id == member))
            given = {"id": member, "class": row.id, "nickname": storable(nickname), "role": role, "number": number}
            tx.execute(members.insert().values(**given, joined_at=now(), seen_at=now()))

    def remove_member(self, member: str) -> Left:
        """Take somebody out of the open class, with their texts and runs. Raises NoClass."""
        with self._write() as tx:
            return self._erase(tx, [member], since=self._locked(tx).opened_at)

    def end_class(self, class_id: str) -> Left:
        """End this class: its members, acts, texts and runs are gone, those of the machine's owner stay.

        Raises NoClass: it is not open, or no longer; of two who end one class the second may meet the next.
        """
        with self._write() as tx:
            row = self._locked(tx, class_id)
            members = _names(tx, schema.members.c.id, schema.members.c["class"] == row.id)
            left = self._erase(tx, members, since=row.opened_at)
            tx.execute(schema.acts.delete())
            tx.execute(schema.classes.delete().where(schema.classes.c.id == row.id))
        return left

    def forget(self, members: Sequence[str], *, stay: bool = True) -> Left:
        """Delete for good all that these members of the open class made and did; with `stay` they remain in it.

        Raises NoClass; those who sign in with an account need none.
        """
        with self._write() as tx:
            if not {*members} <= {*_names(tx, schema.accounts.c.id, schema.accounts.c.id.in_(members))}:
                self._locked(tx)
            return self._erase(tx, members, stay=stay)

    def of_member(self, member: str) -> Stored:
        """What is stored of a member, the trash too."""
        runs, texts, acts = schema.runs, schema.texts, schema.acts
        with self._read() as tx:
            run_ids = _names(tx, runs.c.id, runs.c.member == member)
            text_ids = _names(tx, texts.c.name, texts.c.member == member)
            shared = _names(tx, texts.c.name, (texts.c.member == member) & texts.c.shared)
            others = [run for run in _readers(tx, text_ids) if run not in run_ids]
            done = len(_names(tx, acts.c.id, acts.c.member == member))
        return Stored(run_ids, text_ids, shared, others, done)

    def wipe(self) -> None:
        """Write the database's file anew, without what was deleted. Raises as `Database.write_anew`."""
        self._database.write_anew()

    def _locked(self, tx: sa.Connection, class_id: str | None = None) -> sa.Row:
        row = tx.execute(_open().with_for_update()).first()
        if row is None or class_id not in (None, row.id):
            raise NoClass("class: expected one that is open, got none")
        return row

    def _erase(self, tx: sa.Connection, theirs: Sequence[str], *, stay: bool = False, since: float = 0.0) -> Left:
        """Members and all that is theirs; runs of others too that one of their texts went into.

        Of somebody who signs in with an account what was there before the class (`since`) stays. With `stay` they
        remain members, and are not among what is to be searched for.
        """
        if self._database.sqlite:
            tx.exec_driver_sql("PRAGMA secure_delete=ON")
        members, runs, texts, acts = schema.members, schema.runs, schema.texts, schema.acts
        # Locked: what one of them makes at this moment is there before, or refused afterwards.
        for table in (schema.accounts, members):
            tx.execute(sa.select(table.c.id).where(table.c.id.in_(theirs)).with_for_update()).all()
        text_ids = _names(tx, texts.c.name, _made(texts, theirs, since))
        pieces = _pieces(tx, text_ids)
        run_ids = _names(tx, runs.c.id, _made(runs, theirs, since)) + _readers(tx, text_ids)
        tx.execute(runs.delete().where(runs.c.id.in_(run_ids)))
        tx.execute(
            runs.update().where(runs.c.parent.in_(run_ids)).values(parent=None, parent_epoch=None, parent_step=None)
        )
        tx.execute(texts.delete().where(texts.c.name.in_(text_ids)))
        tx.execute(acts.delete().where(acts.c.member.in_(theirs) | acts.c.thing.in_([*run_ids, *text_ids, *theirs])))
        self._leave_settings(tx, {*theirs, *run_ids, *text_ids})
        if stay:
            return Left([], [], text_ids, sorted({*run_ids}), pieces)
        nicknames = _nicknames(tx, theirs)
        tx.execute(members.delete().where(members.c.id.in_(theirs)))
        for kept in accounts.leave_class(tx, theirs):
            nicknames.pop(kept, None)
        named = [name for name in nicknames.values() if name]
        return Left(named, list(nicknames), text_ids, sorted({*run_ids}), pieces)

    def _leave_settings(self, tx: sa.Connection, ids: set[str]) -> None:
        """Take members, runs and texts out of what a class has written down: votes, tiles, what is shown."""
        for row in tx.execute(_open()).all():
            settings = json.loads(row.settings)
            if (kept := _without(settings, ids)) != settings:
                mine = schema.classes.c.id == row.id
                tx.execute(schema.classes.update().where(mine).values(settings=json.dumps(kept)))


def _nicknames(tx: sa.Connection, members: Sequence[str]) -> dict[str, str]:
    """By member, what they are called in the class; where there is none, by their account."""
    found: dict[str, str] = {}
    for table in (schema.accounts, schema.members):
        for row in tx.execute(sa.select(table.c.id, table.c.nickname).where(table.c.id.in_(members))):
            found[row.id] = row.nickname
    return found


def _made(table: sa.Table, members: Sequence[str], since: float) -> sa.ColumnElement[bool]:
    """Rows of these members; of those who sign in with an account the ones since then."""
    signed = table.c.member.in_(sa.select(schema.accounts.c.id))
    return table.c.member.in_(members) & (~signed | (table.c.created_at >= since))


def _pieces(tx: sa.Connection, text_ids: list[str]) -> list[bytes]:
    """What to search for of these texts: title, beginning and a packed piece; not of one that somebody else has too."""
    texts = schema.texts
    query = sa.select(texts.c.sha256, texts.c.title, texts.c.content)
    others = set(tx.execute(sa.select(texts.c.sha256).where(texts.c.name.not_in(text_ids))).scalars())
    found: list[bytes] = []
    for row in tx.execute(query.where(texts.c.name.in_(text_ids))):
        if row.sha256 not in others:
            begins = zlib.decompressobj().decompress(row.content, PIECE_BYTES)
            found += [row.title.encode(), begins, row.content[PIECE_BYTES : 2 * PIECE_BYTES]]
    return [piece for piece in found if len(piece) >= FEWEST_BYTES]


def _readers(tx: sa.Connection, text_ids: list[str]) -> list[str]:
    """Runs that one of these texts went into, and all that were forked from them."""
    runs = schema.runs
    reads = [column.contains(name) for name in text_ids for column in (runs.c.corpus, runs.c.tokenizer)]
    new = _names(tx, runs.c.id, sa.or_(*reads)) if reads else []
    found = dict.fromkeys(new)
    while new:
        new = [run for run in _names(tx, runs.c.id, runs.c.parent.in_(new)) if run not in found]
        found |= dict.fromkeys(new)
    return list(found)


def _without(value: Any, ids: set[str]) -> Any:
    """JSON without what these ids stand for: keys and items; what names one in a field of its own becomes null."""
    if isinstance(value, dict):
        if any(isinstance(one, str) and any(name in one for name in ids) for one in value.values()):
            return None  # a quiz about a run, an address with one in it
        return {key: _without(one, ids) for key, one in value.items() if key not in ids}
    if isinstance(value, list):
        return [_without(one, ids) for one in value if not (isinstance(one, str) and one in ids)]
    return value


def _names(tx: sa.Connection, column: sa.Column[str], which: sa.ColumnElement[bool]) -> list[str]:
    return list(tx.execute(sa.select(column).where(which)).scalars())


def _open() -> sa.Select:
    return sa.select(schema.classes).where(schema.classes.c.ended_at.is_(None))
