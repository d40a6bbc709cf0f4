"""A file to a chat: out of its archive, decoded, and read as the program wrote it that it is of."""

from __future__ import annotations

import io
import zipfile
import zlib

from rnnkit import settings
from rnnkit.errors import CorpusError
from rnnkit.texts.chats.chat import Chat
from rnnkit.texts.chats.columns import chat_of_columns, chat_of_csv
from rnnkit.texts.chats.documents import chat_of_json
from rnnkit.texts.chats.lines import chat_of_lines
from rnnkit.texts.decoding import decode

EXPECTED = (
    "an export of WhatsApp (lines as in “31/12/2021, 23:59 - Ada: Hello”), of Telegram (result.json), of Messenger "
    "or Instagram (message_1.json), of Discord, Slack, LINE or KakaoTalk"
)
_ENDINGS = (".txt", ".json", ".csv")


def read(data: bytes) -> Chat:
    """The chat in an exported file; a zip archive, as iOS makes it, is looked into.

    Raises:
        CorpusError: no message is found, or as `decode`.
    """
    decoded = decode(_unpacked(data))
    text = decoded.text
    chat = chat_of_json(text) if text.lstrip()[:1] in ("{", "[") else None
    chat = chat or chat_of_csv(text) or chat_of_columns(text) or chat_of_lines(text)
    if not chat.messages:
        got = f"only what nobody has typed ({chat.all_left_out:,} entries)" if chat.left_out else "a text without any"
        raise CorpusError(f"chat: expected messages in {EXPECTED}, got {got}")
    return chat._replace(notes=(*decoded.notes, *chat.notes))


def _unpacked(data: bytes) -> bytes:
    """The text in a zip archive; anything else as it is."""
    if not data.startswith(b"PK\x03\x04"):
        return data
    limit = settings.integer("RNNKIT_MAX_TEXT_MB") * 1_000_000
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            texts = [entry for entry in archive.infolist() if entry.filename.lower().endswith(_ENDINGS)]
            if len(texts) != 1:
                raise CorpusError(f"chat: expected one .txt or .json file in the archive, got {len(texts)}; unpack it")
            with archive.open(texts[0]) as file:
                found = file.read(limit + 1)  # what the archive says of its size may be a lie
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError, OSError) as error:
        raise CorpusError(
            f"chat: expected a whole archive without a password, got one that does not open ({type(error).__name__})"
        ) from None
    if len(found) > limit:
        raise CorpusError(f"chat: expected at most {limit:,} bytes (RNNKIT_MAX_TEXT_MB), got more in the archive")
    return found
