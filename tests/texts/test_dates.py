"""Made-up dates: every spelling means its date, and those held out are never learned from."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from random import Random
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as some

from rnnkit.config.parts import PairsConfig
from rnnkit.texts import dates
from rnnkit.texts.dates import ENGLISH, FRENCH, GERMAN, ROMAN, STYLES

days = some.dates(dates.FIRST, dates.LAST)
seeds = some.integers(0, 2**32)
# A month's names in all languages, by their first letters; no two months share them.
MONTHS = {
    name.lower().rstrip("."): month
    for language in (ENGLISH, FRENCH, GERMAN)
    for names in (language.months, language.short)
    for month, name in enumerate(names, 1)
} | {name.lower(): month for month, name in enumerate(ROMAN, 1)}
WEEKDAYS = {name.lower() for language in (ENGLISH, FRENCH, GERMAN) for name in language.weekdays}
WEEKDAYS |= {name.lower()[:3] for name in ENGLISH.weekdays}
ORDINALS = {dates.ordinal_words(number): number for number in range(1, 32)}
YEARS = {dates.year_words(year): year for year in range(1600, 2200)}

EARLIER = [
    "Samstag, den 29. April 1651", "Sunday, August 8th, 2088", "May thirty-first,twenty sixty-seven",
    "24.  August 1602", "den 30. November 2073",
]  # fmt: skip


def read(text: str) -> date:
    """A date as a person reads it, by the conventions that the generator states. Independent of its styles."""
    text = re.sub(r"\s+", " ", text.lower().replace(",", " "))
    if found := re.fullmatch(r"(\d{4})[/-](\d\d)[/-](\d\d)", text):
        return date(*map(int, found.groups()))
    if found := re.fullmatch(r"(\d+)/(\d+)/('?\d+)", text):
        month, day, year = found.groups()
        month, day = (day, month) if int(month) > 12 else (month, day)
        return date(_year(year), int(month), int(day))
    if found := re.fullmatch(r"(\d+)\.([ivx]+|\d+)\.('?\d+)", text):
        day, month, year = found.groups()
        return date(_year(year), MONTHS.get(month) or int(month), int(day))
    if found := next((words for words in sorted(YEARS, key=len, reverse=True) if text.endswith(f" {words}")), None):
        rest = text.removesuffix(found).split()
        day = next(ORDINALS[word] for word in rest if word in ORDINALS)
        return date(YEARS[found], next(MONTHS[word] for word in rest if word in MONTHS), day)
    words = [word.rstrip(".") for word in re.split(r"[ -]", text)]
    words = [word for word in words if word not in WEEKDAYS and word not in ("", "the", "of", "le", "den")]
    (month,) = [MONTHS[word] for word in words if word in MONTHS]
    day, year = (word for word in words if word not in MONTHS)
    return date(_year(year), month, int(re.sub(r"(st|nd|rd|th|er)$", "", day)))


def _year(text: str) -> int:
    if len(text) == 4:
        return int(text)
    return next(year for year in dates.SHORT_YEARS if year % 100 == int(text.removeprefix("'")))


@given(days, seeds)
def test_every_spelling_reads_as_its_date(day: date, seed: int):
    assert read(dates.spell(day, Random(seed))) == day


@given(days, seeds)
def test_a_spelling_is_short_enough_and_of_known_symbols(day: date, seed: int):
    spelling = dates.spell(day, Random(seed))
    assert 1 <= len(spelling) <= dates.LONGEST
    assert set(spelling + day.isoformat()) <= set(dates.ALPHABET)
    assert len(day.isoformat()) == dates.ISO_LENGTH


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.__name__)
@given(day=days, seed=seeds)
def test_every_style_names_the_right_weekday_or_none(style: Callable, day: date, seed: int):
    words = re.findall(r"\w+", style(day, Random(seed)).lower())
    named = [word for word in words if word in WEEKDAYS]
    right = {language.weekdays[day.weekday()].lower() for language in (ENGLISH, FRENCH, GERMAN)}
    assert set(named) <= right | {name[:3] for name in right}


def test_many_people_write_one_date_in_many_ways():
    random, day = Random(0), date(1987, 5, 12)
    spellings = {dates.spell(day, random) for _ in range(500)}
    assert len(spellings) > 150
    assert {"12 May 1987", "le 12 mai 1987", "12. Mai 1987", "12.V.1987"} <= spellings
    random, day = Random(0), date(1987, 5, 25)
    spellings = {dates.spell(day, random) for _ in range(1500)}
    assert {"1987-05-25", "25.5.87", "25.05.87", "5/25/87", "25/5/87", "25 May 87"} <= spellings


def test_the_spellings_of_earlier_versions_are_those_that_their_networks_learned():
    """Their held-out dates are made anew from the seed: another spelling would be another measure."""
    days, _ = dates.split(5, 5, seed=0)
    assert [pair.spelling for pair in dates.pairs(days, 0, "common")] == EARLIER
    every = [pair.spelling for pair in dates.pairs(dates.split(4000, 0, seed=1)[0], 5, "common")]
    assert not {what for spelling in every if (what := dates.unlearned(spelling, "common"))}
    assert set(dates.SPELLINGS) == set(get_args(PairsConfig.model_fields["spellings"].annotation))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("2020-12-25", "ISO"), (" 2020-12-25 ", "ISO"), ("12.05.87", "Years"), ("5/12/87", "Years"),
        ("12 May 87", "Years"), ("Tue, May the 12th, 87", "Years"), ("le 1er mai 87", "Years"), ("12-MAY-87", "Years"),
        ("25/12/2020", "Slashes"), ("25/12/'20", "Slashes"), ("12 May '87", ""), ("12/05/2020", ""), ("12 May", ""),
        ("May 12", ""), ("1987/05/12", ""), ("the twelfth of May, nineteen eighty-seven", ""), ("", ""),
    ],
)  # fmt: skip
def test_what_a_network_has_not_learned_is_named(text: str, what: str):
    assert dates.unlearned(text, "common").startswith(what)
    assert bool(dates.unlearned(text, "common")) == bool(what)
    assert dates.unlearned(text, "all") == ""


@given(days)
def test_every_day_is_a_date(day: date):
    assert dates.shown(day.isoformat()) == day.isoformat()


@given(some.from_regex(r"[0-9-]{0,10}", fullmatch=True) | some.text(max_size=12))
def test_what_is_no_day_of_the_calendar_is_marked(text: str):
    try:
        real = date(*map(int, text.split("-"))).isoformat() == text
    except (ValueError, TypeError, OverflowError):
        real = False
    assert dates.is_date(text) == real


@pytest.mark.parametrize("text", ["2023-02-29", "055-05-12", "1918-19-04", "1987-00-12", "20200101", "2020-W01-1", ""])
def test_answers_that_cannot_be_are_marked(text: str):
    assert dates.shown(text) == f"{text or 'nothing'} (no such date)"


def test_the_same_seed_gives_the_same_pairs_and_another_seed_others():
    learned, _ = dates.split(50, 10, seed=3)
    assert dates.pairs(learned, 1) == dates.pairs(learned, 1) != dates.pairs(learned, 2)
    assert list(learned) == list(dates.split(50, 10, seed=3)[0]) != list(dates.split(50, 10, seed=4)[0])


@pytest.mark.parametrize(("examples", "held_out"), [(1, 1), (20_000, 500), (300_000, 1000)])
def test_no_date_that_is_held_out_is_learned_from(examples: int, held_out: int):
    learned, unseen = dates.split(examples, held_out, seed=0)
    assert (len(learned), len(unseen)) == (examples, held_out)
    assert not set(learned) & set(unseen)
    if examples < 200_000:
        assert len(set(learned)) == examples


@pytest.mark.parametrize(
    ("year", "words"),
    [
        (1600, "sixteen hundred"),
        (1805, "eighteen oh five"),
        (1987, "nineteen eighty-seven"),
        (2000, "two thousand"),
        (2001, "two thousand and one"),
        (2013, "twenty thirteen"),
        (2199, "twenty-one ninety-nine"),
    ],
)
def test_years_are_said_as_people_say_them(year: int, words: str):
    assert dates.year_words(year) == words


def test_no_two_years_and_no_two_days_sound_alike():
    assert len(YEARS) == 600
    assert len(ORDINALS) == 31
