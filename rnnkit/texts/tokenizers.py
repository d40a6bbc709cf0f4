"""Text to ids and back: characters, or words by the rules of the recipe lecture (document 003) or by spaces alone.

A vocabulary is a sorted tuple of symbols, so the same text and config always give the
same ids. What a vocabulary does not know is counted and reported, never lost silently.
Knows no corpus, no batch and no network.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from rnnkit.config import TokenizerConfig
from rnnkit.errors import CorpusError, DamagedCheckpoint
from rnnkit.texts import word_rules

UNKNOWN = "\ufffd"  # the one entry that stands for every symbol the vocabulary does not know
MAX_VOCAB = 100_000
UNKNOWN_KEPT = 50  # distinct unknown symbols named in an Encoding; the total is always exact

WRITING_SEEN = 20_000  # characters that tell the script
# Thai, Lao, Tibetan, Burmese, Khmer, kana and Chinese characters.
_WITHOUT_SPACES = re.compile("[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]")
_NO_SPACE_BEFORE = frozenset(",.;:!?)]}\u2026\u201d\u00bb%")
_NO_SPACE_AFTER = frozenset("([{\u201c\u00ab")


@dataclass(frozen=True)
class Encoding:
    """Ids of a text, int32 (N,), and what the vocabulary did not know in it.

    `unknown` names the most frequent unknown symbols with their counts (at most UNKNOWN_KEPT);
    `unknown_count` counts all of them, each time they occur, among `tokens` of the text.
    """

    ids: np.ndarray
    unknown: dict[str, int]
    unknown_count: int = 0
    tokens: int = 0

    def sentence(self) -> str | None:
        """One plain sentence about what was unknown; None if all was known."""
        if not self.unknown_count:
            return None
        named = ", ".join(f"{symbol!r} ({count:,}x)" for symbol, count in list(self.unknown.items())[:8])
        more = ", ..." if len(self.unknown) > 8 else ""
        return f"{self.unknown_count:,} tokens are not in this vocabulary: {named}{more}"


@dataclass(frozen=True)
class Tokenizer:
    """A vocabulary: symbol number i is `symbols[i]`. Made by `build` or `from_json`, never changed."""

    symbols: tuple[str, ...]
    config: TokenizerConfig

    @property
    def vocab_size(self) -> int:
        return len(self.symbols)

    @property
    def unknown_id(self) -> int | None:
        """The id that stands for unknown symbols; None if the config has no such entry."""
        return self.vocab_size - 1 if self.config.unknown_symbol else None

    def encode(self, text: str) -> Encoding:
        """Ids of `text` after the config's rules. Unknown symbols become the unknown id, or are left out."""
        symbols = _symbols(text, self.config)
        ids = self._ids_of_characters(symbols) if isinstance(symbols, str) else self._ids_of_words(symbols)
        lost = np.flatnonzero(ids < 0)
        if not len(lost):
            return Encoding(ids, {}, 0, len(ids))
        counts, tokens = Counter(_safe(symbols[i]) for i in lost), len(ids)
        if self.unknown_id is None:
            ids = ids[ids >= 0]
        else:
            ids[lost] = self.unknown_id
        return Encoding(ids, dict(counts.most_common(UNKNOWN_KEPT)), len(lost), tokens)

    def in_its_form(self, text: str) -> str:
        """A prompt in the Unicode form that this vocabulary knows most of: as it is, composed or decomposed."""
        if text.isascii():
            return text
        forms = (text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text))
        return min(forms, key=lambda form: self.encode(form).unknown_count)

    def decode(self, ids: Iterable[int]) -> str:
        """The text of `ids`: characters joined; words with spaces put back where a reader expects them."""
        ids = np.asarray(ids, dtype=np.int64)
        if self.config.kind == "characters" and len(ids):
            return self._code_points[ids].tobytes().decode("utf-32-le")
        return "".join(self.pieces(ids))

    def pieces(self, ids: Iterable[int], after: int | None = None) -> list[str]:
        """What each id adds when a text arrives bit by bit; joined, they are `decode(ids)`.

        `after` is the id that came just before, when the text is streamed in several parts.
        """
        symbols = [self.symbols[i] for i in ids]
        if self.config.kind == "characters":
            return symbols
        before = [None if after is None else self.symbols[after], *symbols[:-1]]
        gap = _GAPS[self.config.word_rules]
        return [gap(left, right) + right for left, right in zip(before, symbols, strict=True)] if symbols else []

    @property
    def without_spaces(self) -> str | None:
        """The sentence for words of a script that puts no spaces between them; None for all others."""
        letters = "".join(self.symbols)[:WRITING_SEEN]
        if self.config.kind != "words" or 2 * len(_WITHOUT_SPACES.findall(letters)) < len(letters):
            return None
        return (
            "This script puts no spaces between words, so words cannot be found by them: a token may be a whole "
            "sentence. Characters suit it better."
        )

    def to_json(self) -> dict[str, Any]:
        return {"config": self.config.model_dump(mode="json"), "symbols": list(self.symbols)}

    @cached_property
    def _index(self) -> dict[str, int]:
        known = self.symbols[: self.unknown_id]
        return {symbol: i for i, symbol in enumerate(known)}

    @cached_property
    def _code_points(self) -> np.ndarray:
        return np.array([ord(symbol) for symbol in self.symbols], dtype="<u4")

    @cached_property
    def _id_of_code_point(self) -> np.ndarray:
        """(largest known code point + 2,), int32; -1 where unknown, and so is the last entry."""
        known = self._code_points[: self.unknown_id]
        table = np.full(int(known.max()) + 2, -1, dtype=np.int32)
        table[known] = np.arange(len(known), dtype=np.int32)
        return table

    def _ids_of_characters(self, text: str) -> np.ndarray:
        table = self._id_of_code_point
        return table[np.minimum(_to_code_points(text), len(table) - 1)]

    def _ids_of_words(self, words: Sequence[str]) -> np.ndarray:
        index = self._index
        return np.fromiter((index.get(word, -1) for word in words), dtype=np.int32, count=len(words))


def build(text: str, config: TokenizerConfig) -> Tokenizer:
    """The vocabulary of `text`: its symbols, sorted, after the config's rules.

    Raises:
        CorpusError: fewer than two symbols are left to tell apart, or more than MAX_VOCAB.
    """
    counts = _counts(_symbols(text, config))
    if config.kind == "words":
        counts = word_rules.seen_often(counts, config.minimum_count)
    if config.unknown_symbol:
        counts.pop(UNKNOWN, None)  # a text may hold U+FFFD itself: it is the unknown symbol then
    known = sorted(counts)
    if config.vocab_size is not None and len(known) > config.vocab_size:
        known = sorted(sorted(known, key=lambda symbol: -counts[symbol])[: config.vocab_size])
    if len(known) > MAX_VOCAB:
        raise CorpusError(
            f"text: expected at most {MAX_VOCAB:,} different {config.kind}, got {len(known):,}; "
            f"set tokenizer.vocab_size to keep the most frequent, or tokenizer.minimum_count to drop rare words"
        )
    if len(known) < 2:
        rule = f" seen at least {config.minimum_count} times" if config.kind == "words" else ""
        raise CorpusError(f"text: expected at least 2 different {config.kind}{rule}, got {len(known)}")
    return Tokenizer((*known, UNKNOWN) if config.unknown_symbol else tuple(known), config)


def from_json(data: Any) -> Tokenizer:
    """The tokenizer that `to_json` wrote.

    Raises:
        DamagedCheckpoint: `data` is not what `to_json` writes.
    """
    try:
        tokenizer = Tokenizer(tuple(data["symbols"]), TokenizerConfig.model_validate(data["config"]))
    except (TypeError, KeyError, ValueError) as error:
        raise DamagedCheckpoint(f"vocabulary: expected a config and symbols, got {type(error).__name__}") from None
    symbols = tokenizer.symbols
    if not all(isinstance(symbol, str) and symbol and _safe(symbol) == symbol for symbol in symbols):
        raise DamagedCheckpoint("vocabulary: expected symbols that are text, got something else")
    if tokenizer.config.kind == "characters" and any(len(symbol) != 1 for symbol in symbols):
        raise DamagedCheckpoint("vocabulary: expected single characters, got longer symbols")
    if len(set(symbols)) != len(symbols) or len(symbols) < 2 or (tokenizer.unknown_id and symbols[-1] != UNKNOWN):
        raise DamagedCheckpoint("vocabulary: expected two or more different symbols, got doubles or too few")
    return tokenizer


def prepare(text: str, config: TokenizerConfig) -> str | list[str]:
    """The text a network reads: line ends by their rule; for words, the rules of `word_rules`.

    With an unknown symbol rare words stay: `encode` turns them into it.
    """
    symbols = _symbols(text, config)
    if isinstance(symbols, str) or config.minimum_count == 1 or config.unknown_symbol:
        return symbols
    return word_rules.take_out_rare(symbols, config.minimum_count)


def _symbols(text: str, config: TokenizerConfig) -> str | list[str]:
    if config.newlines == "space":
        text = text.replace("\n", " ")
    return text if config.kind == "characters" else _SPLITS[config.word_rules](text)


def _gap(left: str | None, right: str) -> str:
    """The space between two words: none at a line's ends, before a comma or inside brackets."""
    if left is None or "\n" in (left, right) or right in _NO_SPACE_BEFORE or left in _NO_SPACE_AFTER:
        return ""
    return " "


# How a text becomes words, and what stands between two of them: for each of the config's word_rules.
_SPLITS: dict[str, Callable[[str], list[str]]] = {"lecture": word_rules.words, "spaces": str.split}
_GAPS: dict[str, Callable[[str | None, str], str]] = {
    "lecture": _gap,
    "spaces": lambda left, _right: "" if left is None else " ",
}


def _counts(symbols: str | list[str]) -> dict[str, int]:
    if not isinstance(symbols, str):
        return Counter(symbols)
    points, counts = np.unique(_to_code_points(symbols), return_counts=True)
    return {chr(point): int(count) for point, count in zip(points, counts, strict=True) if not 0xD800 <= point < 0xE000}


def _to_code_points(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def _safe(text: str) -> str:
    """Lone surrogates cannot be stored or shown: each becomes U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
