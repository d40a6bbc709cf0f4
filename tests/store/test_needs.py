"""Who needs a text: every way in which a run can name one, in every state that a run can be in."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress

import pytest
import sqlalchemy as sa
import tiny
from at_once import in_threads
from pretend import ME, TOKENIZER, in_charge, lose, training

from rnnkit.errors import CorpusError, PersonError, WrongStatus
from rnnkit.store import Order, Store, schema
from rnnkit.store.status import RESUMABLE, WAITING_OR_ACTIVE, Status
from rnnkit.texts import own

HASH, TITLE = hashlib.sha256(b"abc").hexdigest(), "Diary"
NAME = own.PREFIX + HASH[:10]
WAYS = {
    "by name": NAME,
    "the first of two": f"{NAME}+cookbook",
    "the last of three": f"cookbook+python+{NAME}",
    "with another of one's own": f"text-0000000000+{NAME}",
    "by title": TITLE,
    "by title in another case": "dIARY",
    "by a title among names": f"cookbook+{TITLE.lower()}",
    "in its vocabulary": "here",
}
OTHERS = ("cookbook", f"{NAME}a", NAME[:-1], "diaries+cookbook")


@pytest.fixture
def text(any_store: Store) -> str:
    return any_store.add_text(HASH, TITLE, "abc")


def in_state(store: Store, corpus: str, status: Status) -> str:
    """A run of that corpus, in that state."""
    run = training(store, corpus=corpus)
    if corpus == "here":
        store.lease(run, ME).save_description(tokenizer={**TOKENIZER, "corpora": [NAME]})
    if status not in (Status.TRAINING, Status.STARTING):
        store.lease(run, ME).end(status)
    if status == Status.STARTING:
        lose(store, run, ME, most_attempts=9)
        in_charge(store).assign([Order(run, ME)])
    assert store.run(run).status == status
    return run


@pytest.mark.parametrize("status", Status)
def test_every_way_to_name_a_text_protects_it_in_every_state_that_trains(any_store: Store, text: str, status: Status):
    runs = {in_state(any_store, corpus, status) for corpus in WAYS.values()}
    others = {in_state(any_store, corpus, status) for corpus in OTHERS}
    found = any_store.needs(text)
    assert {need.run for need in found} == runs
    assert not others & {need.run for need in found}
    if status not in (*WAITING_OR_ACTIVE, *RESUMABLE):
        assert not any(need.trains for need in found)
        return any_store.delete_text(text)
    assert all(need.trains and need.status == status for need in found)
    for run in runs:
        with pytest.raises(WrongStatus, match=rf"got one that these need: .*\({status}\).*; delete them first"):
            any_store.delete_text(text)
        if status in (Status.TRAINING, Status.STARTING):
            any_store.lease(run, ME).end(Status.FINISHED)
        else:
            any_store.delete_run(run)
    any_store.delete_text(text)
    assert any_store.check() == []


def test_the_sentence_names_the_runs_and_how_many_more(any_store: Store, text: str):
    runs = [any_store.create_run(tiny.config(corpus=f"cookbook+{text}")) for _ in range(7)]
    with pytest.raises(WrongStatus) as caught:
        any_store.delete_text(text)
    assert f"{runs[0]} (queued), {runs[1]} (queued)" in str(caught.value)
    assert "and 2 more; delete them first" in str(caught.value)


def test_an_imported_run_needs_no_text_to_be_resumed(any_store: Store, text: str):
    run = in_state(any_store, text, Status.STOPPED)
    with any_store._database.write() as tx:
        tx.execute(schema.runs.update().where(schema.runs.c.id == run).values(imported=True))
    assert [(need.run, need.trains) for need in any_store.needs(text)] == [(run, False)]
    any_store.delete_text(text)


@pytest.mark.parametrize("corpus", [NAME, f"cookbook+{NAME}"])
def test_nothing_is_queued_on_a_text_that_was_deleted(any_store: Store, text: str, corpus: str):
    run = training(any_store, corpus=corpus, epochs=1)
    any_store.lease(run, ME).end(Status.FINISHED)
    any_store.delete_text(text)
    for ask in (
        lambda: any_store.create_run(tiny.config(corpus=corpus)),
        lambda: any_store.fork_run(run, 1, tiny.config(corpus=corpus)),
    ):
        with pytest.raises(CorpusError, match=f"which was deleted; `undelete {text}` brings it back"):
            ask()
    assert len(any_store.runs()) == 1
    assert any_store.fork_run(run, 1, tiny.config(corpus="cookbook"))


def test_a_run_whose_text_was_deleted_is_not_resumed(any_store: Store, text: str):
    run = in_state(any_store, text, Status.STOPPED)
    with any_store._database.write() as tx:
        tx.execute(schema.texts.update().values(deleted_at=1e12))
    with pytest.raises(CorpusError, match="expected a text that is here, got text-"):
        any_store.resume_run(run)
    assert any_store.run(run).status == "stopped"


def test_there_is_no_text_of_which_to_ask(any_store: Store):
    for ask in (any_store.needs, any_store.delete_text):
        with pytest.raises(CorpusError, match="expected the name of a stored text"):
            ask("text-0123456789")


def test_who_queues_and_who_deletes_at_once_never_leave_a_run_without_its_text(any_store: Store, open_store):
    """One of the two is refused, whoever comes first."""
    for turn in range(6):
        name = any_store.add_text(f"{turn:064x}", f"title {turn}", "abc")
        stores = [open_store(any_store.url) for _ in range(2)]

        def act(place: int, name: str = name, stores: list[Store] = stores) -> None:
            with suppress(PersonError):
                stores[0].create_run(tiny.config(corpus=name)) if place % 2 else stores[1].delete_text(name)

        in_threads(2, act)
        here = {row.name for row in any_store.texts()}
        assert all(run.corpus in here for run in any_store.runs())
        for run in any_store.runs():
            any_store.delete_run(run.id, now=True)
        with any_store._database.write() as tx:
            tx.execute(sa.delete(schema.texts))


def test_a_vocabulary_that_mentions_the_name_elsewhere_still_counts_as_a_need(any_store: Store, text: str):
    """Better one text kept too long than one too few."""
    run = training(any_store, corpus="cookbook")
    any_store.lease(run, ME).save_description(tokenizer={**TOKENIZER, "labels": [NAME]})
    assert json.dumps(NAME) in any_store.run(run).tokenizer_json
    assert [need.run for need in any_store.needs(text)] == [run]
