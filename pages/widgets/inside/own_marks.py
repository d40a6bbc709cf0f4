"""A property of one's own: places that somebody marks in the text, and the unit that follows them best.

The browser puts the marks into the address, `?marks=TEXT.3-9.20-31&marked_as=NAME` in tokens, with the checksum of the
text that they are of; see coloured_text.js.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import streamlit as st

from pages.widgets.inside import followers
from pages.widgets.shared import page
from rnnkit.errors import PersonError
from rnnkit.studies import cells
from rnnkit.studies.inside import Reading

UNNAMED = "your property"
MOST = 500  # places
_PLACE = re.compile(r"(\d{1,6})-(\d{1,6})")


def text_name(pieces: Sequence[str]) -> str:
    """A checksum, under which marks of a text stand in the address."""
    return f"{zlib.crc32(chr(0).join(pieces).encode()):08x}"


def show(reading: Reading, text: str) -> None:
    """What the marks in the address are followed by; nothing where there are none, or those of another text."""
    places = _in_address(text)
    if not places:
        return
    name = st.query_params.get("marked_as", "").strip()[:40] or UNNAMED
    try:
        found = cells.of_marks(reading.layers, name, places)
    except PersonError as error:
        st.info(page.plain(str(error)), icon=":material/ink_highlighter:")
        return
    units = sum(layer.quantities[state].shape[1] for layer in reading.layers for state in layer.states)
    count = max(stop for _, stop in places)
    how = f"AUC **{found.score:.2f}** on the half of your {count:,} tokens that did not choose it"
    chance = f"the best of {units:,} by chance reaches {found.baseline:.2f}"
    if found.score > found.baseline:
        said = f"unit {found.unit}, {found.quantity} state, follows it best: {how}; {chance}."
    else:
        said = f"no unit follows it more closely than chance. The best is unit {found.unit}: {how}; {chance}."
    st.markdown(f"**{page.plain(name[0].upper() + name[1:])}**: {said}")
    followers.show(reading.layers, [found], None, key="own_follower", first=False)


def _in_address(text: str) -> list[tuple[int, int]]:
    of, *places = st.query_params.get("marks", "").split(".")
    found = [_PLACE.fullmatch(one) for one in places[:MOST]]
    if of != text or not all(found):
        return []
    return [(int(one[1]), int(one[2])) for one in found if one]
