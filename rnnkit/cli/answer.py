"""What a command has to say: one JSON document, and the same as text for people. Knows no command."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from rnnkit.texts.symbols import harmless

if TYPE_CHECKING:
    import pandas as pd

    from rnnkit.store import Store

FAULT, PERSON, INTERRUPTED = 1, 2, 130  # exit statuses; the last is the shell's own for Ctrl-C


class Answer(NamedTuple):
    """A JSON document, the same for people, and the exit status."""

    document: Any
    text: str
    status: int = 0


@contextmanager
def open_store() -> Iterator[Store]:
    """The store, with the networks that came with the program in it; in a class what is done here is written down."""
    from rnnkit import settings
    from rnnkit.people import acting
    from rnnkit.sharing import archive
    from rnnkit.store import Store

    settings.check()  # before anything is queued that nobody could train
    with closing(Store()) as store:
        archive.import_pretrained(store)
        yield acting.of_machine(store)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table as JSON can hold them."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def table(rows: Sequence[Mapping[str, Any]], *columns: str) -> str:
    """Aligned columns, numbers to the right."""
    cells = [columns, *([cell(row.get(column)) for column in columns] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
    numbers = [any(isinstance(row.get(column), int | float) for row in rows) for column in columns]
    sides = [">" if number else "<" for number in numbers]
    padded = ("  ".join(f"{text:{s}{w}}" for text, s, w in zip(row, sides, widths, strict=True)) for row in cells)
    return "\n".join(line.rstrip() for line in padded)


def lines(document: Mapping[str, Any]) -> str:
    """One `key  value` a line."""
    width = max(len(key) for key in document)
    return "\n".join(f"{key:<{width}}  {cell(value)}" for key, value in document.items())


def cell(value: Any) -> str:
    """One value on one line."""
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
        case list() | tuple():
            return ", ".join(cell(item) for item in value)
        case _:
            return " ".join(str(value).split())


def say(text: str) -> None:
    """Print, whatever strangers have written in it."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    print(harmless(text), flush=True)
