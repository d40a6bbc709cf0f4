"""Bytes to text: which encoding a file is in, what was mended, and what is no text at all.

Nothing is guessed silently: the encoding taken, what was changed and the likeliest other readings are returned.
Knows no corpus and no store.
"""

from __future__ import annotations

import codecs
import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np

from rnnkit import settings
from rnnkit.errors import CorpusError, did_you_mean
from rnnkit.texts import encodings
from rnnkit.texts.symbols import visible

REPLACEMENT = "\ufffd"
SAMPLE_BYTES = 100_000
CONTROL_SHARE = 0.01  # of all characters; more control characters than this are no text
NUL_SHARE = 0.001  # more are no text either
OFFERED, PREVIEW_CHARS = 5, 60
PART = 200_000  # bytes or characters looked at together: copies stay small

# Longest first: the mark of UTF-32 little-endian begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FORMATS = (
    (rb"\x89PNG", "a PNG picture"),
    (rb"\xff\xd8\xff", "a JPEG picture"),
    (rb"GIF8[79]a", "a GIF picture"),
    (rb"BM.{4}\0\0\0\0", "a BMP picture"),
    (rb"II\*\0|MM\0\*", "a TIFF picture"),
    (rb"\x1f\x8b", "a gzip archive"),
    (rb"PK\x03\x04", "a zip archive or an office document"),
    (rb"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (rb"BZh[1-9]1AY&SY", "a bzip2 archive"),
    (rb"\xfd7zXZ\0", "an xz archive"),
    (rb"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (rb"Rar!\x1a\x07", "a RAR archive"),
    (rb".{257}ustar", "a tar archive"),
    (rb"%PDF", "a PDF document"),
    (rb"%!PS", "a PostScript document"),
    (rb"\{\\rtf", "a document in rich text format (RTF)"),
    (rb"\xd0\xcf\x11\xe0", "an old office document"),
    (rb"(?:\xef\xbb\xbf)?\s*(?i:<!doctype html|<html[\s>])", "a web page (HTML)"),
    (rb"\x7fELF|MZ.{58}|\xca\xfe\xba\xbe|\0asm", "a program"),
    (rb"SQLite format 3", "a database"),
    (rb"MThd\0\0\0\x06", "music notes (MIDI)"),
    (rb"ID3[\x02-\x04]|\xff[\xfb\xf3\xf2][\x10-\xef]", "music (MP3)"),
    (rb"RIFF.{4}WAVE", "a sound recording (WAV)"),
    (rb"RIFF.{4}(?:WEBP|AVI )", "a picture or a video"),
    (rb"OggS\0", "a sound recording (Ogg)"),
    (rb"fLaC", "a sound recording (FLAC)"),
    (rb".{4}ftyp", "a video or a sound recording (MP4)"),
    (rb"\x1aE\xdf\xa3", "a video (Matroska)"),
)
_KINDS = [(re.compile(start, re.DOTALL), name) for start, name in _FORMATS]
_BINARY = "text: expected plain text, got binary data"
_CONTROLS = "".join(map(chr, {*range(32), 127} - {*b"\t\n\v\f\r\x1b"}))  # the others are text
_INVISIBLE = {
    "\ufeff": "byte-order marks (U+FEFF)",
    "\u200b": "zero-width spaces (U+200B)",
    "\u2060": "word joiners (U+2060)",
    "\u00ad": "soft hyphens (U+00AD)",
}
_HZ = re.compile(rb"~\{(?:[\x21-\x29\x30-\x77][\x21-\x7e]){3,}~\}")  # Chinese in seven bits
_WRITTEN_SURROGATES = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_BEYOND_ASCII = re.compile(rb"[^\x00-\x7f]")
_BEGINS_LONG = re.compile(rb"[\xc2-\xf4][\x80-\xbf]")  # a character of several bytes in UTF-8


class Candidate(NamedTuple):
    """An encoding that a file may be in, and the beginning of its first line beyond ASCII, read so."""

    encoding: str
    preview: str


class Decoded(NamedTuple):
    """Normalised text and the encoding taken, None for a text that came as characters.

    `replaced` counts what could not be read and became U+FFFD; `notes` say in a sentence each what was mended;
    `candidates` are the likeliest encodings, the one taken first, where another could be meant. `certain`: a mark or
    every byte says it, so that nobody could mean another.
    """

    text: str
    encoding: str | None
    replaced: int = 0
    notes: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    certain: bool = True


def decode(data: bytes, encoding: str | None = None, *, nfc: bool = True) -> Decoded:
    """The text of an uploaded file: in the encoding named, else by its mark, as UTF-8, or as its letters tell.

    Args:
        encoding: any that Python knows; also reads a web page or RTF with its markup.
        nfc: compose letters and marks, as `mended`.

    Raises:
        CorpusError: empty, larger than RNNKIT_MAX_TEXT_MB, no text (pictures, archives, NUL), or no such encoding.
    """
    limit = settings.integer("RNNKIT_MAX_TEXT_MB")
    if len(data) > limit * 1_000_000:
        raise CorpusError(f"text: expected at most {limit} MB (RNNKIT_MAX_TEXT_MB), got {len(data) / 1e6:,.0f} MB")
    if not data.strip():
        raise CorpusError("text: expected something to read, got an empty file")
    if encoding is None and (kind := next((name for start, name in _KINDS if start.match(data)), None)):
        raise CorpusError(f"text: expected plain text, got {kind}; save it as plain text and try again")
    found = _forced(data, encoding) if encoding is not None else _found(data)
    text, notes = mended(found.text, nfc=nfc)
    if "\0" in text:
        place = data.find(0) + 1 or 1
        raise CorpusError(f"text: expected plain text, got a NUL at byte {place:,}; save it as UTF-8 and try again")
    if sum(map(text.count, _CONTROLS)) > CONTROL_SHARE * len(text):
        raise CorpusError(_BINARY)
    first = f", the first in line {_line(found.text, REPLACEMENT):,}"
    lost = [f"Places that could not be read and are shown as {REPLACEMENT}: {found.replaced:,}{first}."]
    notes = (*found.notes, *lost[: found.replaced], *notes)
    return found._replace(text=text, notes=notes, candidates=_candidates(data, found))


def normalise(text: str) -> str:
    """No byte-order mark, every line end as one "\\n"; lone surrogates, which nothing can store, become U+FFFD."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii() or not _SURROGATES.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def mended(text: str, *, nfc: bool = True) -> tuple[str, tuple[str, ...]]:
    """A normalised text without what nobody sees, letters and marks composed if `nfc`, and a sentence for each change.

    A few NULs are taken out, and the end-of-file sign of DOS; more NULs stay, as no text holds them.
    """
    text, notes = normalise(text), []
    if ends := len(text) - len(text := text.rstrip("\0\x1a")):
        notes.append(f"Taken out at the end: NUL or end-of-file signs ({ends:,}).")
    nuls = text.count("\0")
    if 0 < nuls <= NUL_SHARE * len(text):
        notes.append(f"Taken out: NUL signs ({nuls:,}, the first in line {_line(text, chr(0)):,}).")
        text = text.replace("\0", "")
    if found := {symbol: count for symbol in _INVISIBLE if (count := text.count(symbol))}:
        named = ", ".join(
            f"{_INVISIBLE[symbol]} ({count:,}, the first in line {_line(text, symbol):,})"
            for symbol, count in found.items()
        )
        notes.append(f"Taken out, as nobody sees them: {named}.")
        for symbol in found:
            text = text.replace(symbol, "")
    return _composed(text, notes) if nfc else (text, tuple(notes))


def _line(text: str, symbol: str) -> int:
    """The number of the first line with this symbol, from 1."""
    return text.count("\n", 0, max(0, text.find(symbol))) + 1


def _composed(text: str, notes: list[str]) -> tuple[str, tuple[str, ...]]:
    """The text in Unicode's NFC, where "é" is always one character."""
    if text.isascii() or all(unicodedata.is_normalized("NFC", part) for part in parts(text)):
        return text, tuple(notes)
    composed, changed, examples = list[str](), 0, dict[str, None]()
    for part in parts(text):
        composed.append(unicodedata.normalize("NFC", part))
        if composed[-1] != part:
            shorter = len(part) - len(composed[-1])
            changed += shorter or sum(old != new for old, new in zip(part, composed[-1], strict=True))
            examples |= dict.fromkeys(islice(_decomposed(part), 1000)) if len(examples) < 3 else {}
    shown = ", ".join(f"{visible(old)} to {unicodedata.normalize('NFC', old)}" for old in list(examples)[:3])
    notes.append(
        f"Letters that were written in another way and are one character now (Unicode NFC): {changed:,}, e.g. {shown}."
    )
    return "".join(composed), tuple(notes)


def _decomposed(text: str) -> Iterator[str]:
    """Each letter with its marks that NFC writes otherwise."""
    for found in _CLUSTERS.finditer(text):
        if not unicodedata.is_normalized("NFC", found[0]):
            yield found[0]


_MARK = "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0dff\u1160-\u11ff\u3099\u309a"
_CLUSTERS = re.compile(f"[^{_MARK}][{_MARK}]+|[^\x00-\u02ff]")


def parts(text: str) -> Iterator[str]:
    """A text in pieces of whole lines; a line without end is cut before a letter."""
    start = 0
    while start < len(text):
        end = text.find("\n", start + PART, start + 2 * PART) + 1 or start + PART
        while end < len(text) and (unicodedata.combining(text[end]) or "\u1160" <= text[end] <= "\u11ff"):
            end += 1
        yield text[start:end]
        start = end


def checksum(text: str) -> str:
    """SHA-256 of a normalised text in UTF-8, by which it is known everywhere."""
    found = hashlib.sha256()
    for part in parts(text):
        found.update(part.encode())
    return found.hexdigest()


def _forced(data: bytes, encoding: str) -> Decoded:
    """What the person says that it is; the byte-order mark of it is no text."""
    try:
        text = encodings.read(data, encoding) if encoding in encodings.KNOWN else data.decode(encoding, "replace")
    except (LookupError, UnicodeError, ValueError):
        said = f"encoding: expected one that is known, such as utf-8 or cp1252, got {encoding[:40]!r}"
        raise CorpusError(said + did_you_mean(encoding, encodings.KNOWN)) from None
    return Decoded(text, encoding, text.count(REPLACEMENT), certain=data.isascii())


def _found(data: bytes) -> Decoded:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _replacing(data[len(mark) :], encoding)
    if data.isascii() and b"\x1b$" in data:
        return _replacing(data, "iso2022_kr" if b"\x1b$)C" in data else "iso2022_jp")
    if data.isascii() and _HZ.search(data) and "\ufffd" not in (text := encodings.read(data, "hz")):
        return Decoded(text, "hz", certain=False)
    if found := _as_utf32(data) or _as_utf16(data):
        return found._replace(certain=False)
    try:
        return Decoded(encodings.read(data, "utf-8", "strict"), "utf-8")
    except UnicodeDecodeError:
        return (_line_by_line(data) or _as_letters_tell(data))._replace(certain=False)


def _as_utf32(data: bytes) -> Decoded | None:
    """UTF-32 without a mark: one NUL in four bytes, and nothing else can be read so."""
    if len(data) % 4 or data.count(0) * 4 < len(data):
        return None
    for encoding in ("utf-32-le", "utf-32-be"):
        try:
            return Decoded(data.decode(encoding), encoding)
        except UnicodeDecodeError:
            continue
    return None


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


def _line_by_line(data: bytes) -> Decoded | None:
    """UTF-8 with a few damaged places, and with lines in an older encoding. None where hardly a line is UTF-8."""
    whole, foreign, sample = 0, 0, b""
    for part, is_foreign in _lines(data):
        foreign += is_foreign
        sample += part if is_foreign and len(sample) < encodings.SCORED_BYTES else b""
        whole += not is_foreign and bool(_BEGINS_LONG.search(part))
        if foreign > 10 * whole + (1000 if part.endswith(b"\n") else 0):
            return None
    if foreign > 10 * whole:
        return None
    older = encodings.likeliest(sample)[0].encoding if foreign else ""
    readings = (
        encodings.read(part, older) if is_foreign else part.decode("utf-8", "replace")
        for part, is_foreign in _lines(data)
    )
    text = "".join(iter(lambda: "".join(islice(readings, 1000)), ""))  # a list of short lines takes many times as much
    note = (f"Lines that are not UTF-8 and were read as {older}: {foreign:,}.",) if foreign else ()
    return Decoded(text, "utf-8", text.count(REPLACEMENT) - _own(data, "utf-8"), note)


def _lines(data: bytes) -> Iterator[tuple[bytes, bool]]:
    """Pieces of whole lines that are UTF-8, perhaps with damage, and single lines that are something else (True)."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start + PART, start + 2 * PART) + 1 or start + PART
        while end < len(data) and (data[end] & 0xC0 == 0x80 or data[end] == 0xED) and end < start + 2 * PART:
            end += 1  # not within a character, nor a pair of surrogates
        piece = data[start:end]
        if _is_utf8(piece) or _is_utf8(piece := _joined(piece)):
            yield piece, False
        else:
            for line in data[start:end].splitlines(keepends=True):
                mended = _joined(line)
                foreign = not _is_utf8(mended) and not _is_damaged(mended)
                yield line if foreign else mended, foreign
        start = end


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_damaged(line: bytes) -> bool:
    """Whether a line that is not UTF-8 was: it ends within a character, or most of what is beyond ASCII is whole."""
    text = line.decode("utf-8", "replace")
    damaged = text.count(REPLACEMENT) - line.count(REPLACEMENT.encode())
    whole = len(text) - text.count(REPLACEMENT) - len(text.encode("ascii", "ignore"))
    cut = re.search(rb"(?:[\xe0-\xef][\x80-\xbf]|[\xf0-\xf4][\x80-\xbf]{1,2})\s*\Z", line)
    return damaged <= whole or bool(cut and damaged == 1)


def _joined(data: bytes) -> bytes:
    """UTF-8 in which pairs of surrogates, as some programs write, are the letters that they mean, and halves U+FFFD."""
    if not _WRITTEN_SURROGATES.search(data):
        return data
    found = np.frombuffer(data, np.uint8).copy()
    second, third = found[1:-1], found[2:]
    half = np.flatnonzero((found[:-2] == 0xED) & (second >= 0xA0) & (second < 0xC0) & (third & 0xC0 == 0x80))
    numbers = ((found[half + 1] & 0x1F).astype(np.uint32) << 6) | (found[half + 2] & 0x3F)
    pair = np.flatnonzero(np.diff(half) == 3)
    pair = pair[(found[half[pair] + 1] < 0xB0) & (found[half[pair + 1] + 1] >= 0xB0)]
    letters = 0x10000 + ((numbers[pair] & 0x3FF) << 10) + (numbers[pair + 1] & 0x3FF)
    found[half[:, None] + np.arange(3)] = np.frombuffer(REPLACEMENT.encode(), np.uint8)
    shifts = np.array([18, 12, 6, 0], np.uint32)
    found[half[pair][:, None] + np.arange(4)] = (letters[:, None] >> shifts & 0x3F | 0x80).astype(np.uint8)
    found[half[pair]] = 0xF0 | (letters >> 18)
    keep = np.ones(len(found), bool)
    keep[half[pair][:, None] + np.array([4, 5])] = False
    return found[keep].tobytes()


def _as_letters_tell(data: bytes) -> Decoded:
    """The likeliest reading by its letters. Control characters are the same in all that is not UTF-16; not counted
    are those that `mended` takes out or that are refused by their place, and the shifts of ISO 2022."""
    best = encodings.likeliest(_sample(data))[0]
    controls = sum(data.rstrip(b"\0\x1a").count(sign.encode()) for sign in _CONTROLS if sign not in "\0\x0e\x0f")
    if controls > CONTROL_SHARE * len(data) and not best.encoding.startswith("utf"):
        raise CorpusError(_BINARY)
    text = encodings.read(data, best.encoding)
    return Decoded(text, best.encoding, text.count(REPLACEMENT) - _own(data, best.encoding))


def _candidates(data: bytes, found: Decoded) -> tuple[Candidate, ...]:
    """The likeliest encodings, the one taken first, with the beginning of a telling line in each."""
    if data.isascii() and b"\x1b" not in data and b"\0" not in data and found.certain:
        return ()
    sample = _sample(data)
    names = dict.fromkeys([found.encoding or "utf-8", *(guess.encoding for guess in encodings.likeliest(sample))])
    return tuple(Candidate(name, _preview(sample, name)) for name in list(names)[:OFFERED])


def _preview(sample: bytes, encoding: str) -> str:
    """From a few words before the first character that tells something."""
    try:
        text = normalise(encodings.read(sample[: 20 * PREVIEW_CHARS], encoding))
    except (UnicodeError, ValueError):  # a person's own choice that needs the whole file
        return ""
    first = next((place for place, symbol in enumerate(text) if symbol > "\x7f"), 0)
    return " ".join(text[max(0, first - PREVIEW_CHARS // 3) :].split())[:PREVIEW_CHARS]


def _sample(data: bytes) -> bytes:
    """The first lines that are not ASCII: they alone tell the encoding, and a large file need not be read whole."""
    if data.isascii() or 0 in data:
        return data[:SAMPLE_BYTES]
    lines, size, start = [], 0, 0
    while size <= encodings.SCORED_BYTES and (found := _BEYOND_ASCII.search(data, start)):
        begin = data.rfind(b"\n", start, found.start()) + 1 or start
        end = data.find(b"\n", found.start()) + 1 or len(data)
        lines.append(data[max(begin, found.start() - SAMPLE_BYTES // 10) : min(end, found.start() + SAMPLE_BYTES)])
        size, start = size + len(lines[-1]), end
    return b"".join(lines)


def _replacing(data: bytes, encoding: str) -> Decoded:
    text = encodings.read(data, encoding)
    return Decoded(text, encoding, text.count(REPLACEMENT) - _own(data, encoding))


def _own(data: bytes, encoding: str) -> int:
    """U+FFFD that stood in the file itself."""
    return data.count(REPLACEMENT.encode(encoding)) if encoding.startswith("utf") else 0
