"""A quiz in a class: the teacher starts a round, members vote, the teacher reveals. Kept in the settings of the class.

What is asked is said by a run and a seed. Knows no text and no page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rnnkit.errors import NotAllowed, WrongStatus
from rnnkit.people import acting, classes, known
from rnnkit.people.person import Person, Role
from rnnkit.store import Store

_ID = 16  # characters of a member's id that stand beside a vote: the settings of a class are short
MOST_CHOICES = 4


def start(store: Store, **asked: Any) -> None:
    """Begin a round. `asked`: what makes the question, as `quiz.question` takes it. Raises as `classes.change`."""
    known = classes.settings(store)
    number = ((known.quiz if known else None) or {}).get("round", 0) + 1
    classes.change(store, quiz={**asked, "round": number, "revealed": False, "votes": {}})


def reveal(store: Store) -> None:
    """Say which it was: nobody votes any more."""
    classes.change(store, quiz={"revealed": True})


def end(store: Store) -> None:
    """There is no quiz any more."""
    classes.change(store, quiz=None)


def vote(store: Store, number: int, choice: int) -> None:
    """What a pupil, whose store it is, takes for a person's text; until it is revealed they may choose again.

    Raises NotAllowed: not a pupil. WrongStatus: another round, or it was revealed. NoClass: they are in none any more.
    """
    person = acting.person(store)
    if person.role is not Role.PUPIL:
        raise NotAllowed("vote: expected a pupil of the class, got somebody who is none")

    def voted(settings: dict[str, Any]) -> dict[str, Any]:
        quiz = settings.get("quiz") or {}
        if quiz.get("round") != number or quiz.get("revealed") or not 0 <= choice < MOST_CHOICES:
            raise WrongStatus("vote: expected one in a round that is going on, got one that came too late")
        votes = {**quiz.get("votes", {}), person.id[:_ID]: choice}
        return settings | {"quiz": quiz | {"votes": votes}}

    store.vote(person.id, voted)
    known.forget(acting.plain(store))


def of(quiz: Mapping[str, Any], person: Person) -> int | None:
    """How this person has voted."""
    found: int | None = quiz.get("votes", {}).get(person.id[:_ID])
    return found


def counts(quiz: Mapping[str, Any]) -> list[int]:
    """Votes for each passage."""
    votes = list(quiz.get("votes", {}).values())
    return [votes.count(place) for place in range(MOST_CHOICES)]
