"""Chats in JSON: Telegram, Messenger and Instagram (both of Meta's forms), Discord, Slack."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any, NamedTuple

from rnnkit.texts.chats.chat import (
    AUTHORS,
    BY_PROGRAM,
    CONTENTS,
    DISCORD,
    FORWARDED,
    META,
    META_ENCRYPTED,
    NO_TEXT,
    SLACK,
    TABLE,
    TELEGRAM,
    Chat,
    Entry,
    chat_of,
)  # fmt: skip
from rnnkit.texts.symbols import lines

Document = dict[str, Any]

_META_FORMS = re.compile(
    r"(?:You|Du|Vous|Tu|Hai|Você|Je|Has|Вы) .{0,30}(?:sent|shared|gesendet|envoyé|enviado|enviaste|inviato|enviou|"
    r"gestuurd|отправили).{0,60}\.?"
    r"|(?:Reacted|Reaccionó|A réagi|Hat mit|Ha reagito|Reagiu|Heeft|Zareagował\S*|Отреагировал\S*) (?:with |con |com |"
    r"par |avec |met )?\W{1,14}\w?.{0,60}"
    r"|(?:Liked a message|Gefällt eine Nachricht|A aimé un message|Le gustó un mensaje|Ha messo Mi piace .{0,30})\.?"
    r"|.{1,60} (?:missed your call|called you|missed a call from you|video chat ended|started a call)\.?.{0,60}"
    r"|You missed an? (?:\w+ )?call.{0,60}",
    re.IGNORECASE,
)


def chat_of_json(texts: Iterable[str], only: str = "") -> Chat | None:
    """The chat in a JSON export, of one file or more, of a kind that is known (or `only` of one); None: it is none."""
    everything = [message for text in texts for message in _messages(_document(text))]
    for kind, (marks, entry, also) in _KINDS.items():
        if only not in ("", kind):
            continue
        if found := [message for message in everything if all(mark in message for mark in marks)]:
            if kind == SLACK:
                entry = _slack_entry(found)
            in_time, turned = _in_order_of_time(found, kind)
            notes = ("The messages are put in the order of time.",) if turned else ()
            return chat_of(kind, map(entry, in_time), notes, also)
    return _of_any_fields(everything) if only in ("", TABLE) else None


def _of_any_fields(messages: list[Document]) -> Chat | None:
    """The chat in messages of a program that is not known, by the names of their fields."""
    pairs = ((author, said) for author in AUTHORS for said in CONTENTS)
    for author, said in pairs:
        found = [one for one in messages if isinstance(one.get(author), str) and isinstance(one.get(said), str)]
        if found and len(found) > len(messages) / 2:
            return chat_of(TABLE, (Entry(one[author], one[said]) for one in found))
    return None


def _document(text: str) -> Any:
    """What JSON says, or a list of what each line does; None where neither is any."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return [json.loads(line) for line in lines(text) if line.strip()]
    except (ValueError, RecursionError):
        return None


def _messages(document: Any) -> list[Document]:
    """All messages of an export of one chat, or of all chats of a person."""
    lists: list[Any] = [document]
    if isinstance(document, dict):
        chats = document.get("chats")
        inner = chats.get("list") if isinstance(chats, dict) else None
        found = [part.get("messages") for part in (inner if isinstance(inner, list) else []) if isinstance(part, dict)]
        lists = [document.get("messages"), *found]
    return [message for one in lists if isinstance(one, list) for message in one if isinstance(message, dict)]


def _in_order_of_time(messages: list[Document], kind: str) -> tuple[list[Document], bool]:
    """By their times where each has one; Meta writes the newest first."""
    key = {META: "timestamp_ms", META_ENCRYPTED: "timestamp"}.get(kind)
    if key is None:
        return messages, False
    messages = messages[::-1] if kind == META else messages
    times = [message.get(key) for message in messages]
    numbers = [time for time in times if isinstance(time, int | float)]
    if len(numbers) < len(times) or all(a <= b for a, b in pairwise(numbers)):
        return messages, False
    order = sorted(range(len(messages)), key=lambda place: numbers[place])
    return [messages[place] for place in order], True


def _telegram(message: Document) -> Entry:
    """Its text is a string, or a list of strings and of parts with a kind: links, bold words. Forwarded: another's.

    Of an account that is deleted only the number is left.
    """
    if message.get("type") != "message":
        return Entry("", "", BY_PROGRAM)
    if message.get("forwarded_from"):
        return Entry("", "", FORWARDED)
    parts = message.get("text")
    parts = parts if isinstance(parts, list) else [parts]
    words = [part.get("text") if isinstance(part, dict) else part for part in parts]
    return Entry(_string(message.get("from")) or _string(message.get("from_id")), "".join(map(_string, words)))


def _meta(message: Document) -> Entry:
    """Meta writes each byte of UTF-8 as a character of its own."""
    return Entry(_mended(_string(message.get("sender_name"))), _mended(_string(message.get("content"))))


def _meta_encrypted(message: Document) -> Entry:
    if message.get("isUnsent") or message.get("type", "text") not in ("text", "link"):
        return Entry("", "", NO_TEXT)
    return Entry(_mended(_string(message.get("senderName"))), _mended(_string(message.get("text"))))


def _written_by_meta(name: str, text: str) -> bool:
    """`Ada sent an attachment.`, `Reacted ❤ to your message`: about who writes, in place of what is no text."""
    about = "\n" not in text and text.startswith(f"{name} ") and text.endswith((".", "\u3002"))
    return about or _META_FORMS.fullmatch(text) is not None


def _discord(message: Document) -> Entry:
    author = message.get("author")
    author = author if isinstance(author, dict) else {}
    if message.get("type", "Default") not in ("Default", "Reply", 0, 19):
        return Entry("", "", BY_PROGRAM)
    name = _string(author.get("nickname")) or _string(author.get("name")) or _string(author.get("username"))
    return Entry(name, _string(message.get("content")))


def _slack_entry(messages: Iterable[Document]) -> Callable[[Document], Entry]:
    """Names stand beside some of a person's messages; elsewhere there is an id."""
    names = {}
    for message in messages:
        profile = message.get("user_profile")
        if isinstance(profile, dict) and isinstance(message.get("user"), str):
            names[message["user"]] = _string(profile.get("real_name")) or _string(profile.get("display_name"))

    def entry(message: Document) -> Entry:
        if message.get("type") != "message" or message.get("subtype") not in (None, "thread_broadcast", "me_message"):
            return Entry("", "", BY_PROGRAM)
        user = _string(message.get("user"))
        text = re.sub(r"<@(\w+)>", lambda found: "@" + (names.get(found[1]) or found[1]), _string(message.get("text")))
        text = re.sub(r"<(?:[^<>|\n]{1,500}\|([^<>\n]{0,500})|((?:https?:|mailto:)[^<>|\n]{1,2000}))>", r"\1\2", text)
        return Entry(names.get(user) or user, html.unescape(text))

    return entry


def _mended(text: str) -> str:
    try:
        return text.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return text


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


class _Kind(NamedTuple):
    marks: tuple[str, ...]  # fields that only its messages have
    entry: Callable[[Document], Entry]
    also: Callable[[str, str], bool] | None = None  # whether the program has written a text


_KINDS = {
    TELEGRAM: _Kind(("from", "type"), _telegram),
    META: _Kind(("sender_name",), _meta, _written_by_meta),
    META_ENCRYPTED: _Kind(("senderName",), _meta_encrypted, _written_by_meta),
    DISCORD: _Kind(("author", "content"), _discord),
    SLACK: _Kind(("user", "text"), _telegram),
}
