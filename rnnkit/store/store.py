"""The store at one address: opened here, its tables made or checked; what it can do is said by its parts."""

from __future__ import annotations

import sqlalchemy as sa

from rnnkit import settings
from rnnkit.errors import StoreError
from rnnkit.store import checks, schema
from rnnkit.store.database import Database
from rnnkit.store.queue import Queue
from rnnkit.store.runs import Runs
from rnnkit.store.texts import Texts
from rnnkit.store.trainer import Lease


class Store(Runs, Queue, Texts):
    """The store at `url` (SQLAlchemy; default from the settings). Opening creates or checks the schema.

    Safe to share between threads. Raises StoreError when it cannot be opened or is of another version.
    """

    def __init__(self, url: str | None = None):
        super().__init__(Database(url or settings.store_url()))
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    @property
    def url(self) -> str:
        """The whole address, for programs that are to open the same store. It may hold a password: never show it."""
        return self._database.url

    @property
    def place(self) -> str:
        """The address as people may see it."""
        return self._database.place

    def close(self) -> None:
        self._database.close()

    def lease(self, run_id: str, trainer: str) -> Lease:
        """The run as `trainer`, the token of a process, may write to it."""
        return Lease(self._database, run_id, trainer)

    def check(self) -> list[str]:
        """Every rule that must hold after a crash; one sentence for each that does not."""
        return checks.problems(self._database)

    def _open(self) -> None:
        """One query when the schema is there."""
        found = self._version() or self._create()
        if found != str(schema.SCHEMA_VERSION):
            raise StoreError(f"store: expected schema version {schema.SCHEMA_VERSION}, got {found}; update rnnkit")

    def _version(self) -> str | None:
        """The version of the schema, None in a new database."""
        with self._read() as tx:
            if not sa.inspect(tx).has_table(schema.meta.name):
                return None
            return tx.execute(sa.select(schema.meta.c.value).where(schema.meta.c.key == "schema_version")).scalar()

    def _create(self) -> str | None:
        with self._write() as tx:
            self._database.lock_all(tx)
            schema.METADATA.create_all(tx)
            if tx.execute(sa.select(schema.scheduler)).first() is None:  # nobody else was quicker
                tx.execute(schema.meta.insert().values(key="schema_version", value=str(schema.SCHEMA_VERSION)))
                tx.execute(schema.scheduler.insert().values(id=1))
        return self._version()
