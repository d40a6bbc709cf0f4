"""A column of cells as numbers: signs, separators, units and what means "missing", decided for the whole column.

Only words and codes that mean "missing" are missing; any other text is told apart from them. Knows no table.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

Decimal = Literal["auto", ".", ","]
_MISSING = (
    "na n/a #n/a #na n.a. nan -nan #nan null #null! (null) <null> \\n none nil missing <na> - -- --- \u2014 ? . .. ... "
    "\u2026 * : #value! #div/0! #num! #ref! #name? -1.#ind 1.#ind -1.#qnan 1.#qnan inf -inf +inf infinity -infinity "
    "nd n.d. n/d s/d k.a. n/v n.v. nodata unknown undefined"
)
MISSING = frozenset(["", *_MISSING.split(), "k. a.", "no data", "not available", "#n/a n/a"])
MOST_UNITS = 3  # more than these behind the numbers of one column, and they are names
_CURRENCY = "$\u00a2\u00a3\u00a4\u00a5\u0e3f\u20a0-\u20c0"
_CODES = "USD|EUR|GBP|CHF|JPY|CNY|INR|SEK|NOK|DKK|PLN|CZK|HUF|RUB|BRL|CAD|AUD|NZD|ZAR|KRW|TRY|MXN|Rs\\.?|kr\\.?|Fr\\."
_NUMBER = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[+-])?\s*(?P<before>[A-Z]{{0,3}}[{_CURRENCY}]|{_CODES})?\s*(?P<inner>[+-])?\s*"
    r"(?P<body>\d{1,3}(?:[ '_]\d{3})+(?:\.\d*)?|\d+\.?\d*|\.\d+)(?P<power>[eE][+-]?\d+|\s?[x*\u00d7]\s?10\^?[+-]?\d+)?"
    rf"\s*(?P<behind>-(?!\w))?\s*(?P<unit>(?!(?:[ap]\.?m\.?)\b)[^\W\d_](?:[^\W\d_]|[ /.\u00b2\u00b3\u00b7^]|[23]\b)*"
    rf"|[%\u2030\u00b0\u00b5*{_CURRENCY}][^\W\d_]{{0,4}}(?:/\w{{1,4}}\u00b2?)?)?\s*(?P<close>\))?(?P<last>-)?",
    re.IGNORECASE,
)
_LONGEST_UNIT = 12
_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_CODE = re.compile(r"-?9{2,}(?:\.9+|\.0+)?")  # -9999, 999.9: what instruments write where they measured nothing
_MANY = {"k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9, "bn": 1e9}


def _evidence(mark: str, other: str) -> re.Pattern[str]:
    """What shows that `mark` is a decimal sign: not three digits behind it, too many before it, or both in one cell."""
    m, o = re.escape(mark), re.escape(other)
    return re.compile(
        rf"(?<![\d{o}{m} '])(?:0\d*|\d{{4,}})?{m}\d|{m}(?:\d{{1,2}}|\d{{4,}})(?![\d{o}{m}])|\d{m}(?![\d{o}{m}])"
        rf"|{m}\d{{3}}[eE]|{o}\d{{3}}{m}\d|[ ']\d{{3}}{m}\d"
    )


_DECIMAL = {".": _evidence(".", ","), ",": _evidence(",", ".")}
_GROUPS = {mark: re.compile(rf"\d[{mark}]\d{{2,3}}[{mark}]\d{{3}}(?!\d)") for mark in ".,"}
_WELL_GROUPED = {mark: re.compile(rf"[{mark}](?!\d{{3}}(?!\d)|\d{{2}}[{mark}])|(?<!\d)[{mark}]") for mark in ".,"}


class Hint(NamedTuple):
    """What the rest of a table says of its numbers: which decimal sign they show, and whether it looks European."""

    decimal: str | None = None
    european: bool = False


@dataclass(frozen=True)
class Numbers:
    """The numbers of a column (N,), NaN where there is none; `missing` and `others` (N,) say why.

    `changed` says of each kind of writing how often, where first (an index), the cell and what it became.
    `ambiguous` is a cell that can be read in two ways, `decimal` the sign that was taken.
    """

    values: np.ndarray
    missing: np.ndarray
    others: np.ndarray
    changed: tuple[tuple[str, int, int], ...] = ()
    ambiguous: int | None = None
    decimal: str = "."

    @property
    def numeric(self) -> bool:
        """Whether most cells are numbers."""
        known = int(np.isfinite(self.values).sum())
        return known > 0 and known >= int(self.others.sum())


def plain(text: str) -> str:
    """`text` with the digits, minus signs, spaces and marks of other scripts as those of ASCII."""
    return text if text.isascii() else text.translate({ord(sign): _plain(sign) for sign in set(text)})


def _plain(sign: str) -> str:
    kind = unicodedata.category(sign)
    if kind == "Nd":
        return str(unicodedata.digit(sign))
    if sign in "\u2212\u2010\u2011\u2012\u2013\ufe63\uff0d":
        return "-"
    if kind == "Zs":
        return " "
    if kind in ("Cf", "Cc") and sign not in "\n\t":
        return ""
    return {"\u066b": ".", "\u066c": "", "\u2019": "'", "\u02bc": "'", "\u066a": "%"}.get(
        sign, unicodedata.normalize("NFKC", sign) if "\uff00" < sign < "\uff60" else sign
    )


def is_number(cell: str) -> bool:
    """Whether one cell alone looks like a number, in whatever writing."""
    cell = plain(cell).strip()
    if cell.lower() in MISSING:
        return False
    if _PLAIN.fullmatch(cell):
        return True
    return any(map(_matched, (cell.replace(",", ""), cell.replace(".", "").replace(",", "."))))


def is_missing(cell: str) -> bool:
    """Whether a cell says that there is no number."""
    return plain(cell).strip().lower() in MISSING


def _matched(cell: str) -> re.Match[str] | None:
    found = _NUMBER.fullmatch(cell)
    wrong = found is None or bool(found["open"]) != bool(found["close"]) or len(found["unit"] or "") > _LONGEST_UNIT
    return None if wrong else found


def sign_of(text: str) -> str | None:
    """The decimal sign of a column by the shape of its cells; None where they do not tell."""
    shown = [mark for mark in ".," if _DECIMAL[mark].search(text)]
    if len(shown) == 2:
        return max(shown, key=lambda mark: len(_DECIMAL[mark].findall(text)))
    if shown:
        return shown[0]
    return next((other for mark, other in (".,", ",.") if _GROUPS[mark].search(text)), None)


NO_HINT = Hint()


def read(cells: Sequence[str], decimal: Decimal = "auto", hint: Hint = NO_HINT) -> Numbers:
    """The numbers of one column.

    Args:
        cells: without line ends. decimal: its sign; auto: by the shape of all cells, then by `hint`.
    """
    raw = "\n".join(cells)
    text = plain(raw)
    lines = [line.strip() for line in text.split("\n")]
    shown = "." if "\u066b" in raw else sign_of(text)
    ambiguous = None if shown else _first(lines, re.compile(r"\D*\d{1,3}[.,]\d{3}\D*"))
    sign = decimal if decimal != "auto" else shown or _likely(lines, ambiguous, hint)
    return _read(cells, lines, sign, ambiguous)


def _first(lines: Sequence[str], pattern: re.Pattern[str]) -> int | None:
    return next((i for i, line in enumerate(lines) if pattern.fullmatch(line)), None)


def _likely(lines: Sequence[str], ambiguous: int | None, hint: Hint) -> str:
    """The decimal sign where every cell is as `1.234` or `998`: by jumps, the rest of the table, then what is usual."""
    if ambiguous is None:
        return hint.decimal or "."
    mark = "," if "," in lines[ambiguous] else "."
    other = "." if mark == "," else ","
    if hint.decimal:
        return hint.decimal
    if any(len(line) <= 3 and line.isdecimal() for line in lines):
        as_decimal, as_group = (_roughness(_read(lines, lines, sign, None).values) for sign in (mark, other))
        return mark if as_decimal < as_group else other
    return other if mark == "," or hint.european else mark


def _roughness(values: np.ndarray) -> float:
    """How far a series moves from step to step, as a share of its range."""
    known = values[np.isfinite(values)]
    return float(np.abs(np.diff(known)).mean() / (np.ptp(known) or 1)) if len(known) > 1 else 0.0


def _read(cells: Sequence[str], lines: Sequence[str], sign: str, ambiguous: int | None) -> Numbers:
    group = "," if sign == "." else "."
    ready = _with_points(lines, sign, group)
    values = pd.to_numeric(pd.Series(ready, dtype=object), errors="coerce").to_numpy(float).copy()
    odd = np.flatnonzero(~np.isfinite(values))
    missing, others = np.zeros(len(lines), bool), np.zeros(len(lines), bool)
    found: dict[int, re.Match[str]] = {}
    for i in odd.tolist():
        if lines[i].lower() in MISSING:
            missing[i] = True
        elif (match := _matched(ready[i])) is not None:
            found[i] = match
        else:
            others[i] = True
    values[odd] = np.nan
    units = Counter(match["unit"] for match in found.values() if match["unit"])
    if len(units) > MOST_UNITS:
        others[list(found)] = True
        found = {}
    many = len(units) > 1 and units.keys() <= _MANY.keys()
    ways: dict[str, list[int]] = {}
    for i, match in found.items():
        values[i] = _value(match) * (_MANY.get(match["unit"], 1.0) if many else 1.0)
        for way in _ways(match, many):
            ways.setdefault(way, []).append(i)
    missing[np.isinf(values)], values[np.isinf(values)] = True, np.nan
    for i, (cell, line, now) in enumerate(zip(cells, lines, ready, strict=True)):
        if missing[i] or others[i]:
            continue
        if now != line:
            ways.setdefault(f"“{sign}” is the decimal sign, “{group}” only separates thousands", []).append(i)
        elif cell != line and cell.strip() != line:
            ways.setdefault("digits and signs of another script", []).append(i)
    return Numbers(values, missing, others, tuple((way, len(at), at[0]) for way, at in ways.items()), ambiguous, sign)


def _with_points(lines: Sequence[str], sign: str, group: str) -> list[str]:
    """Cells without what groups thousands and with a point as the decimal sign; badly grouped ones stay words."""
    text = "\n".join(lines)
    if sign not in text.replace(".", "") and group not in text:
        return list(lines)
    bad = _WELL_GROUPED[group]
    if not bad.search(text):
        return text.replace(group, "").replace(sign, ".").split("\n")
    return [
        f"\0{line}" if any(mark.isdigit() for mark in line) and bad.search(line)
        else line.replace(group, "").replace(sign, ".") for line in lines
    ]  # fmt: skip


def _value(match: re.Match[str]) -> float:
    power = (match["power"] or "").lstrip()
    if power and power[0] not in "eE":
        power = "e" + re.sub(r"[x*\u00d7]\s?10\^?", "", power)
    number = float(re.sub(r"[ '_]", "", match["body"]) + power)
    minus = [match["sign"], match["inner"], match["behind"], match["last"]].count("-") + bool(match["open"])
    return -number if minus % 2 else number


def _ways(match: re.Match[str], many: bool) -> list[str]:
    """What had to be understood in one cell."""
    unit = match["unit"] or ""
    return [
        way
        for way, here in {
            "parentheses make it negative": match["open"],
            "the minus stands behind": match["behind"] or match["last"],
            f"without “{match['before']}”": match["before"],
            f"“{unit}” multiplies" if many else f"without “{unit}”": unit,
            "digits are grouped": re.search(r"[ '_]", match["body"]),
            "a power of ten": match["power"] and match["power"][0] not in "eE",
        }.items()
        if here
    ]


def codes(values: np.ndarray) -> dict[float, int]:
    """Numbers such as -9999 that stand far from all others, and how often: they say that nothing was measured."""
    known, counts = np.unique(values[np.isfinite(values)], return_counts=True)
    is_code = np.array([bool(_CODE.fullmatch(f"{value:.10g}")) for value in known], bool)
    rest = known[~is_code]
    if len(rest) < 2:
        return {}
    span, size = np.ptp(rest), np.abs(rest).max()
    far = ((rest.min() - known > span) | (known - rest.max() > 2 * span)) & (np.abs(known) > 3 * size)
    return {
        float(value): int(n) for value, n, code, off in zip(known, counts, is_code, far, strict=True) if code and off
    }
