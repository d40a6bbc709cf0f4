"""The store that the program of version 1 has written, as a file and as rows in PostgreSQL."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture(scope="module")
def old_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("old") / "v1.sqlite"
    path.write_bytes(gzip.decompress((FIXTURES / "store-v1.sqlite.gz").read_bytes()))
    return path


@pytest.fixture
def old_url(store_url: str, old_file: Path) -> str:
    """A store of version 1 with a row of every kind: the file itself, or its rows in tables of PostgreSQL."""
    if store_url.startswith("sqlite"):
        shutil.copy(old_file, sa.make_url(store_url).database)
    else:
        _copy_rows(old_file, store_url)
    return store_url


def _copy_rows(old_file: Path, url: str) -> None:
    metadata = sa.MetaData()
    source, target = sa.create_engine(f"sqlite:///{old_file}"), sa.create_engine(url)
    metadata.reflect(source)
    for table in metadata.sorted_tables:
        for column in table.c:
            column.type = column.type.as_generic()
    with source.connect() as there, target.begin() as here:
        metadata.create_all(here)
        for table in metadata.sorted_tables:
            if rows := [row._asdict() for row in there.execute(sa.select(table))]:
                here.execute(table.insert(), rows)
    source.dispose()
    target.dispose()
