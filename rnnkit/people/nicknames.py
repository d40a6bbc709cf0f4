"""What a nickname may be, when two are the same, and names that are free. Knows no store."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Collection

from rnnkit.errors import ConfigError

MOST_CHARS = 20
_ALLOWED = frozenset(" -'\u2019._")
_COLOURS = ("Amber", "Blue", "Coral", "Golden", "Green", "Indigo", "Ivory", "Olive", "Red", "Silver", "Teal", "Violet")
_ANIMALS = (
    "Badger", "Crane", "Dolphin", "Eagle", "Falcon", "Heron", "Ibis", "Lynx", "Marten", "Otter", "Puffin", "Raven",
    "Robin", "Seal", "Stork", "Swift", "Tiger", "Vole", "Wolf", "Wren",
)  # fmt: skip


def clean(name: str) -> str:
    """The name as it is shown: one line, single spaces, letters of one script, digits and - ' . _

    Raises ConfigError: it is none.
    """
    name = unicodedata.normalize("NFKC", " ".join(str(name).split()))
    if not name or len(name) > MOST_CHARS:
        raise ConfigError(f"nickname: expected 1 to {MOST_CHARS} characters, got {len(name) or 'none'}")
    wrong = [letter for letter in name if letter not in _ALLOWED and unicodedata.category(letter)[0] not in "LMN"]
    if wrong or not any(letter.isalnum() for letter in name) or re.search(r"\W{3}|_{3}", name):
        shown = ascii(wrong[0]).strip("'") if wrong else name
        raise ConfigError(f"nickname: expected letters, digits, spaces and - ' . _, got {shown}")
    if len(_scripts(name)) > 1 or _marks_in_a_row(name) > 2:
        raise ConfigError(f"nickname: expected letters of one alphabet, got {' and '.join(sorted(_scripts(name)))}")
    return name


def key(name: str) -> str:
    """Equal for names that people would take for the same."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", name).casefold() if letter.isalnum())


def suggestions(taken: Collection[str], wanted: str = "", count: int = 3) -> list[str]:
    """Names that nobody has: the wanted one with a number first, then made ones."""
    used, found = {key(name) for name in taken}, list[str]()
    if wanted:
        short = wanted[: MOST_CHARS - 3].rstrip()
        found.append(next(name for n in range(2, 1000) if key(name := f"{short} {n}") not in used))
    for _ in range(1000):
        name = f"{secrets.choice(_COLOURS)} {secrets.choice(_ANIMALS)}"
        if len(found) >= count:
            break
        if key(name) not in used and name not in found:
            found.append(name)
    return found


def _scripts(name: str) -> set[str]:
    """The alphabets of its letters, by the first word of what Unicode calls them."""
    names = (unicodedata.name(letter, "OTHER") for letter in name if unicodedata.category(letter)[0] == "L")
    found = {one.split(" ")[0].split("-")[0] for one in names}
    return {"CJK" if one in ("HIRAGANA", "KATAKANA") else one for one in found}


def _marks_in_a_row(name: str) -> int:
    kinds = "".join(unicodedata.category(letter)[0] for letter in name)
    return max(map(len, re.findall("M+", kinds)), default=0)
