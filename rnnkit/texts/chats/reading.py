"""A file to a chat: out of its archive, decoded, and read as the program wrote it that it is of."""

from __future__ import annotations

import io
import zipfile
import zlib

from rnnkit import settings
from rnnkit.errors import CorpusError
from rnnkit.texts.chats.chat import DISCORD, KAKAOTALK, TABLE, WHATSAPP, Chat
from rnnkit.texts.chats.columns import chat_of_columns, chat_of_csv
from rnnkit.texts.chats.documents import chat_of_json
from rnnkit.texts.chats.lines import Order, chat_of_lines
from rnnkit.texts.decoding import decode

EXPECTED = (
    "an export of WhatsApp (lines as in “31/12/2021, 23:59 - Ada: Hello”), of Telegram (result.json), of Messenger "
    "or Instagram (message_1.json), of Discord, Slack, LINE or KakaoTalk"
)
_ENDINGS = (".txt", ".json", ".csv")


def read(data: bytes, encoding: str | None = None, kind: str = "", order: Order = "auto") -> Chat:
    """The chat in an exported file; a zip archive, as iOS makes it, is looked into. `encoding` as for `decode`.

    Args:
        kind: one of KINDS, whatever the file seems to be of.
        order: where the day, the month and the year stand in the dates of lines.

    Raises:
        CorpusError: no message is found, or as `decode`.
    """
    parts = [decode(part, encoding) for part in _unpacked(data)]
    notes, first = dict.fromkeys(note for part in parts for note in part.notes), parts[0]._replace(text="")
    texts = [part.text for part in parts]
    del parts  # with the texts, which may be much larger than the file
    chat = _chat(texts, kind, order)
    if not chat.texts:
        got = f"only what nobody has typed ({chat.all_left_out:,} entries)" if chat.left_out else "a text without any"
        expected = f"an export of {kind}" if kind else EXPECTED
        raise CorpusError(f"chat: expected messages in {expected}, got {got}")
    return chat._replace(notes=(*notes, *chat.notes), encoding=first.encoding, candidates=first.candidates)


def _chat(texts: list[str], kind: str, order: Order) -> Chat:
    """By what the file begins with; `texts` is emptied as it is read."""
    if texts[0].lstrip()[:1] in ("{", "[") and (chat := chat_of_json(texts, kind)):
        return chat
    if kind in ("", DISCORD, TABLE) and (chat := chat_of_csv(texts[0])):
        return chat
    if chat := chat_of_columns(texts[0], kind):
        return chat
    in_lines = kind in ("", WHATSAPP, KAKAOTALK, DISCORD)
    return chat_of_lines(texts.pop(0), order) if in_lines else Chat(kind, [], [], {})


def _unpacked(data: bytes) -> list[bytes]:
    """The text in a zip archive, or all JSON files in it in the order of their names; anything else as it is."""
    if not data.startswith(b"PK\x03\x04"):
        return [data]
    left = limit = settings.integer("RNNKIT_MAX_TEXT_MB") * 1_000_000
    found = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            texts = [entry for entry in archive.infolist() if entry.filename.lower().endswith(_ENDINGS)]
            documents = all(entry.filename.lower().endswith(".json") for entry in texts)
            if not texts or (len(texts) > 1 and not documents):
                raise CorpusError(f"chat: expected one .txt or .json file in the archive, got {len(texts)}; unpack it")
            for entry in sorted(texts, key=lambda entry: entry.filename):
                with archive.open(entry) as file:
                    found.append(file.read(left + 1))  # what the archive says of its size may be a lie
                left -= len(found[-1])
                if left < 0:
                    break
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError, OSError) as error:
        raise CorpusError(
            f"chat: expected a whole archive without a password, got one that does not open ({type(error).__name__})"
        ) from None
    if left < 0:
        raise CorpusError(f"chat: expected at most {limit:,} bytes (RNNKIT_MAX_TEXT_MB), got more in the archive")
    return [part for part in found if part.strip()] or found
