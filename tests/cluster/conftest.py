"""A Ray cluster on this machine and a PostgreSQL, both started by the tests; without either they skip."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest
from on_cluster import Cluster, end_all, end_scheduler
from ray_nodes import Nodes

from rnnkit.store import Store
from rnnkit.training import scheduler


@pytest.fixture
def cluster(
    postgres_url: str, open_store: Callable[[str | None], Store], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cluster]:
    """An empty cluster on a store in PostgreSQL; what is started in it ends with the test."""
    if find_spec("ray") is None:
        pytest.skip("Ray is not installed")
    folder = Path(tempfile.mkdtemp(prefix="rnnkit-ray-", dir="/tmp"))  # a socket's path has at most 107 bytes
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "home").mkdir()
    monkeypatch.setenv("RNNKIT_HOME", str(folder / "home"))
    monkeypatch.setenv("RNNKIT_STORE", postgres_url)
    monkeypatch.setenv("RNNKIT_THREADS", "1")
    monkeypatch.setattr(scheduler, "pages_wait", True)  # an idle scheduler stays
    nodes = Nodes(str(folder), port, os.environ)
    store = open_store(postgres_url)
    try:
        yield Cluster(nodes, store, folder)
    finally:
        with suppress(Exception):
            end_scheduler(store)
        nodes.close()
        end_all(folder)
        shutil.rmtree(folder, ignore_errors=True)
