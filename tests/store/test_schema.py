"""The tables, whether a database is new or was brought up to date."""

from __future__ import annotations

import sqlalchemy as sa

from rnnkit.store import schema


def test_an_old_store_has_the_tables_of_a_new_one(old_url: str, open_store):
    with open_store(old_url)._database.write() as tx:
        migrated = tables(tx)
        schema.METADATA.drop_all(tx)
    with open_store(old_url)._database.read() as tx:
        new = tables(tx)
    assert migrated == new
    assert set(new) == set(schema.METADATA.tables)


def tables(tx: sa.Connection) -> dict[str, tuple]:
    """Columns, and what holds between them, whatever they are called by the database."""
    inspector = sa.inspect(tx)
    return {
        name: (
            {c["name"]: (type(c["type"].as_generic()), c["nullable"]) for c in inspector.get_columns(name)},
            inspector.get_pk_constraint(name)["constrained_columns"],
            sorted((f["constrained_columns"], f["referred_table"]) for f in inspector.get_foreign_keys(name)),
            sorted(unique["column_names"] for unique in inspector.get_unique_constraints(name)),
        )
        for name in inspector.get_table_names()
    }
