"""The rows of an SQLite file are read from its pages as SQLite itself reads them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rnnkit.store.carving import Carver

VALUES = st.one_of(
    st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.binary(max_size=40),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30),
    st.integers(3_900, 30_000).map(lambda size: b"x" * size),  # on overflow pages
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=1, max_size=40), size=st.sampled_from([512, 4096, 65536])
)
def test_all_rows_come_back(tmp_path: Path, rows: list[tuple], size: int):
    file = tmp_path / "a.sqlite"
    file.unlink(missing_ok=True)
    with closing(sqlite3.connect(file)) as made:
        made.execute(f"PRAGMA page_size={size}")
        made.execute("CREATE TABLE rows (a, b, c)")
        made.executemany("INSERT INTO rows VALUES (?, ?, ?)", rows)
        made.commit()
    found = [row for row in Carver(file.read_bytes()).rows() if len(row) == 3]
    assert sorted(map(repr, found)) == sorted(repr([*row]) for row in rows)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_bytes_there_are_it_comes_to_an_end(tmp_path: Path, data: st.DataObject):
    file = tmp_path / "b.sqlite"
    if not file.exists():
        with closing(sqlite3.connect(file)) as made:
            made.execute("PRAGMA page_size=512")
            made.execute("CREATE TABLE rows (a, b)")
            made.executemany("INSERT INTO rows VALUES (?, ?)", [(number, b"y" * 50 * number) for number in range(60)])
            made.commit()
    torn = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(torn) - 1))
        torn[place : place + 4] = data.draw(st.binary(min_size=4, max_size=4))
    assert len(list(Carver(bytes(torn)).rows())) < 10_000
    list(Carver(bytes(torn[: data.draw(st.integers(0, len(torn)))])).rows())
