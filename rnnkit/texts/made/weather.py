"""Daily temperatures made up from a seed: a year's course, spells of weather, and noise.

In degrees Celsius, like those of a mild coast in the south, warmest in January. In a warm spell each day is warmer,
until a front breaks it; changeable days come after that. No linear formula knows such turns. Knows no network and no
table.
"""

from __future__ import annotations

import math
import random
from datetime import date, timedelta

FIRST = date(2001, 1, 1)
MEAN, AMPLITUDE = 11.3, 4.2  # of a year
WARMEST_DAY = 26  # of the year
BREAKS_AT = 4.5  # degrees above the season: then a front ends the warm spell
SETTLES = 0.3  # chance of a new warm spell to begin, each day


def values(days: int, seed: int = 0) -> list[float]:
    """Temperatures of `days` days to a tenth of a degree, none below 0. The same on every Python version."""
    rng = random.Random(seed)
    found, away, warming = [], 0.0, False
    for day in range(days):
        season = MEAN + AMPLITUDE * math.cos(2 * math.pi * (day - WARMEST_DAY) / 365.25)
        if warming and away > BREAKS_AT:
            away, warming = -3.0, False
        elif warming:
            away += 1.4
        else:
            away, warming = 0.5 * away, rng.random() < SETTLES
        away += (0.6 if warming else 1.6) * _normal(rng)
        found.append(round(max(0.0, season + away + 0.5 * _normal(rng)), 1))
    return found


def write(days: int, seed: int = 0) -> str:
    """The same as a table: date, temperature."""
    rows = (f"{FIRST + timedelta(day)},{value:.1f}\n" for day, value in enumerate(values(days, seed)))
    return "date,temperature\n" + "".join(rows)


def _normal(rng: random.Random) -> float:
    """Near enough to a draw from the normal distribution, by sums alone, which are the same everywhere."""
    return sum(rng.random() for _ in range(12)) - 6.0
