"""What a class made is one ZIP that opens anywhere, whatever its members are called and wrote."""

from __future__ import annotations

import csv
import io
import re
import zipfile

import pytest
from tiny import TEXT
from tiny import run as finished_run

from rnnkit.errors import ExportError
from rnnkit.people import classes, collect
from rnnkit.sharing import archive
from rnnkit.store import Store, schema

MIA, BEN = "a" * 64, "b" * 64


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("RNNKIT_HOME", str(tmp_path / "home"))
    opened = Store()
    code = classes.open_class(opened).code
    for member, name in ((MIA, "Mia"), (BEN, "CON")):
        classes.join(opened, member, code, name)
    yield opened
    opened.close()


def runs_of(store: Store, member: str, *names: str, **parts) -> list[str]:
    made = [finished_run(store, TEXT, name=name, **parts) for name in names]
    with store._write() as tx:
        tx.execute(schema.runs.update().where(schema.runs.c.id.in_(made)).values(member=member))
    return made


def test_all_members_are_in_it_with_reports_that_open_and_runs_that_come_back(store, tmp_path):
    first, _ = runs_of(store, MIA, "=HYPERLINK(1)", "../../etc/<script>alert(1)</script>")
    (unborn,) = runs_of(store, BEN, "none", epochs=0, status=None)
    finished_run(store, TEXT, name="the teacher's own, which is not the class's")
    told = list[tuple[int, int]]()
    made = collect.collect(store, tmp_path / "class.zip", lambda *done: told.append(done))
    assert (made.runs, made.without_files, told) == (3, [unborn], [(0, 3), (1, 3), (2, 3), (3, 3)])
    with zipfile.ZipFile(tmp_path / "class.zip") as file:
        names = file.namelist()
        page, table = file.read("index.html").decode(), file.read("table.csv")
        exported = file.read(next(name for name in names if name.endswith(f"{first}.rnnkit")))
    assert not [name for name in names if not re.fullmatch(r"[\w./-]+", name) or ".." in name or name.startswith("/")]
    assert set(re.findall(r'href="([^"]+)"', page)) <= set(names)
    assert "<script>" not in page
    assert page.count("<article>") == 3
    assert page.count("<polyline") == 4
    rows = list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"))))
    assert [row["nickname"] for row in rows] == ["CON", "Mia", "Mia"]
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
    (tmp_path / "run.rnnkit").write_bytes(exported)
    assert store.run(archive.import_run(store, tmp_path / "run.rnnkit")).epochs_done == 3


def test_nothing_half_is_left_where_it_cannot_be_written(store, tmp_path):
    with pytest.raises(ExportError, match="expected a place that can be written"):
        collect.collect(store, tmp_path / "nowhere" / "class.zip")
    collect.collect(store, tmp_path / "class.zip")
    assert [path.name for path in tmp_path.glob("*.zip*")] == ["class.zip"]
