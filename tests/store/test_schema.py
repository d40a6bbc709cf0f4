"""The tables, whether a database is new or was brought up to date."""

from __future__ import annotations

import numpy as np
import sqlalchemy as sa
from pretend import finish, progress, training

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
            sorted((i["name"], i["column_names"]) for i in inspector.get_indexes(name) if not i["unique"]),
            [kept_as_it_is(tx, name)],
        )
        for name in inspector.get_table_names()
    }


def kept_as_it_is(tx: sa.Connection, name: str) -> list[tuple]:
    """On PostgreSQL how each column is stored, and how full pages become."""
    if tx.dialect.name != "postgresql":
        return []
    mine = "attrelid = CAST(:name AS regclass) AND attnum > 0 AND NOT attisdropped"
    storage = tx.execute(sa.text(f"SELECT attname, attstorage FROM pg_attribute WHERE {mine}"), {"name": name}).all()
    options = tx.execute(sa.text("SELECT reloptions FROM pg_class WHERE oid = CAST(:name AS regclass)"), {"name": name})
    return [*sorted(map(tuple, storage)), *map(tuple, options)]


def test_postgresql_keeps_arrays_apart_from_rows_and_does_not_try_to_compress_them(postgres_url: str, open_store):
    store = open_store(postgres_url)
    run = training(store, epochs=1)
    finish(store, run, 2, checkpoint={"dense/kernel": np.zeros((300, 300), np.float32)})
    size = (
        "SELECT pg_table_size(reltoastrelid), pg_relation_size(oid) FROM pg_class WHERE oid = 'checkpoints'::regclass"
    )
    with store._database.read() as tx:
        apart, row = tx.exec_driver_sql(size).one()
    assert apart > 300 * 300 * 4  # zeros, which would shrink to nothing
    assert row <= 16384


def test_what_trains_is_written_beside_itself_and_no_index_is_touched(postgres_url: str, open_store):
    """Else a thousand runs that train would leave an index to be cleaned up after every report."""
    store = open_store(postgres_url)
    runs = [training(store) for _ in range(5)]
    for step in range(1, 8):
        for run in runs:
            progress(store, run, step)
    with store._database.write() as tx:
        tx.exec_driver_sql("SELECT pg_stat_force_next_flush()")
    counts = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relid = 'runs'::regclass"
    with store._database.read() as tx:
        written, beside = tx.exec_driver_sql(counts).one()
    assert written - beside <= 3 * len(runs)  # status changed: queued, training, described
    assert beside >= 7 * len(runs)
