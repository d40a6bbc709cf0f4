"""The texts that people bring: what can be learned from, and how it is kept in the store.

A text is decoded, normalised and checked once, by `read`; what it returns can be shown first, then kept.
Knows no page and no network.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from rnnkit import settings
from rnnkit.config import one_line
from rnnkit.errors import CorpusError
from rnnkit.texts.decoding import REPLACEMENT, Decoded, checksum, decode, mended, normalise, parts

if TYPE_CHECKING:
    from rnnkit.store import Store

PREFIX = "text-"  # of the names that the store gives; said here too, since importing the store takes time
MAX_DISTINCT = 20_000  # characters; a Chinese novel has about 5,000
MAX_TITLE_CHARS = 80


def is_own(name: str) -> bool:
    """Whether a corpus of this name was brought by a person and is kept in the store."""
    return name.startswith(PREFIX)


def read(given: bytes | str, encoding: str | None = None, *, nfc: bool = True, fold: int = 0) -> Decoded:
    """An uploaded file or a pasted text, normalised and mended, as one that a network can learn from.

    Args:
        encoding: of the file, where the person says it.
        nfc: compose letters and marks to one character each.
        fold: symbols that occur fewer times than this become plainer ones or U+FFFD; 0 leaves them.

    Raises:
        CorpusError: as `decode` and `check`.
    """
    if isinstance(given, bytes):
        decoded = decode(given, encoding, nfc=nfc)
    else:
        text, notes = mended(given, nfc=nfc)
        decoded = Decoded(text, None, notes=notes)
    text, said = folded(decoded.text, fold)
    check(text)
    return decoded._replace(text=text, notes=(*decoded.notes, *said))


def folded(text: str, fewest: int) -> tuple[str, tuple[str, ...]]:
    """The text without symbols seen fewer than `fewest` times, and the sentence that says how many those were.

    A rare one becomes its base letter where that is frequent ("ñ" to "n"), else U+FFFD, the unknown symbol.
    """
    counts = {symbol: text.count(symbol) for symbol in set(text)} if fewest > 1 else {}
    rare = [symbol for symbol, count in counts.items() if count < fewest and symbol not in ("\n", REPLACEMENT)]
    if not rare:
        return text, ()
    plain = {symbol: unicodedata.normalize("NFKD", symbol)[0] for symbol in rare}
    table = {ord(symbol): base if counts.get(base, 0) >= fewest else REPLACEMENT for symbol, base in plain.items()}
    lost = sum(counts[symbol] for symbol in rare if table[ord(symbol)] == REPLACEMENT)
    note = (
        f"Characters seen fewer than {fewest:,} times: {len(rare):,} different ones at "
        f"{sum(counts[s] for s in rare):,} places; became {REPLACEMENT}: {lost:,}, the others their base letter."
    )
    return text.translate(table), (note,)


def check(text: str) -> None:
    """Refuse what cannot be learned from or stored; `text` is normalised.

    Raises:
        CorpusError: empty, one distinct character, too large, NUL, lone surrogates, or too many distinct characters.
    """
    limit = settings.integer("RNNKIT_MAX_TEXT_MB")
    if len(text) > limit * 1_000_000 or sum(map(_bytes, parts(text))) > limit * 1_000_000:
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


def _bytes(part: str) -> int:
    return len(part) if part.isascii() else len(part.encode("utf-8", "surrogatepass"))


def changed(brought: Decoded, text: str, original: bytes | None) -> tuple[Decoded, bytes | None]:
    """What was read, with another text in its place, and the file that may be kept beside it: none if it says more."""
    return (brought, original) if text == brought.text else (brought._replace(text=text), None)


def add(store: Store, given: Decoded | bytes | str, title: str = "", original: bytes | None = None) -> str:
    """Store a text once by its content and return its name `text-...`; what `read` gave is not looked at again.

    `original`, the file, is kept beside it only where it could be in another encoding too: a text in UTF-8 costs
    nothing more.

    Raises:
        CorpusError: as `read`.
    """
    brought = given if isinstance(given, Decoded) else read(given)
    title = one_line(normalise(title))[:MAX_TITLE_CHARS]
    kept = None if brought.certain else original
    return store.add_text(checksum(brought.text), title or "Untitled text", brought.text, brought.encoding, kept)


def again(store: Store, name: str, encoding: str | None, *, nfc: bool = True, fold: int = 0) -> tuple[Decoded, bytes]:
    """The file of a stored text read anew, and the file; the other arguments as for `read`.

    Raises:
        CorpusError: the file was not kept, as it was surely UTF-8, a paste, or a chat; or as `read`.
    """
    if (original := store.original(name)) is None:
        raise CorpusError(f"corpus {name[:60]}: expected one whose file was kept, got another; bring the file again")
    return read(original, encoding, nfc=nfc, fold=fold), original


def already_here(store: Store, text: str) -> str | None:
    """The sentence that a text is in the store already, and under which title; None where it is new."""
    sha256 = checksum(text)
    title = next((row.title for row in store.texts() if row.sha256 == sha256), None)
    return None if title is None else f"This text is already here as “{title}”."


def named(name: str, store: Store) -> str:
    """The name of the stored text with this title, in whatever case; `name` itself where there is none.

    Raises:
        CorpusError: several texts have this title.
    """
    found = [row.name for row in store.texts() if row.title.casefold() == " ".join(name.split()).casefold()]
    if len(found) > 1:
        raise CorpusError(f"corpus: expected a title that one text has, got {name[:60]!r}; name it: {', '.join(found)}")
    return found[0] if found else name


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
