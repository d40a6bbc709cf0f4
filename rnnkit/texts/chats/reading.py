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


def read(data: bytes, encoding: str | None = None) -> Chat:
    """The chat in an exported file; a zip archive, as iOS makes it, is looked into. `encoding` as for `decode`.

    Raises:
        CorpusError: no message is found, or as `decode`.
    """
    parts = [decode(part, encoding) for part in _unpacked(data)]
    texts = [part.text for part in parts]
    chat = chat_of_json(texts) if texts[0].lstrip()[:1] in ("{", "[") else None
    chat = chat or chat_of_csv(texts[0]) or chat_of_columns(texts[0]) or chat_of_lines(texts[0])
    if not chat.messages:
        got = f"only what nobody has typed ({chat.all_left_out:,} entries)" if chat.left_out else "a text without any"
        raise CorpusError(f"chat: expected messages in {EXPECTED}, got {got}")
    return chat._replace(notes=(*dict.fromkeys(note for part in parts for note in part.notes), *chat.notes))


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
