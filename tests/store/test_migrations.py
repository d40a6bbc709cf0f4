"""Older stores open with all that they hold; newer ones are refused. The oldest is in fixtures/."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from pathlib import Path
from typing import Any

import pretend
import pytest
import sqlalchemy as sa
from as_it_was import check_is_whole
from at_once import in_threads, processes

from rnnkit.config import RunConfig
from rnnkit.errors import StoreError
from rnnkit.store import schema
from rnnkit.store.migrations import MIGRATIONS
from rnnkit.training import loop

OLD: dict[str, Any] = json.loads(
    (Path(__file__).parent / "fixtures" / "v1.json").read_text("utf-8")
)  # what the program of that time read
STEP = "m002_checkpoints_by_step"


def test_a_store_of_version_1_opens_with_every_run_sample_and_checkpoint(old_url: str, open_store):
    store = open_store(old_url)
    assert store.check() == []
    assert [run.id for run in store.runs()] == [old["id"] for old in OLD["runs"]]
    for old in OLD["runs"]:
        check_is_whole(store, old)
    assert [row._asdict() for row in store.texts()] == [
        {**old, "encoding": None, "kept": False, "member": None, "shared": False} for old in OLD["texts"]
    ]
    assert hashlib.sha256(store.text(OLD["texts"][0]["name"]).encode()).hexdigest() == OLD["text"]
    assert store.pretrained() == OLD["pretrained"]
    scheduler = store.scheduler()
    assert {name: scheduler[name] for name in OLD["scheduler"]} == OLD["scheduler"]
    assert {run.device_id for run in store.runs(statuses=["training"])} == {"gpu0"}
    assert {run.device_id for run in store.runs() if not run.active} == {None}


def test_a_run_paused_in_version_1_goes_on_to_the_same_loss(old_file: Path, home: Path, open_store):
    home.mkdir()
    shutil.copy(old_file, home / "rnnkit.sqlite")
    store, run = open_store(None), OLD["roles"]["paused"]
    store.resume_run(run)
    assert loop.train(store, run, "vm|1|1|test") == "finished", store.run(run).message
    last = store.epochs(run)[-1]
    was = dict(OLD["resumed"])
    assert last["val_loss"] == pytest.approx(was.pop("val_loss"), rel=0.01)  # since then its rows are warmed up
    assert last["val_tokens"]
    assert {name: last[name] for name in was} == pytest.approx(was, rel=1e-4)
    assert [(one.step, one.epoch) for one in store.kept(run)] == [(45, 1), (90, 2)]
    assert store.check() == []


def test_an_old_file_is_copied_before_it_is_changed(old_file: Path, home: Path, open_store):
    home.mkdir()
    shutil.copy(old_file, home / "rnnkit.sqlite")
    open_store(None)
    open_store(None)
    assert sorted(path.name for path in home.iterdir()) == ["rnnkit.sqlite", f"rnnkit.sqlite.before-{STEP}"]
    copy = sa.create_engine(f"sqlite:///{home / f'rnnkit.sqlite.before-{STEP}'}")
    with copy.connect() as tx:
        assert tx.exec_driver_sql("SELECT value FROM meta WHERE key='schema_version'").scalar() == "1"
        assert tx.exec_driver_sql("SELECT count(*) FROM runs").scalar() == len(OLD["runs"])
    copy.dispose()


def test_without_room_for_the_copy_nothing_is_changed(old_file: Path, home: Path, open_store):
    home.mkdir()
    shutil.copy(old_file, home / "rnnkit.sqlite")
    (home / f"rnnkit.sqlite.before-{STEP}.part").mkdir()
    with pytest.raises(StoreError, match=r"expected room for a copy at .*before-m002"):
        open_store(None)
    assert (home / "rnnkit.sqlite").read_bytes() == old_file.read_bytes()


@pytest.mark.parametrize("statements", [3, 8, 12, 17])
def test_a_step_that_is_killed_half_way_was_never_begun(old_url: str, open_store, statements: int):
    context = processes()
    opening = context.Process(target=pretend.open_until_killed, args=(old_url, statements))
    opening.start()
    opening.join(60)
    assert opening.exitcode == -9, "the step has fewer statements"
    engine = sa.create_engine(old_url)
    with engine.connect() as tx:
        assert not sa.inspect(tx).has_table("migrations")
        assert "step" not in {column["name"] for column in sa.inspect(tx).get_columns("checkpoints")}
    engine.dispose()
    store = open_store(old_url)
    assert store.check() == []
    check_is_whole(store, OLD["runs"][-1])


def test_programs_that_open_an_old_store_at_once_change_it_once(old_url: str, open_store):
    context = processes()
    with context.Pool(3) as pool:
        assert pool.map(pretend.open_and_count, [old_url] * 3) == [len(OLD["runs"])] * 3
    store = open_store(old_url)
    assert store.check() == []
    with store._database.read() as tx:
        assert list(tx.execute(sa.select(schema.migrations.c.name)).scalars()) == list(MIGRATIONS)


def test_members_of_a_class_that_was_open_have_numbers_in_the_order_in_which_they_joined(store_url: str, open_store):
    store = open_store(store_url)
    store.begin_class("c1", "ABCD", "", 24, {})
    with store._database.write() as tx:
        tx.execute(sa.text("ALTER TABLE members DROP COLUMN number"))
        tx.execute(schema.migrations.delete().where(schema.migrations.c.name == "m010_numbers_of_members"))
        for place, (name, role) in enumerate([("Tess", "teacher"), ("Zoe", "pupil"), ("Ann", "pupil")]):
            tx.execute(sa.text("INSERT INTO members (class, id, nickname, role, joined_at, seen_at) "
                               f"VALUES ('c1', '{name}', '{name}', '{role}', {place}, 0)"))  # fmt: skip
    store = open_store(store_url)
    assert {one.nickname: one.number for one in store.members()} == {"Tess": 1, "Zoe": 1, "Ann": 2}
    assert store.check() == []


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


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (schema.migrations.insert().values(name="m999_of_tomorrow", applied_at=0.0), "m999_of_tomorrow"),
        (schema.meta.update().values(value="99"), "version 99"),
    ],
    ids=["a step of tomorrow", "a version of tomorrow"],
)
def test_a_store_of_a_newer_program_is_left_alone(store_url: str, open_store, change: sa.Insert, found: str):
    store = open_store(store_url)
    with store._database.write() as tx:
        tx.execute(change)
    with pytest.raises(StoreError, match=f"expected one of this version .* got a newer one .{found}.; update rnnkit"):
        open_store(store_url)


def test_a_program_of_version_1_is_told_that_the_store_is_newer(store_url: str, open_store):
    with open_store(store_url)._database.read() as tx:  # the one row that it looks at
        version = sa.select(schema.meta.c.value).where(schema.meta.c.key == "schema_version")
        assert tx.execute(version).scalar() == str(1 + len(MIGRATIONS))
