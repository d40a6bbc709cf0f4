"""Older stores open with all that they hold; newer ones are refused."""

from __future__ import annotations

import time

import pytest
from at_once import in_threads

from rnnkit.config import RunConfig
from rnnkit.errors import (
    StoreError,
)
from rnnkit.store import schema


def test_programs_that_open_a_new_store_at_once_make_its_tables_once(store_url: str, open_store):
    stores = in_threads(6, lambda _: open_store(store_url))
    stores[0].create_run(RunConfig())
    assert all(len(store.runs()) == 1 for store in stores)
    assert stores[0].check() == []


def test_opening_the_second_time_takes_less_than_50_ms(store_url: str, open_store):
    open_store(store_url)
    seconds = []
    for _ in range(5):
        since = time.perf_counter()
        open_store(store_url)
        seconds.append(time.perf_counter() - since)
    assert min(seconds) < 0.05


def test_a_store_of_a_newer_program_is_left_alone(store_url: str, open_store):
    store = open_store(store_url)
    with store._database.write() as tx:
        tx.execute(schema.meta.update().values(value="99"))
    with pytest.raises(StoreError, match="expected schema version 1, got 99; update rnnkit"):
        open_store(store_url)
