"""The source code of the Python that runs this program, as a text to learn from. Knows no other text."""

from __future__ import annotations

import sysconfig
from pathlib import Path

from rnnkit.errors import CorpusError
from rnnkit.texts.decoding import normalise

CHARS = 1_000_000  # as much as the plays: an epoch in a minute or two without a GPU


def sources(_name: str = "") -> str:
    """The standard library's top modules in alphabetical order, whole files, up to CHARS characters.

    Files with anything but printable ASCII and line ends are left out, to keep the vocabulary near 100.
    """
    parts: list[str] = []
    size = 0
    for path in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")):
        text = _plain_ascii(path)
        if text and not path.name.startswith("_sysconfigdata") and size + len(text) <= CHARS:
            parts.append(text)
            size += len(text)
    if not parts:
        raise CorpusError("corpus python: expected the standard library's sources beside this Python, got none")
    return "".join(parts)


def _plain_ascii(path: Path) -> str | None:
    try:
        data = path.read_bytes()
    except OSError:
        return None
    text = normalise(data.decode("latin-1"))
    return text if text.isascii() and text.replace("\n", "").isprintable() else None
