"""One thing that was found in a text, and the kinds that there are. Knows not how they are found."""

from __future__ import annotations

import re
from typing import NamedTuple

EMAIL, PHONE, ACCOUNT, STREET, WEB = "e-mail", "telephone", "account", "address", "web"
GAP = r"[ \t\u00a0\u2009\u202f]"  # between parts of a number: no line end


class Found(NamedTuple):
    """The characters from `start` to before `end` are of this kind; `why` says by what it was recognised."""

    start: int
    end: int
    kind: str
    why: str

    def later(self, by: int) -> Found:
        """The same in a text that has so many characters before."""
        return self._replace(start=self.start + by, end=self.end + by)


def one_of(words: str) -> str:
    """A pattern for any of these words, the longest first; `_` in a word is a space or nothing."""
    listed = sorted(words.split(), key=len, reverse=True)
    return "(?:" + "|".join(re.escape(word).replace("_", r"\s?") for word in listed) + ")"
