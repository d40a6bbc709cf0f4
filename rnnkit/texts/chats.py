"""Exported chats to text: only what people wrote to one another, of everybody or of one of them.

WhatsApp (Android and iOS), Telegram, Facebook Messenger and Instagram, and line by line as Signal's exporters
write it. Nothing of a chat leaves the machine. Knows no store and no page.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from rnnkit import settings
from rnnkit.errors import CorpusError
from rnnkit.texts.decoding import decode, normalise

EXPECTED = (
    "an export of WhatsApp (lines as in “31/12/2021, 23:59 - Ada: Hello”), of Telegram (result.json) "
    "or of Messenger or Instagram (message_1.json)"
)
MAX_NAME_CHARS = 80

# A day, perhaps words such as "at" or 下午, a time, perhaps its half of the day. Every program writes it as its
# language does; what all have in common is three numbers and then two or three.
_DAY = r"\d{1,4}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{1,4}\.?[,\u060c]?"
_TIME = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?"
_STAMP = rf"{_DAY}\s[^\d\[\]:]{{0,12}}?{_TIME}[^\d\[\]:]{{0,8}}?"
_LINE = re.compile(rf"(?:\[{_STAMP}\]|{_STAMP}\s[-\u2013])\s(?P<rest>.*)")
_SAID = re.compile(rf"(?P<name>[^:\"\u201c\u201d\u201e]{{1,{MAX_NAME_CHARS}}}):(?: (?P<text>.*)|$)")
_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")  # of the direction of writing, invisible
_BEGINS_SYSTEM = "\u200e"  # iOS puts it before all that nobody has typed

# <This message was edited>, <attached: 00000012-PHOTO.jpg>
_TRAILER = re.compile(
    r"\s?<(?:[^<>\n]{0,40}(?:edited|bearbeitet|modifié|editado|modificato)[^<>\n]{0,20}|\w+: [^<>\n]{3,80})>$"
)
_FILE = re.compile(r"\S[^\n]{0,120}\.\w{2,5} \([^()\n]{3,40}\)")  # IMG-20211231-WA0001.jpg (file attached)
_IN_BRACKETS = re.compile(r"<[^<>\n]{3,60}>")  # <Media omitted>
_LINK = re.compile(r"(?:https?://|www\.)\S+")
# What stands in a message's place where somebody has sent something else, or taken it back.
_NOT_TYPED = frozenset(
    """\
null
this message was deleted
you deleted this message
waiting for this message. this may take a while.
missed voice call
missed video call
image omitted
video omitted
audio omitted
sticker omitted
gif omitted
document omitted
contact card omitted
diese nachricht wurde gelöscht
du hast diese nachricht gelöscht
verpasster sprachanruf
verpasster videoanruf
bild weggelassen
video weggelassen
audio weggelassen
sticker weggelassen
ce message a été supprimé
vous avez supprimé ce message
image absente
vidéo absente
audio omis
se eliminó este mensaje
eliminaste este mensaje
imagen omitida
video omitido
audio omitido""".splitlines()
)


class Message(NamedTuple):
    """What one person wrote at once; it may have lines."""

    name: str
    text: str


class Chat(NamedTuple):
    """The messages of an export in the order of time, and how many entries of it nobody has typed."""

    kind: str
    messages: list[Message]
    left_out: int

    @property
    def names(self) -> dict[str, int]:
        """Who has written how many messages, who wrote most first."""
        return dict(Counter(message.name for message in self.messages).most_common())

    def text(self, name: str | None = None) -> str:
        """The messages of one person, or of all, one after the other, without names and times."""
        return "".join(f"{message.text}\n" for message in self.messages if name in (None, message.name))


def read(data: bytes) -> Chat:
    """The chat in an exported file; a zip archive, as iOS makes it, is looked into.

    Raises:
        CorpusError: no message is found, or as `decode`.
    """
    text = decode(_unpacked(data)).text
    chat = _of_json(text) if text.lstrip()[:1] in ("{", "[") else None
    chat = chat or _of_lines(text)
    if not chat.messages:
        got = f"only what nobody has typed ({chat.left_out:,} entries)" if chat.left_out else "a text without any"
        raise CorpusError(f"chat: expected messages in {EXPECTED}, got {got}")
    return chat


def _unpacked(data: bytes) -> bytes:
    """The text in a zip archive; anything else as it is."""
    if not data.startswith(b"PK\x03\x04"):
        return data
    limit = settings.integer("RNNKIT_MAX_TEXT_MB") * 1_000_000
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            texts = [entry for entry in archive.infolist() if entry.filename.lower().endswith((".txt", ".json"))]
            if len(texts) != 1:
                raise CorpusError(f"chat: expected one .txt or .json file in the archive, got {len(texts)}; unpack it")
            with archive.open(texts[0]) as file:
                found = file.read(limit + 1)  # what the archive says of its size may be a lie
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise CorpusError(
            f"chat: expected a whole archive without a password, got one that does not open ({type(error).__name__})"
        ) from None
    if len(found) > limit:
        raise CorpusError(f"chat: expected at most {limit:,} bytes (RNNKIT_MAX_TEXT_MB), got more in the archive")
    return found


def _typed(text: str) -> str:
    """What a person has typed of a message; nothing where the app wrote it."""
    text = _TRAILER.sub("", _MARKS.sub("", text).strip())
    first, _, caption = text.partition("\n")
    if _FILE.fullmatch(first) or _IN_BRACKETS.fullmatch(first):
        text = caption.strip()
    nothing = text.lower() in _NOT_TYPED or _LINK.fullmatch(text)
    return "" if nothing else text


def _chat(kind: str, entries: Iterator[tuple[str, str]]) -> Chat:
    """From (name, text) of all entries; both are empty where nobody has written."""
    messages, left_out = [], 0
    for name, text in entries:
        name, typed = " ".join(_MARKS.sub("", name).split())[:MAX_NAME_CHARS], _typed(normalise(text))
        if name and typed:
            messages.append(Message(normalise(name), typed))
        else:
            left_out += 1
    return Chat(kind, messages, left_out)


# ---- line by line


def _of_lines(text: str) -> Chat:
    return _chat("WhatsApp or alike", _entries(text))


def _entries(text: str) -> Iterator[tuple[str, str]]:
    """(name, text) of each entry: a line with a day and a time, and all lines up to the next of these."""
    name, lines = None, []
    for line in text.split("\n"):
        found = _LINE.match(line.lstrip("\u200e\u200f\ufeff").replace("\u202f", " ").replace("\u00a0", " "))
        if found is None:
            lines.append(line)
            continue
        if name is not None:
            yield name, "\n".join(lines)
        said = _SAID.match(found["rest"])
        name, lines = (said["name"], [said["text"] or ""]) if said else ("", [])
        if lines and lines[0].startswith(_BEGINS_SYSTEM):
            name = ""
    if name is not None:
        yield name, "\n".join(lines)


# ---- JSON


def _of_json(text: str) -> Chat | None:
    """The chat in a JSON export of a kind that is known; None where it is none."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    for kind, (mark, entry) in _JSON.items():
        messages = [message for message in _messages(document) if mark in message]
        if messages:
            chat = _chat(kind, map(entry, messages))
            return chat._replace(messages=chat.messages[::-1]) if kind == MESSENGER else chat  # the newest comes first
    return None


def _messages(document: Any) -> list[dict]:
    """All messages of an export of one chat, or of all chats of a person."""
    if not isinstance(document, dict):
        return []
    chats = document.get("chats")
    inner = chats.get("list") if isinstance(chats, dict) else None
    found = [part.get("messages") for part in (inner if isinstance(inner, list) else []) if isinstance(part, dict)]
    lists = [document.get("messages"), *found]
    return [message for one in lists if isinstance(one, list) for message in one if isinstance(message, dict)]


def _telegram(message: dict) -> tuple[str, str]:
    """Its text is a string, or a list of strings and of parts with a kind: links, bold words. Forwarded: another's."""
    if message.get("type") != "message" or message.get("forwarded_from"):
        return "", ""
    parts = message.get("text")
    parts = parts if isinstance(parts, list) else [parts]
    words = [part.get("text") if isinstance(part, dict) else part for part in parts]
    return _string(message.get("from")), "".join(map(_string, words))


def _messenger(message: dict) -> tuple[str, str]:
    """Meta writes each byte of UTF-8 as a character of its own."""
    return _mended(_string(message.get("sender_name"))), _mended(_string(message.get("content")))


def _mended(text: str) -> str:
    try:
        return text.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return text


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


MESSENGER = "Messenger"
# Kind -> a field that only its messages have, and how one of them is read.
_JSON: dict[str, tuple[str, Callable[[dict], tuple[str, str]]]] = {
    "Telegram": ("from", _telegram),
    MESSENGER: ("sender_name", _messenger),
}
