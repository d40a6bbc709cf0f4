"""The command that reads a table of numbers: its values and dates, and what was understood, changed or left out."""

from __future__ import annotations

from typing import Literal

from rnnkit.cli.answer import Answer, lines
from rnnkit.cli.options import file_bytes


def series(
    file: str, /, *, column: str = "", decimal: Literal["auto", ".", ","] = "auto",
    dates: Literal["auto", "day-first", "month-first"] = "auto", encoding: str | None = None,
) -> Answer:  # fmt: skip
    """Show how a table of numbers is read: its values, its dates, and what was changed or left out.

    python -m rnnkit series sales.csv
    python -m rnnkit series sales.csv --column visitors --decimal , --dates day-first

    Args:
        file: a table of one number a row, with or without a header and dates
        column: the column of numbers to take; without it, the first that says something
        decimal: the decimal sign; auto: by the shape of all numbers in the column
        dates: whether 01/02/2021 begins with the day or the month; auto: by the order of all rows
        encoding: what it is in, e.g. cp1250; without one, it is found
    """
    from rnnkit.texts import own, tables

    brought = own.read(file_bytes("series", file), encoding)
    found = tables.parse(brought.text, column, decimal, dates)
    at = None if found.times is None else [str(time).removesuffix("T00:00:00") for time in found.times]
    document = {
        "column": found.column, "columns": found.columns, "values": found.values.tolist(), "dates": at,
        "notes": [*brought.notes, *found.notes], "encoding": brought.encoding,
    }  # fmt: skip
    low, high = found.values.min(), found.values.max()
    head = {
        "column": found.column, "columns": found.columns, "values": len(found.values), "from": at and at[0],
        "to": at and at[-1], "encoding": brought.encoding, "lowest": float(low), "highest": float(high),
    }  # fmt: skip
    return Answer(document, "\n".join([lines(head), *(f"* {note}" for note in document["notes"])]))
