"""A pupil deletes all that was theirs: no byte of it is left, others keep what is theirs, and the proof says so."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from app import wait_for
from left_behind import end
from tiny import run as finished_run

from rnnkit.config import with_settings
from rnnkit.errors import NoClass
from rnnkit.people import classes
from rnnkit.people.forget import forget
from rnnkit.presets import PRESETS
from rnnkit.store import Store, schema
from rnnkit.texts import encoded
from rnnkit.texts.decoding import checksum
from rnnkit.training import scheduler

MIA, BEN = "a" * 64, "b" * 64
DIARY = "On Tuesday Wilhelmina Quackenbush wrote into her diary that the harbour smelled of tar and oranges. " * 60
BEES = "Ben has a text about bees, honey and the smoke that keeps them calm while he looks into their hives. " * 60


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("RNNKIT_HOME", str(tmp_path / "home"))
    opened = Store()
    classes.open_class(opened)
    for member, name in ((MIA, "Wilhelmina Q"), (BEN, "Benjamin")):
        classes.join(opened, member, opened.open_class().code, name)
    yield opened
    opened.close()


def bytes_of(home: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in home.rglob("*") if path.is_file())


def run_of(store: Store, member: str | None, text: str, corpus: str, **more) -> str:
    run = finished_run(store, text, corpus=corpus, sampling={"prompt": text[40:60]}, **more)
    with store._write() as tx:
        tx.execute(schema.runs.update().where(schema.runs.c.id == run).values(member=member))
    return run


def test_all_of_mine_is_gone_from_store_trash_logs_and_copies_and_others_keep_theirs(store, tmp_path):
    home = tmp_path / "home"
    hers = store.add_text(checksum(DIARY), "Diary of Wilhelmina", DIARY, member=MIA)
    his = store.add_text(checksum(BEES), "About my bees", BEES, member=BEN)
    first, second = run_of(store, MIA, DIARY, hers), run_of(store, MIA, DIARY, hers, name="the harbour again")
    of_public = run_of(store, MIA, BEES, "cookbook")
    bens, bens_of_hers = run_of(store, BEN, BEES, his), run_of(store, BEN, DIARY, hers)
    store.delete_run(second)
    store.note_act("Wilhelmina Q", "rename", "run", first, "the harbour", member=MIA)
    store.note_act("Teacher", "stop", "run", first, "the harbour")  # of somebody else, about hers
    store.note_act("Benjamin", "queue", "run", bens, "bees", member=BEN)
    classes.change(
        store, quiz={"votes": {MIA: 1, BEN: 2}}, wall={"hidden": [first, bens]}, shown={"address": f"Run?run={first}"}
    )
    (home / "logs").mkdir(exist_ok=True)
    (home / "logs" / f"{first}.log").write_text("the harbour smelled\n")
    encoded.folder().mkdir()
    (encoded.folder() / "0.ids").write_bytes(DIARY.encode())
    stored = store.of_member(MIA)
    assert ({*stored.runs}, stored.texts, stored.others, stored.acts) == (
        {first, second, of_public},
        [hers],
        [bens_of_hers],
        2,  # she joined, too
    )
    words = [
        b"Quackenbush",
        b"harbour",
        b"oranges",
        zlib.compress(DIARY.encode(), 6)[20:60],
        hers.encode(),
        first.encode(),
    ]
    before = bytes_of(home)
    assert [word for word in words if word not in before] == []

    ended = forget(store, [MIA])

    after = bytes_of(home)
    assert [word for word in [*words, second.encode(), bens_of_hers.encode()] if word in after] == []
    assert (ended.runs, ended.texts, ended.members, ended.found, ended.notes) == (4, 1, 0, [], [])
    assert "4 run ids" in ended.searched
    assert "3 pieces of texts" in ended.searched
    assert [run.id for run in store.runs()] == [bens]
    assert [text.name for text in store.texts()] == [his]
    assert [act.who for act in store.acts()] == ["Benjamin", "Benjamin", "the command line"]
    assert {one.nickname for one in store.members()} == {"Wilhelmina Q", "Benjamin"}  # she stays
    assert store.check() == []
    settings = store.open_class().settings
    assert (settings["quiz"], settings["wall"]["hidden"]) == ({"votes": {BEN: 2}}, [bens])
    assert settings["shown"] is None
    classes.change(store, quiz={"run": bens, "votes": {}})
    forget(store, [BEN])
    assert store.open_class().settings["quiz"] is None  # its text is gone
    assert store.check() == []


@pytest.mark.slow  # a real trainer: half a minute
def test_what_trains_is_stopped_and_what_others_train_goes_on(store, tmp_path):
    text = store.add_text(checksum(DIARY * 20), "Diary", DIARY * 20, member=MIA)
    endless = {"training.epochs": "5000", "model.units": "16"}
    [hers] = store.create_runs([with_settings(PRESETS["cookbook-gru"].config, endless | {"corpus": text})], member=MIA)
    [his] = store.create_runs([with_settings(PRESETS["cookbook-gru"].config, endless)], member=BEN)
    try:
        scheduler.ensure_running(store)
        wait_for(lambda: store.run(hers).epochs_done and store.run(his).active, "both to train")
        assert forget(store, [MIA]).found == []
        home = b"".join(path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file())
        assert b"Quackenbush" not in home
        stands = [(run.epochs_done, run.step) for run in [store.run(his)]]
        wait_for(lambda: [(run.epochs_done, run.step) for run in [store.run(his)]] != stands, "his to go on")
        assert [run.id for run in store.runs()] == [his]
    finally:
        end(tmp_path / "home")


def test_whoever_leaves_is_forgotten_by_name_too(store, tmp_path):
    store.add_text(checksum(DIARY), "Diary", DIARY, member=MIA)
    assert forget(store, [MIA], stay=False).members == 1
    assert [one.nickname for one in store.members()] == ["Benjamin"]
    assert b"Wilhelmina" not in bytes_of(tmp_path / "home")


def test_a_copy_that_somebody_made_is_found_and_named(store, tmp_path):
    text = store.add_text(checksum(DIARY), "Diary of Wilhelmina", DIARY, member=MIA)
    (tmp_path / "home" / "copy.txt").write_text(f"xx {text} {DIARY[:60]}")
    found = forget(store, [MIA]).found
    assert {one.file for one in found} == {"copy.txt"}
    assert {one.what for one in found} == {f"text {text}", "a piece of a text"}


def test_without_a_class_there_is_nobody_to_forget(store):
    store.end_class(store.open_class().id)
    with pytest.raises(NoClass):
        forget(store, [MIA])
