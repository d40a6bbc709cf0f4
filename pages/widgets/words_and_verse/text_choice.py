"""Choose a text that is on this machine, or paste a piece of one. The address holds the choice."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from pages.widgets.shared import choices, page, reads
from rnnkit.store import Store
from rnnkit.texts import corpora
from rnnkit.texts.decoding import normalise

MAX_CHARS = 5_000_000  # 20 s for all rules; more is cut, and said
SNIPPET_CHARS = 2_000


class Chosen(NamedTuple):
    """A text to look at. `key` changes with its content; `corpus` is None for a pasted one."""

    key: str
    title: str
    text: str
    corpus: str | None


def show(store: Store, first: Sequence[str]) -> Chosen | None:
    """The chosen text, else the first of `first` that is here; None, and a sentence, where it cannot be read.

    In the address: ?corpus= and ?snippet=.
    """
    left, right = st.columns(2, gap="medium")
    here = {name: info for name, info in reads.texts(store).items() if info.available}  # the cookbook is always one
    with left:
        fallback = next((name for name in first if name in here), next(iter(here)))
        missing = "The text that the address names is not on this machine. Download it on the page Texts."
        name = choices.text(here, fallback, missing)
    snippet = right.text_area(
        "or paste a piece of text", key="snippet", bind="query-params", height=80, max_chars=SNIPPET_CHARS
    )
    if snippet.strip():
        text = normalise(snippet)
        return Chosen(hashlib.sha256(text.encode()).hexdigest(), "the pasted text", text, None)
    info = here[name]
    with page.user_errors():
        text = _read(name, info.sha256, store)
        if len(text) > MAX_CHARS:
            st.warning(f"This text has {len(text):,} characters; the first {MAX_CHARS:,} are analysed.")
        return Chosen(f"{name} {info.sha256}", info.title, text[:MAX_CHARS], name)
    return None


@st.cache_resource(max_entries=4, show_spinner="Reading")
def _read(name: str, sha256: str | None, _store: Store) -> str:
    """One copy for all viewers; `sha256` makes a changed text a new one."""
    return corpora.load(name, _store)
