"""How a text becomes batches, drawn on the text itself in the browser: windows or streams, and what is carried over."""

from __future__ import annotations

from pages.widgets.shared import navigation, page
from pages.widgets.words_and_verse.text_choice import Chosen
from rnnkit.store import Store

SHOWN = 900  # characters, so that rows can be read
BEHIND = 3_000  # of a long text, which begins with its title and contents
_DRAWN = page.component("rnnkit_batches", __file__)


def show(_store: Store, chosen: Chosen) -> None:
    """A piece of the text, cut as an epoch would cut it."""
    first = BEHIND if len(chosen.text) > 2 * BEHIND else 0
    _DRAWN(key="batches", data={"text": chosen.text[first : first + SHOWN]})
    page.note(
        "Streams: the text is cut into as many rows as a batch has, and each batch reads the next part of every row; a "
        "row's state is carried over to the next batch, but gradients end at its beginning. Windows: each row is a "
        "piece from anywhere, read from an empty state, and only the token after it is predicted. The targets are the "
        "inputs one token later. Here this piece is taken for the whole text."
    )
    navigation.link("Compare", "The same network trained on windows and on streams", runs="p6t8nfz3,m4swqzcx")
