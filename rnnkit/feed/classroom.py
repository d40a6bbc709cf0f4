"""What a class tells every page of it: who is here, whether all is paused, what the teacher shows, the lesson's step.

Made of what is known of the class anyhow, a second old at most. Knows no route and no page.
"""

from __future__ import annotations

import hashlib
import time
from typing import Any

from rnnkit.feed.answer import Answer
from rnnkit.people.known import Known
from rnnkit.people.person import Person, Role
from rnnkit.store import Store

HERE_SECONDS, NOTE_SECONDS = 75.0, 25.0  # one who was seen so lately is here; between two notes of that
WALL = "Wall"


class Classroom:
    """What is told of the class, and who was here. Threads may share it."""

    def __init__(self, store: Store):
        self._store = store
        self._seen: dict[str, float] = {}

    def told(self, known: Known, person: Person) -> Answer:
        """For one person."""
        value = _value(known, person)
        return Answer.of(hashlib.sha256(repr(value).encode()).hexdigest()[:16], value)

    def to_note(self, person: Person) -> bool:
        """Whether it is time to write down that they are here."""
        due = bool(person.id) and time.monotonic() - self._seen.get(person.id, -1e9) > NOTE_SECONDS
        if due:
            self._seen[person.id] = time.monotonic()
        return due

    def note(self, person: Person) -> None:
        """They are here."""
        self._store.seen(person.id)


def _value(known: Known, person: Person) -> dict[str, Any]:
    opened = known.open_class
    if opened is None:
        return {"open": False}
    settings, pupils = opened.settings, [one for one in known.members.values() if one.role == Role.PUPIL]
    quiz = settings.get("quiz") or None
    return {
        "open": True, "role": person.role, "leads": person.leads, "name": person.name, "members": len(pupils),
        "here": sum(one.seen_at > time.time() - HERE_SECONDS for one in pupils),
        "code": opened.code if person.leads else None, "paused": bool(settings.get("paused")),
        "shown": settings.get("shown"), "lesson": settings.get("lesson"),
        "quiz": quiz and {"round": quiz["round"], "revealed": quiz["revealed"], "votes": len(quiz["votes"])},
    }  # fmt: skip


def may_see_wall(known: Known, person: Person) -> bool:
    """The teacher; others where it was opened for all, or is what the teacher shows."""
    if person.leads or known.open_class is None:
        return person.leads
    settings = known.open_class.settings
    shown = ((settings.get("shown") or {}).get("address") or "").partition("?")[0]
    return bool((settings.get("wall") or {}).get("open") or shown == WALL)
