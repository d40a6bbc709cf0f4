"""Older stores open with all that they hold; newer ones are refused."""

from __future__ import annotations

import hashlib
import multiprocessing
import multiprocessing.context
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pretend
import pytest
import sqlalchemy as sa
import tiny
from full_disk import at_most_pages, page_count
from hypothesis import given
from hypothesis import strategies as st
from at_once import in_threads, processes, succeeds
from pretend import whole
from pretend import ME, MOMENTS, OTHER, TOKENIZER, WEIGHTS, finish, progress, training

from rnnkit.config import RunConfig
from rnnkit.errors import (
    CorpusError,
    DamagedCheckpoint,
    PersonError,
    StoreError,
    StoreFull,
    UnknownEpoch,
    UnknownRun,
    WrongStatus,
)
from rnnkit.metrics import judged
from rnnkit.store import ENDED, LostRun, Point, Sample, Store, check_run_id, schema
from rnnkit.store.retention import kept_epochs




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
