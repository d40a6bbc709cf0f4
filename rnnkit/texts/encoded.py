"""Texts as ids, kept in RNNKIT_HOME between runs: a long text is read and encoded once, then mapped into memory.

A file is found by the checksum of its text, the vocabulary or its rules, and the code that encodes; what is torn or
damaged is made anew. Knows no batch and no network.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import time
import zlib
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rnnkit import settings, system
from rnnkit.config import TokenizerConfig
from rnnkit.errors import DamagedCheckpoint
from rnnkit.texts import corpora, own, tokenizers, word_rules
from rnnkit.texts.decoding import checksum
from rnnkit.texts.tokenizers import Encoding, Tokenizer

if TYPE_CHECKING:
    from rnnkit.store import Store

WORTH_KEEPING = 200_000  # characters; shorter texts are encoded in a few milliseconds
MOST_BYTES = 1_000_000_000  # of all files together; those that were read longest ago go first
ABANDONED_SECONDS = 3600.0  # after which a file that was never finished is another process's no more
_ALIGNED = 64


class EncodedText(NamedTuple):
    """A text as a network reads it; `encoding.ids` are of the smallest kind that holds them, and may be on the disk.

    `chars` are those of the text, `read_chars` of what the vocabulary knows of it.
    """

    tokenizer: Tokenizer
    encoding: Encoding
    chars: int
    read_chars: int
    sha256: str

    @property
    def chars_per_symbol(self) -> float:
        return self.read_chars / max(1, len(self.encoding.ids))


def read(
    corpus: str, config: TokenizerConfig, store: Store | None = None, state: dict[str, Any] | None = None
) -> EncodedText:
    """The text of a corpus with a vocabulary of its own by `config`, or with that of `state`.

    Raises CorpusError as `corpora.load` and `tokenizers.build`; DamagedCheckpoint: `state` is none.
    """
    sha256, text = _sha256_of_row(corpus, store), None
    if sha256 is None:
        text = corpora.load(corpus, store)
        sha256 = checksum(text)
    rules: dict[str, Any] = config.model_dump(mode="json") if state is None else {"state": state}
    path = _path(sha256, rules)
    found = _kept(path, sha256)
    if found is None:
        text = corpora.load(corpus, store) if text is None else text
        found = _encoded(text, sha256, config, state)
        if len(text) >= WORTH_KEEPING:
            with suppress(OSError):  # no room, or no right to write: it is encoded again next time
                _keep(path, found)
    return found


def _sha256_of_row(corpus: str, store: Store | None) -> str | None:
    """The checksum of a text of one's own, which is not read for it."""
    name = corpora.named(corpus, store)
    rows = store.texts() if store is not None and own.is_own(name) else []
    return next((row.sha256 for row in rows if row.name == name), None)


def _encoded(text: str, sha256: str, config: TokenizerConfig, state: dict[str, Any] | None) -> EncodedText:
    tokenizer = tokenizers.build(text, config) if state is None else tokenizers.from_json(state)
    encoding = tokenizer.encode(text)
    # Of what the network reads: characters that the vocabulary drops are predicted by nobody.
    chars = len(text) if not encoding.unknown_count else len(tokenizer.decode(encoding.ids))
    return EncodedText(tokenizer, encoding, len(text), chars, sha256)


# ---- files


def folder() -> Path:
    """Where the files are; it may not be there yet."""
    return settings.home() / "encoded"


def _path(sha256: str, rules: dict[str, Any]) -> Path:
    key = json.dumps([sha256, _code(), rules], sort_keys=True)
    return folder() / f"{hashlib.sha256(key.encode()).hexdigest()[:40]}.ids"


@cache
def _code() -> str:
    """The checksum of what encodes: another version of it may give other ids."""
    sources = (Path(str(module.__file__)).read_bytes() for module in (tokenizers, word_rules))
    return hashlib.sha256(b"".join(sources)).hexdigest()


def _kept(path: Path, sha256: str) -> EncodedText | None:
    """What a whole file holds; None where there is none."""
    try:
        with path.open("rb") as file:
            first = file.readline()
            head = json.loads(first)
        start = -(-len(first) // _ALIGNED) * _ALIGNED
        if path.stat().st_size != start + head["size"] * np.dtype(head["kind"]).itemsize:
            return None
        ids = np.memmap(path, head["kind"], "r", start, (head["size"],))
        if zlib.crc32(ids.data) != head["crc"]:
            return None
        tokenizer = tokenizers.from_json(head["tokenizer"])
        encoding = Encoding(ids.view(np.ndarray), head["unknown"], head["unknown_count"], head["tokens"])
        with suppress(OSError):
            os.utime(path)
        return EncodedText(tokenizer, encoding, head["chars"], head["read_chars"], sha256)
    except (OSError, ValueError, KeyError, TypeError, DamagedCheckpoint):
        return None


def _keep(path: Path, text: EncodedText) -> None:
    """Write a file whole or not at all, then make room."""
    size, encoding = text.tokenizer.vocab_size, text.encoding
    kind = np.uint8 if size <= 2**8 else np.uint16 if size <= 2**16 else np.int32
    ids = encoding.ids.astype(kind)
    head = {
        "kind": np.dtype(kind).name, "size": len(ids), "crc": zlib.crc32(ids.data), "chars": text.chars,
        "read_chars": text.read_chars, "tokens": encoding.tokens, "unknown_count": encoding.unknown_count,
        "unknown": encoding.unknown, "tokenizer": text.tokenizer.to_json(),
    }  # fmt: skip
    first = json.dumps(head).encode() + b"\n"
    home = settings.home()
    path.parent.mkdir(0o777 if system.is_shared(home) else system.PRIVATE, exist_ok=True)
    part = path.with_suffix(f".{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            file.write(first.ljust(-(-len(first) // _ALIGNED) * _ALIGNED, b"\0"))
            file.write(ids.data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    _make_room(path)


def _make_room(newest: Path) -> None:
    """Remove what was read longest ago, but never what was just written, and what nobody finishes any more."""
    found = []
    for path in newest.parent.iterdir():
        with suppress(OSError):
            stat = path.stat()
            if path.suffix == ".part" and time.time() - stat.st_mtime > ABANDONED_SECONDS:
                path.unlink()
            elif path.suffix == ".ids" and path != newest:
                found.append((stat.st_mtime, stat.st_size, path))
    left = MOST_BYTES - newest.stat().st_size
    for _, size, path in sorted(found, reverse=True):
        left -= size
        if left < 0:
            with suppress(OSError):
                path.unlink()
