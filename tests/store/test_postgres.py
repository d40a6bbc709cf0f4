"""What only a server of its own asks for: limits, connections, and many who write at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import sqlalchemy as sa
from at_once import in_threads
from pretend import OTHER, in_charge

from rnnkit.config import RunConfig
from rnnkit.errors import StoreAway
from rnnkit.store import Order, Status, Store

pytestmark = pytest.mark.database


@pytest.fixture
def server_store(postgres_url: str, open_store) -> Store:
    return open_store(postgres_url)


def limits(store: Store) -> dict[str, str]:
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    with store._database.read() as tx:
        return {name: tx.exec_driver_sql(f"SHOW {name}").scalar_one() for name in names}


def test_statements_locks_and_transactions_that_stand_still_have_limits(postgres_url: str, open_store, monkeypatch):
    usual = {"statement_timeout": "1min", "lock_timeout": "30s", "idle_in_transaction_session_timeout": "30s"}
    assert limits(open_store(postgres_url)) == usual
    for name, seconds in (("STATEMENT", "7"), ("LOCK", "3"), ("IDLE", "0")):
        monkeypatch.setenv(f"RNNKIT_POSTGRES_{name}_SECONDS", seconds)
    assert list(limits(open_store(postgres_url)).values()) == ["7s", "3s", "0"]


def test_a_statement_that_takes_too_long_is_said_and_the_next_one_is_answered(postgres_url, open_store, monkeypatch):
    monkeypatch.setenv("RNNKIT_POSTGRES_STATEMENT_SECONDS", "1")
    store = open_store(postgres_url)
    with pytest.raises(StoreAway, match="canceling statement due to statement timeout"), store._database.read() as tx:
        tx.exec_driver_sql("SELECT pg_sleep(20)")
    assert store.runs() == []


def test_bringing_a_store_up_to_date_has_no_such_limit(postgres_url, open_store, monkeypatch):
    monkeypatch.setenv("RNNKIT_POSTGRES_STATEMENT_SECONDS", "1")
    database = open_store(postgres_url)._database
    with database.write() as tx:
        database.lock_all(tx, longer=True)
        tx.exec_driver_sql("SELECT pg_sleep(1.5)")
        assert tx.exec_driver_sql("SHOW lock_timeout").scalar_one() == "1h"
    assert limits(open_store(postgres_url))["statement_timeout"] == "1s"


def test_a_process_opens_no_more_connections_than_it_may_and_keeps_few(postgres_url, open_store, monkeypatch):
    monkeypatch.setenv("RNNKIT_POSTGRES_CONNECTIONS", "3")
    monkeypatch.setenv("RNNKIT_POSTGRES_POOL", "1")
    store, together = open_store(postgres_url), threading.Barrier(3)
    counted, most = list[int](), 0

    def read(number: int) -> None:
        with store._database.read() as tx:
            if number < 3:
                together.wait(30)
            counted.append(store._database._engine.pool.checkedout())
            tx.exec_driver_sql("SELECT 1")

    in_threads(9, read)
    most = max(counted)
    assert (most, store._database._engine.pool.checkedin()) == (3, 1)


@pytest.fixture
def held_row(server_store: Store) -> Iterator[tuple[Store, str, str]]:
    """Two runs wait, and somebody is about to change the first: its row is locked."""
    first, second = (server_store.create_run(RunConfig()) for _ in range(2))
    with ExitStack() as open_transactions:
        tx = open_transactions.enter_context(server_store._database.write())
        tx.execute(sa.text("SELECT id FROM runs WHERE id = :id FOR UPDATE"), {"id": first})
        yield server_store, first, second


def test_a_run_that_somebody_changes_just_now_is_passed_over_and_the_others_are_given(held_row):
    store, first, second = held_row
    lease, since = in_charge(store), time.monotonic()
    assert lease.assign([Order(first, OTHER), Order(second, OTHER)]) == {second}
    assert time.monotonic() - since < 10  # not as long as one waits for a lock
    assert store.run(first).status == Status.QUEUED
