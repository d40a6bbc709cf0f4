"""A series of numbers: a known one, one made here, or the table that somebody brings.

Reads CSV of many dialects and says what it had to mend. Knows no network, no task and no page; the store only
as the place of people's own tables, which are kept there like texts.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rnnkit.errors import ConfigError, CorpusError
from rnnkit.texts import corpora, own
from rnnkit.texts.corpora import BuiltInCorpus, CorpusInfo, FileCorpus
from rnnkit.texts.downloads import OnProgress

if TYPE_CHECKING:
    from rnnkit.store import Store

FEWEST_VALUES, MOST_VALUES = 20, 1_000_000
LARGEST_VALUE = 1e100  # its square is still a number
MOST_GAPS = 0.1  # of all values; more would be our invention and not a measurement
BEGINNING = 100_000  # characters that tell a table from a text
SNIFFED_LINES = 200
ALIKE = 0.9  # of these lines must have equally many cells
DELIMITERS = (";", "\t", "|", ",")
MISSING = frozenset(("", "na", "n/a", "nan", "null", "none", "nil", "-", "--", "?", "."))
SIGNAL_VALUES = 4_000

# ---- which series there are


def load(name: str, store: Store | None = None, progress: OnProgress | None = None) -> str:
    """The CSV text of a series: a name of SERIES, or `text-...` in `store`.

    Raises:
        CorpusError: no such series, no network and no file, or a file that is not the one it should be.
    """
    if own.is_own(name):
        return corpora.load(name, store)
    if name not in SERIES:
        raise CorpusError(
            f"corpus: expected a series ({', '.join(SERIES)}, or a table of one's own), got {name[:60]!r}"
        )
    return corpora.read(SERIES[name], name, progress)


def sources(store: Store | None = None) -> list[CorpusInfo]:
    """All series that can be chosen: the known ones, then those texts in `store` that are tables of numbers."""
    known = [corpora.info_here(one) for one in SERIES.values()]
    if store is None:
        return known
    brought = [corpora.info_of_row(row) for row in store.texts()]
    return known + [info for info in brought if _is_series(info.name, store)]


@lru_cache(maxsize=512)
def _is_series(name: str, store: Store) -> bool:
    """Whether a stored text begins as a table with numbers does. Kept: a text never changes."""
    text = store.text(name)
    try:
        parse(text if len(text) < BEGINNING else text[: text.rfind("\n", 0, BEGINNING) + 1])
    except CorpusError:
        return False
    return True


@lru_cache(maxsize=1)
def _signal() -> str:
    """Rhythms of 48 and 336 steps (hours of days and weeks), a drift, and noise that lasts a little."""
    steps, random = np.arange(SIGNAL_VALUES), np.random.default_rng(2)
    daily = (3 + np.sin(2 * np.pi * steps / 336)) * np.sin(2 * np.pi * steps / 48)
    noise = np.zeros(SIGNAL_VALUES)
    for t in range(1, SIGNAL_VALUES):
        noise[t] = 0.6 * noise[t - 1] + random.normal(0, 0.5)
    values = 20 + 4 * daily + 3 * np.sin(2 * np.pi * steps / SIGNAL_VALUES) + noise
    return "step,value\n" + "".join(f"{step},{value:.2f}\n" for step, value in zip(steps, values, strict=True))


SERIES: dict[str, FileCorpus | BuiltInCorpus] = {
    known.name: known
    for known in (
        FileCorpus(
            "temperatures",
            "Daily minimum temperatures in Melbourne, 1981-1990",
            "Australian Bureau of Meteorology, by way of the Time Series Data Library; degrees Celsius",
            "for study",
            "daily-min-temperatures.csv",
            "178c85707c148319c4ca35069d044c799ff22e8d71b7a2c08922216756d18961",
            "https://raw.githubusercontent.com/jbrownlee/Datasets/master/daily-min-temperatures.csv",
            "numbers",
        ),
        BuiltInCorpus(
            "signal",
            "A made-up signal: two rhythms, a slow drift and noise",
            "made by rnnkit, the same on every machine",
            "the same as rnnkit's",
            lambda _name: _signal(),
            "numbers",
        ),
    )
}


# ---- reading a table


@dataclass(frozen=True)
class Series:
    """Values in their order, float64 (N,), and when each was, datetime64 (N,), where the table has dates.

    `columns` are those that could be chosen instead; `note` says in one sentence what had to be mended.
    """

    values: np.ndarray
    times: np.ndarray | None
    column: str
    columns: tuple[str, ...]
    note: str | None = None


def parse(text: str, column: str = "") -> Series:
    """The series in a table of text: the named column, else the first one of numbers that is no counter.

    Delimiter, decimal comma and header are found. Gaps (empty cells, text, infinities) are filled on a straight
    line between their neighbours and counted in `note`; those at the ends are left out. Dates that run backwards
    turn the series round.

    Raises:
        CorpusError: no numbers, too few or too many, too many gaps, or values that never change.
        ConfigError: there is no column of numbers called `column`.
    """
    table = _table(text)
    numbers = {name: found for name, cells in table.items() if (found := _numbers(cells)) is not None}
    if not numbers:
        first = next((cells.iloc[0] for cells in table.values() if cells.iloc[0]), "")
        raise CorpusError(f"series: expected a column of numbers, got none in {len(table)} columns; "
                          f"the first row begins with {first[:40]!r}")  # fmt: skip
    chosen = _chosen(numbers, column)
    values, times = numbers[chosen], _times(table, numbers)
    notes = []
    if times is not None and times[0] > times[-1]:
        values, times = values[::-1], times[::-1]
        notes.append("The dates run backwards, so the rows were turned round.")
    start, values, filled = _without_gaps(values, chosen)
    times = None if times is None else times[start : start + len(values)]
    if filled:
        notes.append(
            f"Missing or no numbers: {filled:,} of {len(values):,} values, filled on a straight line between their "
            "neighbours."
        )
    _check(values, chosen)
    return Series(values, times, chosen, tuple(numbers), " ".join(notes) or None)


def _table(text: str) -> dict[str, pd.Series]:
    """All cells as text under the names of the header or `column 1`, `column 2`, ..."""
    lines = [line for line in text.strip().split("\n") if not line.startswith("#")]
    if len(lines) < 2:
        raise CorpusError(f"series: expected a table with a number in each row, got {len(lines)} rows")
    if len(lines) > MOST_VALUES + 1:
        raise CorpusError(f"series: expected at most {MOST_VALUES:,} rows, got {len(lines):,}")
    delimiter = _delimiter([line for line in lines[:SNIFFED_LINES] if line.strip()])
    if delimiter is None:  # one column: an empty line is a gap in it
        table = pd.DataFrame({0: lines}, dtype=str).apply(lambda cells: cells.str.strip().str.strip('"'))
    else:
        table = _split([line for line in lines if line.strip()], delimiter)
    if delimiter != "," and any(_has_decimal_commas(cells.head(SNIFFED_LINES)) for _, cells in table.items()):
        table = table.apply(_with_points)
    return _named(table)


def _delimiter(lines: Sequence[str]) -> str | None:
    """What stands between the cells: the same number of it in nearly every line. None for a table of one column."""
    for delimiter in DELIMITERS:
        usual, share = _usual(len(cells) for cells in csv.reader(lines, delimiter=delimiter))
        if usual > 1 and share >= ALIKE and not (delimiter == "," and _decimals(lines)):
            return delimiter
    usual, share = _usual(len(line.split()) for line in lines)
    return r"\s+" if usual > 1 and share >= ALIKE else None


def _usual(counts: Iterable[int]) -> tuple[int, float]:
    """The most frequent count and its share."""
    [(usual, times)] = (found := Counter(counts)).most_common(1)
    return usual, times / found.total()


def _decimals(lines: Sequence[str]) -> bool:
    """Whether `20,7` in line after line is one number: no comma above it, and what stands before is no counter."""
    if "," not in lines[0]:
        lines = lines[1:]
    halves = [half for line in lines if (half := re.fullmatch(r"\s*([+-]?\d+),(\d+)\s*", line))]
    return len(halves) == len(lines) and not _counts(np.array([float(half[1]) for half in halves]))


def _split(lines: Sequence[str], delimiter: str) -> pd.DataFrame:
    """The cells of lines; what stands above the table is left out, a row that is too short is filled up."""
    width, _ = _usual(len(line.split(None if delimiter == r"\s+" else delimiter)) for line in lines[:SNIFFED_LINES])
    while len(lines) > 1 and len(lines[0].split(None if delimiter == r"\s+" else delimiter)) < width:
        lines = lines[1:]
    try:
        table = pd.read_csv(
            io.StringIO("\n".join(lines)), sep=delimiter, header=None, dtype=str, keep_default_na=False,
            skipinitialspace=True,
        )  # fmt: skip
    except pd.errors.ParserError as error:
        said = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(error))
        asked, got = (said[1], f"{said[3]} in row {said[2]}") if said else ("equally many", "rows of other lengths")
        raise CorpusError(f"series: expected {asked} cells in every row, got {got}") from None
    return table.fillna("")


def _has_decimal_commas(cells: pd.Series) -> bool:
    return bool(cells.str.fullmatch(r"[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+").any())


def _with_points(cells: pd.Series) -> pd.Series:
    """`1.234,5` as `1234.5`; what is no such number stays as it is."""
    cells = cells.str.strip()
    number = cells.str.fullmatch(r"[+-]?[\d.]*,\d*|[+-]?\d{1,3}(\.\d{3})+")
    points = cells.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
    return cells.where(~number, points)


def _named(table: pd.DataFrame) -> dict[str, pd.Series]:
    """The first row becomes the header where it has words above numbers."""
    first, below = table.iloc[0].str.strip(), table.iloc[1:6]
    header = any(
        name.lower() not in MISSING and not _is_number(name) and any(map(_is_number, cells))
        for name, (_, cells) in zip(first, below.items(), strict=True)
    )
    names = [str(name)[:60] if header and name else f"column {i}" for i, name in enumerate(first, 1)]
    table = table.iloc[1:] if header else table
    unique = [name if names.count(name) == 1 else f"{name} ({i})" for i, name in enumerate(names, 1)]
    table = table.reset_index(drop=True)
    return {name: cells for name, (_, cells) in zip(unique, table.items(), strict=True)}


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return cell.strip().lower() not in MISSING


def _numbers(cells: pd.Series) -> np.ndarray | None:
    """The column as float64, NaN where there is no number; None where most cells are something else."""
    numbers = pd.to_numeric(cells, errors="coerce").to_numpy(float)
    finite = np.isfinite(numbers)
    words = int((~cells[~finite].str.strip().str.lower().isin(MISSING)).sum())
    if not finite.any() or finite.sum() < words:
        return None
    return np.where(finite, numbers, np.nan)


def _chosen(numbers: dict[str, np.ndarray], column: str) -> str:
    if not column:
        return next((name for name, values in numbers.items() if not _counts(values)), next(iter(numbers)))
    for name in numbers:
        if name.lower() == column.strip().lower():
            return name
    raise ConfigError(f"series.column: expected one of {', '.join(numbers)}, got {column[:60]!r}")


def _counts(values: np.ndarray) -> bool:
    """Whether a column only numbers the rows: 1, 2, 3, ... or 1949.0, 1949.25, ..."""
    steps = np.diff(values)
    return len(steps) > 1 and bool(steps[0] > 0) and bool(np.allclose(steps, steps[0], rtol=1e-3, atol=0))


def _times(table: dict[str, pd.Series], numbers: dict[str, np.ndarray]) -> np.ndarray | None:
    """The first column of dates that are in order, forwards or backwards."""
    for name, cells in table.items():
        if name in numbers or not cells.str.contains(r"\d").all():
            continue
        for day_first in (False, True):
            with warnings.catch_warnings():  # of formats that pandas has to guess row by row
                warnings.simplefilter("ignore")
                times = pd.to_datetime(cells, errors="coerce", dayfirst=day_first, utc=True)
            if times.notna().all() and (times.is_monotonic_increasing or times.is_monotonic_decreasing):
                return times.dt.tz_localize(None).to_numpy("datetime64[s]")
    return None


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
    return int(start), np.interp(np.arange(start, end), known, values[known]), filled


def _check(values: np.ndarray, column: str) -> None:
    if len(values) < FEWEST_VALUES:
        raise CorpusError(f"series {column}: expected at least {FEWEST_VALUES} values, got {len(values)}")
    if np.ptp(values) == 0:
        raise CorpusError(f"series {column}: expected values that change, got {values[0]:g} {len(values):,} times")
    if np.abs(values).max() > LARGEST_VALUE:
        raise CorpusError(f"series {column}: expected values up to {LARGEST_VALUE:g}, got {np.abs(values).max():g}")
