"""What several runs write as a table: a row for each run, temperatures or epochs across; each cell scrolls by itself.

A component of its own: its heads stay in view, and what a network wrote comes in as text nodes only. Knows no network.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pages.widgets.shared import page

_FRAME = '<div class="matrix" role="region" aria-label="What the runs write"><table></table></div>'
_MATRIX = page.component("rnnkit_matrix", __file__, _FRAME)
LINES, MOST = 12, 5  # of letters: in all rows together, and in one


class Row(NamedTuple):
    """One run: its letter, name and what is said under it; a text for each column, None where there is none.

    `problem` stands in place of the texts. `likely`: symbols that come next, with their probabilities.
    """

    letter: str
    name: str
    note: str
    texts: Sequence[str | None] = ()
    problem: str = ""
    likely: Sequence[tuple[str, float]] = ()


def show(columns: Sequence[str], rows: Sequence[Row], prompt: str, after: str = "") -> None:
    """Draw it.

    Args:
        columns: their heads.
        prompt: what every text continues.
        after: the end of the prompt, over a last column with what comes next; no such column without.
    """
    lines = min(MOST, LINES // max(1, len(rows)))
    said = [row._asdict() for row in rows]
    _MATRIX(key="matrix", data={"columns": columns, "rows": said, "prompt": prompt, "after": after, "lines": lines})
