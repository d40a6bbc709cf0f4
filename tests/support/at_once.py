"""Several at the same moment: threads that start together, and processes."""

from __future__ import annotations

import multiprocessing
import multiprocessing.context
import threading
from concurrent.futures import ThreadPoolExecutor


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
