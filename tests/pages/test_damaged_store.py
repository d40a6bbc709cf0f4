"""A page that cannot read its store says so in a sentence: a real file, changed at random places."""

from __future__ import annotations

import itertools
from pathlib import Path

import apptest
import numpy as np
import pytest
import streamlit as st
import tiny

from rnnkit.store import Store
from rnnkit.texts import own

PAGES = ["", "1_Train", "2_Runs", "4_Other_tasks", "6_Texts", "7_Run", "8_Duel"]
CASES = list(itertools.product(range(30), PAGES))
FEW = [(seed, PAGES[seed]) for seed in range(5)]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, str]:
    """The file of a store with a few runs and a text, and the id of a run."""
    path = tmp_path_factory.mktemp("sound") / "rnnkit.sqlite"
    store = Store(f"sqlite:///{path}")
    run, *_ = [tiny.run(store, name=f"run {number}", corpus="cookbook-3000") for number in range(3)]
    own.add(store, tiny.TEXT * 40, "Diary")
    store.close()
    return path.read_bytes(), run


@pytest.mark.parametrize(
    ("seed", "page"), [*FEW, *(pytest.param(*case, marks=pytest.mark.slow) for case in CASES if case not in FEW)]
)
def test_a_page_of_a_damaged_store_is_calm(sound: tuple[bytes, str], home: Path, seed: int, page: str):
    data, run = bytearray(sound[0]), sound[1]
    random = np.random.default_rng(seed)
    for _ in range(1 + seed % 3):
        place = int(random.integers(0, len(data)))
        data[place : place + 30] = random.bytes(len(data[place : place + 30]))
    home.mkdir()
    (home / "rnnkit.sqlite").write_bytes(data)
    st.cache_resource.clear()
    app = apptest.visit(page, run=run)
    st.cache_resource.clear()
    assert not app.exception
    assert not [error.value for error in app.error if "Something went wrong" in error.value]


def test_a_store_that_cannot_be_opened_says_how_to_save_the_rest(sound: tuple[bytes, str], home: Path):
    data = bytearray(sound[0])
    data[100:4096] = b"\xff" * 3996
    home.mkdir()
    (home / "rnnkit.sqlite").write_bytes(data)
    st.cache_resource.clear()
    [error] = apptest.visit().error
    assert "copies what can still be read" in error.value.replace("\\", "").replace("\u2060", "")
