"""Many cells in little room: rows and columns of a table as pieces of text, since a string each takes ten times that.

Knows no number, no date and no header.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress
from typing import overload

import numpy as np

PART = 4_096  # rows in a piece
_BETWEEN = "\0"  # cells of a row; no text holds one


class Column(Sequence[str]):
    """The cells of a column, without line ends."""

    def __init__(self, cells: Iterable[str] = ()) -> None:
        self.parts: list[str] = []  # PART cells each, but for the last; one a line
        self._count = 0
        self._split: tuple[int, list[str]] = (-1, [])
        given = list(cells)
        for start in range(0, len(given), PART):
            self.add(given[start : start + PART])

    def add(self, cells: Sequence[str]) -> None:
        """Put PART cells behind the others; fewer only at the end."""
        self.parts.append("\n".join(cells))
        self._count += len(cells)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        for part in self.parts:
            yield from part.split("\n")

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...

    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(self._count))]
        if not -self._count <= place < self._count:
            raise IndexError(place)
        part, at = divmod(place % self._count, PART)
        if self._split[0] != part:
            self._split = part, self.parts[part].split("\n")
        return self._split[1][at]


class Rows:
    """Rows of cells; `at` says in which line of the file each stands, `counts` how many cells it has."""

    def __init__(self) -> None:
        self.at, self.counts = array("i"), array("i")
        self._rows = Column()
        self._last: list[str] = []

    def __len__(self) -> int:
        return len(self.at)

    def append(self, at: int, cells: Sequence[str]) -> None:
        """Put a row behind the others; `close` once there are no more."""
        self.at.append(at)
        self.counts.append(len(cells))
        self._last.append(_BETWEEN.join(cells))
        if len(self._last) == PART:
            self.close()

    def close(self) -> None:
        """No row comes any more."""
        if self._last:
            self._rows.add(self._last)
            self._last = []

    def beginning(self, pattern: re.Pattern[str]) -> Iterator[tuple[int, list[str]]]:
        """Places and cells of the rows whose first cell with something in it begins so; `pattern` has no line end."""
        begins = re.compile(f"^{_BETWEEN}*{pattern.pattern}.*$", re.MULTILINE | pattern.flags)
        for number, part in enumerate(self._rows.parts):
            place, at = number * PART, 0
            for found in begins.finditer(part):
                place, at = place + part.count("\n", at, found.start()), found.start()
                yield place, found[0].split(_BETWEEN)

    def __getitem__(self, place: int) -> list[str]:
        return self._rows[place].split(_BETWEEN)

    def __iter__(self) -> Iterator[list[str]]:
        return (row.split(_BETWEEN) for row in self._rows)

    def columns(self, keep: np.ndarray, width: int) -> list[Column]:
        """The first `width` columns of the rows that `keep` (N,) says, empty cells where a row is shorter.

        The rows are gone then: both together would take twice the room.
        """
        columns = [Column() for _ in range(width)]
        kept: list[list[str]] = []
        for number, part in enumerate(self._rows.parts):
            self._rows.parts[number] = ""
            for row in compress(part.split("\n"), keep[number * PART : (number + 1) * PART]):
                cells = row.split(_BETWEEN)
                kept.append(cells if len(cells) == width else [*cells, *[""] * (width - len(cells))][:width])
            last = number == len(self._rows.parts) - 1
            while kept and (last or len(kept) >= PART):
                for column, of_column in zip(columns, zip(*kept[:PART], strict=True), strict=True):
                    column.add(of_column)
                kept = kept[PART:]
        return columns
