"""Data that runs of every task can be trained on without a network."""

from __future__ import annotations

from pathlib import Path

import classified
import pytest

from rnnkit.store import Store
from rnnkit.texts import authors, cookbook, corpora


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: Store) -> Store:
    """Film reviews in the corpora folder, and a text called mine; the store, for runs on them."""
    monkeypatch.setenv("RNNKIT_CORPORA", str(classified.write_reviews(tmp_path / "corpora", 40)))
    load, mine = corpora.load, cookbook.write(20_000, seed=9)
    monkeypatch.setattr(corpora, "load", lambda name, *more: mine if name == "mine" else load(name, *more))
    authors._lines_of.cache_clear()
    yield store
    authors._lines_of.cache_clear()
