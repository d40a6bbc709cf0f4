"""The curve of a run that grows, as so few points that a browser draws it at once and a memory holds many.

Neighbours are put together by their steps, `width` batches a group: always a power of two, so that a group never
moves while the curve grows, only two of them become one. Knows no store.
"""

from __future__ import annotations

from collections.abc import Iterable

from rnnkit.store import Point
from rnnkit.store.changes import Mean

MOST = 1000  # groups; a chart is hardly wider in pixels


class Thinned:
    """Means of points, in order: `means[i]` is of the batches of group `groups[i]`."""

    def __init__(self, width: int = 1, found: Iterable[tuple[int, Mean]] = ()):
        self.width = width
        self.groups: list[int] = []
        self.means: list[Mean] = []
        for group, mean in found:
            self._add(group, mean)

    def extend(self, points: Iterable[Point]) -> bool:
        """Take further points. True when groups became wider, so that all means are others than before."""
        for point in points:
            if point.loss is not None:
                self._add(point.step // self.width, Mean(point.step, point.seconds, point.loss, 1))
        wider = len(self.means) > MOST
        while len(self.means) > MOST:
            self._double()
        return wider

    def _double(self) -> None:
        before = list(zip(self.groups, self.means, strict=True))
        self.width, self.groups, self.means = self.width * 2, [], []
        for group, mean in before:
            self._add(group // 2, mean)

    def _add(self, group: int, mean: Mean) -> None:
        if self.groups and self.groups[-1] == group:
            self.means[-1] = _together(self.means[-1], mean)
        else:
            self.groups.append(group)
            self.means.append(mean)


def width_for(count: int, last_step: int) -> int:
    """The width at which so many points become at most MOST groups; 1 where they are no more than that."""
    width = 1
    while count > MOST and last_step // width >= MOST:
        width *= 2
    return width


def _together(one: Mean, other: Mean) -> Mean:
    weight = one.weight + other.weight
    a, b = one.weight / weight, other.weight / weight
    return Mean(
        a * one.step + b * other.step, a * one.seconds + b * other.seconds, a * one.loss + b * other.loss, weight
    )
