"""Text as a grid of cells: delimiter, quotes, header, and what stands above and below the table.

Knows what a number and a date look like, and nothing else of what the columns mean.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from rnnkit.errors import CorpusError
from rnnkit.texts import symbols
from rnnkit.texts.tables.cells import Column, Rows
from rnnkit.texts.tables.dates import is_date
from rnnkit.texts.tables.numbers import is_missing, is_number, plain

MOST_VALUES, MOST_COLUMNS = 1_000_000, 1_000
SNIFFED_LINES, MOST_SNIFFED = 200, 2_000
ALIKE = 0.9  # of these lines must have equally many cells
DELIMITERS = (";", "\t", "|", ",")
SPACES = r"\s+"
MOST_REMARKS = 0.05  # of all rows; more are no footers
_ONE_NUMBER = re.compile(
    r"\s*\(?[+-]?(?:(?:\d{1,3}(?:[. ']\d{3})+|\d+),\d+|\d{1,3}(?:,\d{3})*\.\d+|\d{1,3}(?:,\d{3}){2,})[-)]?\s*"
)
_RULE = re.compile(r"(?=.*--)(?=.*[|+])[\s|+:=-]+")  # |---|---|
_QUOTED_LINE = re.compile(r'\s*"(?:[^"]|"")*[,;\t](?:[^"]|"")*"\s*')  # all of it is one cell
_FRAMED_RULE = re.compile(r"[\s|+:=-]*-{2,}[\s|+:=-]*")
_TOTAL = re.compile(
    r"(?:(?:grand |sub)?totals?|sum|summe|gesamt|somme|total g\w+|averages?|mean|mittel(?:wert)?|moyenne|median)\b.*",
    re.IGNORECASE,
)
_LETTER = re.compile(r"[^\W\d_]")
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
    columns: list[Column]
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
    last = text.count("\n", 0, len(text.rstrip())) + 1
    first = list(islice(_lines(text, last), MOST_SNIFFED))
    if len(first) < 2:
        raise CorpusError(f"series: expected a table with a number in each row, got {max(1, len(first))} rows")
    delimiter = None
    if said := re.fullmatch(r"sep=(.)", first[0][1].strip(' "'), re.IGNORECASE):
        delimiter = said[1]
    skipped = first[0][0] if said else 0
    framed = sum(line.strip().startswith("|") and line.rstrip().endswith("|") for _, line in first[:SNIFFED_LINES])
    frame = framed > len(first[:SNIFFED_LINES]) / 2
    sniffed = [line for _, line in _without_frame(first[bool(said) :], frame=frame) if line.strip()][:SNIFFED_LINES]
    if not sniffed:
        raise CorpusError("series: expected a table with a number in each row, got none")
    quoted = all(map(_QUOTED_LINE.fullmatch, sniffed))
    if quoted:
        sniffed = [line.strip()[1:-1].replace('""', '"') for line in sniffed]
    delimiter = delimiter or _delimiter(sniffed)
    lines = ((at, line) for at, line in _lines(text, last) if at > skipped)
    if quoted:
        lines = ((at, line.strip()[1:-1].replace('""', '"')) for at, line in lines)
    return _grid(_rows(_without_frame(lines, frame=frame), delimiter, quoted='"' in text), delimiter)


def _lines(text: str, last: int) -> Iterator[tuple[int, str]]:
    """Numbers and lines from the first to the last that is not blank, without remarks."""
    begun, count = False, 0
    for at, line in enumerate(islice(symbols.lines(text), last), 1):
        begun = begun or bool(line.strip())
        if begun and not line.startswith("#"):
            count += 1
            if count > MOST_VALUES + 1:
                raise CorpusError(f"series: expected at most {MOST_VALUES:,} rows, got more")
            yield at, line


def _without_frame(lines: Iterable[tuple[int, str]], *, frame: bool) -> Iterator[tuple[int, str]]:
    """Without the rules and, if there is a `frame`, the outer strokes of a table in Markdown."""
    for at, line in lines:
        if frame:
            line = line.strip().removeprefix("|").removesuffix("|")
        if "--" not in line or not (_FRAMED_RULE if frame else _RULE).fullmatch(line):
            yield at, line


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


def _rows(lines: Iterator[tuple[int, str]], delimiter: str | None, *, quoted: bool) -> Rows:
    """All rows; empty ones too where there is one column, as they are gaps in it."""
    rows, at = Rows(), 0

    def taken() -> Iterator[str]:
        nonlocal at
        for place, line in lines:
            at = place
            yield line + "\n" if quoted else line  # a quoted cell may go on in the next line

    if delimiter is None:
        for at, line in lines:
            rows.append(at, [line.strip().strip('"').strip()])
    elif delimiter == SPACES:
        for at, line in lines:
            if cells := line.split():
                rows.append(at, cells)
    else:
        try:
            for cells in csv.reader(taken(), delimiter=delimiter, skipinitialspace=True):
                if any(cells):
                    rows.append(at, [" ".join(cell.split()) if "\n" in cell else cell.strip() for cell in cells])
        except csv.Error:
            raise _too_long(at) from None
    rows.close()
    return rows


def _grid(rows: Rows, delimiter: str | None) -> Grid:
    if not len(rows):
        raise CorpusError("series: expected a table with a number in each row, got only empty cells")
    counts = np.array(rows.counts)
    width = int(np.bincount(counts).argmax())
    if width > MOST_COLUMNS:
        raise CorpusError(f"series: expected at most {MOST_COLUMNS:,} columns, got {width:,}")
    notes = []
    if delimiter == "," and (torn := _torn(rows, width)) is not None:
        rows = _put_together(rows, width, torn)
        counts, width = np.array(rows.counts), width - 1
        example = rows[int(np.flatnonzero(counts == width)[0])][torn]
        notes.append(f"Commas separate cells and are decimal signs too: “{example}” was put together again.")
    usual = np.flatnonzero(counts == width)
    kinds = _kinds([rows[place] for place in usual[1 :: max(1, len(usual) // 60)].tolist() or usual.tolist()], width)
    start = next((place for place, cells in enumerate(rows) if _is_data(cells, kinds)), 0)
    header, above = _header([_Row(rows.at[place], rows[place]) for place in range(start + 1)], kinds)
    if above:
        notes.append(
            f"Left out above the table: {_counted(len(above))}, the first “{above[0].text}” (row {above[0].at})."
        )
    keep = np.arange(len(rows)) >= start + (header is not None and header.at == rows.at[start])
    for why, gone in _remarks(rows, keep, kinds, [cell.lower() for cell in header.cells] if header else None).items():
        first = _Row(rows.at[gone[0]], rows[gone[0]])
        notes.append(f"Left out as {why}: {_counted(len(gone))}, the first “{first.text}” (row {first.at:,}).")
    for place in np.flatnonzero(keep & (counts > width)).tolist():
        if any(rows[place][width:]):
            raise CorpusError(
                f"series: expected {width} cells in every row, got {counts[place]} in row "
                f"{rows.at[place] if header or above else int(keep[: place + 1].sum()):,}"
            )
    columns, at = rows.columns(keep, width), np.array(rows.at)[keep]
    return Grid(_names(header, columns, width), columns, at, delimiter, notes)


def _torn(rows: Rows, width: int) -> int | None:
    """Where `10,13` became two cells: the header has one less, and one pair of columns holds only whole numbers."""
    if rows.counts[0] != width - 1 or width < 3:
        return None
    whole = np.ones(width, bool)
    for cells in rows:
        if len(cells) == width:
            whole &= [cell.isdecimal() or re.fullmatch(r"[+-]?\d+", cell) is not None for cell in cells]
    pairs = np.flatnonzero(whole[:-1] & whole[1:])
    return int(pairs[0]) if len(pairs) == 1 else None


def _put_together(rows: Rows, width: int, torn: int) -> Rows:
    """Two cells of each whole row as one."""
    mended = Rows()
    for at, cells in zip(rows.at, rows, strict=True):
        if len(cells) == width:
            cells[torn : torn + 2] = [",".join(cells[torn : torn + 2])]
        mended.append(at, cells)
    mended.close()
    return mended


def _counted(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows:,} rows"


def _kinds(sample: Sequence[Sequence[str]], width: int) -> list[str]:
    """What each column mostly holds, by a sample of rows: number, date, numbered (words with digits), word."""
    kinds = []
    for place in range(width):
        found = Counter(kind for cells in sample if (kind := _kind(cells[place])))
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


def _header(rows: list[_Row], kinds: Sequence[str]) -> tuple[_Row | None, list[_Row]]:
    """The row of names, and the others that stand above the first row of data, which is the last of `rows`."""
    above = rows[:-1]
    width = len(kinds)
    wide = [row for row in above if width - (width > 2) <= len(row.cells) <= width + 1 and any(row.cells)]
    if not wide or (width == 1 and not wide[-1].cells[0]):
        first = rows[-1]
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


def _remarks(rows: Rows, keep: np.ndarray, kinds: Sequence[str], named: list[str] | None) -> dict[str, list[int]]:
    """Places by reason of rows that only look like data, which are taken out of `keep` (N,): the header again, totals,
    and lines below the table.
    """
    again, totals = [], []
    for place, cells in rows.beginning(_LETTER):
        if keep[place] and named and [cell.lower() for cell in cells] == named:
            again.append(place)
        elif keep[place] and len(kinds) > 1 and _TOTAL.fullmatch(next(filter(None, cells), "")):
            totals.append(place)
    if len(totals) > max(1, MOST_REMARKS * (keep.sum() - len(again))):
        totals = []
    keep[again + totals] = False
    kept = np.flatnonzero(keep)[-101:].tolist()
    below: list[int] = []
    while len(kept) > 1 and len(below) < 100:
        cells = rows[kept[-1]]
        if _is_data(cells, kinds) or not any(map(_is_word, cells)):
            break
        below.insert(0, kept.pop())
    if not any(kind in ("number", "date") for kind in kinds) or len(below) == 100:
        below = []
    keep[below] = False
    found = {"the header once more": again, "totals": totals, "lines below the table": below}
    return {why: places for why, places in found.items() if places}


def _is_word(cell: str) -> bool:
    return _kind(cell) in ("word", "numbered")


def _names(header: _Row | None, columns: Sequence[Column], width: int) -> list[str]:
    """The names of the columns, each once; `column 1`, `column 2`, ... where there are none."""
    cells = list(header.cells) if header else []
    if len(cells) == width - 1 and columns and any(columns[-1]):  # the first column names the rows and has no name
        cells = ["", *cells]
    cells = [*cells, *[""] * (width - len(cells))][:width]
    names = [cell[:60] or f"column {place}" for place, cell in enumerate(cells, 1)]
    return [name if names.count(name) == 1 else f"{name} ({place})" for place, name in enumerate(names, 1)]
