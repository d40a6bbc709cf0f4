"""The statements that are sent to databases by this process, for tests of what grows with the number of runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa


@contextmanager
def statements() -> Iterator[list[str]]:
    """Those that are sent while it is open, without what begins and ends transactions."""
    said: list[str] = []

    def heard(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            said.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", heard)
    try:
        yield said
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", heard)
