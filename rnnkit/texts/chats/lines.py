"""Chats in lines that begin with a day and a time: WhatsApp in every language, Signal's exporters, KakaoTalk, Discord.

A line that begins so is an entry only where it can be one: written as the others are, and in the order of time.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, pairwise
from typing import Literal

import numpy as np

from rnnkit.texts.chats.chat import DISCORD, KAKAOTALK, MARKS, MAX_NAME_CHARS, WHATSAPP, Chat, Entry, chat_of
from rnnkit.texts.chats.untyped import KAKAO_WORDS

Order = Literal["auto", "day-first", "month-first", "year-first"]

# A day, perhaps words such as "at" or 下午, a time, perhaps its half of the day; or the time first. Every program
# writes it as its language does; what all have in common is three numbers (or a month's name) and then two or three.
_S = r"[^\S\n]"  # a space of any kind: narrow, without a break
_NUMBERS = rf"\d{{1,4}}{_S}?[./-]{_S}?\d{{1,2}}{_S}?[./-]{_S}?\d{{1,4}}\.?"
_EAST = (
    rf"\d{{2,4}}{_S}?[년年]{_S}?\d{{1,2}}{_S}?[월月]{_S}?\d{{1,2}}{_S}?[일日]"
    rf"(?:{_S}?\(\w{{1,3}}\)|{_S}?\w요일|{_S}?\w曜日)?"
)
_MONTH = r"[^\W\d_]{3,12}\.?"
_NAMED = (
    rf"(?:[^\W\d_]{{2,9}}[.,]+{_S})?(?:{_MONTH}{_S}\d{{1,2}},?{_S}\d{{4}}|"
    rf"\d{{1,2}}\.?{_S}(?:de{_S})?{_MONTH},?{_S}(?:de{_S})?\d{{4}})"
)
_DAY = rf"(?:{_NUMBERS}|{_EAST}|{_NAMED})"
_TIME = rf"(?:\d{{1,2}}[:.h]\d{{2}}(?:[:.]\d{{2}})?|\d{{1,2}}{_S}?[시時]{_S}?\d{{1,2}}{_S}?[분分])"
_DAY_FIRST = rf"{_DAY}(?:T|[,\u060c]?{_S}[^\d\[\]:\n]{{0,12}}?){_TIME}[^\d\[\]:\n]{{0,14}}?"
_TIME_FIRST = rf"{_TIME}[^\d\[\]:\n]{{0,14}}?[,\u060c]?{_S}{_DAY}"
_STAMP = rf"(?:{_DAY_FIRST}|{_TIME_FIRST})"
_KAKAO = rf"(?:{_EAST}|{_NUMBERS}){_S}(?:오전|오후){_S}{_TIME},"
_LINE = re.compile(rf"^(\[{_STAMP}\](?:{_S}[-\u2013\u2014])?|{_KAKAO}|{_STAMP}{_S}[-\u2013\u2014]){_S}", re.MULTILINE)
_SAID = re.compile(rf"([^:\n]{{1,{MAX_NAME_CHARS}}}?){_S}?:(?:{_S}|$)", re.MULTILINE)
_NEW_DAY = re.compile(rf"-{{0,20}}{_S}?{_EAST}(?:{_S}(?:오전|오후){_S}{_TIME})?{_S}?-{{0,20}}")
_SYSTEM = re.compile(f"(:{_S}?){MARKS.pattern}*\u200e")  # iOS puts it before all that nobody has typed
_BY_SYSTEM = "\0"  # stands for it once the marks are taken away; no text holds one
_SPACES = str.maketrans("\u202f\u00a0\u2009", "   ")
_ZEROS = str.maketrans("123456789", "000000000")
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
_PIECE = 200_000  # characters looked at together: copies stay small
_MOST_NAMES = 200  # of which it is looked whether they hold a colon
_FEWEST_OF_A_NAME = 3  # messages, all of which begin alike, until what stands before their colon is of the name


def chat_of_lines(text: str, order: Order = "auto") -> Chat:
    """The chat in a text of which some lines begin with a day and a time; of any other, one without messages.

    Args:
        order: which of 01/02/21 is the day; auto: as the calendar and the order of the entries say.
    """
    discord = "Channel: " in text[:2000] and text.lstrip().startswith("=====")
    pieces = list(_pieces(text)) if not text.isascii() and MARKS.search(text) else [text]
    del text
    found = _Heads(pieces, discord)
    kept = found.written_alike()
    kept, notes = in_order(found, kept, order)
    del found.numbers
    if passed := len(found) - len(kept):
        said = f"Lines that begin with a day and a time, but are read as part of the message they stand in: {passed:,}."
        notes = (*notes, said)
    kakao = len(kept) > 0 and found.stamps[found.stamp[kept[0]]].endswith(",")
    notes += found.join_names(kept)
    kind = KAKAOTALK if kakao else DISCORD if discord else WHATSAPP
    also = (lambda _, typed: typed in KAKAO_WORDS) if kakao else None
    return chat_of(kind, _entries(found, kept, kakao, discord), notes, also)


def _pieces(text: str) -> Iterator[str]:
    """A text in pieces of whole lines, without the marks of the direction of writing."""
    start = 0
    while start < len(text):
        end = text.find("\n", start + _PIECE) + 1 or len(text)
        if not (piece := text[start:end]).isascii():
            piece = MARKS.sub("", _SYSTEM.sub(r"\1" + _BY_SYSTEM, piece) if "\u200e" in piece else piece)
        yield piece
        start = end


class _Heads:
    """Lines that begin with a day and a time, as columns: a large chat has hundreds of thousands.

    `piece` and `start` say where, `begin` where the text begins; `name` and `stamp` are places in `names` (the empty
    name: nobody) and `stamps` (how a day and a time look); `numbers` the day's three and the minutes, -1 where unknown.
    """

    def __init__(self, pieces: list[str], discord: bool) -> None:
        self.pieces = pieces
        self.names, self.stamps = [""], list[str]()
        self.piece, self.start, self.begin, self.name, self.stamp = (array("i") for _ in range(5))
        self.numbers = array("i")
        names, forms = {"": 0}, dict[str, tuple[int, _Form]]()
        for number, piece in enumerate(pieces):
            for found in _LINE.finditer(piece):
                stamp, begin = found[1], found.end()
                shape = stamp.translate(_ZEROS) if stamp.isascii() else re.sub(r"\d", "0", stamp)
                if (form := forms.get(shape)) is None:
                    form = forms[shape] = (self._looks(shape), _form(stamp))
                if discord and stamp.startswith("["):
                    begin = piece.find("\n", begin) + 1 or len(piece)
                    name = piece[found.end() : begin].rstrip("\n").removesuffix(" (pinned)")
                elif (said := _SAID.match(piece, begin)) and not piece.startswith(_BY_SYSTEM, said.end()):
                    name, begin = said[1], said.end()
                else:
                    name = ""
                if (place := names.get(name)) is None:
                    place = names[name] = self._name(name, discord)
                self.piece.append(number)
                self.start.append(found.start())
                self.begin.append(begin)
                self.name.append(place)
                self.stamp.append(form[0])
                self.numbers.extend(form[1](stamp))

    def __len__(self) -> int:
        return len(self.start)

    def _looks(self, shape: str) -> int:
        looks = re.sub(r"[^\W\d_][^\d\s,/:\[\]()-]*", "a", re.sub(r"0+", "9", shape.translate(_SPACES)))
        if looks not in self.stamps:
            self.stamps.append(looks)
        return self.stamps.index(looks)

    def _name(self, name: str, discord: bool) -> int:
        if not discord and not _may_be_name(name):
            return 0
        self.names.append(name)
        return len(self.names) - 1

    def written_alike(self) -> np.ndarray:
        """Places of those whose day and time look as most do: a pasted message of another program looks otherwise."""
        looks = np.array(self.stamp)
        if not len(looks):
            return looks
        counts = np.bincount(looks)
        most = counts.max()
        usual = counts >= max(3, _SHARE * most)
        usual[looks[np.argmax(counts[looks] == most)]] = True
        return np.flatnonzero(usual[looks])

    def join_names(self, kept: np.ndarray) -> tuple[str, ...]:
        """A name may hold a colon: then all of its messages seem to begin alike. Says which do."""
        notes = []
        of_names = np.array(self.name)[kept]
        for place in range(1, min(len(self.names), _MOST_NAMES)):
            of_name = kept[of_names == place]
            while len(of_name) >= _FEWEST_OF_A_NAME and (more := self._all_begin(of_name)):
                for head in of_name.tolist():
                    self.begin[head] += len(more)
                self.names[place] += ": " + more.rstrip().removesuffix(":").rstrip()
                notes.append(f"All messages of “{self.names[place]}” begin so: it is taken for a name with a colon.")
        return tuple(notes)

    def _all_begin(self, heads: np.ndarray) -> str:
        """What stands before a colon at the beginning of each of these messages, with it; empty where they differ."""
        first = int(heads[0])
        said = _SAID.match(self.pieces[self.piece[first]], self.begin[first])
        if said is None or len(said[0]) > 30 or said[0].endswith((":", "\n")):
            return ""
        alike = (self.pieces[self.piece[head]].startswith(said[0], self.begin[head]) for head in heads.tolist())
        return said[0] if all(alike) else ""


def _entries(found: _Heads, kept: np.ndarray, kakao: bool, discord: bool) -> Iterator[Entry]:
    """Each entry: its head, and all up to the next."""
    pieces = found.pieces
    end_of_all = (len(pieces) - 1, len(pieces[-1])) if pieces else (0, 0)
    for head, after in pairwise(chain(kept, (None,))):
        piece, begin = found.piece[head], found.begin[head]
        last, end = (found.piece[after], found.start[after]) if after is not None else end_of_all
        text = pieces[piece][begin:end] if piece == last else pieces[piece][begin:]
        if piece != last:
            text = "".join([text, *pieces[piece + 1 : last], pieces[last][:end]])
            pieces[piece:last] = [""] * (last - piece)  # what is read is not kept beside the messages
        if _BY_SYSTEM in text:
            text = text.replace(_BY_SYSTEM, "")
        if kakao:
            text = "\n".join(line for line in text.split("\n") if not _NEW_DAY.fullmatch(line.strip()))
        yield Entry(found.names[found.name[head]], _DISCORD_PARTS.sub("", text) if discord else text)


def _may_be_name(name: str) -> bool:
    """Not a sentence about the group, in which a title with a colon stands."""
    quotes = name.count('"') % 2 or sum(name.count(q) for q in "\u201c\u201e\u00ab") != sum(
        name.count(q) for q in "\u201d\u00bb"
    )
    return not quotes and not _ABOUT_GROUP.fullmatch(name)


_Form = Callable[[str], tuple[int, int, int, int]]


def _form(stamp: str) -> _Form:
    """What reads the numbers of all stamps that look like this one: the day's three, and the minutes of the day.

    The numbers of the day are -1 where a month has a name.
    """
    day = re.search(_EAST, stamp) or re.search(_NUMBERS, stamp)
    if day is None:
        return lambda _: (-1, -1, -1, 0)
    a, b, c = ((place.start() + day.start(), place.end() + day.start()) for place in [*re.finditer(r"\d+", day[0])][:3])
    rest = stamp[: day.start()] + " " * len(day[0]) + stamp[day.end() :]
    hour, minute = (place.span() for place in [*re.finditer(r"\d+", rest)][:2])
    half = "".join(re.findall(r"[^\W\d_][^\d\s,\]\[]*", rest.casefold()))

    def numbers(stamp: str) -> tuple[int, int, int, int]:
        hours, minutes = int(stamp[slice(*hour)]), int(stamp[slice(*minute)])
        if half in _EVENINGS or half in _MORNINGS:
            hours = hours % 12 + 12 * (half in _EVENINGS)
        minutes = 0 if half and half not in _EVENINGS and half not in _MORNINGS else hours * 60 + minutes
        return int(stamp[slice(*a)]), int(stamp[slice(*b)]), int(stamp[slice(*c)]), minutes

    return numbers


# ---- the order of time


def in_order(found: _Heads, heads: np.ndarray, order: Order) -> tuple[np.ndarray, tuple[str, ...]]:
    """`heads` without those out of the order of time, by more than a day if their sender is known elsewhere.

    Also what there is to say of the order of day and month.
    """
    numbers = np.array(found.numbers).reshape(-1, 4)
    numbers = numbers if len(heads) == len(numbers) else numbers[heads]
    dotted = len(heads) > 0 and re.match(r"\[?9\.", found.stamps[found.stamp[heads[0]]]) is not None
    read = _times(numbers, order, dotted=dotted)
    if read is None:
        return heads, ()
    times, notes = read
    if (np.diff(times) >= 0).all():
        return heads, notes
    kept = np.array(_longest_rising(times.tolist()))
    if len(heads) - len(kept) > max(2, _MOST_OUT_OF_ORDER * len(heads)):
        return heads, notes
    names = np.array(found.name)[heads]
    known = {*names[kept].tolist()} - {0}
    keep = np.zeros(len(heads), bool)
    keep[kept] = keep[0] = True
    for place in np.flatnonzero(~keep).tolist():
        passed = int(np.searchsorted(kept, place))
        before, after = kept[passed - 1] if passed else 0, kept[min(passed, len(kept) - 1)]
        off = max(times[before] - times[place], times[place] - times[after] if after > place else 0)
        keep[place] = off <= (_A_DAY if names[place] in known else 0)
    return heads[keep], notes


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


ORDERS = {"day-first": (2, 1, 0), "month-first": (2, 0, 1), "year-first": (0, 1, 2)}  # where year, month, day stand


def _times(numbers: np.ndarray, order: Order, *, dotted: bool) -> tuple[np.ndarray, tuple[str, ...]] | None:
    """A number for each entry (N,) that grows with its time, and the sentence where it could be another.

    None where months have names, or days cannot be read. `numbers` (N, 4): the day's three, and minutes; `dotted`, as
    in 03.08.21: the day is first, as wherever dates are written so.
    """
    if not len(numbers) or (numbers[:, 0] < 0).any():
        return None
    read: dict[str, tuple[int, np.ndarray]] = {}
    for name, places in ORDERS.items():
        year, month, date = (numbers[:, place] for place in places)
        if ((month > 0) & (month <= 12) & (date > 0) & (date <= 31)).all():
            times = ((np.minimum(year, 9999) * 12 + month) * 31 + date).astype(np.int64) * _A_DAY + numbers[:, 3]
            read[name] = (int((np.diff(times) < 0).sum()), times)
    if order in read:
        return read[order][1], ()
    if not read:
        return None
    fewest = min(falls for falls, _ in read.values())
    best = [name for name, (falls, _) in read.items() if falls == fewest]
    notes: tuple[str, ...] = ()
    if len(best) > 1 and not dotted and (read[best[0]][1] != read[best[1]][1]).any():
        a, b, c, _ = numbers[0].tolist()
        notes = (
            f"The days can be read as {' or '.join(best)}; {best[0]} is taken, as in {a}/{b}/{c}. "
            "It matters only for entries that stand out of the order of time.",
        )
    return read[best[0]][1], notes
