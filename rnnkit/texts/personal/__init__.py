"""What in a text tells who somebody is or how to reach them: e-mail addresses, telephone numbers, accounts, homes.

A hint for people, not a promise: names and what a story tells cannot be found so. Knows no store and no page.
"""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from rnnkit.texts.personal import numbers, online, streets
from rnnkit.texts.personal.found import ACCOUNT, EMAIL, PHONE, STREET, WEB, Found

MOST_CHARS = 5_000_000  # looked at where a page waits for it: two seconds
MOST_CANDIDATES = 30_000  # places that look like something and are looked at closely: 0.3 ms each at most
_PIECE = 50_000  # characters between two looks at what is left of that


class Kind(NamedTuple):
    """What people call one of a kind and several, and what stands in its place in a text that is kept without it."""

    one: str
    many: str
    placeholder: str


KINDS = {
    EMAIL: Kind("e-mail address", "e-mail addresses", "[e-mail]"),
    PHONE: Kind("telephone number", "telephone numbers", "[telephone]"),
    ACCOUNT: Kind("account number", "account numbers", "[account]"),
    STREET: Kind("postal address", "postal addresses", "[address]"),
    WEB: Kind("web address with a user name", "web addresses with a user name", "[web address]"),
}


class Looked(NamedTuple):
    """What was found, in the order of the text and without overlap, in its first `chars` of `of` characters."""

    found: tuple[Found, ...]
    chars: int
    of: int

    @property
    def whole(self) -> bool:
        return self.chars == self.of

    @property
    def counts(self) -> dict[str, int]:
        """How many of each kind there are, in the order of KINDS; kinds that are not there are left out."""
        counted = Counter(one.kind for one in self.found)
        return {kind: counted[kind] for kind in KINDS if counted[kind]}

    def __str__(self) -> str:
        """As people read it: "2 e-mail addresses, 1 telephone number"."""
        return ", ".join(f"{n:,} {KINDS[kind].one if n == 1 else KINDS[kind].many}" for kind, n in self.counts.items())

    @property
    def share(self) -> str:
        """The sentence that not all was looked at; empty where it was."""
        return "" if self.whole else f"Only the first {self.chars:,} of {self.of:,} characters were looked at."


def find(text: str, most: int | None = MOST_CHARS, candidates: int | None = MOST_CANDIDATES) -> Looked:
    """Look through a text, from its beginning, in a time that grows with its length at most.

    Args:
        most: characters; None for all.
        candidates: places that are looked at closely; None for all.
    """
    end = len(text) if most is None else min(most, len(text))
    left = len(text) if candidates is None else candidates
    found: list[Found] = []
    start = 0
    while start < end and left > 0:
        stop = _pause(text, start, end)
        piece, near = text[start:stop], []
        for search in SEARCHES:
            for one in search(piece):
                left -= 1
                if one is not None:
                    near.append(one)
        found += (one.later(start) for one in _apart(near))
        start = stop
    return Looked(tuple(found), start, len(text))


def _apart(near: Iterable[Found]) -> list[Found]:
    """Without overlap, in the order of the text; of two that overlap the one that was searched for first stays."""
    kept: list[Found] = []
    for one in near:
        at = bisect(kept, one)
        before, after = kept[at - 1 : at], kept[at : at + 1]
        if all(other.end <= one.start for other in before) and all(one.end <= other.start for other in after):
            kept.insert(at, one)
    return kept


def redacted(text: str, found: Iterable[Found]) -> str:
    """The text with a placeholder of its kind in the place of each that was found by `find`."""
    parts, end = [], 0
    for one in found:
        parts += [text[end : one.start], KINDS[one.kind].placeholder]
        end = one.end
    return "".join([*parts, text[end:]])


def _pause(text: str, start: int, end: int) -> int:
    """The end of the next piece: at a line's end where there is one, else between words."""
    if (stop := start + _PIECE) >= end:
        return end
    for gap in ("\n", " "):
        if (at := text.rfind(gap, start + _PIECE // 2, stop)) >= 0:
            return at + 1
    return stop


# In the order in which they are right: an account is no telephone number, a web address holds no e-mail address.
SEARCHES = (numbers.accounts, online.web, online.emails, numbers.phones, streets.streets)
