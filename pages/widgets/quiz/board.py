"""The passages of a question as cards, with a button each. Knows no store and no score."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pages.widgets.shared import page
from rnnkit.studies.quiz import Question

_BOARD = page.component("rnnkit_quiz", __file__)


def show(
    question: Question, key: str, on_choice: Callable[[int], Any], *, says: str = "", known: bool = False,
    chosen: int | None = None, may_choose: bool = True, number: int | None = None, votes: int = 0,
    counts: Sequence[int] | None = None,
) -> None:  # fmt: skip
    """Draw them.

    Args:
        on_choice: is told the place of what somebody takes for a person's text.
        known: which one it was may be seen.
        number: of the round, in a class.
    """
    data = {
        "passages": [one.text for one in question.passages], "says": says, "chosen": chosen, "round": number,
        "answer": question.answer if known else None, "by": [one.by for one in question.passages] if known else None,
        "may_choose": may_choose, "votes": votes, "counts": list(counts) if counts and known else None,
    }  # fmt: skip
    found = _BOARD(key=key, data=data, on_choice_change=lambda: None, on_changed_change=lambda: None)
    place = found.choice.get("place") if isinstance(found.choice, dict) else None  # a browser may send anything
    if may_choose and not known and isinstance(place, int) and 0 <= place < len(question.passages):
        on_choice(place)
