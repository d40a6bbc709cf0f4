"""Before a text is kept: what in it tells who somebody is, highlighted in its place, and what is to be done with it.

Texts of people come in as text nodes only. Knows no store.
"""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from pages.widgets.shared import page
from rnnkit.texts import personal
from rnnkit.texts.personal import KINDS, Looked

AS_IT_IS, REPLACED = "Keep it as it is", "Replace them by placeholders"
SHOWN, AROUND = 40, 45  # places, and characters before and after each
_FRAME = '<div class="places" data-rnnkit-scrolls tabindex="0" role="region" aria-label="What was found"></div>'
_PLACES = page.component("rnnkit_personal_data", __file__, _FRAME)


class Asked(NamedTuple):
    """The text as it is to be kept; `decided` is False as long as somebody has to say what is kept."""

    text: str
    decided: bool = True
    changed: int = 0

    def title(self, title: str) -> str:
        """A title as it is to be kept with this text: a file may be called by an address."""
        return personal.redacted(title, personal.find(title).found) if self.changed else title


def ask(text: str, key: str) -> Asked:
    """Warn, show the places and ask; nothing is drawn where nothing is found.

    Args:
        key: of this text, so that another one is asked about anew.
    """
    looked = _look(text)
    if not looked.found:
        if looked.share:
            page.note(f"No personal data found. {looked.share}")
        return Asked(text)
    with st.container(border=True):
        st.markdown(f":material/shield_person: **This text may hold personal data: {looked}.**")
        page.note(
            "Whoever may read the text reads them too, and a network that learns from it may write them. This is a "
            f"hint: names and what a text tells otherwise are not looked for. {looked.share}".strip()
        )
        _PLACES(key=f"places {key}", data=_places(text, looked))
        choice = st.radio(
            "What is to be kept?", [AS_IT_IS, REPLACED], index=None, key=f"personal {key}", horizontal=True
        )  # fmt: skip
        if choice != REPLACED:
            return Asked(text, decided=choice is not None)
        st.markdown(f"{_replaced(looked)} To undo it, choose “{AS_IT_IS}”.")
    return Asked(personal.redacted(text, looked.found), changed=len(looked.found))


def _replaced(looked: Looked) -> str:
    signs = ", ".join(f"{page.plain(KINDS[kind].placeholder)} ({count:,})" for kind, count in looked.counts.items())
    return f"**{len(looked.found):,} places are replaced**: {signs}; below stands the text without them."


@st.cache_data(max_entries=8, show_spinner="Looking for personal data")
def _look(text: str) -> Looked:
    return personal.find(text)


def _places(text: str, looked: Looked) -> dict[str, object]:
    """Each place with what stands around it, in one line."""
    rows = [
        {
            "kind": KINDS[one.kind].one, "why": one.why, "what": _line(text[one.start : one.end]),
            "before": _line(text[max(0, one.start - AROUND) : one.start]), "after": _line(text[one.end :][:AROUND]),
        }
        for one in looked.found[:SHOWN]
    ]  # fmt: skip
    more = len(looked.found) - len(rows)
    return {"rows": rows, "more": f"And {more:,} more." if more else ""}


def _line(text: str) -> str:
    return text.replace("\n", " ⏎ ")
