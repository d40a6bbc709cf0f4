"""Bytes to text: which encoding a file is in, and what is no text at all.

Nothing is guessed silently: the encoding found is returned, to be shown with a preview.
Knows no corpus and no store.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from collections import Counter
from typing import NamedTuple

from rnnkit import settings
from rnnkit.errors import CorpusError

REPLACEMENT = "\ufffd"
SAMPLE_BYTES = 100_000
CONTROL_SHARE = 0.01  # of all characters; more control characters than this are no text

# Longest first: the mark of UTF-32 little-endian begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FORMATS = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"PK\x03\x04", "a zip archive or an office document"),
    (b"%PDF", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3", "a database"),
)
# One- and two-byte encodings that people's files are in; the detector is not asked about others.
_ENCODINGS = (
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "iso8859_15", "mac_roman", "koi8_r"),
    *("shift_jis", "gb18030", "big5", "euc_jp", "euc_kr"),
)
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")  # tab, line ends, form feed and escape are text
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")


class Decoded(NamedTuple):
    """Normalised text and the encoding found, None for a text that came as characters.

    `replaced` counts what could not be read and became U+FFFD.
    """

    text: str
    encoding: str | None
    replaced: int = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What had to be mended, a sentence each."""
        if not self.replaced:
            return ()
        return (f"{self.replaced:,} places could not be read and are shown as {REPLACEMENT}.",)


def decode(data: bytes) -> Decoded:
    """The text of an uploaded file: by its mark, as UTF-8, as UTF-16 without a mark, or as charset-normalizer finds.

    Raises:
        CorpusError: empty, larger than RNNKIT_MAX_TEXT_MB, or no text (pictures, archives, NUL bytes).
    """
    limit = settings.integer("RNNKIT_MAX_TEXT_MB")
    if len(data) > limit * 1_000_000:
        raise CorpusError(f"text: expected at most {limit} MB (RNNKIT_MAX_TEXT_MB), got {len(data) / 1e6:,.0f} MB")
    if not data.strip():
        raise CorpusError("text: expected something to read, got an empty file")
    for start, name in _FORMATS:
        if data.startswith(start):
            raise CorpusError(f"text: expected plain text, got {name}")
    decoded = _by_mark(data) or _as_utf16(data) or _as_utf8(data) or _as_found(data)
    text = normalise(decoded.text)
    if "\0" in text:
        place = data.index(0) + 1
        raise CorpusError(f"text: expected plain text, got a NUL at byte {place:,}; save it as UTF-8 and try again")
    if len(_CONTROLS.findall(text)) > CONTROL_SHARE * len(text):
        raise CorpusError("text: expected plain text, got binary data")
    return Decoded(text, decoded.encoding, decoded.replaced)


def normalise(text: str) -> str:
    """No byte-order mark, every line end as one "\\n"; lone surrogates, which nothing can store, become U+FFFD."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def checksum(text: str) -> str:
    """SHA-256 of a normalised text in UTF-8, by which it is known everywhere."""
    return hashlib.sha256(text.encode()).hexdigest()


def _by_mark(data: bytes) -> Decoded | None:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _replacing(data[len(mark) :], encoding)
    return None


def _as_utf8(data: bytes) -> Decoded | None:
    """UTF-8; also with surrogates written into it, which some programs do, or with a few damaged bytes."""
    try:
        text = data.decode("utf-8", "surrogatepass")
        return Decoded(text, "utf-8", 0 if text.isascii() else len(_SURROGATES.findall(text)))
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
        damaged = text.count(REPLACEMENT)
        whole = len(_BEYOND_ASCII.findall(text)) - damaged
        return Decoded(text, "utf-8", damaged) if damaged * 10 <= whole else None


def _as_utf16(data: bytes) -> Decoded | None:
    """UTF-16 without a mark: NUL in every other byte, or in some of them and one alphabet's number in the rest."""
    if 0 not in data or len(data) % 2:
        return None
    for encoding, high, low in (("utf-16-le", data[1::2], data[::2]), ("utf-16-be", data[::2], data[1::2])):
        blocks = Counter(high)
        zeros = blocks.pop(0, 0)
        alphabet = max(blocks.values(), default=0)
        if zeros and 0 not in low and zeros + alphabet >= 0.8 * len(high):
            return _replacing(data, encoding)
    return None


def _as_found(data: bytes) -> Decoded:
    """What charset-normalizer thinks. Where Windows-1252 reads as well as its cousins, it is Windows-1252."""
    from charset_normalizer import from_bytes  # here, since few commands decode a stranger's file

    matches = from_bytes(_sample(data), cp_isolation=list(_ENCODINGS))
    best = matches.best()
    if best is None:
        raise CorpusError("text: expected plain text, got bytes in no encoding that is known; save it as UTF-8")
    plausible = [match for match in matches if match.chaos <= best.chaos + 0.02]
    western = [match for match in plausible if "cp1252" in match.could_be_from_charset]
    winner = max(plausible, key=lambda match: match.coherence + 0.03 * (match in western))
    return _replacing(data, "cp1252" if winner in western else winner.encoding)


def _sample(data: bytes) -> bytes:
    """The first lines that are not ASCII: they alone tell the encoding, and a large file need not be read whole."""
    lines, size = [], 0
    for line in data.splitlines(keepends=True):
        if not line.isascii():
            lines.append(line)
            size += len(line)
            if size > SAMPLE_BYTES:
                break
    return b"".join(lines) if size < 2 * SAMPLE_BYTES else b"".join(lines)[:SAMPLE_BYTES].rpartition(b" ")[0]


def _replacing(data: bytes, encoding: str) -> Decoded:
    try:
        return Decoded(data.decode(encoding), encoding)
    except UnicodeDecodeError:
        text = data.decode(encoding, "replace")
        return Decoded(text, encoding, text.count(REPLACEMENT))
