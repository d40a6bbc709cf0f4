"""The texts that people bring: what can be learned from, and how it is kept in the store.

A text is decoded, normalised and checked once, by `read`; what it returns can be shown first, then kept.
Knows no page and no network.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from rnnkit import settings
from rnnkit.errors import CorpusError
from rnnkit.texts.decoding import Decoded, checksum, decode, normalise

if TYPE_CHECKING:
    from rnnkit.store import Store

PREFIX = "text-"  # how the names of stored texts begin
MAX_DISTINCT = 20_000  # characters; a Chinese novel has about 5,000
MAX_TITLE_CHARS = 80


def is_own(name: str) -> bool:
    """Whether a corpus of this name was brought by a person and is kept in the store."""
    return name.startswith(PREFIX)


def read(given: bytes | str) -> Decoded:
    """An uploaded file or a pasted text, normalised, as one that a network can learn from.

    Raises:
        CorpusError: as `decode` and `check`.
    """
    decoded = decode(given) if isinstance(given, bytes) else Decoded(normalise(given), None)
    check(decoded.text)
    return decoded


def check(text: str) -> None:
    """Refuse what cannot be learned from or stored; `text` is normalised.

    Raises:
        CorpusError: empty, one distinct character, too large, NUL, lone surrogates, or too many distinct characters.
    """
    limit = settings.integer("RNNKIT_MAX_TEXT_MB")
    if len(text) > limit * 1_000_000 or len(text.encode("utf-8", "surrogatepass")) > limit * 1_000_000:
        raise CorpusError(f"text: expected at most {limit} MB (RNNKIT_MAX_TEXT_MB), got {_megabytes(len(text))}")
    if not text.strip():
        raise CorpusError("text: expected something to read, got an empty text")
    distinct = set(text)
    if "\0" in distinct:
        raise CorpusError(f"text: expected plain text, got a NUL character at place {text.index(chr(0)) + 1:,}")
    if any("\ud800" <= symbol <= "\udfff" for symbol in distinct):
        raise CorpusError("text: expected whole characters, got lone surrogates")
    if len(distinct) < 2:
        raise CorpusError(f"text: expected at least 2 different characters, got only {text[0]!r}")
    if len(distinct) > MAX_DISTINCT:
        raise CorpusError(
            f"text: expected at most {MAX_DISTINCT:,} different characters, got {len(distinct):,}; "
            f"take out the rare ones first, nothing can be learned from them"
        )


def add(store: Store, given: Decoded | bytes | str, title: str = "") -> str:
    """Store a text once by its content and return its name `text-...`; what `read` gave is not looked at again.

    Raises:
        CorpusError: as `read`.
    """
    text = (given if isinstance(given, Decoded) else read(given)).text
    title = " ".join(_printable(normalise(title)).split())[:MAX_TITLE_CHARS]
    return store.add_text(checksum(text), title or "Untitled text", text)


def _printable(text: str) -> str:
    return "".join(" " if unicodedata.category(symbol) in ("Cc", "Cs") else symbol for symbol in text)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
