"""Several at the same moment: threads that start together, and processes."""

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




def in_threads(count: int, function) -> list:
    """What `function` gives for 0, 1, ..., all called at the same moment."""
    together = threading.Barrier(count)

    def call(number: int) -> object:
        together.wait()
        return function(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(call, range(count)))


def succeeds(function, error: type[Exception]) -> bool:
    try:
        function()
    except error:
        return False
    return True


def processes() -> multiprocessing.context.BaseContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pretend"])  # one process imports SQLAlchemy, not ten at once
    return context
