"""Whatever people bring, or strangers send: it is read, or refused in a sentence, in a bounded time.

The long ones: `python -m pytest -m slow tests/contracts/test_fuzz.py`.
"""

from __future__ import annotations

import logging
import random
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import apptest
import fuzzed
import numpy as np
import pytest
import tiny
from streamlit.testing.v1 import AppTest

from rnnkit.errors import PersonError
from rnnkit.sharing.archive import export_run, import_run
from rnnkit.store import Store
from rnnkit.texts import chats, own, tables

LONGEST = 5  # seconds of a core for one
FILES, EXPORTS, PAGES = range(1_000), range(1_000), range(50)
A_FEW = 25  # times fewer in the plain suite


def long_and_short(numbers: range) -> pytest.MarkDecorator:
    """All of them by the marker `slow`, a few always."""
    few = numbers[:: A_FEW if len(numbers) > 100 else 10]
    return pytest.mark.parametrize("numbers", [pytest.param(few, id="a few"),
                                               pytest.param(numbers, id="all", marks=pytest.mark.slow)])  # fmt: skip


@contextmanager
def in_time(number: int) -> Iterator[None]:
    """Names the file that fails, and the one that takes too long."""
    began = time.process_time()
    try:
        yield
    except Exception as error:
        pytest.fail(f"{number}: {type(error).__name__}: {error!s:.300}")
    assert time.process_time() - began < LONGEST, number


def read_in_every_way(data: bytes, number: int) -> None:
    rng = random.Random(number)
    for encoding in (None, rng.choice(fuzzed.ENCODINGS)):
        with suppress(PersonError):
            brought = own.read(data, encoding, nfc=rng.random() < 0.5, fold=rng.choice((0, 3)))
            brought.text.encode()
            assert not {"\0", "\r"} & set(brought.text)
            table = tables.read(brought.text)
            for column in ("", *table.columns[:3]):
                with suppress(PersonError):
                    found = tables.parse(brought.text, column, rng.choice(("auto", ".", ",")),
                                         rng.choice(("auto", "day-first", "month-first")))  # fmt: skip
                    assert np.isfinite(found.values).all()
                    assert found.times is None or len(found.times) == len(found.values)
    for kind, order in (("", "auto"), (rng.choice(chats.KINDS), rng.choice(tuple(chats.ORDERS)))):
        with suppress(PersonError):
            chat = chats.read(data, None, kind, order)
            chat.without(chat.frequent()).text().encode()
            assert all(chat.texts)
            assert all(chat.authors)


@long_and_short(FILES)
def test_a_damaged_file_is_read_or_refused_in_a_sentence(numbers: range):
    for number in numbers:
        _, data = fuzzed.upload(number)
        with in_time(number):
            read_in_every_way(data, number)


@pytest.fixture
def parts(store: Store, tmp_path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(export_run(store, tiny.run(store, epochs=3), tmp_path / "whole.zip")) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@long_and_short(EXPORTS)
def test_a_damaged_export_is_taken_in_whole_or_refused_in_a_sentence(
    numbers: range, parts: dict[str, bytes], tmp_path: Path, open_store: Callable
):
    elsewhere = open_store(f"sqlite:///{tmp_path / 'elsewhere.sqlite'}")
    for number in numbers:
        (tmp_path / "a.zip").write_bytes(fuzzed.export(parts, number))
        with in_time(number), suppress(PersonError):
            elsewhere.delete_run(import_run(elsewhere, tmp_path / "a.zip"))
    assert elsewhere.check() == []
    assert not (tmp_path.parent / "x").exists()


UPLOADERS = {
    "a text": ("6_Texts", {}), "a chat": ("6_Texts", {"bring": "A chat"}),
    "a table": ("4_Other_tasks", {"do": "forecast", "part": "A table of your own"}), "an export": ("", {}),
}  # fmt: skip


@long_and_short(PAGES)
def test_a_damaged_file_on_a_page_is_shown_or_refused_in_a_sentence(
    numbers: range, parts: dict[str, bytes], caplog: pytest.LogCaptureFixture, nobody_trains: None
):
    apps: dict[str, AppTest] = {}
    for number in numbers:
        kind = list(UPLOADERS)[number // 10 % 4 if len(numbers) < 10 else number % 4]
        page, address = UPLOADERS[kind]
        if kind not in apps:
            apps[kind] = apptest.visit(page, **address)
        name, data = (f"{number}.zip", fuzzed.export(parts, number)) if kind == "an export" else fuzzed.upload(number)
        name = f"{number}.csv" if kind == "a table" else name  # the page takes no other ending
        began = time.process_time()
        apps[kind].get("file_uploader")[0].set_value((name, data, "application/octet-stream")).run()
        said = " ".join(error.value for error in apps[kind].error)
        failed = [record for record in caplog.records if record.levelno >= logging.ERROR]
        assert not apps[kind].exception, number
        assert "went wrong" not in said, (number, kind, failed and failed[-1].exc_info)
        assert time.process_time() - began < LONGEST, number
