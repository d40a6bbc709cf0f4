"""A line chart as SVG text: stands in a page by itself, takes its colours from the page's style. Knows no run."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

WIDTH, HEIGHT = 960, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 16, 52


class Line(NamedTuple):
    """Points (x, y) from left to right; `style` is the CSS class of the line, `dots` marks each point."""

    title: str
    style: str
    points: Sequence[tuple[float, float]]
    dots: bool = False


class Scale(NamedTuple):
    """Numbers from `low` to `high` laid over the pixels from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self, most: int = 8) -> list[float]:
        """Round numbers inside the scale: steps of 1, 2 or 5 times a power of ten."""
        rough = (self.high - self.low) / most
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999999)
        first = math.ceil(self.low / step - 1e-9)
        return [step * i for i in range(first, math.floor(self.high / step + 1e-9) + 1)]


def svg(lines: Sequence[Line], x_title: str, y_title: str) -> str:
    """The chart, or nothing when no line has a point."""
    lines = [line._replace(points=[xy for xy in line.points if all(map(math.isfinite, xy))]) for line in lines]
    every = [point for line in lines for point in line.points]
    if not every:
        return ""
    x = _scale([x for x, _ in every], LEFT, WIDTH - RIGHT, room=0.0)
    y = _scale([y for _, y in every], HEIGHT - BOTTOM, TOP, room=0.05)
    titles = " and ".join(line.title for line in lines if line.points)
    return "\n".join([
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(f"{titles}: {y_title} over {x_title}")}">',
        *_axes(x, y, x_title, y_title),
        *(part for line in lines for part in _line(line, x, y)),
        "</svg>",
    ])  # fmt: skip


def _scale(values: Sequence[float], start: float, end: float, room: float) -> Scale:
    low, high = min(values), max(values)
    if high - low <= 1e-9 * max(1.0, abs(high)):
        low, high = low - 0.5, high + 0.5
    spare = (high - low) * room
    return Scale(low - spare, high + spare, start, end)


def _axes(x: Scale, y: Scale, x_title: str, y_title: str) -> Iterator[str]:
    bottom = HEIGHT - BOTTOM
    for value in y.ticks():
        place = y.place(value)
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{place:.1f}" y2="{place:.1f}"/>'
        yield f'<text x="{LEFT - 8}" y="{place + 5:.1f}" text-anchor="end">{value:g}</text>'
    for value in x.ticks():
        yield f'<text x="{x.place(value):.1f}" y="{bottom + 20}" text-anchor="middle">{value:,g}</text>'
    yield f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 8}" text-anchor="middle">{escape(x_title)}</text>'
    middle = (TOP + bottom) / 2
    yield f'<text transform="translate(16 {middle:.0f}) rotate(-90)" text-anchor="middle">{escape(y_title)}</text>'


def _line(line: Line, x: Scale, y: Scale) -> Iterator[str]:
    places = [(x.place(at), y.place(value)) for at, value in line.points]
    path = " ".join(f"{across:.1f},{down:.1f}" for across, down in places)
    yield f'<polyline class="{line.style}" points="{path}"/>'
    for (at, value), (across, down) in zip(line.points, places, strict=True) if line.dots else ():
        words = escape(f"{line.title}, {at:g}: {value:.4f}")
        yield f'<circle class="{line.style}" cx="{across:.1f}" cy="{down:.1f}" r="4"><title>{words}</title></circle>'
