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
        """Who sends these cookies. Reads the store once a second. Raises NotAllowed: a stranger, where one is asked."""
        here = known.known(store)
        person = here.person(identity.browser_of(cookies, store) if here.asks else "")
        if person.role is Role.STRANGER:
            how = "joined; open the page to join" if here.open_class else "signed in; open the page to sign in"
            raise NotAllowed(f"class: expected a member, got a browser that has not {how}")
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
