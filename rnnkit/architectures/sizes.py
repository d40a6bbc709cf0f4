"""Numbers that remember how they were worked out, so that somebody else can work them out again for other sizes.

What is computed with a `Size` leaves a formula, as JSON, and whatever was decided by one (is there an embedding? how
many layers?) leaves a condition under which the formula holds. So each file of this folder stays the only place that
knows its shapes, and a browser can follow a slider: pages/widgets/shared/live_sizes.js reads the same JSON. Knows no
network.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

# A number, the name of a size, or [operation, formula, formula].
Formula = float | str | list[Any]
Values = Mapping[str, float]

OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
# Pairs of a comparison and whether it held, while somebody writes them down.
_decided: ContextVar[list[tuple[Formula, bool]] | None] = ContextVar("decided", default=None)


class Size:
    """A number with its formula; arithmetic as of the number itself, equal to the last bit when worked out again."""

    __slots__ = ("formula", "value")

    def __init__(self, value: Any, formula: Formula):
        self.value, self.formula = value, formula

    def __repr__(self) -> str:
        return f"Size({self.value}, {self.formula})"

    def __format__(self, spec: str) -> str:
        return format(self.value, spec)

    def __hash__(self) -> int:
        return hash(self.value)

    def __bool__(self) -> bool:
        return not _decide("=", self, 0)

    def __index__(self) -> int:
        """Counted with, as in range(): the formulas hold for this number only."""
        _decide("=", self, self.value)
        return operator.index(self.value)

    def __neg__(self) -> Size:
        return _made("-", 0, self)

    def __add__(self, other: Any) -> Size:
        return _made("+", self, other)

    def __radd__(self, other: Any) -> Size:
        return _made("+", other, self)

    def __sub__(self, other: Any) -> Size:
        return _made("-", self, other)

    def __rsub__(self, other: Any) -> Size:
        return _made("-", other, self)

    def __mul__(self, other: Any) -> Size:
        return _made("*", self, other)

    def __rmul__(self, other: Any) -> Size:
        return _made("*", other, self)

    def __truediv__(self, other: Any) -> Size:
        return _made("/", self, other)

    def __floordiv__(self, other: Any) -> Size:
        return _made("//", self, other)

    def __eq__(self, other: object) -> bool:
        return _decide("=", self, other)

    def __lt__(self, other: Any) -> bool:
        return _decide("<", self, other)

    def __le__(self, other: Any) -> bool:
        return _decide("<=", self, other)

    def __gt__(self, other: Any) -> bool:
        return _decide(">", self, other)

    def __ge__(self, other: Any) -> bool:
        return _decide(">=", self, other)


def formula(number: Any) -> Formula:
    """That of a Size, or the number itself."""
    return number.formula if isinstance(number, Size) else number


def value(number: Any) -> Any:
    """The number of a Size, or the number itself."""
    return number.value if isinstance(number, Size) else number


@contextmanager
def conditions() -> Any:
    """Inside, every decision made by a Size is written into the list that this gives: [comparison, did it hold]."""
    decided: list[tuple[Formula, bool]] = []
    token = _decided.set(decided)
    try:
        yield decided
    finally:
        _decided.reset(token)


def work_out(known: Formula, values: Values) -> Any:
    """A formula for these sizes: what the browser's own reading of it must give too."""
    if isinstance(known, list):
        operation, first, second = known
        return OPERATIONS[operation](work_out(first, values), work_out(second, values))
    return values[known] if isinstance(known, str) else known


def hold(decided: Iterable[tuple[Formula, bool]], values: Values) -> bool:
    """Whether every decision would be the same for these sizes."""
    return all(work_out(comparison, values) is held for comparison, held in decided)


def _made(operation: str, first: Any, second: Any) -> Size:
    known, other = formula(first), formula(second)
    result = OPERATIONS[operation](value(first), value(second))
    if (operation, known) in (("+", 0), ("*", 1)):
        return Size(result, other)
    if (operation, other) in (("+", 0), ("-", 0), ("*", 1)):
        return Size(result, known)
    nothing = operation == "*" and 0 in (known, other)
    return Size(result, 0 if nothing else [operation, known, other])


def _decide(operation: str, first: Any, second: Any) -> bool:
    held = bool(OPERATIONS[operation](value(first), value(second)))
    decided = _decided.get()
    decision = ([operation, formula(first), formula(second)], held)
    if decided is not None and decision not in decided:
        decided.append(decision)
    return held
