"""When a class ends, or a member goes, nothing of pupils is left in the home folder, and that is shown."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from tiny import run as finished_run

from rnnkit.errors import NoClass
from rnnkit.people import classes, ending
from rnnkit.store import Store, schema
from rnnkit.texts import encoded, own

MIA, BEN = "a" * 64, "b" * 64
DIARY = "On Tuesday Wilhelmina Quackenbush wrote into her diary that the harbour smelled of tar and oranges. " * 60


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("RNNKIT_HOME", str(tmp_path / "home"))
    opened = Store()
    classes.open_class(opened)
    code = opened.open_class().code
    classes.join(opened, MIA, code, "Wilhelmina Q")
    classes.join(opened, BEN, code, "Ben")
    yield opened
    opened.close()


def given_to(store: Store, member: str, run: str | None = None, text: str | None = None) -> None:
    with store._write() as tx:
        if run:
            tx.execute(schema.runs.update().where(schema.runs.c.id == run).values(member=member))
        if text:
            tx.execute(schema.texts.update().where(schema.texts.c.name == text).values(member=member))


def everything_in(home: Path) -> bytes:
    """All bytes of the home folder, unpacked where they are packed as a text in the store is."""
    return b"\n".join(path.read_bytes() for path in home.rglob("*") if path.is_file())


def test_no_byte_of_a_pupil_is_left_and_what_was_the_teachers_stays(store, tmp_path):
    home = tmp_path / "home"
    text = own.add(store, DIARY, "Wilhelmina's diary")
    mine = own.add(store, "The teacher has a text of his own, about bees and honey. " * 60, "Bees")
    prompt = {"prompt": "the harbour smelled"}
    hers, his = finished_run(store, DIARY, corpus=text, sampling=prompt), finished_run(store, corpus=mine)
    copied = finished_run(store, DIARY, corpus=text, sampling=prompt)  # the teacher's, of her text: it holds passages
    given_to(store, MIA, hers, text)
    store.delete_run(hers)  # in the trash
    store.note_act("Wilhelmina Q", "delete", "run", hers, "diary", member=MIA)
    for name in (hers, "scheduler"):
        (home / "logs").mkdir(exist_ok=True)
        (home / "logs" / f"{name}.log").write_text(f"{hers}: the harbour smelled\n")
    encoded.folder().mkdir()
    (encoded.folder() / "0.ids").write_bytes(DIARY.encode())
    packed = zlib.compress(DIARY.encode(), 6)[20:60]
    before = everything_in(home)
    words = [b"Wilhelmina", b"harbour smelled", b"oranges", packed, text.encode(), hers.encode(), MIA.encode()]
    assert [word for word in words if word not in before] == []

    ended = ending.end(store)

    assert (ended.members, ended.texts, ended.runs, ended.found, ended.notes) == (2, 1, 2, [], [])
    after = everything_in(home)
    assert [word for word in [*words, copied.encode()] if word in after] == []
    assert [run.id for run in store.runs()] == [his]
    assert [row.name for row in store.texts()] == [mine]
    assert (store.trash(), store.acts(), store.members(), store.open_class()) == ([], [], [], None)
    assert store.check() == []
    assert "Nothing of it was found." in ending.sentences(ended)
    with pytest.raises(NoClass):
        ending.end(store)


def test_what_is_still_there_is_named(store, tmp_path):
    copy = tmp_path / "home" / "left.txt"
    copy.write_text("x" * (1 << 20) + "Wilhelmina Q")
    (tmp_path / "home" / "corpora").mkdir()
    (tmp_path / "home" / "corpora" / "novel.txt").write_text("Wilhelmina Q")  # a public text has its own names
    ended = ending.end(store)
    assert ended.found == [ending.Found("nickname “Wilhelmina Q”", "left.txt")]
    assert "Still there: nickname “Wilhelmina Q”, in left.txt." in ending.sentences(ended)


def test_one_member_goes_with_all_that_was_theirs(store, tmp_path):
    text = own.add(store, DIARY, "Diary")
    given_to(store, MIA, text=text)
    assert ending.remove(store, MIA).texts == [text]
    assert [one.nickname for one in store.members()] == ["Ben"]
    assert b"harbour" not in everything_in(tmp_path / "home")
