"""Which encoding a file is read in: the likeliest ones beside what each would give, then all others. Knows no page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import streamlit as st

from rnnkit.errors import CorpusError
from rnnkit.texts import encodings
from rnnkit.texts.decoding import Candidate

BY_ITSELF = "as it seems to be"


class Read(Protocol):
    """A text or a chat, and what its file is in."""

    @property
    def encoding(self) -> str | None: ...
    @property
    def candidates(self) -> Sequence[Candidate]: ...


T = TypeVar("T", bound=Read)


def file(read: Callable[[str | None], T], key: str) -> tuple[T, str | None]:
    """What `read` makes of a file by itself (None), or in another encoding that is chosen; and that encoding.

    Raises:
        CorpusError: as `read`, once the choice is drawn.
    """
    try:
        found = read(None)
    except CorpusError:
        chosen = encoding([Candidate(BY_ITSELF, "")], key)
        if chosen == BY_ITSELF:
            raise
        return read(chosen), chosen
    chosen = encoding(found.candidates, key)
    return (found, None) if chosen in (None, found.encoding) else (read(chosen), chosen)


def encoding(candidates: Sequence[Candidate], key: str) -> str | None:
    """The encoding that is chosen, at first the one found; None where the file is the same in all of them."""
    if not candidates:
        return None
    previews = dict(candidates)
    return st.selectbox(
        "Read as", [*dict.fromkeys([*previews, *encodings.KNOWN])], key=f"read_as_{key}",
        format_func=lambda name: f"{name}: {previews[name]}" if previews.get(name) else name,
        help="The likeliest encodings first, each with a piece of the text read so.",
    )  # fmt: skip
