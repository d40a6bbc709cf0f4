"""What a pupil may still use of a class's budget. Knows no page.

Asked in the transaction in which a run or a text is made, so that two orders at once cannot both have what is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rnnkit.config import RunConfig
from rnnkit.errors import OverBudget
from rnnkit.people import class_settings
from rnnkit.people.class_settings import ClassSettings
from rnnkit.people.person import Person
from rnnkit.store import Store
from rnnkit.store.classes import Used

HERE = "in this class"
SIZES = ("units", "hidden_units")  # of a network


def settings_for(store: Store, person: Person) -> ClassSettings | None:
    """Those of the open class where they limit this person; None for whoever leads, and without a class."""
    row = None if person.leads else store.open_class()
    return row and class_settings.parse(row.settings)


class Limits(NamedTuple):
    """What a new run of somebody may have at most, by dotted fields of its config, and the seconds it starts with."""

    most: dict[str, int]
    seconds: int


def limits(store: Store, person: Person) -> Limits | None:
    """Those of this person just now; None where nothing limits them."""
    found = settings_for(store, person)
    if found is None:
        return None
    pupils = sum(one.role == person.role for one in store.members())
    left = max(5, int(found.budget.seconds - store.used(person.id).seconds))
    most = {"training.seconds": left, **{f"model.{name}": found.budget.units for name in SIZES}}
    return Limits(most, min(class_settings.share(found, pupils), left))


def check_runs(store: Store, person: Person, configs: Sequence[RunConfig], resumed: int = 0) -> None:
    """Raises OverBudget: this person may not queue runs like these, or not so many; `resumed` are those from before."""
    found = settings_for(store, person)
    if found is None:
        return
    budget, used = found.budget, store.used(person.id)
    for config in configs:
        for name in SIZES:
            _at_most(f"model.{name}", getattr(config.model, name), budget.units)
        if config.training.seconds is None:
            raise OverBudget(f"training.seconds: expected at most {budget.seconds} {HERE}, got none")
        _at_most("training.seconds", config.training.seconds, budget.seconds)
    wanted = used.seconds + sum(config.training.seconds or 0 for config in configs)
    _at_most("training.seconds", round(wanted), budget.seconds, " of all your runs together")
    _at_most("runs", used.live + len(configs) + resumed, budget.runs, " of yours at once")
    _check_kept(found, used)


def check_kept(store: Store, person: Person) -> None:
    """Raises OverBudget: what this person has stored is more than they may, what was written just now among it."""
    if (found := settings_for(store, person)) is not None:
        _check_kept(found, store.used(person.id))


def _check_kept(found: ClassSettings, used: Used) -> None:
    budget = found.budget
    _at_most("checkpoints", used.checkpoints, budget.checkpoints, " of all your runs together", "; delete a run first")
    _at_most("disk", round(used.bytes / 1e6), budget.disk_mb, " MB of yours", "; delete a run or a text first")


def check_text(store: Store, person: Person, chars: int) -> None:
    """Raises OverBudget: this person may not keep a text of so many characters."""
    found = settings_for(store, person)
    if found is None:
        return
    _at_most("text", chars, found.budget.text_kb * 1000, " characters")
    megabytes = round((store.used(person.id).bytes + chars) / 1e6)
    _at_most("disk", megabytes, found.budget.disk_mb, " MB of yours", "; delete a run or a text first")


def _at_most(name: str, wanted: int, most: int, of: str = "", then: str = "") -> None:
    if wanted > most:
        raise OverBudget(f"{name}: expected at most {most:,}{of} {HERE}, got {wanted:,}{then}")
