"""Chats in lines that begin with a day and a time: WhatsApp in every language, Signal's exporters, KakaoTalk, Discord.

A line that begins so is an entry only where it can be one: written as the others are, and in the order of time.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from rnnkit.texts.chats.chat import MARKS, MAX_NAME_CHARS, Chat, Entry, chat_of
from rnnkit.texts.chats.untyped import KAKAO_WORDS

# A day, perhaps words such as "at" or 下午, a time, perhaps its half of the day; or the time first. Every program
# writes it as its language does; what all have in common is three numbers (or a month's name) and then two or three.
_NUMBERS = r"\d{1,4}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{1,4}\.?"
_EAST = r"\d{2,4}\s?[년年]\s?\d{1,2}\s?[월月]\s?\d{1,2}\s?[일日](?:\s?\(\w{1,3}\)|\s?\w요일|\s?\w曜日)?"
_MONTH = r"[^\W\d_]{3,12}\.?"
_NAMED = (
    rf"(?:[^\W\d_]{{2,9}}[.,]+\s)?(?:{_MONTH}\s\d{{1,2}},?\s\d{{4}}|"
    rf"\d{{1,2}}\.?\s(?:de\s)?{_MONTH},?\s(?:de\s)?\d{{4}})"
)
_DAY = rf"(?:{_NUMBERS}|{_EAST}|{_NAMED})"
_TIME = r"(?:\d{1,2}[:.]\d{2}(?:[:.]\d{2})?|\d{1,2}\s?[시時]\s?\d{1,2}\s?[분分])"
_DAY_FIRST = rf"{_DAY}[,\u060c]?\s[^\d\[\]:]{{0,12}}?{_TIME}[^\d\[\]:]{{0,8}}?"
_TIME_FIRST = rf"{_TIME}[^\d\[\]:]{{0,8}}?[,\u060c]?\s{_DAY}"
_STAMP = rf"(?:{_DAY_FIRST}|{_TIME_FIRST})"
_KAKAO = rf"(?:{_EAST}|{_NUMBERS})\s(?:오전|오후)\s{_TIME},"
_LINE = re.compile(rf"(?P<stamp>\[{_STAMP}\]|{_KAKAO}|{_STAMP}\s[-\u2013\u2014])\s(?P<rest>.*)")
_SAID = re.compile(rf"(?P<name>[^:]{{1,{MAX_NAME_CHARS}}}?)\s?:(?: (?P<text>.*)|$)")
_NEW_DAY = re.compile(rf"-{{0,20}}\s?{_EAST}(?:\s(?:오전|오후)\s{_TIME})?\s?-{{0,20}}")
_BEGINS_SYSTEM = "\u200e"  # iOS puts it before all that nobody has typed
_SPACES = str.maketrans("\u202f\u00a0\u2009", "   ")
# Ada changed the group name from Trip: one to Trip: two
_ABOUT_GROUP = re.compile(
    r"\S.* (?:changed (?:the|this)|created (?:the |this )?group|hat (?:den|die|das) .*(?:betreff|gruppe)|"
    r"a (?:changé|modifié|créé)|(?:cambió|creó|ha cambiado) (?:el|la|este)|ha (?:cambiato|modificato|creato)|"
    r"(?:mudou|alterou|criou) [oae]|heeft (?:de|het|groep)|изменил\S* |создал\S* группу|zmienił\S* |grubun?u? )\b.*",
    re.IGNORECASE,
)
_DISCORD_PARTS = re.compile(r"\n*^(?:\{(?:Attachments|Embed|Stickers|Reactions)\}|={20,})$.*", re.DOTALL | re.MULTILINE)

_EVENINGS = {"pm", "p.m.", "下午", "오후", "午後", "م", "ب.ظ", "ch", "μμ", "μ.μ.", "du", "nachm.", "अपराह्न", "หลังเที่ยง"}
_MORNINGS = {"am", "a.m.", "上午", "오전", "午前", "ص", "ق.ظ", "sa", "πμ", "π.μ.", "de", "vorm.", "पूर्वाह्न", "ก่อนเที่ยง"}
_SHARE = 0.3  # of the commonest way to write a day and a time; what is written as rarely as less is part of a message
_A_DAY = 24 * 60
_MOST_OUT_OF_ORDER = 0.3  # of all entries; with more of them the order says nothing


class _Head(NamedTuple):
    """A line that may begin an entry: its number, who writes (empty: nobody), the text, and how the stamp looks."""

    line: int
    name: str
    text: str
    stamp: str
    looks: str


def chat_of_lines(text: str) -> Chat:
    """The chat in a text of which some lines begin with a day and a time; of any other, one without messages."""
    lines = text.split("\n")
    discord = "Channel: " in text[:2000] and text.lstrip().startswith("=====")
    found = [head for number, line in enumerate(lines) if (head := _head(number, line, discord))]
    alike = _written_alike(found)
    heads = _in_order(alike)
    kakao = bool(heads) and heads[0].stamp.endswith(",")
    notes: tuple[str, ...] = ()
    if passed := len(found) - len(heads):
        notes = (
            f"Lines that begin with a day and a time, but are read as part of the message they stand in: {passed:,}.",
        )
    kind = "KakaoTalk" if kakao else "Discord" if discord else "WhatsApp or alike"
    also = (lambda _, typed: typed in KAKAO_WORDS) if kakao else None
    return chat_of(kind, _entries(lines, heads, kakao, discord), notes, also)


def _entries(lines: Sequence[str], heads: Sequence[_Head], kakao: bool, discord: bool) -> Iterator[Entry]:
    """Each entry: its head, and all lines up to the next."""
    ends = [*[head.line for head in heads[1:]], len(lines)]
    for head, end in zip(heads, ends, strict=False):  # no head, and one end
        more = lines[head.line + 1 : end]
        if kakao:
            more = [line for line in more if not _NEW_DAY.fullmatch(line.strip())]
        text = "\n".join([head.text, *more])
        yield Entry(head.name, _DISCORD_PARTS.sub("", text) if discord else text)


def _head(number: int, line: str, discord: bool) -> _Head | None:
    """The line without marks and with plain spaces, where it begins with a day and a time."""
    plain = MARKS.sub("", line).translate(_SPACES)
    found = _LINE.match(plain) if any(symbol.isdigit() for symbol in plain[:20]) else None
    if found is None:
        return None
    looks = re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", found["stamp"]))
    if discord and found["stamp"].startswith("["):
        return _Head(number, found["rest"].removesuffix(" (pinned)"), "", found["stamp"], looks)
    said = _SAID.match(found["rest"])
    if said is None or not _may_be_name(said["name"], found["rest"]):
        return _Head(number, "", "", found["stamp"], looks)
    text = said["text"] or ""
    begins = len(plain) - len(text)
    system = text and line[_place(line, begins) :].startswith(_BEGINS_SYSTEM)
    return _Head(number, "" if system else said["name"], text, found["stamp"], looks)


def _place(line: str, count: int) -> int:
    """Where in `line` so many of its characters have passed that are no marks."""
    for place, symbol in enumerate(line):
        if count == 0:
            return place
        count -= not MARKS.match(symbol)
    return len(line)


def _may_be_name(name: str, rest: str) -> bool:
    """Not a sentence about the group, in which a title with a colon stands."""
    quotes = name.count('"') % 2 or sum(name.count(q) for q in "\u201c\u201e\u00ab") != sum(
        name.count(q) for q in "\u201d\u00bb"
    )
    return not quotes and not _ABOUT_GROUP.fullmatch(rest.partition(":")[0])


def _written_alike(heads: list[_Head]) -> list[_Head]:
    """Those whose day and time look as most of them do: a pasted message of another program looks otherwise."""
    counted = Counter(head.looks for head in heads)
    most = max(counted.values(), default=0)
    first = next((looks for looks, count in counted.items() if count == most), "")
    usual = {looks for looks, count in counted.items() if looks == first or count >= max(3, _SHARE * most)}
    return [head for head in heads if head.looks in usual]


# ---- the order of time


def _in_order(heads: list[_Head]) -> list[_Head]:
    """Without those that stand out of the order of time, by more than a day if their sender is known elsewhere."""
    times = _times([head.stamp for head in heads])
    if times is None:
        return heads
    kept = _longest_rising(times)
    if len(heads) - len(kept) > max(2, _MOST_OUT_OF_ORDER * len(heads)):
        return heads
    in_order = set(kept)
    known = {heads[place].name for place in kept} - {""}
    near = [0, *kept]
    result, passed = [], 0
    for place, head in enumerate(heads):
        passed += place in in_order
        before, after = near[passed], kept[min(passed, len(kept) - 1)]
        off = max(times[before] - times[place], times[place] - times[after] if after > place else 0)
        if not place or place in in_order or off <= (_A_DAY if head.name in known else 0):
            result.append(head)
    return result


def _longest_rising(times: list[int]) -> list[int]:
    """Places of a longest part of `times` that never falls; one with the first of them, if there is one as long."""
    free = _rising(range(len(times)), times)
    with_first = _rising([place for place, time in enumerate(times) if time >= times[0]], times)
    return with_first if len(with_first) >= len(free) else free


def _rising(places: Sequence[int], times: list[int]) -> list[int]:
    ends: list[int] = []  # the smallest time at which a rising part of each length ends
    last: list[int] = []  # and its place
    before: dict[int, int] = {}
    for place in places:
        at = bisect_right(ends, times[place])
        if at:
            before[place] = last[at - 1]
        if at == len(ends):
            ends.append(times[place])
            last.append(place)
        else:
            ends[at], last[at] = times[place], place
    found, place = [], last[-1] if last else -1
    while place >= 0:
        found.append(place)
        place = before.get(place, -1)
    return found[::-1]


def _times(stamps: list[str]) -> list[int] | None:
    """Each day and time as a number that grows with it; None where months have names, or days cannot be read."""
    parts = [_parts(stamp) for stamp in stamps]
    days = [day for day, _ in parts if day]
    if len(days) < len(parts) or not days:
        return None
    found = None
    for order in ((2, 1, 0), (2, 0, 1), (0, 1, 2)):  # which of the three is year, month and day
        numbers = [(day[order[0]], day[order[1]], day[order[2]]) for day in days]
        if all(0 < month <= 12 and 0 < date <= 31 for _, month, date in numbers):
            times = [
                ((y * 12 + m) * 31 + d) * _A_DAY + time for (y, m, d), (_, time) in zip(numbers, parts, strict=True)
            ]
            falls = sum(a > b for a, b in pairwise(times))
            if found is None or falls < found[0]:
                found = (falls, times)
    return found[1] if found else None


def _parts(stamp: str) -> tuple[tuple[int, ...], int]:
    """The three numbers of the day, none where a month has a name, and the minutes of the time."""
    day = re.search(_EAST, stamp) or re.search(_NUMBERS, stamp)
    if day is None:
        return (), 0
    rest = stamp[: day.start()] + " " + stamp[day.end() :]
    numbers = tuple(int(number) for number in re.findall(r"\d+", day[0])[:3])
    hour, minute = (int(number) for number in re.findall(r"\d+", rest)[:2])
    half = "".join(re.findall(r"[^\W\d_][^\d\s,\]\[]*", rest.casefold())) if rest else ""
    if half in _EVENINGS or half in _MORNINGS:
        return numbers, (hour % 12 + 12 * (half in _EVENINGS)) * 60 + minute
    return numbers, 0 if half else hour * 60 + minute
