"""What decides who may do what, read once a second for all who ask: the class, its members, whose everything is.

Without a class that is one small query a second, and everybody is the owner, unless people sign in with accounts.
Knows no cookie.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

from rnnkit import settings
from rnnkit.config import split_corpora
from rnnkit.people.person import OWNER, Person, Role
from rnnkit.store import Member, OpenClass, Store
from rnnkit.store.accounts import SignedIn
from rnnkit.store.needs import PREFIX
from rnnkit.store.people import Owned
from rnnkit.texts.corpora import CORPORA

READ_SECONDS = 1.0  # between two readings
_NOBODY_KNOWS = ""  # stands for the texts of a parent that is gone


class OfSomebody(Protocol):
    """A run, whole or as lists show it."""

    @property
    def id(self) -> str: ...
    @property
    def member(self) -> str | None: ...
    @property
    def corpus(self) -> str: ...
    @property
    def parent(self) -> str | None: ...
    @property
    def pretrained(self) -> bool: ...
    @property
    def imported(self) -> bool: ...


class Known:
    """A class and whose everything is, as it was read at one moment. Threads may share it."""

    def __init__(self, store: Store):
        self.read_at = time.monotonic()
        self.open_class: OpenClass | None = store.open_class()
        self.members: dict[str, Member] = {}
        self.runs: dict[str, Owned] = {}
        self.texts: dict[str, Owned] = {}
        self._titles: dict[str, list[Owned]] = {}
        self._private: dict[str, frozenset[str]] = {}
        self.accounts: dict[str, SignedIn] = {}  # by the id of a sign-in
        self.required = False  # whether nobody gets in without an account
        used = accounts_are_used()
        self.asks = used or self.open_class is not None  # else everybody is the owner
        if used:
            self.accounts = {one.id: one for one in store.signed_in()}
            self.required = bool(settings.integer("RNNKIT_OIDC_REQUIRED"))
        if self.open_class is not None:
            self.members = {one.id: one for one in store.members()}
        if self.asks:
            runs, texts = store.whose()
            self.runs, self.texts = ({one.id: one for one in found} for found in (runs, texts))
            for text in texts:
                self._titles.setdefault(text.name.casefold(), []).append(text)

    def person(self, browser: str) -> Person:
        """Who this is: `browser` is the id of a sign-in or of a browser, empty without a cookie of ours."""
        if not self.asks:
            return OWNER
        account = self.accounts.get(browser)
        if member := self.members.get(self.member(browser)):
            return Person(member.id, member.nickname, Role(member.role))
        if account and self.open_class is None:
            return Person(account.account, account.nickname, Role(account.role))
        looks_on = self.open_class is None and not self.required
        return Person("", "", Role.GUEST if looks_on else Role.STRANGER)

    def account(self, browser: str) -> SignedIn | None:
        """The account with which somebody is signed in there."""
        return self.accounts.get(browser)

    def member(self, browser: str) -> str:
        """The id that stands in the rows of what is made there: of the account, or of the browser itself."""
        account = self.accounts.get(browser)
        return account.account if account else browser

    # ---- reading

    def may_read(self, person: Person, run: OfSomebody) -> bool:
        """Whether this person may watch, compare, sample and fork this run."""
        if person.leads or person.role is Role.STRANGER:
            return person.leads
        return self.is_own(person, run) or not self.private_texts(run)

    def may_read_text(self, person: Person, name: str) -> bool:
        """Whether this person may read and train on the text of this name or title; of none that is here: yes."""
        if person.leads or person.role is Role.STRANGER:
            return person.leads
        return all(text.shared or self.is_own(person, text) for text in self._named(name))

    def may_change(self, person: Person, thing: OfSomebody | Owned) -> bool:
        """Whether this run or text is theirs to stop, rename, delete, share."""
        return person.leads or (person.role is Role.PUPIL and self.is_own(person, thing))

    def is_own(self, person: Person, thing: OfSomebody | Owned) -> bool:
        """Whether this person made it."""
        return thing.member is not None and thing.member == person.id

    def private_texts(self, run: OfSomebody) -> frozenset[str]:
        """Names of texts that went into the run, or into what it was forked from, and that are not shared."""
        if (found := self._private.get(run.id)) is None:
            found = self._private[run.id] = self._read_private(run)
        return found

    def _read_private(self, run: OfSomebody) -> frozenset[str]:
        if run.pretrained:
            return frozenset()
        names = {text for part in {*split_corpora(run.corpus), run.corpus} for text in self._unshared(part)}
        parent = self.runs.get(run.parent or "")
        if parent is not None:
            self._private[run.id] = frozenset((_NOBODY_KNOWS,))  # where rows name each other
            names |= self.private_texts(parent)
        elif run.parent and not run.imported:
            names.add(_NOBODY_KNOWS)
        return frozenset(names)

    def _unshared(self, part: str) -> list[str]:
        found = self._named(part)
        gone = [part] if part.startswith(PREFIX) and not found else []
        return gone + [text.id for text in found if not text.shared]

    def _named(self, part: str) -> list[Owned]:
        """The texts of somebody's own that a corpus means by this name or title."""
        if text := self.texts.get(part):
            return [text]
        return [] if part.partition("-")[0] in CORPORA else self._titles.get(" ".join(part.split()).casefold(), [])


def accounts_are_used() -> bool:
    """Whether people sign in with accounts here."""
    return bool(settings.value("RNNKIT_OIDC_URL"))


_lock = threading.Lock()
_known: dict[str, Known] = {}  # by the address of the store
_changes: dict[str, int] = {}  # how often it was forgotten
_were: dict[str, frozenset[str]] = {}  # the class that was open when somebody looked last, and its members
_forgets: list[Callable[[], object]] = []


def at_hand(store: Store) -> Known | None:
    """What was read within the last second."""
    found = _known.get(store.url)
    return found if found and time.monotonic() - found.read_at < READ_SECONDS else None


def known(store: Store) -> Known:
    """What is known now, a second old at most. Raises StoreError. `store` is the plain one."""
    if found := at_hand(store):
        return found
    with _lock:
        return at_hand(store) or read_again(store)


def read_again(store: Store) -> Known:
    """What is known at this moment. Kept for others, unless something was changed while it was read.

    Where a class has ended or somebody is gone, what is in mind of it is forgotten.
    """
    changes = _changes.get(store.url, 0)
    found = Known(store)
    if _changes.get(store.url, 0) == changes:
        _known[store.url] = found
    here = frozenset((found.open_class.id, *found.members)) if found.open_class else frozenset()
    before, _were[store.url] = _were.get(store.url, frozenset()), here
    if before - here:
        forget_all()
    return found


def keeps(forget: Callable[[], object]) -> None:
    """Who keeps in memory what members of a class made or are called says here how it is forgotten."""
    _forgets.append(forget)


def forget_all() -> None:
    """Nothing that members made stays in the memory of this process: in the caches of those who have said so."""
    for call in _forgets:
        call()


def forget(store: Store) -> None:
    """Whoever changes a class, a member or what is shared calls this: the next who asks here knows it at once."""
    _changes[store.url] = _changes.get(store.url, 0) + 1
    _known.pop(store.url, None)
