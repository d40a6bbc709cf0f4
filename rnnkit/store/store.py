"""The store at one address: opened here; what it can do is said by its parts."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path

from rnnkit import settings
from rnnkit.store import backup as backups
from rnnkit.store import checks, migrations
from rnnkit.store.accounts import Accounts
from rnnkit.store.backup import Backup, FromBackup, OnProgress, nothing
from rnnkit.store.changes import Changes
from rnnkit.store.classes import Classes
from rnnkit.store.counts import Counts
from rnnkit.store.database import Database
from rnnkit.store.live import Lives
from rnnkit.store.people import People
from rnnkit.store.queue import Queue
from rnnkit.store.runs import Runs
from rnnkit.store.texts import Texts
from rnnkit.store.trainer import Lease
from rnnkit.store.trash import Trash


class Store(Runs, Changes, Lives, Queue, Texts, Trash, People, Classes, Accounts, Counts):
    """The store at `url` (SQLAlchemy; default from the settings). Opening makes its tables, or brings them up to date.

    Safe to share between threads. Raises StoreError when it cannot be opened or is of a newer version.
    """

    def __init__(self, url: str | None = None):
        super().__init__(Database(url or settings.store_url()))
        try:
            migrations.bring_up_to_date(self._database)
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

    def version(self) -> str:
        """Of the database and of our tables in it, for people."""
        return f"{self._database.version()}, tables as of {list(migrations.MIGRATIONS)[-1]}"

    def close(self) -> None:
        self._database.close()

    def faults(self, seconds: float) -> list[str]:
        """Connections to the database that this process lost in the last seconds: the reason of each."""
        return self._database.faults(seconds)

    def together(self) -> AbstractContextManager[None]:
        """All that this thread asks of the store meanwhile is one transaction: all of it is done, or nothing."""
        return self._database.together()

    def lease(self, run_id: str, trainer: str) -> Lease:
        """The run as `trainer`, the token of a process, may write to it."""
        return Lease(self._database, run_id, trainer)

    def backup(self, path: str | Path, *, force: bool = False, on: OnProgress = nothing) -> Backup:
        """Write all of the store, as it is at this moment, to a file. Raises as `backup.backup`."""
        return backups.backup(self._database, path, force=force, on=on)

    def restore(self, path: str | Path, *, force: bool = False, on: OnProgress = nothing) -> FromBackup:
        """Put all of a backup into this store. Raises as `backup.restore`."""
        return backups.restore(self._database, path, keep=settings.home(), force=force, on=on)

    def reader_of(self, corpora: Iterable[str]) -> Store:
        """Who reads these texts, as a key for what is worked out of them once: this store, whoever has it."""
        return self

    def check(self) -> list[str]:
        """Every rule that must hold after a crash; one sentence for each that does not."""
        return checks.problems(self._database)
