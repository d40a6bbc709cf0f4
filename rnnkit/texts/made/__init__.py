"""Texts that the program makes itself, of any size and from any seed: `play-2000000`, `play-2000000-7`.

A kind with a size behind its name is the same grammar, longer or shorter; with a seed behind that it is another text of
the kind. Knows no table of texts and no network.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple, Protocol, TypeVar

from rnnkit.errors import CorpusError

_ASKED = re.compile(r"([a-z]+)-(\d{1,9})(?:-(\d{1,9}))?")


class Asked(NamedTuple):
    """What a name asks for; size 0: as large as the kind usually is."""

    kind: str
    size: int = 0
    seed: int = 0


class _Entry(Protocol):
    @property
    def most(self) -> int: ...
    @property
    def unit(self) -> str: ...


Entry = TypeVar("Entry", bound=_Entry)


def asked(name: str) -> Asked | None:
    """Kind, size and seed of a name with a size; None where it has none."""
    found = _ASKED.fullmatch(name)
    return Asked(found[1], int(found[2]), int(found[3] or 0)) if found else None


def entry(name: str, table: Mapping[str, Entry]) -> Entry | None:
    """The entry of `table` that makes what `name` asks for; None where there is none, or its size is fixed.

    Raises CorpusError: a size out of range.
    """
    one = asked(name)
    found = None if one is None else table.get(one.kind)
    if one is None or found is None or not found.most:
        return None
    if not 1 <= one.size <= found.most:
        raise CorpusError(f"corpus: expected 1 to {found.most:,} {found.unit} in {one.kind}-SIZE, got {name!r}")
    return found


def whole(parts: Iterator[str], chars: int) -> str:
    """The first parts of an endless text: whole ones, `chars` characters or a little more."""
    taken, size = [], 0
    while size < chars:
        taken.append(next(parts))
        size += len(taken[-1])
    return "".join(taken)


def writer(write: Callable[[int, int], str], usual: int) -> Callable[[str], str]:
    """`write(size, seed)` as what an entry of a table needs: it takes a name. The last texts are kept."""

    @lru_cache(maxsize=2)
    def kept(size: int, seed: int) -> str:
        return write(size, seed)

    def of_name(name: str) -> str:
        one = asked(name) or Asked(name)
        return kept(one.size or usual, one.seed)

    return of_name
