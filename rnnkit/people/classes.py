"""A class: opened with a code and a PIN, joined with a nickname, changed by its teacher, ended with all it left.

Knows no page and no address of a machine.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection
from contextlib import suppress
from typing import Any, NamedTuple

from rnnkit import settings as environment
from rnnkit.errors import ConfigError, NoClass, NotAllowed, WrongStatus
from rnnkit.people import acting, class_settings, known, nicknames
from rnnkit.people.attempts import Attempts
from rnnkit.people.class_settings import ClassSettings
from rnnkit.people.person import MACHINE, Role
from rnnkit.store import WAITING_OR_ACTIVE, Store, Wanted
from rnnkit.store.rows import new_run_id

HOURS = 24  # after which a class ends by itself
_LETTERS = "ABCDEFGHJKLMNPRTUVWXYZ"  # no I, O, Q, S: they read like 1, 0, O, 5
_SCRYPT: dict[str, Any] = {"n": 2**14, "r": 8, "p": 1}  # 16 MB and 50 ms for each try
_codes, _pins = Attempts(), Attempts()


class Opened(NamedTuple):
    """The code for the wall, and the PIN, which is shown to the teacher once and kept nowhere."""

    code: str
    pin: str


# ---- open, change


def open_class(store: Store, browser: str | None = None, **settings: Any) -> Opened:
    """Open a class. `browser`, where it was opened from a page, is its teacher.

    Raises WrongStatus: one is open. ConfigError: a setting that is none, or a PIN that is too short.
    """
    expire(store)
    values = class_settings.changed({}, settings)
    opened = Opened("".join(secrets.choice(_LETTERS) for _ in range(4)), pin())
    store, here = acting.plain(store), known.known(store)
    account = here.account(browser) if browser else None
    who, member = account.nickname if account else "Teacher", here.member(browser) if browser else None
    with store.together():
        store.begin_class(new_run_id(), opened.code, _hashed(opened.pin), HOURS, values)
        if member:
            store.admit(member, who, Role.TEACHER, nicknames.key)
        store.note_act(who if member else MACHINE.name, "open the class", "class", member=member)
    known.forget(store)
    return opened


def pin() -> str:
    """The one of RNNKIT_TEACHER_PIN, or six digits made now. Raises ConfigError: that is too short."""
    given = environment.value("RNNKIT_TEACHER_PIN")
    if given and len(given) < 4:
        raise ConfigError(f"RNNKIT_TEACHER_PIN: expected at least 4 characters, got {len(given)}")
    return given or f"{secrets.randbelow(10**6):06}"


def new_pin(store: Store) -> str:
    """Another PIN for the open class: for a teacher who has lost the first one. Raises NoClass."""
    made = pin()
    store.set_pin(_hashed(made))
    return made


def settings(store: Store) -> ClassSettings | None:
    """Those of the open class; None where there is none."""
    row = store.open_class()
    return row and class_settings.parse(row.settings)


def change(store: Store, **changes: Any) -> ClassSettings:
    """Change settings of the open class, in one transaction: a dict is merged into the one that is there.

    Raises NoClass. ConfigError: an unknown setting, or one out of its range.
    """
    now = store.change_class(lambda values: class_settings.changed(values, changes))
    known.forget(store)
    return class_settings.parse(now)


def stop_all(store: Store, members: Collection[str] | None = None) -> int:
    """Ask each run of these members (None: of all) to stop, those that wait too; how many were asked."""
    asked = 0
    with store.together():
        for run in store.runs(statuses=WAITING_OR_ACTIVE):
            if run.member is not None and (members is None or run.member in members):
                with suppress(WrongStatus):  # it has ended by itself
                    store.ask(run.id, Wanted.STOP)
                    asked += 1
    return asked


def expire(store: Store) -> bool:
    """End the class whose day is over; whether one was. Whoever looks after the store calls this now and then."""
    if not store.class_is_over():
        return False
    from rnnkit.people import ending

    with suppress(NoClass):  # somebody else ends it at this moment
        ending.end(store)
    return True


# ---- join


def join(store: Store, browser: str, code: str, nickname: str = "", pin: str = "") -> Role:
    """Put a browser (the sha256 of its id) into the open class. With the PIN it is a teacher's, without a name a guest.

    Raises NoClass. NotAllowed: a wrong code or PIN, no guests, or a class of accounts only. TooManyTries: says how long
    to wait. ConfigError: no nickname. Taken: somebody has it; `suggestions` has others.
    """
    if (row := store.open_class()) is None:
        raise NoClass("class: expected one that is open, got none")
    rules, here = class_settings.parse(row.settings), known.known(store)
    browser = here.member(browser)
    if pin:
        with _pins.one(browser):
            if not _same(pin.strip(), row.pin_hash):
                raise NotAllowed("PIN: expected the one in the teacher's terminal, got another")
        role = Role.TEACHER
    elif here.required:
        raise NotAllowed("class: expected somebody who signs in, as RNNKIT_OIDC_REQUIRED says, got a code")
    else:
        with _codes.one(browser):
            if not hmac.compare_digest(_read(code).encode(), row.code.encode()):
                raise NotAllowed(f"code: expected the one on the wall, got {_read(code)[:10] or 'none'}")
        role = Role.PUPIL if nickname.strip() or not rules.guests else Role.GUEST
    name = "" if role is Role.GUEST else nicknames.clean(nickname.strip() or ("Teacher" if pin else ""))
    if role is Role.TEACHER and not nickname.strip():
        name = _free(store, browser, name)
    with store.together():
        store.admit(browser, name, role, nicknames.key)
        store.note_act(name or "Guest", "join", "class", name=f"as {role}", member=browser)
    known.forget(store)
    return role


def join_signed_in(store: Store, browser: str) -> bool:
    """Put whoever is signed in there into the open class, without a code; whether somebody is, and one is open.

    Raises NotAllowed: a guest where the class has none.
    """
    row, account = store.open_class(), known.known(store).account(browser)
    if row is None or account is None:
        return False
    role = Role(account.role)
    if role is Role.GUEST and not class_settings.parse(row.settings).guests:
        raise NotAllowed("class: expected a pupil or a teacher, got an account of a guest; this class has no guests")
    name = "" if role is Role.GUEST else _free(store, account.account, account.nickname)
    store.admit(account.account, name, role, nicknames.key)
    known.forget(store)
    return True


def suggestions(store: Store, wanted: str = "") -> list[str]:
    """Nicknames that nobody in the class has."""
    with suppress(ConfigError):
        return nicknames.suggestions([one.nickname for one in store.members()], nicknames.clean(wanted))
    return nicknames.suggestions([one.nickname for one in store.members()])


def _free(store: Store, browser: str, name: str) -> str:
    taken = [one.nickname for one in store.members() if one.id != browser]
    used = {nicknames.key(other) for other in taken}
    return name if nicknames.key(name) not in used else nicknames.suggestions(taken, name, 1)[0]


def _read(code: str) -> str:
    """A code as it is written on the wall, however it was typed."""
    return "".join(letter for letter in code.upper() if letter.isalnum())


def _hashed(pin: str) -> str:
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}${hashlib.scrypt(pin.encode(), salt=salt, **_SCRYPT).hex()}"


def _same(pin: str, stored: str) -> bool:
    salt, _, expected = stored.partition("$")
    found = hashlib.scrypt(pin.encode("utf-8", "replace"), salt=bytes.fromhex(salt), **_SCRYPT).hex()
    return hmac.compare_digest(found, expected)
