"""Dates in many spellings with their ISO forms, made up from a seed: something to translate.

English, French, German, numbers and words in mixed case; every spelling means one date, by the
conventions below. Knows no vocabulary and no network.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from random import Random
from typing import NamedTuple

import numpy as np

Style = Callable[[date, Random], str]
FIRST, LAST = date(1600, 1, 1), date(2199, 12, 31)
SHORT_YEARS = range(1930, 2030)  # '30 is 1930, '29 is 2029
LONGEST = 56  # symbols of a spelling
ISO_LENGTH = 10
# Everything that a spelling or an ISO date may be made of.
ALPHABET = " ',-./0123456789ABCDEFGHIJKLMNOPRSTUVWXYZabcdefghijklmnoprstuvwxyzÄÉÛäéû"


class SpelledDate(NamedTuple):
    """One date as somebody wrote it, and as ISO 8601 does."""

    spelling: str
    iso: str


class Language(NamedTuple):
    """The names of months and days in the order of the calendar, Monday first."""

    months: tuple[str, ...]
    short: tuple[str, ...]
    weekdays: tuple[str, ...]


def _listed(words: str) -> tuple[str, ...]:
    return tuple(words.split())


ENGLISH = Language(
    _listed("January February March April May June July August September October November December"),
    _listed("Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec"),
    _listed("Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
)
FRENCH = Language(
    _listed("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
    _listed("janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc."),
    _listed("lundi mardi mercredi jeudi vendredi samedi dimanche"),
)
GERMAN = Language(
    _listed("Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
    _listed("Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez."),
    _listed("Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag"),
)
ROMAN = _listed("I II III IV V VI VII VIII IX X XI XII")
_ONES = _listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_TENS = _listed("- - twenty thirty forty fifty sixty seventy eighty ninety")
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth", "twenty": "twentieth", "thirty": "thirtieth",
}  # fmt: skip


def split(examples: int, held_out: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Days as ordinals: `examples` to learn from and `held_out` others, which occur nowhere among the first.

    A day comes twice only where there are more examples than days.
    """
    days = np.arange(FIRST.toordinal(), LAST.toordinal() + 1)
    days = np.random.default_rng((seed, 0)).permutation(days)
    unseen, seen = days[:held_out], days[held_out:]
    return np.resize(seen, examples), unseen


def pairs(days: Iterable[int], seed: int, spellings: str = "all") -> list[SpelledDate]:
    """Each day (an ordinal) in a spelling that the seed draws from those of this name in SPELLINGS."""
    random, styles = Random(seed), SPELLINGS[spellings]
    return [SpelledDate(spell(day, random, styles), day.isoformat()) for day in map(date.fromordinal, days)]


def spell(day: date, random: Random, styles: Mapping[Style, float] | None = None) -> str:
    """The day as one of many people may write it: at most LONGEST symbols, all of ALPHABET.

    `styles`: how often each is drawn; without any, all.
    """
    styles = STYLES if styles is None else styles
    (style,) = random.choices(list(styles), weights=list(styles.values()))
    return _written(style(day, random), random)


def is_date(text: str) -> bool:
    """Whether it is the ISO form of a day of the calendar: 1987-05-12, and neither 1987-02-29 nor 187-05-12."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def shown(answer: str) -> str:
    """An answer, with a mark where it is no day of the calendar."""
    return answer if is_date(answer) else f"{answer or 'nothing'} (no such date)"


def unlearned(text: str, spellings: str) -> str:
    """What of a spelling is none of those of this name in SPELLINGS; empty where nothing is."""
    if spellings == "all":
        return ""
    return next((what for pattern, what in _ADDED.items() if re.fullmatch(pattern, text.strip())), "")


def _written(text: str, random: Random) -> str:
    """In small or large letters or as it is, and at times with a space too many or too few."""
    text = random.choices((text, text.lower(), text.upper()), weights=(70, 15, 15))[0]
    if random.random() < 0.1:
        text = text.replace(", ", ",", 1) if ", " in text else text.replace(" ", "  ", 1)
    return text


# ---- styles: each is (day, random) -> text


def day_first(day: date, random: Random) -> str:
    """12 May 1987, Tuesday the 12th of May '87."""
    number, month = _number(day, random), _month(ENGLISH, day, random)
    between = random.choice((f"{number} {month}", f"{number} {month},", f"{number} of {month}", f"{number}-{month}"))
    gap = "-" if "-" in between else " "
    return f"{_weekday(ENGLISH, day, random)}{between}{gap}{_year(day, random)}"


def month_first(day: date, random: Random) -> str:
    """May 12, 1987, Tue, May the 12th, '87."""
    number = random.choice((f"{day.day}", _ordinal(day.day), f"the {_ordinal(day.day)}"))
    return f"{_weekday(ENGLISH, day, random)}{_month(ENGLISH, day, random)} {number}, {_year(day, random)}"


def in_words(day: date, random: Random) -> str:
    """The twelfth of May, nineteen eighty-seven."""
    number, month, year = ordinal_words(day.day), ENGLISH.months[day.month - 1], year_words(day.year)
    return random.choice((f"the {number} of {month}, {year}", f"{month} {number}, {year}", f"{number} {month} {year}"))


def french(day: date, random: Random) -> str:
    """Le 12 mai 1987, mardi 1er mai 1900."""
    number = "1er" if day.day == 1 else f"{day.day}"
    before = random.choice(("", "", "le ", f"{FRENCH.weekdays[day.weekday()]} "))
    return f"{before}{number} {_month(FRENCH, day, random)} {_year(day, random)}"


def german(day: date, random: Random) -> str:
    """12. Mai 1987, Dienstag, den 12. Mai 1987."""
    before = random.choice(("", "", "den ", f"{GERMAN.weekdays[day.weekday()]}, den "))
    return f"{before}{day.day}. {_month(GERMAN, day, random)} {_year(day, random)}"


def dots(day: date, random: Random) -> str:
    """12.5.1987: between dots the day comes first; the month may be Roman."""
    month = random.choice((f"{day.month}", f"{day.month:02}", ROMAN[day.month - 1]))
    return f"{random.choice((f'{day.day}', f'{day.day:02}'))}.{month}.{_year(day, random)}"


def slashes(day: date, random: Random) -> str:
    """5/12/1987: between slashes the month comes first, but for a year of four digits before both."""
    if random.random() < 0.3:
        return f"{day.year}/{day.month:02}/{day.day:02}"
    pattern = random.choice(("{}/{}/", "{:02}/{:02}/"))
    return pattern.format(day.month, day.day) + _year(day, random)


def iso(day: date, random: Random) -> str:
    """1987-05-12: what is to be written, already written."""
    return day.isoformat()


def two_digits(day: date, random: Random) -> str:
    """12.5.87, 5/12/87, 12 May 87, 25/12/2020: a short year without an apostrophe, and slashes as Europe has them.

    Between slashes the day comes first where it can be no month.
    """
    year = f"{day.year % 100:02}" if day.year in SHORT_YEARS else f"{day.year}"
    number, month = random.choice(((f"{day.day}", f"{day.month}"), (f"{day.day:02}", f"{day.month:02}")))
    slashed = f"{number}/{month}" if day.day > 12 and random.random() < 0.5 else f"{month}/{number}"
    return random.choice(
        (f"{number}.{month}.{year}", f"{slashed}/{year}", f"{number} {_month(ENGLISH, day, random)} {year}")
    )


_COMMON: dict[Style, float] = {
    day_first: 3, month_first: 3, in_words: 2, french: 2, german: 2, dots: 1, slashes: 1,
}  # fmt: skip
STYLES: dict[Style, float] = _COMMON | {iso: 1, two_digits: 2}
SPELLINGS = {"common": _COMMON, "all": STYLES}  # as `pairs.spellings` of a config names them
_ADDED = {
    r"\d{3,}-\d\d?-\d\d?": "ISO dates",
    r"(1[3-9]|[23]\d)/\d\d?/.*": "Slashes with the day first",
    r"(?!.*\d{3})(.*\D)?\d\d?(st|nd|rd|th|er)?[^\w']+(\w+[^\w']+)?\d\d": "Years of two digits without an apostrophe",
}


# ---- pieces


def _number(day: date, random: Random) -> str:
    return random.choice((f"{day.day}", f"{day.day:02}", _ordinal(day.day), f"the {_ordinal(day.day)}"))


def _ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 21st."""
    ending = "th" if 11 <= number <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _month(language: Language, day: date, random: Random) -> str:
    return random.choice((language.months, language.months, language.short))[day.month - 1]


def _weekday(language: Language, day: date, random: Random) -> str:
    """Nothing, or the day of the week with what parts it from the date."""
    name = language.weekdays[day.weekday()]
    return random.choice(("", "", "", f"{name}, ", f"{name} ", f"{name[:3]}, "))


def _year(day: date, random: Random) -> str:
    if day.year in SHORT_YEARS and random.random() < 0.5:
        return f"'{day.year % 100:02}"
    return f"{day.year}"


def number_words(number: int) -> str:
    """0 to 99 in English: eighty-seven."""
    if number < len(_ONES):
        return _ONES[number]
    tens, ones = divmod(number, 10)
    return f"{_TENS[tens]}-{_ONES[ones]}" if ones else _TENS[tens]


def ordinal_words(number: int) -> str:
    """1 to 99 in English: twenty-seventh."""
    before, dash, last = number_words(number).rpartition("-")
    return f"{before}{dash}{_ORDINALS.get(last, f'{last}th')}"


def year_words(year: int) -> str:
    """1600 to 2199 in English: nineteen eighty-seven, eighteen oh five, two thousand and one."""
    century, rest = divmod(year, 100)
    if century == 20 and rest < 10:
        return f"two thousand and {number_words(rest)}" if rest else "two thousand"
    if rest == 0:
        return f"{number_words(century)} hundred"
    if rest < 10:
        return f"{number_words(century)} oh {number_words(rest)}"
    return f"{number_words(century)} {number_words(rest)}"
