"""The series in a table: which column, in which order of time, without what is no number. Says all that it did."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np

from rnnkit.errors import ConfigError, CorpusError
from rnnkit.texts.tables import dates, numbers, reading, times
from rnnkit.texts.tables.dates import Order
from rnnkit.texts.tables.numbers import Decimal, Hint, Numbers
from rnnkit.texts.tables.reading import Grid, counts
from rnnkit.texts.tables.times import KEY, When

FEWEST_VALUES = 20
LARGEST_VALUE = 1e100  # its square is still a number
MOST_GAPS = 0.1  # of all values; more would be our invention and not a measurement
SAMPLE = 2_000  # rows by which a column is known to be one of numbers


@dataclass(frozen=True)
class Series:
    """Values in their order, float64 (N,), and when each was, datetime64 (N,), where the table has dates.

    `columns` are those that could be chosen instead; `notes` say in sentences what was taken, changed or left out.
    `ambiguous` names what can be read in two ways: `decimal`, `dates`.
    """

    values: np.ndarray
    times: np.ndarray | None
    column: str
    columns: tuple[str, ...]
    notes: tuple[str, ...] = ()
    ambiguous: frozenset[str] = frozenset()

    @property
    def note(self) -> str | None:
        """The notes as one text."""
        return " ".join(self.notes) or None


@lru_cache(maxsize=4)
def read(text: str) -> Table:
    """A table of text; kept, since a person looks at one again and again. Nothing is checked but its shape.

    Raises:
        CorpusError: no table, or one without a column of numbers.
    """
    table = Table(reading.read(text))
    if not table.columns:
        cells = table.grid.columns
        first = next((column[0] for column in cells if column and column[0]), "")
        raise CorpusError(
            f"series: expected a column of numbers, got none in {len(cells)} columns; "
            f"the first row begins with {first[:40]!r}"
        )
    return table


def parse(text: str, column: str = "", decimal: Decimal = "auto", order: Order = "auto") -> Series:
    """The series in a table of text: the named column, else the first one of numbers that says something.

    Gaps (empty cells, words for "missing", infinities) are filled on a straight line between their neighbours; rows
    with any other text are left out; rows are put in the order of their dates.

    Raises:
        CorpusError: no numbers, too few or too many, too many gaps, or values that never change.
        ConfigError: there is no column of numbers called `column`.
    """
    return read(text).series(column, decimal, order)


@dataclass
class Table:
    """The cells of a table, and what they are as numbers and dates."""

    grid: Grid
    _numbers: dict[tuple[int, Decimal], Numbers] = field(default_factory=dict)
    _when: dict[Order, When | None] = field(default_factory=dict)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns of numbers."""
        return tuple(name for place, name in enumerate(self.grid.names) if self._sampled[place].numeric)

    @cached_property
    def _sampled(self) -> list[Numbers]:
        """Each column as numbers, by some of its rows."""
        every = max(1, len(self.grid.rows) // SAMPLE)
        return [numbers.read(cells[::every]) for cells in self.grid.columns]

    @cached_property
    def hint(self) -> Hint:
        """What the table as a whole says of its numbers."""
        every = max(1, len(self.grid.rows) // SAMPLE)
        signs = {
            sign
            for cells, found in zip(self.grid.columns, self._sampled, strict=True)
            if found.numeric
            and found.ambiguous is None
            and (sign := numbers.sign_of([numbers.plain("\n".join(cells[::every]))]))
        }
        dotted = any(re.match(r"\d{1,2}\.\d{1,2}\.\d{2}", cells[0]) for cells in self.grid.columns if cells)
        return Hint(signs.pop() if len(signs) == 1 else None, self.grid.delimiter == ";" or dotted)

    def _column(self, name: str, decimal: Decimal = "auto") -> Numbers:
        place = self.grid.names.index(name)
        if (place, decimal) not in self._numbers:
            self._numbers[place, decimal] = numbers.read(self.grid.columns[place], decimal, self.hint)
        return self._numbers[place, decimal]

    @cached_property
    def chosen(self) -> str:
        """The first column of numbers that is no date, counter, key or constant, and has few gaps."""
        when = self.when()
        rest = [name for name in self.columns if when is None or name not in when.sources] or list(self.columns)

        def usable(name: str, *, strictly: bool) -> bool:
            values = self._column(name).values
            known = values[np.isfinite(values)]
            whole = bool((known % 1 == 0).all())
            if counts(known) or not len(known) or np.ptp(known) == 0:
                return False
            return not strictly or (not (whole and KEY.fullmatch(name)) and len(known) >= (1 - MOST_GAPS) * len(values))

        found = (name for strictly in (True, False) for name in rest if usable(name, strictly=strictly))
        return next(found, next((name for name in rest if not counts(self._column(name).values)), rest[0]))

    def find(self, column: str) -> str:
        """The column of numbers of that name, in whatever letters; the one that is chosen for an empty name.

        Raises:
            ConfigError: there is none.
        """
        if not column:
            return self.chosen
        wanted = column.strip().lower()
        named = next((name for name in self.columns if name.lower() == wanted), None)
        place = re.fullmatch(r"column (\d+)", wanted)
        if named is None and place and 0 < int(place[1]) <= len(self.grid.names):
            named = self.grid.names[int(place[1]) - 1]
        if named not in self.columns:
            raise ConfigError(f"series.column: expected one of {', '.join(self.columns)}, got {column[:60]!r}")
        return named

    def ambiguous(self, column: str) -> frozenset[str]:
        """What of a column can be read in two ways: `decimal`, `dates`."""
        when = self.when()
        ways = {
            "decimal": self._column(column).ambiguous is not None,
            "dates": when is not None and when.dates.ambiguous,
        }
        return frozenset(way for way, here in ways.items() if here)

    def when(self, order: Order = "auto") -> When | None:
        """When each row was, and the columns that say it."""
        if order not in self._when:
            self._when[order] = times.find(
                self.grid, self._sampled, self._column, order, european=self.hint.european or self.hint.decimal == ","
            )
        return self._when[order]

    def series(self, column: str = "", decimal: Decimal = "auto", order: Order = "auto") -> Series:
        """As `parse`."""
        name, when = self.find(column), self.when(order)
        found = self._column(name, decimal)
        notes = [*self.grid.notes, *self._changes(name, found)]
        values = self._measured(found.values, notes)
        rows, at = self._numeric_rows(name, found, values, notes), None
        clock = next(
            (key for key in self.grid.names if when is None and dates.clock(self._cells(key)) is not None), None
        )
        if when is None and clock is None:
            notes += times.unread(self.grid, self.columns)
        if clock is not None:
            notes.append(f"The times in “{clock}” have no day, so they are not taken for dates.")
        if when is not None and name not in when.sources:
            rows, at, more = times.put_in_order(self.grid, when, rows, self._keys(name, when))
            notes += more
        start, values, filled = _without_gaps(values[rows], name)
        at = None if at is None else at[start : start + len(values)]
        if filled:
            notes.append(
                f"Missing or no numbers: {filled:,} of {len(values):,} values, filled on a straight line between their "
                "neighbours."
            )
        notes += [] if at is None else times.gaps(at)
        _check(values, name)
        return Series(values, at, name, self.columns, tuple(notes), self.ambiguous(name))

    def _measured(self, values: np.ndarray, notes: list[str]) -> np.ndarray:
        """Without numbers that mean "not measured"."""
        for code, count in numbers.codes(values).items():
            values = np.where(values == code, np.nan, values)
            often = "once" if count == 1 else f"{count:,} times"
            notes.append(f"{code:.10g} stands {often}, far from all other numbers: taken for “not measured”.")
        return values

    def _numeric_rows(self, name: str, found: Numbers, values: np.ndarray, notes: list[str]) -> np.ndarray:
        """The rows whose cell is a number or missing. Raises CorpusError where too many are neither."""
        if not found.others.any():
            return np.arange(len(values))
        first, count = int(np.flatnonzero(found.others)[0]), int(found.others.sum())
        cell, gaps = f"“{self._cell(name, first)}” (row {self.grid.rows[first]:,})", int((~np.isfinite(values)).sum())
        if gaps > MOST_GAPS * len(values):
            raise CorpusError(
                f"series {name}: expected at most {MOST_GAPS:.0%} gaps, got {gaps:,} in {len(values):,} values, "
                f"{count:,} of them no numbers, the first {cell}; take out those rows, or fill them with what you know"
            )
        rows = "1 row" if count == 1 else f"{count:,} rows"
        notes.append(f"Left out, as there is no number in “{name}”: {rows}, the first with {cell}.")
        return np.flatnonzero(~found.others)

    def _keys(self, name: str, when: When) -> list[str]:
        """Columns that may name several series in one table."""
        return [
            key for key in self.grid.names
            if key != name and key not in when.sources and (key not in self.columns or KEY.fullmatch(key))
        ]  # fmt: skip

    def _cell(self, name: str, row: int) -> str:
        return self._cells(name)[row][:40]

    def _cells(self, name: str) -> Sequence[str]:
        return self.grid.columns[self.grid.names.index(name)]

    def _changes(self, name: str, found: Numbers) -> list[str]:
        """What had to be understood in the cells of a column."""
        notes = []
        if found.ambiguous is not None:
            cell, value = self._cell(name, found.ambiguous), found.values[found.ambiguous]
            mark = "," if "," in cell else "."
            role = "the decimal sign" if found.decimal == mark else "what separates thousands"
            notes.append(
                f"“{cell}” can be read in two ways; in this column “{mark}” is taken for {role}: {value:.10g}."
            )
        for way, count, first in found.changed:
            if found.ambiguous is not None and "separates thousands" in way:
                continue  # said already
            cell = self._cell(name, first)
            notes.append(f"{_cells(count)} such as “{cell}” (row {self.grid.rows[first]:,}) read as "
                         f"{found.values[first]:.10g}: {way}.")  # fmt: skip
        return notes


def _cells(count: int) -> str:
    return "A cell" if count == 1 else f"{count:,} cells"


def _without_gaps(values: np.ndarray, column: str) -> tuple[int, np.ndarray, int]:
    """Where the first number stands, all from there to the last one, and how many between them were filled."""
    known = np.flatnonzero(np.isfinite(values))
    start, end = known[0], known[-1] + 1
    inside = values[start:end]
    filled = len(inside) - len(known)
    if filled > MOST_GAPS * len(inside):
        raise CorpusError(
            f"series {column}: expected at most {MOST_GAPS:.0%} gaps, got {filled:,} in {len(inside):,} values; "
            "take out those rows, or fill them with what you know"
        )
    whole = np.interp(np.arange(start, end), known, values[known]) if filled else inside.copy()
    return int(start), whole, filled


def _check(values: np.ndarray, column: str) -> None:
    if len(values) < FEWEST_VALUES:
        raise CorpusError(f"series {column}: expected at least {FEWEST_VALUES} values, got {len(values)}")
    if np.ptp(values) == 0:
        raise CorpusError(f"series {column}: expected values that change, got {values[0]:g} {len(values):,} times")
    if np.abs(values).max() > LARGEST_VALUE:
        raise CorpusError(f"series {column}: expected values up to {LARGEST_VALUE:g}, got {np.abs(values).max():g}")
