# ruff: noqa: RUF001 - letters that look like others
"""A column of cells as moments, in whatever spelling; the order of day and month is decided for the whole column.

Times with a zone become UTC. Knows no table.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple

import numpy as np

from rnnkit.texts.tables import months as months_by_name
from rnnkit.texts.tables.cells import PART, Column
from rnnkit.texts.tables.numbers import plain

Order = Literal["auto", "day-first", "month-first"]
ENOUGH = 0.9  # of the cells must be dates
SAMPLE = 200
EARLIEST, LATEST = 1500, 2300  # years
_TIME = (
    r"(?:[T\s,]+(?P<hour>\d{1,2})[:h.](?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?\s*(?P<noon>[ap])?(?:\.?\s?m\.?)?"
    r"(?:\s*Uhr)?\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?(?:\s*\[.*\])?|T(?P<hours>\d{2})(?P<minutes>\d{2})?"
    r"(?P<seconds>\d{2})?(?P<zones>Z|[+-]\d{2}:?\d{2})?)?"
)
_NAME = r"(?P<name>[^\W\d_]{3,12})\.?"
_WEEKDAY = r"(?:[^\W\d_]{2,10}\.?,?\s+)?"
_YEAR = r"(?P<year>\d{4}|'?\d{2})"
_CTIME = re.compile(
    rf"[^\W\d_]{{2,4}}\s{_NAME}\s+(?P<day>\d{{1,2}})\s(?P<hour>\d{{2}}):(?P<minute>\d{{2}}):(?P<second>\d{{2}})\s"
    r"(?P<zone>Z|UTC|GMT|[+-]\d{4})?\s?(?P<year>\d{4})"
)
_SPELLINGS = [
    re.compile(spelling + _TIME, re.IGNORECASE)
    for spelling in (
        r"(?P<year>\d{4})\s*[-/.\u5e74\ub144]\s*(?P<month>\d{1,2})\s*[-/.\u6708\uc6d4]\s*(?P<day>\d{1,2})[\u65e5\uc77c.]?",
        rf"{_WEEKDAY}(?P<a>\d{{1,2}})(?P<mark>[-/.\s])\s*(?P<b>\d{{1,2}})[-/.\s]\s*(?P<year>\d{{4}}|'?\d{{2}})\.?",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?:(?P<h>\d{2})(?P<m>\d{2})?(?P<s>\d{2})?)?(?:\.0)?",
        rf"{_WEEKDAY}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\.?[-\s/]*(?:de\s+|of\s+)?{_NAME}[-,\s/]*(?:de\s+)?{_YEAR}(?:\s[гр]\.?)?",
        rf"{_WEEKDAY}{_NAME}[-\s]*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?[-\s]+(?P<year>\d{{4}})",
        rf"(?P<year>\d{{4}})[-\s/.]+{_NAME}(?:[-\s/.](?P<day>\d{{1,2}})\.?)?",
        rf"{_NAME}[-\s/]*(?:de\s+)?{_YEAR}(?:\s[гр]\.?)?",
        r"(?P<year>\d{4})\s*[-/.\u5e74]?\s*M?(?P<month>0?[1-9]|1[0-2])\u6708?",
        r"(?P<month>0?[1-9]|1[0-2])\s*[-/.]\s*(?P<year>\d{4})",
        r"(?P<year>\d{4})[-\s/]?[QTqt](?P<quarter>[1-4])",
        r"(?:[QTqt](?P<quarter>[1-4])|(?P<nth>[1-4])\.?\s?(?:Quartal|Q|trim\w*|kvartal\w*|kwarta\w*))[-\s/]?(?P<year>\d{4})",
        r"(?P<year>\d{4})-?W(?P<week>\d{1,2})(?:-?(?P<weekday>[1-7]))?",
        r"(?:KW|W)\s?(?P<week>\d{1,2})[-\s/]+(?P<year>\d{4})",
        r"(?P<year>\d{4})-(?P<ordinal>\d{3})",
        r"(?P<year>\d{4})",
    )
] + [_CTIME]
_CLOCK_BEHIND = re.compile(r"[T\s,]+\d{1,2}[:h.]\d{2}(?!\.?\d{4}).*$", re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,2})[:h](\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(?:([ap])\.?\s?m\.?)?", re.IGNORECASE)
_EPOCHS = ((1e8, 4.2e9, 1), (1e11, 4.2e12, 1e3), (1e14, 4.2e15, 1e6))  # seconds, milliseconds, microseconds
MOST_KEPT = 10_000  # days, and times of day, that are not read again


@dataclass(frozen=True)
class Dates:
    """Moments (N,), datetime64[s], NaT where there is none. `ambiguous`: both orders of day and month are possible.

    `day_first` says which was taken, None where nothing had to be chosen.
    """

    times: np.ndarray
    ambiguous: bool = False
    day_first: bool | None = None

    @property
    def known(self) -> np.ndarray:
        """Where there is a date, bool (N,)."""
        return ~np.isnat(self.times)


class _Cell(NamedTuple):
    """One cell's year, the two numbers after it, seconds of the day, and whether those two may change places."""

    year: int
    a: int
    b: int
    seconds: int
    either: bool
    dotted: bool


_NONE = _Cell(0, 0, 0, 0, False, False)
EITHER, DOTTED = (_Cell._fields.index(name) for name in ("either", "dotted"))


def is_date(cell: str) -> bool:
    """Whether one cell alone looks like a date that is more than a number."""
    cell = plain(cell).strip()
    return not cell.replace(".", "").isdecimal() and _parsed(cell) is not None


def read(cells: Sequence[str], order: Order = "auto", *, european: bool = False) -> Dates | None:
    """The dates of one column; None where fewer than 9 in 10 cells that say something are dates.

    Args:
        order: which of 01/02/2021 is the day; auto: as the calendar, the order of rows and equal steps say.
        european: what is likelier where nothing else says it.
    """
    column = cells if isinstance(cells, Column) else Column(cells)
    sample = [line for cell in column[:: max(1, len(column) // SAMPLE)] if (line := plain(cell).strip())]
    if not sample or sum(_parsed(line) is not None for line in sample) < ENOUGH * len(sample):
        return None
    parsed, said = _all_parsed(column)
    days, months = (_times(parsed, day_first=day_first) for day_first in (True, False))
    if not parsed[:, EITHER].any():
        return _enough(Dates(months), said)
    valid = [int((~np.isnat(times)).sum()) for times in (days, months)]
    ambiguous = min(valid) >= ENOUGH * said and bool((days != months).any())
    dotted = bool(parsed[:, DOTTED].any())
    first = order == "day-first" if order != "auto" else _day_first(days, months, valid, european=european or dotted)
    return _enough(Dates(days if first else months, ambiguous and not dotted, first), said)


def _enough(found: Dates, said: int) -> Dates | None:
    return found if found.known.sum() >= ENOUGH * said else None


def _all_parsed(column: Column) -> tuple[np.ndarray, int]:
    """The numbers of each cell as in _Cell, int32 (N, 6), all 0 where there is no date, and how many are not empty.

    Days and times repeat: each is read once.
    """
    numbers, said = array("i"), 0
    days: dict[str, _Cell] = {}
    times: dict[str, int | None] = {"": 0}
    for part in column.parts:
        if len(days) > MOST_KEPT:
            days.clear()
        for cell in plain(part).split("\n"):
            line = cell.strip()
            said += bool(line)
            clock = _CLOCK_BEHIND.search(line)
            day, time = (line[: clock.start()], clock[0]) if clock else (line, "")
            if (found := days.get(day)) is None:
                found = days[day] = _parsed(day) or _NONE
            if time not in times:
                at = _parsed(f"2000-01-01{time}") if len(times) < MOST_KEPT else None
                times[time] = at and at.seconds
            seconds = times[time]
            if found.year and seconds is not None:
                numbers.extend((*found[:3], found.seconds + seconds, found.either, found.dotted))
            else:
                numbers.extend(_parsed(line) or _NONE)
    return np.frombuffer(numbers, np.intc).reshape(-1, len(_NONE)), said


def _day_first(days: np.ndarray, months: np.ndarray, valid: list[int], *, european: bool) -> bool:
    """By valid days, then by rows in order, then by equal steps, then by firsts of months."""

    def merits(times: np.ndarray) -> tuple[bool, float, float]:
        known = times[~np.isnat(times)]
        firsts = (known.astype("datetime64[D]") == known.astype("datetime64[M]")).mean() if len(known) else 0.0
        return in_order(known) or in_order(known[::-1]), round(evenness(np.sort(known)), 2), float(firsts)

    if valid[0] != valid[1]:
        return valid[0] > valid[1]
    day, month = merits(days), merits(months)
    return day > month if day != month else european


def in_order(times: np.ndarray) -> bool:
    """Whether no moment stands after a later one."""
    return bool((times[1:] >= times[:-1]).all())


def evenness(times: np.ndarray) -> float:
    """The share of the most frequent step between moments, in seconds or in whole months."""
    if len(times) < 2:
        return 0.0
    steps = [np.diff(times).astype(np.int64)]
    if ((times - times.astype("datetime64[M]")) == (times[0] - times[0].astype("datetime64[M]"))).all():
        steps.append(np.diff(times.astype("datetime64[M]")).astype(np.int64))
    return max(float(np.unique(step, return_counts=True)[1].max() / len(step)) for step in steps)


def _parsed(line: str) -> _Cell | None:
    for spelling in _SPELLINGS:
        if (found := spelling.fullmatch(line)) is not None and (cell := _cell(found.groupdict(), line)) is not None:
            return cell
    return None


def _cell(found: dict[str, str | None], line: str) -> _Cell | None:
    year = int((found["year"] or "0").lstrip("'"))
    if len((found["year"] or "").lstrip("'")) == 2:
        year += 1900 if year > 68 else 2000
    seconds = _seconds(found)
    if not EARLIEST <= year <= LATEST or seconds is None:
        return None
    if (week := found.get("week")) is not None:
        try:
            day = date.fromisocalendar(year, int(week), int(found.get("weekday") or 1))
        except ValueError:
            return None
        return _Cell(day.year, day.month, day.day, seconds, False, False)
    if (ordinal := found.get("ordinal")) is not None:
        if not 1 <= int(ordinal) <= 366:
            return None
        day = date(year, 1, 1) + timedelta(int(ordinal) - 1)
        return _Cell(day.year, day.month, day.day, seconds, False, False)
    if found.get("a"):
        return _Cell(year, int(found["a"] or 0), int(found["b"] or 0), seconds, True, found["mark"] == ".")
    if name := found.get("name"):
        month = months_by_name.month(name)
    else:
        quarter = int(found.get("quarter") or found.get("nth") or 0)
        month = 3 * quarter - 2 if quarter else int(found.get("month") or (1 if line.isdecimal() else 0))
    compact = line.isdecimal() and not (1 <= month <= 12 and int(found.get("day") or 1) <= 31)
    return None if month == 0 or compact else _Cell(year, month, int(found.get("day") or 1), seconds, False, False)


def months(cells: Sequence[str]) -> np.ndarray:
    """Months by name, 1 to 12 (N,), NaN where a cell names none."""
    return np.array([months_by_name.month(cell) or np.nan for cell in cells], float)


def _seconds(found: dict[str, str | None]) -> int | None:
    """Of the day, in UTC where there is a zone."""
    if not (found.get("hour") or found.get("h") or found.get("hours")):
        return 0
    hour, minute, second = (
        int(found.get(long) or found.get(short) or found.get(f"{long}s") or 0)
        for long, short in (("hour", "h"), ("minute", "m"), ("second", "s"))
    )
    if found.get("noon"):
        hour = hour % 12 + 12 * ((found["noon"] or "").lower() == "p")
    if hour > 24 or minute > 59 or second > 60:
        return None
    zone = re.sub(r"[^\d+-]", "", found.get("zone") or found.get("zones") or "")
    ahead = (int(zone[1:3]) * 3600 + int(zone[3:5]) * 60) * (-1 if zone[0] == "-" else 1) if zone else 0
    return hour * 3600 + minute * 60 + second - ahead


def _times(rows: np.ndarray, *, day_first: bool) -> np.ndarray:
    """Moments with one order of day and month; NaT where there is no such day. `rows`: as of `_all_parsed`."""
    found = np.empty(len(rows), "datetime64[s]")
    for start in range(0, len(rows), PART):  # in small pieces, as each step makes a copy
        part = rows[start : start + PART]
        turned = part[:, EITHER].astype(bool) & day_first
        month, day = np.where(turned, part[:, 2], part[:, 1]), np.where(turned, part[:, 1], part[:, 2])
        found[start : start + PART] = moments(part[:, 0], month, day, part[:, 3])
    return found


def moments(year: np.ndarray, month: np.ndarray, day: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Moments, datetime64[s], from the parts of dates (N,); NaT where the calendar has no such day."""
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (day - 1)
    good = (month >= 1) & (month <= 12) & (day >= 1) & (days.astype("datetime64[M]") == months)
    good &= (year >= EARLIEST) & (year <= LATEST)
    return np.where(good, days.astype("datetime64[s]") + seconds, np.datetime64("NaT", "s"))


def clock(cells: Sequence[str]) -> np.ndarray | None:
    """Seconds of the day (N,) of a column of times without a day; None where one cell is something else."""
    found = [_CLOCK.fullmatch(plain(cell).strip()) for cell in cells[:1]]
    found = [_CLOCK.fullmatch(plain(cell).strip()) for cell in cells] if all(found) else found
    seconds = []
    for one in found:
        parts = None if one is None else dict(zip(("hour", "minute", "second", "noon"), one.groups(), strict=True))
        if parts is None or (second := _seconds(parts)) is None:
            return None
        seconds.append(second)
    return np.array(seconds, np.int64) if seconds else None


def since_1970(values: np.ndarray) -> np.ndarray | None:
    """Moments of a column of rising whole numbers that count seconds, or thousandths and millionths, since 1970."""
    known = values[np.isfinite(values)]
    if len(known) < ENOUGH * len(values) or (known % 1).any() or not (np.diff(known) >= 0).all() or not np.ptp(known):
        return None
    for low, high, each in _EPOCHS:
        if low <= known[0] and known[-1] <= high:
            return np.where(np.isfinite(values), values / each, np.nan).astype("datetime64[s]")
    return None
