"""A round of a quiz in a class: started by the teacher, voted on by pupils, each once, until it is revealed."""

from __future__ import annotations

import in_class
import pytest

from rnnkit.errors import NoClass, NotAllowed, WrongStatus
from rnnkit.people import classes, voting
from rnnkit.people.person import Person
from rnnkit.store import Store, schema

ASKED = {"run": "abc", "seed": 1, "ats": ["last"], "heat": "0.7", "length": 200}


def person(name: str, store: Store) -> Person:
    return in_class.acting(name, store).person


def quiz(store: Store) -> dict:
    settings = classes.settings(store)
    assert settings is not None
    return settings.quiz or {}


def test_pupils_vote_once_each_and_may_choose_again_until_it_is_revealed(store: Store):
    in_class.opened(store)
    voting.start(in_class.acting("Tess", store), **ASKED)
    ann, ben = in_class.acting("Ann", store), in_class.acting("Ben", store)
    for who, choice in ((ann, 0), (ben, 1), (ann, 1)):
        voting.vote(who, 1, choice)
    assert voting.counts(quiz(store)) == [0, 2, 0, 0]
    assert [voting.of(quiz(store), who) for who in (ann.person, person("Gus", store))] == [1, None]
    voting.reveal(in_class.acting("Tess", store))
    with pytest.raises(WrongStatus, match="came too late"):
        voting.vote(ann, 1, 0)
    voting.start(in_class.acting("Tess", store), **ASKED)
    assert [quiz(store)["round"], quiz(store)["votes"], quiz(store)["revealed"]] == [2, {}, False]
    with pytest.raises(WrongStatus):
        voting.vote(ann, 1, 0)
    voting.end(in_class.acting("Tess", store))
    assert quiz(store) == {}


def test_nobody_else_votes_and_only_the_teacher_leads(store: Store):
    in_class.opened(store)
    with pytest.raises(NotAllowed):
        voting.start(in_class.acting("Ann", store), **ASKED)
    voting.start(in_class.acting("Tess", store), **ASKED)
    for name in ("Tess", "Gus", "Zoe"):
        with pytest.raises(NotAllowed, match=r"^vote: expected a pupil"):
            voting.vote(in_class.acting(name, store), 1, 0)
    for choice in (-1, 4):
        with pytest.raises(WrongStatus):
            voting.vote(in_class.acting("Ann", store), 1, choice)
    with pytest.raises(NotAllowed):
        voting.reveal(in_class.acting("Ben", store))


def test_who_was_removed_a_moment_ago_votes_no_more(store: Store):
    in_class.opened(store)
    voting.start(in_class.acting("Tess", store), **ASKED)
    ann = in_class.acting("Ann", store)
    assert ann.person.name == "Ann"
    with store._database.write() as tx:  # by another process: what is known here is a moment old
        tx.execute(schema.members.delete().where(schema.members.c.id == in_class.browser("Ann")))
    with pytest.raises(NoClass, match="none any more"):
        voting.vote(ann, 1, 0)
    assert quiz(store)["votes"] == {}
