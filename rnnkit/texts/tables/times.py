"""When the rows of a table were, and the rows in that order. Says what it moved or left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit.texts.tables import dates
from rnnkit.texts.tables.dates import Dates, Order
from rnnkit.texts.tables.numbers import Numbers
from rnnkit.texts.tables.reading import Grid

_PARTS = {
    "year": r"years?|yr|yyyy|jahr|ann[ée]e|a[ñn]o|anno|jaar",
    "month": r"months?|mon|mm|mo|monat|mois|mes|mese|maand",
    "day": r"days?|dd|dy|dom|day.?of.?month|tag|jour|d[ií]a|giorno|dag",
    "hour": r"hours?|hr|hh|stunde|heure|hora|ora|uur",
    "minute": r"minutes?|mins?|mi",
}
_WHEN = re.compile(r".*(date|datum|time|zeit|fecha|epoch|\bts\b|unix).*", re.IGNORECASE)
KEY = re.compile(
    r"(.*[\W_])?(ids?|idx|index|nr|row|key|code|zip|plz|lat|lon|lng|latitude|longitude|qn_?\d*|qc|flag)"
    r"|quality\w*|[a-z]+(?-i:ID|Id)|stations?(_?(id|no|nr|code|number|\d+))?", re.IGNORECASE,
)  # fmt: skip
FEWEST_OF_A_KEY = 20  # rows on average, else its column is no name of a series
LARGE = 1.5  # times the longest usual step: a gap
SHOWN = 3


@dataclass(frozen=True)
class When:
    """The dates of all rows, the columns that they come from, and what there is to say of them."""

    dates: Dates
    sources: tuple[str, ...]
    notes: tuple[str, ...] = ()


def find(
    grid: Grid, sampled: Sequence[Numbers], numbers_of: Callable[[str], Numbers], order: Order, *, european: bool
) -> When | None:
    """The dates of a table: a column of them, with its hours; years, months and days in columns; seconds since 1970."""
    columns = dict(zip(grid.names, grid.columns, strict=True))
    some = {name: found for name, found in zip(grid.names, sampled, strict=True) if found.numeric}
    numeric = set(some)
    found = []
    for name, cells in columns.items():
        if name in numeric and not _compact(name, cells):
            continue
        if (read := dates.read(cells, order, european=european)) is not None:
            found.append((name, read))
            if dates.in_order(read.times[read.known]) and name not in numeric:
                break
    if found:
        name, best = min(
            found, key=lambda one: (not dates.in_order(one[1].times[one[1].known]), not _WHEN.match(one[0]))
        )
        when = When(best, (name,), _said(best, name, columns[name]))
        return _with_hours(when, columns, numeric, numbers_of)
    return _of_parts(columns, numeric, numbers_of) or _since_1970(some, numbers_of)


def unread(grid: Grid, numeric: Sequence[str]) -> list[str]:
    """A sentence where a column is called as dates are and holds none that are known."""
    named = [name for name in grid.names if name not in numeric and _WHEN.match(name)]
    cells = dict(zip(grid.names, grid.columns, strict=True))
    first = next(((name, cell) for name in named for cell in cells[name][:9] if any(map(str.isdigit, cell))), None)
    if first is None:
        return []
    return [f"“{first[0]}” holds no dates that are known, such as “{first[1][:30]}”: the rows stay in their order."]


def _compact(name: str, cells: Sequence[str]) -> bool:
    """Whether numbers may be dates such as 20210131, 202101, 01.2021 or 2021."""
    dated = bool(_WHEN.match(name) or re.fullmatch(_PARTS["year"] + "|" + _PARTS["month"], name.lower()))
    if dated and all(re.fullmatch(r"(?:0?[1-9]|1[0-2])\.\d{4}|(?:1[5-9]|2[0-2])\d\d(?:\.(?:0[1-9]|1[0-2]))?", cell)
                     for cell in cells[:100] if cell):  # fmt: skip
        return len(set(cells[:100])) == len(cells[:100]) > 1  # a year that stands twice has its months elsewhere
    sizes = {len(cell) for cell in cells if cell}
    whole = len(sizes) == 1 and sizes <= {6, 8, 10, 12, 14} and all(cell.isdecimal() for cell in cells[:100] if cell)
    return whole and (
        sizes != {6} or bool(_WHEN.match(name) or re.fullmatch(_PARTS["month"] + "|yyyymm", name.lower()))
    )


def _said(found: Dates, name: str, cells: Sequence[str]) -> tuple[str, ...]:
    if not found.ambiguous:
        return ()
    first = next(i for i in range(len(cells)) if found.known[i])
    which, other = ("day", "month") if found.day_first else ("month", "day")
    at = found.times[first].item()
    return (f"The dates in “{name}” can be read with the day or the month first; the {which} is taken to be first: "
            f"“{cells[first]}” is {at.day} {at:%B} {at.year}. If it is not so, choose the {other} first.",)  # fmt: skip


def _with_hours(
    when: When, columns: Mapping[str, Sequence[str]], numeric: set[str], numbers_of: Callable[[str], Numbers]
) -> When:
    """The times of day of another column added, where the dates have none."""
    times = when.dates.times
    if not (times[when.dates.known] == times[when.dates.known].astype("datetime64[D]")).all():
        return when
    for name, cells in columns.items():
        if name in when.sources:
            continue
        seconds = None if name in numeric else dates.clock(cells)
        if name in numeric and re.fullmatch(_PARTS["hour"], name.lower()):
            hours = numbers_of(name).values
            seconds = (hours * 3600).astype(np.int64) if ((hours >= 0) & (hours <= 24)).all() else None
        if seconds is not None:
            read = Dates(times + seconds, when.dates.ambiguous, when.dates.day_first)
            return When(read, (*when.sources, name), when.notes)
    return when


def _of_parts(
    columns: Mapping[str, Sequence[str]], numeric: set[str], numbers_of: Callable[[str], Numbers]
) -> When | None:
    """Years, months, days, hours in columns of their own; a month alone is none of a year."""
    named = {
        part: name for part, names in _PARTS.items() for name in columns
        if re.fullmatch(names, name.strip().lower()) and (name in numeric or part == "month")
    }  # fmt: skip
    used = []
    for part in _PARTS:
        if part not in named:
            break
        used.append(named[part])
    if not used:
        return None
    parts = [numbers_of(name).values if name in numeric else dates.months(columns[name]) for name in used]
    known = np.logical_and.reduce([np.isfinite(part) for part in parts])
    year, month, day, hour, minute = (
        np.where(known & (np.abs(parts[i]) < 10_000), parts[i], -1).astype(np.int64)
        if i < len(parts)
        else np.full(len(known), rest)
        for i, rest in enumerate((0, 1, 1, 0, 0))
    )
    found = Dates(dates.moments(year, month, day, hour * 3600 + minute * 60))
    if (
        any((part[known] % 1).any() for part in parts)
        or found.known.mean() < dates.ENOUGH
        or (len(used) == 1 and len(np.unique(year)) < len(year))
    ):
        return None
    return When(found, tuple(used))


def _since_1970(sampled: dict[str, Numbers], numbers_of: Callable[[str], Numbers]) -> When | None:
    for name, some in sampled.items():
        if len(sampled) > 1 and dates.since_1970(some.values) is not None:
            times = dates.since_1970(numbers_of(name).values)
            if times is not None:
                return When(Dates(times), (name,), (f"“{name}” counts from 1970 and is taken for the date.",))
    return None


# ---- rows in their order


def put_in_order(
    grid: Grid, when: When, rows: np.ndarray, keys: Sequence[str]
) -> tuple[np.ndarray, np.ndarray | None, list[str]]:
    """Those of `rows` (indices) that belong to one series, in the order of their dates; the dates; what was done.

    Args:
        keys: columns that could name several series in one table.
    """
    notes, all_times = list(when.notes), when.dates.times
    rows = _one_of_several(grid, all_times, rows, keys, notes)
    known = np.flatnonzero(~np.isnat(all_times[rows]))
    if len(known) < 2:
        return rows, None, notes
    cells = grid.columns[grid.names.index(when.sources[0])]
    ends = np.r_[rows[: known[0]], rows[known[-1] + 1 :]]
    if len(ends):
        notes.append(
            f"Left out at the ends, as they have no date: {_count(len(ends), 'row')}, {_named(grid, cells, ends)}."
        )
    rows = rows[known[0] : known[-1] + 1]
    times = all_times[rows]
    bad, ordered = np.isnat(times), times[~np.isnat(times)]
    backwards = not dates.in_order(ordered) and dates.in_order(ordered[::-1])
    if bad.any():
        keep = dates.in_order(ordered) or backwards
        what = "kept where they stand, between their neighbours" if keep else "left out"
        notes.append(f"No dates of the calendar: {_named(grid, cells, rows[bad])}; their values are {what}.")
        if keep:
            places = np.arange(len(times))
            filled = np.interp(places, places[~bad], ordered.astype(np.int64))
            times = filled.astype(np.int64).astype("datetime64[s]")
        else:
            rows, times = rows[~bad], ordered
    if backwards:
        notes.append("The dates run backwards, so the rows were turned round.")
        rows, times = rows[::-1], times[::-1]
    elif not dates.in_order(times):
        rows, times = _sorted(grid, rows, times, notes)
    twice = int((times[1:] == times[:-1]).sum())
    if twice:
        notes.append(f"{_count(twice, 'row')} with the same date as another: all are kept, one after the other.")
    return rows, times, notes


def _sorted(grid: Grid, rows: np.ndarray, times: np.ndarray, notes: list[str]) -> tuple[np.ndarray, np.ndarray]:
    back = np.diff(times).astype(np.int64)
    back, first = back[back < 0], grid.rows[rows[int(np.flatnonzero(back < 0)[0]) + 1]]
    if len(back) <= max(1, len(times) / 500) and back.min() >= -3600:
        notes.append(f"The clock goes back by an hour at most (first in row {first:,}): the rows stay as they are.")
        return rows, np.maximum.accumulate(times)
    notes.append(f"The rows were not in the order of their dates (first in row {first:,}), so they were sorted.")
    order = np.argsort(times, kind="stable")
    return rows[order], times[order]


def _one_of_several(
    grid: Grid, times: np.ndarray, rows: np.ndarray, keys: Sequence[str], notes: list[str]
) -> np.ndarray:
    """The rows of the first series, where a column names several that have the same dates."""
    dated = rows[~np.isnat(times[rows])]
    if len(np.unique(times[dated])) > 0.9 * len(dated):
        return rows
    for name in keys:
        cells = np.array([*grid.columns[grid.names.index(name)]], object)[rows]
        found = list(dict.fromkeys(cells))
        if not 2 <= len(found) <= len(rows) / FEWEST_OF_A_KEY:
            continue
        pairs = {(cell, time) for cell, time in zip(cells.tolist(), times[rows].tolist(), strict=True)}
        if len(pairs) >= 0.99 * len(rows):
            taken = rows[cells == found[0]]
            listed = ", ".join(str(one)[:20] for one in found[:SHOWN]) + (", ..." if len(found) > SHOWN else "")
            notes.append(f"“{name}” holds {len(found)} series in one table ({listed}): the {len(taken):,} rows of "
                         f"“{str(found[0])[:40]}” are taken. For another, bring a table of its rows.")  # fmt: skip
            return taken
    return rows


def _count(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count:,} {what}s"


def _named(grid: Grid, cells: Sequence[str], rows: np.ndarray) -> str:
    shown = ", ".join(f"“{cells[row][:30] or '(empty)'}” (row {grid.rows[row]:,})" for row in rows[:SHOWN].tolist())
    return shown + (f" and {len(rows) - SHOWN:,} more" if len(rows) > SHOWN else "")


def gaps(times: np.ndarray) -> list[str]:
    """A sentence on steps that are longer than the usual ones."""
    steps = np.diff(times).astype(np.int64)
    lengths, counts = np.unique(steps, return_counts=True)
    usual = lengths[counts >= max(2, 0.05 * len(steps))]
    if not len(usual) or counts[np.isin(lengths, usual)].sum() < 0.8 * len(steps) or usual.max() <= 0:
        return []
    wide = np.flatnonzero(steps > LARGE * usual.max())
    if not len(wide):
        return []
    first = wide[0]
    more = f", and {_count(len(wide) - 1, 'gap')} more" if len(wide) > 1 else ""
    day = 10 if usual.max() >= 86_400 else 16
    return [f"No values between {times[first]!s:.{day}} and {times[first + 1]!s:.{day}}{more}: "
            "the values are read one after another as if there was no gap."]  # fmt: skip
