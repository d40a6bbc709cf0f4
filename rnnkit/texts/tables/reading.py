"""Text as a grid of cells: delimiter, quotes, header, and what stands above and below the table.

Knows what a number and a date look like, and nothing else of what the columns mean.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from rnnkit.errors import CorpusError
from rnnkit.texts.tables.dates import is_date
from rnnkit.texts.tables.numbers import is_missing, is_number, plain

MOST_VALUES, MOST_COLUMNS = 1_000_000, 1_000
SNIFFED_LINES = 200
ALIKE = 0.9  # of these lines must have equally many cells
DELIMITERS = (";", "\t", "|", ",")
SPACES = r"\s+"
MOST_REMARKS = 0.05  # of all rows; more are no footers
_ONE_NUMBER = re.compile(
    r"\s*\(?[+-]?(?:(?:\d{1,3}(?:[. ']\d{3})+|\d+),\d+|\d{1,3}(?:,\d{3})*\.\d+|\d{1,3}(?:,\d{3}){2,})[-)]?\s*"
)
_RULE = re.compile(r"(?=.*--)(?=.*[|+])[\s|+:=-]+")  # |---|---|
_TOTAL = re.compile(
    r"(?:(?:grand |sub)?totals?|sum|summe|gesamt|somme|total g\w+|averages?|mean|mittel(?:wert)?|moyenne|median)\b.*",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"[\[(].*[\])]|[%\u2030-]|\u00b0.*|deg\w*|(?:[\w\u00b5\u00b2\u00b3]{1,4}/)?[\w\u00b5\u00b2\u00b3-]{1,4}"
    r"|[yYjJ]{2,4}.?[mM]{2}.?[dDtT]{2}.*"
)
_SURELY_UNIT = re.compile(
    r"[\[(].*[\])]|[%\u2030]|\u00b0.*|deg\w*|\w{1,4}/.*|[mck]?m[\u00b2\u00b32-3]?|[hk]?Pa|bar|[mk]?g|[kMG]?Wh?|[km]?[VA]|[kM]?Hz|s|h|K"
    r"|EUR|USD|GBP|[$\u20ac\u00a3]|pp[mb]|yyyy.*"
)


@dataclass
class Grid:
    """Cells by column under their names; `rows` is where each row stands in the file, from 1, as a spreadsheet counts.

    `notes` says what was left out.
    """

    names: list[str]
    columns: list[list[str]]
    rows: np.ndarray
    delimiter: str | None
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Row:
    """A line's cells, and its number in the file."""

    at: int
    cells: list[str]

    @property
    def text(self) -> str:
        return " ".join(filter(None, self.cells))[:60]


def read(text: str) -> Grid:
    """The cells of a table.

    Raises:
        CorpusError: too few or too many rows, rows of different lengths, or a cell that is too long.
    """
    lines = [(at, line) for at, line in enumerate(text.split("\n"), 1) if not line.startswith("#")]
    while lines and not lines[-1][1].strip():
        lines.pop()
    while lines and not lines[0][1].strip():
        lines.pop(0)
    if len(lines) < 2:
        raise CorpusError(f"series: expected a table with a number in each row, got {max(1, len(lines))} rows")
    if len(lines) > MOST_VALUES + 1:
        raise CorpusError(f"series: expected at most {MOST_VALUES:,} rows, got {len(lines):,}")
    delimiter = None
    if said := re.fullmatch(r"sep=(.)", lines[0][1].strip(' "'), re.IGNORECASE):
        delimiter, lines = said[1], lines[1:]
    lines = _without_frame(lines)
    delimiter = delimiter or _delimiter([line for _, line in lines if line.strip()][:SNIFFED_LINES])
    return _grid(_rows(lines, delimiter), delimiter)


def _without_frame(lines: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Without the rules and the outer strokes of a table in Markdown."""
    framed = sum(line.strip().startswith("|") and line.rstrip().endswith("|") for _, line in lines[:SNIFFED_LINES])
    if framed > len(lines[:SNIFFED_LINES]) / 2:
        lines = [(at, line.strip().removeprefix("|").removesuffix("|")) for at, line in lines]
        return [(at, line) for at, line in lines if not re.fullmatch(r"[\s|+:=-]*-{2,}[\s|+:=-]*", line)]
    return [(at, line) for at, line in lines if not _RULE.fullmatch(line)]


def _delimiter(lines: Sequence[str]) -> str | None:
    """What stands between the cells: the same number of it in nearly every line. None for a table of one column."""
    found = []
    for delimiter in DELIMITERS:
        usual, share = _usual(len(cells) for cells in _split([*enumerate(lines, 1)], delimiter))
        if usual > 1 and share >= ALIKE and not (delimiter == "," and _decimals(lines)):
            return delimiter
        found.append((share if usual > 1 else 0.0, delimiter))
    usual, share = _usual(len(line.split()) for line in lines)
    if usual > 1 and share >= ALIKE:
        return SPACES
    best, delimiter = max(found)  # much above or below the table
    return delimiter if best > 0.5 and not (delimiter == "," and _decimals(lines)) else None


def _usual(counts: Iterable[int]) -> tuple[int, float]:
    """The most frequent count and its share."""
    [(usual, times)] = (found := Counter(counts)).most_common(1)
    return usual, times / found.total()


def _decimals(lines: Sequence[str]) -> bool:
    """Whether `20,7` in line after line is one number: no comma above it, and what stands before is no counter."""
    if "," not in lines[0]:
        lines = lines[1:]
    if not all(_ONE_NUMBER.fullmatch(plain(line)) for line in lines):
        return False
    return not counts(np.array([float(re.sub(r"\D", "", line.split(",")[0])[:300] or 0) for line in lines]))


def counts(values: np.ndarray) -> bool:
    """Whether a column only numbers the rows: 1, 2, 3, ... or 1949.0, 1949.25, ..."""
    steps = np.diff(values)
    return len(steps) > 1 and bool(steps[0] > 0) and bool(np.allclose(steps, steps[0], rtol=1e-3, atol=0))


def _split(lines: Sequence[tuple[int, str]], delimiter: str) -> Iterable[list[str]]:
    """The cells of each line; quotes may hold delimiters."""
    if delimiter == SPACES:
        yield from (line.split() for _, line in lines)
        return
    reader = csv.reader((line for _, line in lines), delimiter=delimiter, skipinitialspace=True)
    try:
        yield from reader
    except csv.Error:
        raise _too_long(lines[min(max(reader.line_num, 1), len(lines)) - 1][0]) from None


def _too_long(row: int) -> CorpusError:
    most = csv.field_size_limit()
    return CorpusError(f"series: expected cells of at most {most:,} characters, got a longer one in row {row:,}")


def _rows(lines: Sequence[tuple[int, str]], delimiter: str | None) -> list[_Row]:
    """All rows; empty ones too where there is one column, as they are gaps in it."""
    if delimiter is None:
        return [_Row(at, [line.strip().strip('"').strip()]) for at, line in lines]
    if delimiter == SPACES:
        return [_Row(at, line.split()) for at, line in lines if line.strip()]
    if any('"' in line for _, line in lines):
        lines = [(at, line + "\n") for at, line in lines]  # a quoted cell may go on in the next line
    rows, places = [], iter(lines)

    def taken() -> Iterable[str]:
        for place, line in places:
            at[0] = place
            yield line

    at = [0]
    reader = csv.reader(taken(), delimiter=delimiter, skipinitialspace=True)
    try:
        for cells in reader:
            if any(cells):
                rows.append(_Row(at[0], [" ".join(cell.split()) if "\n" in cell else cell.strip() for cell in cells]))
    except csv.Error:
        raise _too_long(at[0]) from None
    return rows


def _grid(rows: list[_Row], delimiter: str | None) -> Grid:
    width, _ = _usual(len(row.cells) for row in rows)
    if width > MOST_COLUMNS:
        raise CorpusError(f"series: expected at most {MOST_COLUMNS:,} columns, got {width:,}")
    notes = []
    if delimiter == "," and (torn := _torn(rows, width)) is not None:
        for row in rows:
            if len(row.cells) == width:
                row.cells[torn : torn + 2] = [",".join(row.cells[torn : torn + 2])]
        width -= 1
        notes.append(
            f"Commas separate cells and are decimal signs too: “{rows[-1].cells[torn]}” was put together again."
        )
    kinds = _kinds([row for row in rows if len(row.cells) == width], width)
    start = next((i for i, row in enumerate(rows) if _is_data(row.cells, kinds)), 0)
    header, above = _header(rows, start, kinds)
    body = rows[start + (header is rows[start]) :]
    if above:
        notes.append(
            f"Left out above the table: {_counted(len(above))}, the first “{above[0].text}” (row {above[0].at})."
        )
    named = header is not None and [cell.lower() for cell in header.cells]
    body, left_out = _without_remarks(body, kinds, named)
    for why, gone in left_out.items():
        notes.append(f"Left out as {why}: {_counted(len(gone))}, the first “{gone[0].text}” (row {gone[0].at:,}).")
    for place, row in enumerate(body, 1):
        if len(row.cells) > width and any(row.cells[width:]):
            raise CorpusError(
                f"series: expected {width} cells in every row, got {len(row.cells)} in row "
                f"{row.at if header or above else place:,}"
            )
    padded = [[*row.cells, *[""] * (width - len(row.cells))][:width] for row in body]
    columns = [list(cells) for cells in zip(*padded, strict=True)] if padded else [[] for _ in range(width)]
    return Grid(_names(header, columns, width), columns, np.array([row.at for row in body]), delimiter, notes)


def _torn(rows: Sequence[_Row], width: int) -> int | None:
    """Where `10,13` became two cells: the header has one less, and one pair of columns holds only whole numbers."""
    if len(rows[0].cells) != width - 1 or width < 3:
        return None
    wide = [row.cells for row in rows if len(row.cells) == width]
    whole = [all(re.fullmatch(r"[+-]?\d+", cells[place]) for cells in wide) for place in range(width)]
    pairs = [place for place in range(width - 1) if whole[place] and whole[place + 1]]
    return pairs[0] if len(pairs) == 1 else None


def _counted(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows:,} rows"


def _kinds(rows: Sequence[_Row], width: int) -> list[str]:
    """What each column mostly holds, by a sample: number, date, numbered (words with digits), word."""
    sample = rows[1 :: max(1, len(rows) // 60)] or rows
    kinds = []
    for place in range(width):
        found = Counter(kind for row in sample if (kind := _kind(row.cells[place])))
        kinds.append(found.most_common(1)[0][0] if found else "")
    return kinds


def _kind(cell: str) -> str:
    if is_missing(cell):
        return ""
    if is_date(cell):
        return "date"
    if is_number(cell):
        return "number"
    return "numbered" if any(sign.isdigit() for sign in cell) else "word"


def _is_data(cells: Sequence[str], kinds: Sequence[str]) -> bool:
    """Whether the cells are as those of most rows: numbers and dates where the column has them."""
    valued = [(cell, kind) for cell, kind in zip(cells, kinds, strict=False) if kind in ("number", "date")]
    asked = sum(kind in ("number", "date") for kind in kinds)
    found = [_kind(cell) for cell, _ in valued]
    good = sum(kind in ("number", "date") for kind in found)
    return good > 0 and good + found.count("") >= asked / 2 and len(cells) >= len(kinds) / 2


def _header(rows: Sequence[_Row], start: int, kinds: Sequence[str]) -> tuple[_Row | None, list[_Row]]:
    """The row of names, and the others that stand above the first row of data."""
    above = list(rows[:start])
    width = len(kinds)
    wide = [row for row in above if width - (width > 2) <= len(row.cells) <= width + 1 and any(row.cells)]
    if not wide or (width == 1 and not wide[-1].cells[0]):
        first = rows[start]
        return (first, above) if _names_columns(first.cells, kinds) else (None, above)
    header = wide[-1]
    if len(wide) > 1 and wide[-2].at == header.at - 1:
        units = all(_UNIT.fullmatch(cell) or not cell for cell in header.cells) and any(
            map(_SURELY_UNIT.fullmatch, header.cells)
        )
        full = len({*filter(None, header.cells)}) == len(header.cells) and len(header.cells) == width
        if (units and {*header.cells} != {*wide[-2].cells}) or not full:
            header = max(wide[-4:-1], key=lambda row: len({*filter(None, row.cells)}))
    if header is not wide[-1] or not _looks_like_note(header):
        above = [row for row in above if row is not header]
        return header, [row for row in above if any(row.cells)]
    return None, above


def _looks_like_note(row: _Row) -> bool:
    """`Station: Kew` is no name of a column."""
    return all(re.match(r"[\w ]+:\s", cell) for cell in row.cells if cell)


def _names_columns(cells: Sequence[str], kinds: Sequence[str]) -> bool:
    """Whether a row that could be data has names: a word where others have numbers or dates, or years above numbers."""
    pairs = list(zip(cells, kinds, strict=False))
    if any(_kind(cell) == "word" and kind in ("number", "date", "numbered") for cell, kind in pairs):
        return True
    years = [int(cell) for cell, kind in pairs if kind == "number" and re.fullmatch(r"1[89]\d\d|20\d\d", cell)]
    numbers = sum(kind == "number" for _, kind in pairs)
    return len(years) > 1 and len(years) >= numbers - 1 and years == list(range(years[0], years[0] + len(years)))


def _without_remarks(
    rows: list[_Row], kinds: Sequence[str], named: list[str] | bool
) -> tuple[list[_Row], dict[str, list[_Row]]]:
    """Rows of data, and by reason those that only look like it: the header again, totals, and lines below the table."""
    left_out: dict[str, list[_Row]] = {}
    again = [row for row in rows if named and [cell.lower() for cell in row.cells] == named]
    if again:
        left_out["the header once more"] = again
        rows = [row for row in rows if [cell.lower() for cell in row.cells] != named]
    if len(kinds) > 1:
        totals = [row for row in rows if _TOTAL.fullmatch(next(filter(None, row.cells), ""))]
        if 0 < len(totals) <= max(1, MOST_REMARKS * len(rows)):
            left_out["totals"] = totals
            gone = {row.at for row in totals}
            rows = [row for row in rows if row.at not in gone]
    end = len(rows)
    while (
        end > 1
        and len(rows) - end < 100
        and not _is_data(rows[end - 1].cells, kinds)
        and any(map(_is_word, rows[end - 1].cells))
    ):
        end -= 1
    if any(kind in ("number", "date") for kind in kinds) and rows[end:] and len(rows) - end < 100:
        left_out["lines below the table"] = rows[end:]
        rows = rows[:end]
    return rows, left_out


def _is_word(cell: str) -> bool:
    return _kind(cell) in ("word", "numbered")


def _names(header: _Row | None, columns: Sequence[Sequence[str]], width: int) -> list[str]:
    """The names of the columns, each once; `column 1`, `column 2`, ... where there are none."""
    cells = list(header.cells) if header else []
    if len(cells) == width - 1 and columns and any(columns[-1]):  # the first column names the rows and has no name
        cells = ["", *cells]
    cells = [*cells, *[""] * (width - len(cells))][:width]
    names = [cell[:60] or f"column {place}" for place, cell in enumerate(cells, 1)]
    return [name if names.count(name) == 1 else f"{name} ({place})" for place, name in enumerate(names, 1)]
