"""Chats in columns: Discord's as CSV, LINE's with tabs, KakaoTalk's of a computer in brackets."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from itertools import islice

from rnnkit.texts.chats.chat import AUTHORS, CONTENTS, DISCORD, KAKAOTALK, LINE, TABLE, Chat, Entry, chat_of
from rnnkit.texts.chats.untyped import KAKAO_WORDS
from rnnkit.texts.symbols import lines

_TAG = re.compile(r"#\d{4}$")  # of a name on Discord, as it was
_FORMS = {
    LINE: re.compile(
        r"(?:[^\d\s]{2,4}\s?)?\d{1,2}:\d{2}(?:\s?[AaPp][Mm])?\t(?:(?P<name>[^\t\n]{1,80})\t)?(?P<text>.*)"
    ),
    KAKAOTALK: re.compile(r"\[(?P<name>[^\]\n]{1,80})\] \[(?:(?:오전|오후) )?\d{1,2}:\d{2}(?: [AP]M)?\] (?P<text>.*)"),
}
_DAY = re.compile(r"(?:\w{2,9}[,.]? )?\d{1,4}[./]\d{1,2}[./]\d{1,4}(?:\s?\(?\w{1,9}\)?)?\.?|-{5,} .{6,40} -{5,}")
_IN_BRACKETS = re.compile(r"\[[^\[\]\n]{2,20}\]")  # [Sticker], [写真]


def chat_of_csv(text: str) -> Chat | None:
    """The chat in a table with a column of authors and one of what they wrote; None where it is none."""
    head = text[:1000].partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    if len(head) == 1000 or delimiter not in head or not any(name in head.lower() for name in AUTHORS):
        return None
    try:
        rows = csv.DictReader((f"{line}\n" for line in lines(text)), delimiter=delimiter)
        columns = {(name or "").strip().lower(): name for name in rows.fieldnames or ()}
        author = next((columns[name] for name in AUTHORS if name in columns), None)
        content = next((columns[name] for name in CONTENTS if name in columns), None)
        if author is None or content is None:
            return None
        entries = [Entry(_TAG.sub("", row[author] or ""), row[content] or "") for row in rows]
    except csv.Error:  # a cell of more than 131,072 characters
        return None
    return chat_of(DISCORD if "authorid" in columns else TABLE, entries)


def chat_of_columns(text: str, only: str = "") -> Chat | None:
    """The chat in an export of LINE, or of KakaoTalk on a computer (or `only` of one of them); None: it is none."""
    first = [*islice(lines(text), 200)]
    for kind, form in _FORMS.items():
        if only in ("", kind) and any((found := form.fullmatch(line)) and found["name"] for line in first):
            return chat_of(kind, _entries(lines(text), form), also=lambda _, typed: _is_word(typed))
    return None


def _is_word(text: str) -> bool:
    return text in KAKAO_WORDS or _IN_BRACKETS.fullmatch(text) is not None


def _entries(all_lines: Iterable[str], form: re.Pattern[str]) -> Iterator[Entry]:
    """A message of several lines stands in quotes, or as it is."""
    name, text = None, ""
    for line in all_lines:
        if found := form.fullmatch(line):
            if name is not None:
                yield Entry(name, _unquoted(text))
            name, text = found["name"] or "", found["text"]
        elif not _DAY.fullmatch(line.strip()):
            text = f"{text}\n{line}"
    if name is not None:
        yield Entry(name, _unquoted(text))


def _unquoted(text: str) -> str:
    text = text.strip()
    quoted = "\n" in text and len(text) > 1 and text[0] == text[-1] == '"'
    return text[1:-1] if quoted else text
