"""A chat: the messages that people have typed, and how many entries nobody has, by reason.

Knows no form of a file: those who read one give entries, here what the program wrote is left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from itertools import compress
from typing import NamedTuple

from rnnkit.texts.chats.untyped import is_untyped
from rnnkit.texts.decoding import Candidate, normalise

MAX_NAME_CHARS = 80
MARKS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")  # of the direction of writing, invisible
# Why an entry is left out.
BY_PROGRAM, NO_TEXT, LINKS, FORWARDED, CHOSEN = (
    "written by the program", "deleted, or something else than text", "links alone", "forwarded", "chosen by you",
)  # fmt: skip

# <This message was edited>, <attached: 00000012-PHOTO.jpg>
_TRAILER = re.compile(
    r"\s?<(?:[^<>\n]{0,40}(?:edited|bearbeitet|modifié|edit[óa]|modificat|измен|düzenlendi|bewerkt|zedytowan|redige|"
    r"muokat|upraven|szerkeszt|編集|编辑|編輯|수정|تعديل|נערכה|diedit|chỉnh sửa|แก้ไข|संपादित)[^<>\n]{0,20}"
    r"|\w+: [^<>\n]{3,80})>$"
)
_FILE = re.compile(r"\S[^\n]{0,120}\.\w{2,5} \([^()\n]{3,40}\)")  # IMG-20211231-WA0001.jpg (file attached)
_IN_BRACKETS = re.compile(r"<[^<>\n]{3,60}>")  # <Media omitted>
_LINK = re.compile(r"(?:https?://|www\.)\S+")


# What a file may be of.
WHATSAPP, TELEGRAM, META, META_ENCRYPTED, DISCORD, SLACK, LINE, KAKAOTALK, TABLE = KINDS = (
    "WhatsApp or alike", "Telegram", "Messenger", "Messenger (encrypted chats)", "Discord", "Slack", "LINE",
    "KakaoTalk", "a table of messages",
)  # fmt: skip
# Fields of a table of messages: who wrote, and what.
AUTHORS = ("author", "sender", "username", "sender name", "sendername", "from", "user", "name")
CONTENTS = ("content", "message", "text", "body")


class Entry(NamedTuple):
    """One entry as it stands in a file. `name` is empty where nobody has written it; `why` says it is left out."""

    name: str
    text: str
    why: str = ""


class Message(NamedTuple):
    """What one person wrote at once; it may have lines."""

    author: str
    text: str


class Chat(NamedTuple):
    """The messages of an export in the order of time; reason -> number of what is left out; what was decided.

    They are kept as columns, who wrote and what (N): a large chat has hundreds of thousands.
    """

    kind: str
    authors: list[str]
    texts: list[str]
    left_out: dict[str, int]
    notes: tuple[str, ...] = ()
    encoding: str | None = None
    candidates: tuple[Candidate, ...] = ()  # what the file could also be in

    @property
    def messages(self) -> list[Message]:
        """All messages, one after the other."""
        return [*map(Message, self.authors, self.texts)]

    @property
    def names(self) -> dict[str, int]:
        """Who has written how many messages, who wrote most first."""
        return dict(Counter(self.authors).most_common())

    @property
    def all_left_out(self) -> int:
        """How many entries are no messages, whatever the reason."""
        return sum(self.left_out.values())

    def frequent(self, most: int = 10) -> dict[str, int]:
        """The messages that were written most often in the same words: a program's own are among them."""
        counted = Counter(self.texts).most_common(most)
        return {text: count for text, count in counted if count > 1}

    def without(self, texts: Collection[str] = (), senders: Collection[str] | None = None) -> Chat:
        """The chat of these senders (all when None), without the messages that are one of `texts`."""
        unwanted = {text.strip() for text in texts}
        keep = [
            (senders is None or author in senders) and text not in unwanted
            for author, text in zip(self.authors, self.texts, strict=True)
        ]
        if not (chosen := keep.count(False)):
            return self
        authors, texts = list(compress(self.authors, keep)), list(compress(self.texts, keep))
        return self._replace(authors=authors, texts=texts, left_out=self.left_out | {CHOSEN: chosen})

    def text(self, name: str | None = None) -> str:
        """The messages of one person, or of all, one after the other, without names and times."""
        of_name = [name in (None, author) for author in self.authors]
        return "\n".join([*compress(self.texts, of_name), ""])


def chat_of(
    kind: str, entries: Iterable[Entry], notes: tuple[str, ...] = (), also: Callable[[str, str], bool] | None = None
) -> Chat:
    """What people have typed of the entries. `also` says of author and text whether this program has written it."""
    authors, texts = list[str](), list[str]()
    left_out: Counter[str] = Counter()
    names: dict[str, str] = {}
    for entry in entries:
        if (name := names.get(entry.name)) is None:
            name = names[entry.name] = normalise(" ".join(MARKS.sub("", entry.name).split())[:MAX_NAME_CHARS])
        if why := entry.why or ("" if name else BY_PROGRAM):
            left_out[why] += 1
            continue
        text, why = _typed(normalise(entry.text))
        if not why and also and also(name, text):
            why = NO_TEXT
        if why:
            left_out[why] += 1
        else:
            authors.append(name)
            texts.append(text)
    return Chat(kind, authors, texts, dict(left_out), notes)


def _typed(text: str) -> tuple[str, str]:
    """What a person has typed of a message, and why it is left out where nobody has."""
    text = (text if text.isascii() else MARKS.sub("", text)).strip()
    if text.endswith(">"):
        text = _TRAILER.sub("", text)
    first, _, caption = text.partition("\n")
    if (first.endswith(")") and _FILE.fullmatch(first)) or (first.startswith("<") and _IN_BRACKETS.fullmatch(first)):
        text = caption.strip()
    if text.startswith(("http", "www.")) and _LINK.fullmatch(text):
        return "", LINKS
    return (text, "") if text and not is_untyped(text) else ("", NO_TEXT)
