"""The store as one sees it who signs in with an account of a school: accounts, and the browsers that are signed in.

Knows no provider and no cookie: it is told checksums.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from rnnkit.store import schema
from rnnkit.store.database import OnDatabase, now
from rnnkit.store.rows import storable


class SignedIn(NamedTuple):
    """A browser that is signed in just now, and the account that it is signed in with."""

    id: str
    account: str
    nickname: str
    role: str


class Accounts(OnDatabase):
    """Who is signed in."""

    def signed_in(self) -> list[SignedIn]:
        """All browsers that are signed in at this moment."""
        accounts, browsers = schema.accounts, schema.sign_ins
        query = sa.select(browsers.c.id, accounts.c.id, accounts.c.nickname, accounts.c.role)
        joined = query.join_from(browsers, accounts).where(browsers.c.until > now())
        with self._read() as tx:
            return [SignedIn(*row) for row in tx.execute(joined)]

    def nickname_of(self, account: str) -> str | None:
        """That of an account which was here before."""
        accounts = schema.accounts
        with self._read() as tx:
            return tx.execute(sa.select(accounts.c.nickname).where(accounts.c.id == account)).scalar()

    def role_of_account(self, account: str, *, locked: bool = False) -> str | None:
        """That of an account. `locked`, inside `together`: others who ask so wait for its end."""
        query = sa.select(schema.accounts.c.role).where(schema.accounts.c.id == account)
        with self._read() as tx:
            return tx.execute(query.with_for_update() if locked else query).scalar()

    def sign_in(self, browser: str, account: str, nickname: str, role: str, hours: float) -> None:
        """This browser is signed in from now on, for so many hours. Nickname and role of the account are the new ones.

        Accounts of which nothing is left are forgotten.
        """
        accounts, told = schema.accounts, {"nickname": storable(nickname), "role": role}
        with self._write() as tx:
            self._database.lock_all(tx)  # the same account may sign in twice at once
            _forget(tx)
            if not tx.execute(accounts.update().where(accounts.c.id == account).values(told)).rowcount:
                tx.execute(accounts.insert().values(id=account, **told))
            tx.execute(schema.sign_ins.insert().values(id=browser, account=account, until=now() + hours * 3600))

    def sign_out(self, browser: str) -> None:
        """This browser is no longer signed in, in all its windows."""
        with self._write() as tx:
            tx.execute(schema.sign_ins.delete().where(schema.sign_ins.c.id == browser))

    def forget_accounts(self) -> None:
        """Those that are signed in nowhere, and of which there is no run and no text."""
        old = sa.select(schema.sign_ins.c.id).where(schema.sign_ins.c.until <= now()).limit(1)
        with self._read() as tx:
            if tx.execute(old).first() is None:
                return
        with self._write() as tx:
            _forget(tx)


def _forget(tx: sa.Connection) -> None:
    accounts, browsers = schema.accounts, schema.sign_ins
    tx.execute(browsers.delete().where(browsers.c.until <= now()))
    _forget_those(tx, accounts.c.id.not_in(sa.select(browsers.c.account)))


def leave_class(tx: sa.Connection, members: Sequence[str]) -> list[str]:
    """Forget the accounts among these members of which nothing is left; teachers stay signed in.

    Returns those that stay: of pupils because something of theirs was there before the class.
    """
    accounts = schema.accounts
    theirs = accounts.c.id.in_(members)
    _forget_those(tx, theirs, accounts.c.role != "teacher")
    return list(tx.execute(sa.select(accounts.c.id).where(theirs)).scalars())


def _forget_those(tx: sa.Connection, *which: sa.ColumnElement[bool]) -> None:
    """With their acts, where no run and no text of theirs is in the store."""
    accounts, acts = schema.accounts, schema.acts
    empty = [~sa.exists().where(table.c.member == accounts.c.id) for table in (schema.runs, schema.texts)]
    found = list(tx.execute(sa.select(accounts.c.id).where(*which, *empty)).scalars())
    tx.execute(acts.delete().where(acts.c.member.in_(found)))
    tx.execute(accounts.delete().where(accounts.c.id.in_(found)))
