"""A disk that is full, in miniature: an SQLite file that may not grow."""

from __future__ import annotations

import sqlalchemy as sa

from rnnkit.store import Store


def page_count(store: Store) -> int:
    with store._database.read() as tx:
        return tx.exec_driver_sql("PRAGMA page_count").scalar()


class at_most_pages:
    """Within it the file of the store cannot grow beyond so many pages."""

    def __init__(self, store: Store, most: int):
        self.engine, self.most = store._database._engine, most

    def limit(self, tx: sa.Connection) -> None:
        tx.exec_driver_sql(f"PRAGMA max_page_count={self.most}")

    def __enter__(self) -> None:
        sa.event.listen(self.engine, "begin", self.limit)

    def __exit__(self, *_: object) -> None:
        sa.event.remove(self.engine, "begin", self.limit)
        with self.engine.connect() as tx:
            tx.exec_driver_sql("PRAGMA max_page_count=1073741823")
