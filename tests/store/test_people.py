"""Whose a run and a text is, and what is noted of a class."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from rnnkit.config import RunConfig
from rnnkit.errors import CorpusError, QueueFull
from rnnkit.store import Store, schema
from rnnkit.store.database import now

ANN, BEN = "a" * 64, "b" * 64
TEXT = "88d4266fd4e6338d13b845fcf289579d209c897823b9217da3e161936f031589"  # of "abcd"


def opened(store: Store, *members: tuple[str, str]) -> None:
    """A class with these members, as ids and nicknames."""
    with store._database.write() as tx:
        known = {"id": "c1", "code": "ABCD", "pin_hash": "", "settings": '{"seconds": 60}'}
        tx.execute(schema.classes.insert().values(**known, opened_at=now(), closes_at=now() + 3600))
        for id, nickname in members:
            times = {"joined_at": now(), "seen_at": now() - 60}
            tx.execute(
                schema.members.insert().values(
                    {"class": "c1", "id": id, "nickname": nickname, "role": "pupil", **times}
                )
            )


def test_a_run_says_whose_it_is_and_without_a_class_whose_name_was_typed(any_store: Store):
    config = RunConfig(owner="Cleo")
    mine = any_store.create_runs([config], member=ANN, goes_first=True)[0]
    typed = any_store.create_run(config)
    whole, row = any_store.run(mine), {one.id: one for one in any_store.listed()}
    assert (whole.member, whole.person, whole.goes_first) == (ANN, ANN, True)
    assert (row[mine].person, row[mine].goes_first) == (ANN, True)
    assert (any_store.run(typed).person, row[typed].person, row[typed].member) == ("Cleo", "Cleo", None)


def test_the_queue_is_limited_for_each_person_whatever_name_they_type(any_store: Store):
    any_store.create_runs([RunConfig(owner="one")], member=ANN, most_queued=1)
    any_store.create_runs([RunConfig(owner="one")], member=BEN, most_queued=1)
    with pytest.raises(QueueFull, match="at most 1 runs of one person, got 1 beside 1"):
        any_store.create_runs([RunConfig(owner="another")], member=ANN, most_queued=1)


def test_the_same_text_of_two_is_two_texts_and_each_is_private_until_shared(any_store: Store):
    names = [any_store.add_text(TEXT, "mine", "abcd", member=member) for member in (None, ANN, BEN, ANN)]
    assert len({*names}) == 3
    assert names[1] == names[3]
    any_store.delete_text(names[1])
    assert [row.member for row in any_store.texts()] == [None, BEN]
    assert any_store.add_text(TEXT, "again", "abcd", member=ANN) == names[1]
    any_store.share_text(names[2])
    assert {row.name: row.shared for row in any_store.texts()} == {names[0]: False, names[1]: False, names[2]: True}
    with pytest.raises(CorpusError, match="expected the name of a stored text"):
        any_store.share_text("text-0000000000")
    assert any_store.check() == []


def test_a_class_is_read_with_its_members_and_what_they_did(any_store: Store):
    assert any_store.open_class() is None
    assert any_store.members() == []
    opened(any_store, (ANN, "Ann"), (BEN, "Ben"))
    found = any_store.open_class()
    assert found
    assert (found.code, found.settings) == ("ABCD", {"seconds": 60})
    assert [one.nickname for one in any_store.members()] == ["Ann", "Ben"]
    before = any_store.member(ANN)
    any_store.seen(ANN)
    after = any_store.member(ANN)
    assert before
    assert after
    assert after.seen_at > before.seen_at
    any_store.note_act("Ann", "delete", "run", "abc", "a lone \ud800", member=ANN)
    assert [(one.who, one.act, one.thing, one.name) for one in any_store.acts()] == [
        ("Ann", "delete", "abc", "a lone \ufffd")
    ]
    with any_store._database.write() as tx:
        tx.execute(sa.update(schema.classes).values(ended_at=now()))
    assert (any_store.open_class(), any_store.member(ANN)) == (None, None)


def test_a_store_keeps_its_secret(any_store: Store):
    assert len(any_store.secret()) == 32
    assert any_store.secret() == any_store.secret()
