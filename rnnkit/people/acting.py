"""The store in the hands of one person: every method asks the table of rights first, and every act is written down.

A run or a text that one may not read is told of as one that is not there; what one may read and not change is refused
with a sentence. Who the person is is asked at each call: what a page has drawn may live on when a class opens. In a
class the look at a budget, the deed and the line that says who did it are one transaction: all of it, or nothing.
"""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from rnnkit.config import RunConfig
from rnnkit.errors import CorpusError, NotAllowed, UnknownRun, WrongStatus
from rnnkit.people import budgets, class_settings
from rnnkit.people import known as knowledge
from rnnkit.people.known import Known, OfSomebody
from rnnkit.people.person import MACHINE, OWNER, Person, Role
from rnnkit.people.rights import TABLE, Right, Rule
from rnnkit.store import Run, Store, needs
from rnnkit.store.needs import PREFIX
from rnnkit.store.people import Owned
from rnnkit.texts.corpora import CORPORA

Given = dict[str, Any]
NOT_YOURS = "somebody else's in this class; only they and the teacher may do that"


class ActingStore(Store):
    """A store as this browser may use it. `browser` is the id of a member, empty without a cookie of ours; None of the
    command line, which has the machine.
    """

    def __init__(self, store: Store, browser: str | None):
        self.plain = plain(store)
        self.browser = browser
        super(Store, self).__init__(self.plain._database)  # opened already

    @property
    def person(self) -> Person:
        """Who it is now."""
        return MACHINE if self.browser is None else knowledge.known(self.plain).person(self.browser)

    @property
    def view(self) -> str:
        """The same for all who may read the same: part of the key of whatever is kept in mind."""
        person = self.person
        return "" if person.leads else person.id or person.role

    def __hash__(self) -> int:
        return hash((id(self.plain), self.view))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ActingStore) and (self.plain, self.view) == (other.plain, other.view)

    def reader_of(self, corpora: Iterable[str]) -> Store:
        """The plain store where all of these come with the program: what is worked out of them is the same for all."""
        return self.plain if all(name.partition("-")[0] in CORPORA for name in corpora) else self

    # ---- what the rules ask

    def _may(self, which: Callable[[Known], bool]) -> bool:
        """What is a second old may not know yet what was just made."""
        return which(knowledge.known(self.plain)) or which(knowledge.read_again(self.plain))

    def _owned(self, kind: str, name: str) -> Owned | None:
        def found(known: Known) -> Owned | None:
            return (known.runs if kind == "run" else known.texts).get(name)

        return found(knowledge.known(self.plain)) or found(knowledge.read_again(self.plain))

    def _check_reads_run(self, person: Person, run_id: str) -> None:
        run = self._owned("run", run_id)
        if run is None or not self._may(lambda known: known.may_read(person, run)):
            raise UnknownRun(f"run: expected the id of a run in this store, got {run_id!r}")

    def _check_reads_text(self, person: Person, name: str) -> None:
        here = not name.startswith(PREFIX) or self._owned("text", name)
        if not here or not self._may(lambda known: known.may_read_text(person, name)):
            raise CorpusError(
                f"corpus: expected the name of a stored text, got {name[:60]!r}: there is none, or no longer"
            )

    def _check_changes(self, person: Person, act: str, kind: str, name: str) -> Owned | None:
        """Raises as reading does, and NotAllowed. Returns what is known of it; None of what is not there."""
        thing = self._owned(kind, name)
        if thing is None:
            return None
        own = knowledge.known(self.plain).may_change(person, thing)
        if not own:
            (self._check_reads_run if kind == "run" else self._check_reads_text)(person, name)
            raise NotAllowed(f"{act}: expected a {kind} of your own, got {NOT_YOURS}")
        return thing

    def _check_unneeded(self, person: Person, text: str) -> None:
        """Raises WrongStatus, as the store does, where others train on a text that was shared: their runs are counted
        only.
        """
        training = [need for need in self.plain.needs(text) if need.trains]
        mine = [need for need in training if _readable(knowledge.known(self.plain), person, need)]
        if others := len(training) - len(mine):
            named = f"{needs.sentence(mine)}, and " * bool(mine)
            raise WrongStatus(
                f"text {text}: expected one that no run trains on, got one that these need: {named}"
                f"{others} of others in the class; delete it when those have ended"
            )

    def _check_makes(self, person: Person, act: str) -> None:
        if not (person.leads or person.role is Role.PUPIL):
            raise NotAllowed(f"{act}: expected a member of the class, got somebody who only watches")

    def _own_config(self, person: Person, config: RunConfig) -> RunConfig:
        """A run of a pupil bears their nickname, and reads only what they may."""
        for name in config.corpora:
            self._check_reads_text(person, name)
        return config if person.leads else config.model_copy(update={"owner": person.name})

    @contextmanager
    def _deed(self, person: Person, *, locked: bool = True) -> Iterator[None]:
        """One transaction, in which a member is still what they were a second ago. What was known before is forgotten.

        Args:
            locked: two deeds of one member wait for each other, so that a budget counts both.
        """
        with self.plain.together():
            if person.role is not Role.OWNER and self._role(person, locked) != person.role:
                raise NotAllowed(f"class: expected a {person.role} of it, got somebody who is none any more")
            yield
            self._database.afterwards(lambda: knowledge.forget(self.plain))

    def _role(self, person: Person, locked: bool) -> str | None:
        """What somebody is at this moment: in the class that is open, else by their account."""
        if member := self.plain.member(person.id, locked=locked):
            return member.role
        signs_in = knowledge.accounts_are_used() and self.plain.open_class() is None
        return self.plain.role_of_account(person.id, locked=locked) if signs_in else None

    def _note(self, person: Person, act: str, kind: str, thing: str | None = None, name: str = "") -> None:
        self.plain.note_act(person.name, act, kind, thing, name, member=person.id or None)


def plain(store: Store) -> Store:
    """The store itself, in nobody's hands: for joining a class, and for what is the same for everybody."""
    return store.plain if isinstance(store, ActingStore) else store


def of_machine(store: Store) -> ActingStore:
    """The store in the hands of whoever has the machine: all may be done, and in a class it is written down."""
    return ActingStore(store, None)


def person(store: Store) -> Person:
    """In whose hands a store is; a plain one is the owner's."""
    return store.person if isinstance(store, ActingStore) else OWNER


def may(store: Store, act: str, thing: OfSomebody | Owned | str | None = None) -> bool:
    """Whether a button for this method of the store would do anything: on a run, a text by its name, or at all."""
    who, right = person(store), TABLE[act]
    if who.leads or right.rule is Rule.FREE:
        return True
    if right.rule in (Rule.LEADS, Rule.NEVER) or who.role is Role.STRANGER:
        return False
    if right.rule is Rule.MAKES:
        return who.role is Role.PUPIL
    known = knowledge.known(plain(store))
    thing = known.texts.get(thing) if isinstance(thing, str) else thing
    return thing is None or (known.may_change(who, thing) if right.act else True)


# ---- the rules, each for all methods that have it


Call = Callable[[Given], Any]


def _free(store: ActingStore, person: Person, right: Right, given: Given, call: Call) -> Any:
    found = call(given)
    return found._replace(pin_hash="") if hasattr(found, "pin_hash") and not person.leads else found


def _lists(store: ActingStore, person: Person, right: Right, given: Given, call: Call) -> Any:
    if "text" in given:
        store._check_reads_text(person, given["text"])
    found, known = call(given), knowledge.known(store.plain)
    if call.__name__ == "recent":
        return [run if _readable(known, person, run) else _veiled(run) for run in found]
    return [one for one in found if _readable(known, person, one)]


def _readable(known: Known, person: Person, one: Any) -> bool:
    """Whether a row of a list is for this person's eyes."""
    if person.leads or person.role is Role.STRANGER:
        return person.leads
    match type(one).__name__:
        case "Run" | "Listed":
            return known.may_read(person, one)
        case "TextRow":
            return one.shared or known.is_own(person, one)
        case "Need":
            return (run := known.runs.get(one.run)) is not None and known.may_read(person, run)
        case "Deleted":
            thing = (known.runs if one.kind == "run" else known.texts).get(one.id)
            return thing is not None and known.may_change(person, thing)
        case "Member":
            return True
        case "Act":
            return one.member == person.id
    raise TypeError(f"a list of {type(one)} has no rule")


def _veiled(run: Run) -> Run:
    """One that counts where waits are told, and of which nothing else is told."""
    plan = json.loads(run.config_json)
    told = {**plan, "name": "", "owner": "", "preset": None, "corpus": RunConfig().corpus, "sampling": {}}
    hidden = hashlib.sha256(run.id.encode()).hexdigest()[:8]
    return dataclasses.replace(
        run, id=f"hidden-{hidden}", name="", owner="", preset=None, corpus="", message=None, log=None, tags=(),
        provenance=None, config_json=json.dumps(told), parent=None, tokenizer_json=None,
    )  # fmt: skip


def _reads_run(store: ActingStore, person: Person, right: Right, given: Given, call: Call) -> Any:
    store._check_reads_run(person, given["run_id"])
    return call(given)


def _reads_text(store: ActingStore, person: Person, right: Right, given: Given, call: Call) -> Any:
    store._check_reads_text(person, given["name"])
    return call(given)


def _acts(store: ActingStore, person: Person, right: Right, given: Given, call: Call) -> Any:
    kind = "text" if right.rule is Rule.ACTS_ON_TEXT else "run"
    if "run_ids" in given:
        given["run_ids"] = names = list(given["run_ids"])
    else:
        names = [given.get("run_id", given.get("name"))]
        if right.rule is Rule.ACTS_ON_EITHER and store._owned("text", names[0]):
            kind = "text"
    act = _act(right.act, given)
    things = {name: store._check_changes(person, act, kind, name) for name in names}
    with store._deed(person):
        if act == "resume":
            budgets.check_runs(store.plain, person, [], resumed=len(names))
        if kind == "text" and right.act == "delete":
            store._check_unneeded(person, names[0])
        found = call(given)
        for name, thing in things.items():
            if thing is not None and (not isinstance(found, list) or name in found):
                store._note(person, act, kind, name, "" if given.get("now") else thing.name)
    return found


def _act(act: str, given: Given) -> str:
    """What it is called: to pause and to stop, to pin and to take a pin away are acts of their own."""
    if act == "ask":
        return str(given["wanted"])
    undone = given.get("pinned") is False or given.get("shared") is False
    return f"un{act}" if undone else f"{act} for good" if given.get("now") else act


def _makes(store: ActingStore, person: Person, right: Right, given: Given, call: Call) -> Any:
    store._check_makes(person, right.act)
    if given.get("goes_first") and not person.leads:
        raise NotAllowed("goes_first: expected a run of the teacher's, got one of a pupil")
    given["member"] = person.member
    if "parent" in given:
        store._check_reads_run(person, given["parent"])
    if "config" in given:
        given["config"] = store._own_config(person, given["config"])
    if "configs" in given:
        given["configs"] = [store._own_config(person, config) for config in given["configs"]]
    if "imported" in given and not person.leads:  # it bears their nickname; the texts that it names may be anywhere
        config = given["imported"].config.model_copy(update={"owner": person.name})
        given["imported"] = given["imported"]._replace(config=config)
    kind = "text" if right.act == "add" else "run"
    with store._deed(person):
        if configs := given.get("configs", [given["config"]] if "config" in given else []):
            budgets.check_runs(store.plain, person, configs)
        if "text" in given:
            budgets.check_text(store.plain, person, len(given["text"]))
        found = call(given)
        budgets.check_kept(store.plain, person)
        for name in found if isinstance(found, list) else [found]:
            called = given["title"] if kind == "text" else store.plain.run(name).name
            store._note(person, right.act, kind, name, called)
    return found


def _leads(store: ActingStore, person: Person, right: Right, given: Given, call: Call) -> Any:
    if not person.leads:
        raise NotAllowed(f"{call.__name__}: expected the teacher, got a {person.role} of the class")
    if not right.act:
        return _and_forget(store, given, call)
    if right.act == "back up":  # the copy is no transaction of this store, and takes its time
        store._note(person, right.act, "class")
        return call(given)
    acts = [(right.act, given.get("name", ""))]
    if "change" in given:
        acts, given["change"] = _told(given["change"])
    with store._deed(person, locked=False):
        found = call(given)
        for act, name in acts:
            store._note(person, act, "class", name=name)
    return found


def _told(change: Callable[[Given], Given]) -> tuple[list[tuple[str, str]], Callable[[Given], Given]]:
    """What a change of the class's settings turns out to be, once it was made; and the change itself."""
    acts: list[tuple[str, str]] = []

    def changed(before: Given) -> Given:
        after = change(before)
        acts[:] = class_settings.told(before, after)
        return after

    return acts, changed


def _oneself(store: ActingStore, person: Person, right: Right, given: Given, call: Call) -> Any:
    whose = given.get("members", [given.get("member")])
    if not person.leads and (person.role is Role.STRANGER or {*whose} != {person.id}):
        raise NotAllowed(f"{call.__name__}: expected yourself, got somebody else of the class")
    if right.act:
        store._check_makes(person, right.act)
    return call(given)


def _never(store: ActingStore, person: Person, right: Right, given: Given, call: Call) -> Any:
    raise NotAllowed(f"{call.__name__}: expected the command line of this machine, got a page")


def _and_forget(store: ActingStore, given: Given, call: Call) -> Any:
    found = call(given)
    knowledge.forget(store.plain)
    return found


_RULES: dict[Rule, Callable[[ActingStore, Person, Right, Given, Call], Any]] = {
    Rule.FREE: _free, Rule.LISTS: _lists, Rule.READS_RUN: _reads_run, Rule.READS_TEXT: _reads_text,
    Rule.ACTS_ON_RUN: _acts, Rule.ACTS_ON_TEXT: _acts, Rule.ACTS_ON_EITHER: _acts, Rule.MAKES: _makes,
    Rule.ONESELF: _oneself, Rule.LEADS: _leads, Rule.NEVER: _never,
}  # fmt: skip


def _ruled(name: str, right: Right) -> Callable[..., Any]:
    """A method of the store that asks its rule first. Who owns the machine is not asked; what they do in a class is
    written down as well.
    """
    method, rule = getattr(Store, name), _RULES[right.rule]
    signature = inspect.signature(method)

    @wraps(method)
    def asked(self: ActingStore, *args: Any, **kwargs: Any) -> Any:
        person = self.person
        given = signature.bind(self.plain, *args, **kwargs).arguments
        if person.role is not Role.OWNER or (right.noted and knowledge.known(self.plain).open_class is not None):
            return rule(self, person, right, given, call)
        return _and_forget(self, given, call) if right.rule is Rule.LEADS else call(given)

    @wraps(method)
    def call(given: Given) -> Any:
        return getattr(Store, name)(**given)

    return asked


for _name in dir(Store):  # one that has no rule is for nobody
    if not _name.startswith("_") and callable(getattr(Store, _name)) and _name != "reader_of":
        setattr(ActingStore, _name, _ruled(_name, TABLE.get(_name, Right(Rule.NEVER))))
