"""A column of cells as numbers: signs, separators, units and what means "missing", decided for the whole column.

Only words and codes that mean "missing" are missing; any other text is told apart from them. Knows no table.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from rnnkit.texts.tables.cells import PART, Column

Decimal = Literal["auto", ".", ","]
_MISSING = (
    "na n/a #n/a #na n.a. nan -nan #nan null #null! (null) <null> \\n none nil missing <na> - -- --- \u2014 ? . .. ... "
    "\u2026 * : #value! #div/0! #num! #ref! #name? -1.#ind 1.#ind -1.#qnan 1.#qnan inf -inf +inf infinity -infinity "
    "nd n.d. n/d s/d k.a. n/v n.v. nodata unknown undefined"
)
_MISSING_ELSEWHERE = (
    "н/д, нет данных, немає даних, 欠測, なし, 無, 无, 缺失, 결측, kein wert, keine angabe, keine daten, fehlt, leer, "
    "manquant, donnée manquante, non disponible, sin dato, sin datos, no disponible, sem dados, não disponível, "
    "non disponibile, mancante, s.d., s. d., n.b., brak, brak danych, nincs adat, yok, veri yok, puuttuu, saknas, "
    "mangler, geen data, (missing), (empty), (leer), ///, ''"
)
MISSING = frozenset(
    ["", *_MISSING.split(), *_MISSING_ELSEWHERE.split(", "), "k. a.", "no data", "not available", "#n/a n/a"]
)
_ERROR = re.compile(r"#[^\W\d_][^\s\d]{0,12}[!?]|#\xa1[^\s\d]{1,12}!|#n/?[^\W\d_]", re.IGNORECASE)  # a spreadsheet's
MOST_UNITS = 3  # more than these behind the numbers of one column, and they are names
_CURRENCY = "$\u00a2\u00a3\u00a4\u00a5\u0e3f\u20a0-\u20c0"
_CODES = "USD|EUR|GBP|CHF|JPY|CNY|INR|SEK|NOK|DKK|PLN|CZK|HUF|RUB|BRL|CAD|AUD|NZD|ZAR|KRW|TRY|MXN|Rs\\.?|kr\\.?|Fr\\."
_NUMBER = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[+-])?\s*(?P<before>[A-Z]{{0,3}}[{_CURRENCY}]|{_CODES}|[%~\u2248])?\s*(?P<inner>[+-])?\s*"
    r"(?P<body>\d{1,3}(?:[ '_]\d{3})+(?:\.\d*)?|\d+\.?\d*|\.\d+)(?P<power>[eE][+-]?\d+|\s?[x*\u00d7]\s?10\^?[+-]?\d+)?"
    r"\s*(?P<behind>-(?!\w))?\s*(?P<unit>(?!(?:[ap]\.?m\.?)\b)[^\W\d_]"
    rf"(?:[^\W\d_]|[ /.\u00b2\u00b3\u00b7^]|(?<=m)[23]\b|(?<=[.\s])[{_CURRENCY}])*"
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
_TWO_WAYS = re.compile(r"^[^\d\n]*\d{1,3}[.,]\d{3}[^\d\n]*$", re.MULTILINE)
_KEPT_AS_TEXT = re.compile(r"""^(?:="|')([^"'\n]+?)"?$""", re.MULTILINE)
_SHORT = re.compile(r"^\d{1,3}$", re.MULTILINE)


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
    cell = _bare(plain(cell).strip())
    if is_missing(cell):
        return False
    if _PLAIN.fullmatch(cell):
        return True
    return any(map(_matched, (cell.replace(",", ""), cell.replace(".", "").replace(",", "."))))


def is_missing(cell: str) -> bool:
    """Whether a cell says that there is no number."""
    cell = plain(cell).strip().lower()
    return cell in MISSING or (cell[:1] == "#" and _ERROR.fullmatch(cell) is not None)


def _matched(cell: str) -> re.Match[str] | None:
    found = _NUMBER.fullmatch(cell)
    wrong = found is None or bool(found["open"]) != bool(found["close"]) or len(found["unit"] or "") > _LONGEST_UNIT
    return None if wrong else found


def sign_of(texts: Sequence[str]) -> str | None:
    """The decimal sign of a column, in pieces, by the shape of its cells; None where they do not tell."""
    shown = [mark for mark in ".," if any(map(_DECIMAL[mark].search, texts))]
    if len(shown) == 2:
        return max(shown, key=lambda mark: sum(1 for text in texts for _ in _DECIMAL[mark].finditer(text)))
    if shown:
        return shown[0]
    return next((other for mark, other in (".,", ",.") if any(map(_GROUPS[mark].search, texts))), None)


NO_HINT = Hint()


def read(cells: Sequence[str], decimal: Decimal = "auto", hint: Hint = NO_HINT) -> Numbers:
    """The numbers of one column.

    Args:
        cells: without line ends. decimal: its sign; auto: by the shape of all cells, then by `hint`.
    """
    column = cells if isinstance(cells, Column) else Column(cells)
    texts = [_bare("\n".join(line.strip() for line in plain(part).split("\n"))) for part in column.parts]
    shown = "." if any("\u066b" in part for part in column.parts) else sign_of(texts)
    ambiguous = None if shown else _first(texts)
    sign = decimal if decimal != "auto" else shown or _likely(texts, ambiguous, hint)
    return _read(column.parts, texts, sign, ambiguous)


def _bare(text: str) -> str:
    """Cells without the apostrophe or the `="..."` by which spreadsheets keep digits as they are."""
    return _KEPT_AS_TEXT.sub(r"\1", text) if "'" in text or '="' in text else text


def _first(texts: Sequence[str]) -> int | None:
    """The place of the first cell that can be read in two ways."""
    found = ((part, _TWO_WAYS.search(text)) for part, text in enumerate(texts))
    return next((part * PART + text.string.count("\n", 0, text.start()) for part, text in found if text), None)


def _likely(texts: Sequence[str], ambiguous: int | None, hint: Hint) -> str:
    """The decimal sign where every cell is as `1.234` or `998`: by jumps, the rest of the table, then what is usual."""
    if ambiguous is None:
        return hint.decimal or "."
    mark = "," if "," in texts[ambiguous // PART].split("\n")[ambiguous % PART] else "."
    other = "." if mark == "," else ","
    if hint.decimal:
        return hint.decimal
    if any(map(_SHORT.search, texts)):
        as_decimal, as_group = (_roughness(_read(texts, texts, sign, None).values) for sign in (mark, other))
        return mark if as_decimal < as_group else other
    return other if mark == "," or hint.european else mark


def _roughness(values: np.ndarray) -> float:
    """How far a series moves from step to step, as a share of its range."""
    known = values[np.isfinite(values)]
    return float(np.abs(np.diff(known)).mean() / (np.ptp(known) or 1)) if len(known) > 1 else 0.0


class _Ways:
    """What had to be understood: of each way how many cells, and which was the first. Units by their cells."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.first: dict[str, int] = {}
        self.units: dict[str, array[int]] = {}
        self.unusual = array("i")  # cells with more than a number in them

    def add(self, way: str, places: Sequence[int]) -> None:
        if places:
            self.counts[way] += len(places)
            self.first.setdefault(way, places[0])

    def cell(self, match: re.Match[str], place: int) -> None:
        self.unusual.append(place)
        for way in _ways(match):
            self.add(way, (place,))
        if match["unit"]:
            self.units.setdefault(match["unit"], array("i")).append(place)


def _read(raw: Sequence[str], texts: Sequence[str], sign: str, ambiguous: int | None) -> Numbers:
    """`raw` and `texts`: the cells in pieces, as they stand and made plain."""
    parts, ways = [], _Ways()
    for part, text in enumerate(texts):
        parts.append(_part(raw[part], text, sign, ways, part * PART))
    values, missing, others = map(np.concatenate, zip(*parts, strict=True)) if parts else (np.zeros(0),) * 3
    if len(ways.units) > MOST_UNITS:  # they are names
        others[ways.unusual] = True
        values[ways.unusual] = np.nan
        ways = _Ways()
    many = len(ways.units) > 1 and ways.units.keys() <= _MANY.keys()
    for unit, places in ways.units.items():
        values[places] *= _MANY[unit] if many else 1.0
        ways.add(f"“{unit}” multiplies" if many else f"without “{unit}”", places)
    missing[np.isinf(values)], values[np.isinf(values)] = True, np.nan
    changed = tuple((way, ways.counts[way], first) for way, first in ways.first.items())
    return Numbers(values, missing.astype(bool), others.astype(bool), changed, ambiguous, sign)


def _part(raw: str, text: str, sign: str, ways: _Ways, start: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values, what is missing and what is something else (N,) of a piece whose first cell is the `start`-th."""
    group = "," if sign == "." else "."
    lines = text.split("\n")
    ready = _with_points(lines, sign, group)
    values = _converted(ready).copy()
    odd = np.flatnonzero(~np.isfinite(values))
    missing, others = np.zeros(len(lines), bool), np.zeros(len(lines), bool)
    values[odd] = np.nan
    odd = odd[~_alike(odd, ready, values, ways, start)]
    for i in odd.tolist():
        if is_missing(lines[i]):
            missing[i] = True
        elif (match := _matched(ready[i])) is not None:
            values[i] = _value(match)
            ways.cell(match, start + i)
        else:
            others[i] = True
    if ready != lines or text != raw:
        said = (
            f"“{sign}” is the decimal sign, “{group}” only separates thousands",
            "digits, signs or quotes of another way to write them",
        )
        for i, (cell, line, now) in enumerate(zip(raw.split("\n"), lines, ready, strict=True)):
            if not (missing[i] or others[i]) and (line != now or cell.strip() != line):
                ways.add(said[line == now], (start + i,))
    return values, missing, others


def _converted(cells: list[str]) -> np.ndarray:
    """Numbers as the computer writes them, NaN for all else."""
    import pandas as pd  # here: a trainer loads in half the time without it

    return pd.to_numeric(pd.Series(cells, dtype=object), errors="coerce").to_numpy(float)


def _alike(odd: np.ndarray, ready: list[str], values: np.ndarray, ways: _Ways, start: int) -> np.ndarray:
    """Which of the `odd` cells are as the first: a number with the same sign of money before it or the same unit."""
    match = _matched(ready[odd[0]]) if len(odd) > 1 else None
    if match is None or any(match[part] for part in ("open", "sign", "inner", "power", "behind", "last")):
        return np.zeros(len(odd), bool)
    before, after = ready[odd[0]][: match.start("body")], ready[odd[0]][match.end("body") :]
    bare = [ready[i][len(before) : len(ready[i]) - len(after)]
            if ready[i].startswith(before) and ready[i].endswith(after) else "" for i in odd.tolist()]  # fmt: skip
    found = _converted(bare)
    good = np.isfinite(found)
    values[odd[good]] = found[good]
    places = (odd[good] + start).tolist()
    ways.unusual.extend(places)
    if match["before"]:
        ways.add(f"without “{match['before']}”", places)
    if match["unit"] and places:
        ways.units.setdefault(match["unit"], array("i")).extend(places)
    return good


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


def _ways(match: re.Match[str]) -> list[str]:
    """What had to be understood in one cell, its unit aside."""
    power = match["power"]
    found = {
        "parentheses make it negative": match["open"],
        "the minus stands behind": match["behind"] or match["last"],
        f"without “{match['before']}”": match["before"],
        "digits are grouped": len(match["body"]) > 4 and any(mark in match["body"] for mark in " '_"),
        "a power of ten": power and power[0] not in "eE",
    }
    return [way for way, here in found.items() if here]


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
