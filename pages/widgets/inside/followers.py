"""The units that follow a property, one press for each: it colours the text at once, in the browser.

A message of its own: it is known later than the text, which would else have to be sent twice. Knows no network.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pages.widgets.inside.coloured_text import Chosen
from pages.widgets.shared import page
from rnnkit.engine import LayerStates
from rnnkit.studies.cells import Follows
from rnnkit.studies.properties import PROPERTIES

_FRAME = '<div class="follows" role="group" aria-label="Units that follow a property"></div>'
_LIST = page.component("rnnkit_followers", __file__, _FRAME)


def show(
    layers: Sequence[LayerStates], follows: Sequence[Follows], at: Chosen | None, *, key: str, first: bool = True
) -> None:
    """Draw them.

    Args:
        at: what the address asks for. first: whether the first colours the text where nobody has chosen a unit.
    """
    found = [one for each in follows if (one := _shown(each, layers))]
    _LIST(key=key, data={"follows": found, "at": None if at is None else at._asdict(), "first": first})


def place_of(found: Follows, layers: Sequence[LayerStates]) -> Chosen | None:
    """A unit as places in the lists of a reading; None where this reading has not its layer."""
    for place, layer in enumerate(layers):
        if (layer.name, layer.direction) == (found.layer, found.direction):
            return Chosen(place, list(layer.quantities).index(found.quantity), found.unit)
    return None


def _shown(found: Follows, layers: Sequence[LayerStates]) -> dict[str, Any] | None:
    named, at = PROPERTIES.get(found.property), place_of(found, layers)
    if at is None:
        return None
    title, definition = (named.title, named.definition) if named else (found.property, "as marked in the text")
    chance = f"Chance reached {found.baseline:.2f}."
    return {
        "layer": at.layer, "quantity": at.quantity, "unit": at.unit, "definition": f"{definition}. {chance}",
        "title": f"{title}: {found.unit} ({found.score:.2f})",
    }  # fmt: skip
