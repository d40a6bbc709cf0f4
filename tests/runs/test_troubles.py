"""What is wrong is said while it lasts, with what to do, and nothing is said where all is well."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from full_disk import at_most_pages, page_count
from later import silent
from pretend import ME, in_charge, training

from rnnkit.config import RunConfig
from rnnkit.errors import StoreAway
from rnnkit.runs.troubles import troubles
from rnnkit.store import Order, Store


def said(store: Store, run: str) -> str:
    return " ".join(troubles(store, store.run(run)))


def test_nothing_is_said_of_a_run_that_trains_or_waits_with_everybody_at_work(any_store: Store):
    in_charge(any_store)
    assert said(any_store, training(any_store)) == said(any_store, any_store.create_run(RunConfig())) == ""


def test_a_trainer_of_which_nothing_is_heard_is_said_until_it_is_heard_again(any_store: Store):
    run = training(any_store)
    silent(any_store, 40)
    in_charge(any_store)
    sentence = said(any_store, run)
    assert re.search(r"No sign of the trainer for 4\d s", sentence)
    assert "press Stop" in sentence
    any_store.lease(run, ME).heartbeat()
    assert said(any_store, run) == ""


def test_a_trainer_that_still_loads_what_trains_is_given_more_time(any_store: Store):
    lease, run = in_charge(any_store), any_store.create_run(RunConfig())
    lease.assign([Order(run, ME)])
    silent(any_store, 40, scheduler=False)
    assert said(any_store, run) == ""
    silent(any_store, 40, scheduler=False)
    assert re.search(r"No sign of the trainer for 8\d s", said(any_store, run))


def test_a_scheduler_that_is_away_is_said_of_what_waits_and_of_what_trains(any_store: Store):
    run, waiting = training(any_store), any_store.create_run(RunConfig())
    in_charge(any_store)
    silent(any_store, 30, trainers=False)
    for one in (run, waiting):
        assert re.search(r"No sign of the scheduler for 3\d s", said(any_store, one))
    in_charge(any_store).heartbeat({})
    assert said(any_store, run) == said(any_store, waiting) == ""


def test_a_run_just_queued_is_not_told_that_nobody_was_there_before(any_store: Store):
    assert said(any_store, any_store.create_run(RunConfig())) == ""


def test_a_full_disk_is_what_is_wrong_where_nobody_can_write(store: Store):
    run = training(store)
    in_charge(store)
    silent(store, 40)
    with at_most_pages(store, page_count(store)):
        store.check_writable()  # a page of its own has room
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "check_writable", lambda: fill(store))
        [sentence] = troubles(store, store.run(run))
    assert "The disk that holds the store is full" in sentence
    assert "Free some space" in sentence


def fill(store: Store) -> None:
    """A write that needs more room than there is."""
    with at_most_pages(store, page_count(store)):
        store.add_text("a" * 64, "title", "".join(map(chr, range(0x4E00, 0x9000))))


def test_a_store_that_can_be_read_only_is_what_is_wrong(store: Store, monkeypatch: pytest.MonkeyPatch):
    run = training(store)
    silent(store, 40)
    monkeypatch.setattr(store, "check_writable", lambda: (_ for _ in ()).throw(StoreAway("store: read-only")))
    [sentence] = troubles(store, store.run(run))
    assert sentence.startswith("store: read-only. What trains waits for a minute")


def test_a_run_that_has_ended_has_no_troubles(any_store: Store):
    run = training(any_store)
    any_store.lease(run, ME).end("stopped")
    silent(any_store, 400)
    assert said(any_store, run) == ""


@pytest.mark.database
def test_connections_that_the_database_cuts_are_said_though_they_are_opened_again(postgres_url: str, open_store):
    store = open_store(postgres_url)
    run = training(store)
    in_charge(store)
    cut(store)
    sentence = said(store, run)
    assert "The database has cut or refused 1 connection in the last 15 s (terminating connection" in sentence
    assert store.faults(0.0) == []


def cut(store: Store) -> None:
    """The connection that the store has open, from another one."""
    with store._read() as tx:
        pid = tx.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    engine = sa.create_engine(store.url)
    with engine.connect() as other:
        other.exec_driver_sql(f"SELECT pg_terminate_backend({pid})")
    engine.dispose()


def test_where_no_node_of_a_cluster_can_train_what_waits_is_told_why(store: Store):
    run, lease = store.create_run(RunConfig()), in_charge(store)
    refused = {"name": "lab 2", "said": ["numpy: expected 2.4.6 as where the scheduler runs, got 2.3.0"]}
    lease.heartbeat({"devices": [], "nodes": [{"name": "lab 1", "said": []}, refused]})
    assert "No node of the cluster can train now" in said(store, run)
    assert "lab 2: numpy: expected 2.4.6" in said(store, run)
    lease.heartbeat({"devices": [], "nodes": [], "fault": "RNNKIT_RAY: expected a cluster, got none"})
    assert "got none" in said(store, run)
    lease.heartbeat({"devices": [{"title": "4 cores"}], "nodes": [refused]})
    assert said(store, run) == ""
