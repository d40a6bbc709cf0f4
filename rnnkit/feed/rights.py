"""Who may read what a run shows: its curve, its texts, its line in a list. The rules are those of `rnnkit.people`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from rnnkit.errors import NotAllowed, UnknownRun
from rnnkit.people import identity, known
from rnnkit.people.known import Known
from rnnkit.people.person import Person, Role
from rnnkit.store import Run, Store


class Viewer(NamedTuple):
    """Somebody who asks, and what is known of the class at this moment."""

    person: Person
    known: Known

    @classmethod
    def of(cls, cookies: Mapping[str, str], store: Store) -> Viewer:
        """Who sends these cookies. Reads the store once a second. Raises NotAllowed: a stranger, in a class."""
        here = known.known(store)
        person = here.person("" if here.open_class is None else identity.browser_of(cookies, store))
        if person.role is Role.STRANGER:
            raise NotAllowed("class: expected a member, got a browser that has not joined; open the page to join")
        return cls(person, here)

    @staticmethod
    def at_hand(store: Store) -> bool:
        """Whether nothing needs to be read to know it."""
        return known.at_hand(store) is not None and identity.has_secret(store)


def check_ids(viewer: Viewer, runs: Iterable[str]) -> None:
    """Raises UnknownRun where one of these may not be read."""
    for name in runs:
        run = viewer.known.runs.get(name)
        if run is not None and not viewer.known.may_read(viewer.person, run):
            raise UnknownRun(f"run: expected the id of a run in this store, got {name!r}")


def may_read(viewer: Viewer, run: Run) -> bool:
    """Whether this viewer may read this run. Who may not is told what is told of a run that is not there."""
    return viewer.known.may_read(viewer.person, run)
