"""Which series there are: the known ones, one made here, and the tables that people brought.

Knows the store only as the place of people's own tables, which are kept there like texts.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from rnnkit.errors import CorpusError
from rnnkit.texts import corpora, made, own
from rnnkit.texts.corpora import BuiltInCorpus, CorpusInfo, FileCorpus
from rnnkit.texts.downloads import OnProgress
from rnnkit.texts.made import weather
from rnnkit.texts.tables.series import parse

if TYPE_CHECKING:
    from rnnkit.store import Store

BEGINNING = 100_000  # characters that tell a table from a text
SIGNAL_VALUES = 4_000
WEATHER_DAYS, MOST_DAYS = 7_305, 1_000_000  # twenty years

# ---- which series there are


def load(name: str, store: Store | None = None, progress: OnProgress | None = None) -> str:
    """The CSV text of a series: a name of SERIES, one with a size such as `weather-3650`, or `text-...` in `store`.

    Raises:
        CorpusError: no such series, no network and no file, or a file that is not the one it should be.
    """
    if own.is_own(name):
        return corpora.load(name, store)
    found = SERIES.get(name) or made.entry(name, MADE)
    if found is None:
        raise CorpusError(
            f"corpus: expected a series ({', '.join(SERIES)}, or a table of one's own), got {name[:60]!r}"
        )
    return corpora.read(found, name, progress)


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
            size=67_921,
        ),
        BuiltInCorpus(
            "signal",
            "A made-up signal: two rhythms, a slow drift and noise",
            "made by rnnkit, the same on every machine",
            "the same as rnnkit's",
            lambda _name: _signal(),
            "numbers",
        ),
        BuiltInCorpus(
            "weather",
            "Daily temperatures made up: seasons, spells of weather, noise",
            "made by rnnkit; weather-3650 is the same of 3,650 days, weather-3650-7 another of the kind",
            "the same as rnnkit's",
            made.writer(weather.write, WEATHER_DAYS),
            "numbers",
            most=MOST_DAYS,
            unit="days",
        ),
    )
}
MADE = {name: known for name, known in SERIES.items() if isinstance(known, BuiltInCorpus)}
