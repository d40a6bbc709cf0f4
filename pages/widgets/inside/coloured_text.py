"""A text coloured by one unit of a network, in the browser: another unit, a marked part, a play through time.

One message carries every unit of the text, a byte for each and token. Knows no network.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from pages.widgets.shared import page
from rnnkit.engine import LayerStates
from rnnkit.studies.cells import Follows
from rnnkit.studies.properties import PROPERTIES

GATES = {"input", "forget", "output", "update", "reset"}  # from 0, closed, to 1, open
SQUASHED = {"cell"}  # shown as its tanh, which is what the cell shows of it
TITLES = {
    "hidden": "hidden state", "cell": "cell state (its tanh)", "candidate": "candidate", "net_input": "sum of inputs",
    "mean": "mean", "size": "size",
}  # fmt: skip
_TEXT = page.component("rnnkit_coloured_text", __file__)


class Chosen(NamedTuple):
    """What is shown, as places in the lists of a reading: layer, quantity, unit, token."""

    layer: int = 0
    quantity: int = 0
    unit: int = 0
    place: int = 0


def show(
    symbols: Sequence[str], layers: Sequence[LayerStates], follows: Sequence[Follows], at: Chosen, *,
    asked: str, key: str, on_pick: Callable[[Chosen], None],
) -> None:  # fmt: skip
    """Draw the text. `on_pick` gets what a person has chosen, once the hand rests.

    Args:
        follows: units that one can jump to. asked: what was read; another text begins where `at` says.
    """

    def picked() -> None:
        sent = st.session_state[key].picked  # whatever the browser has sent
        if not isinstance(sent, dict) or not all(isinstance(sent.get(name), int) for name in Chosen._fields):
            return
        chosen = Chosen(**{name: sent[name] for name in Chosen._fields})
        if 0 <= chosen.layer < len(layers) and 0 <= chosen.place < len(symbols) and chosen.unit >= 0:
            on_pick(chosen)

    data = {
        "symbols": list(symbols), "layers": [_layer(layer) for layer in layers], "asked": asked, **at._asdict(),
        "follows": [one for found in follows if (one := _follower(found, layers))],
    }  # fmt: skip
    _TEXT(key=key, data=data, on_picked_change=picked)


def show_one(symbols: Sequence[str], quantities: dict[str, np.ndarray], *, at: int, asked: str, key: str) -> None:
    """Draw a text coloured by one number (N,) for each token, or by several that one chooses from."""
    columns = {name: values[:, None] for name, values in quantities.items()}
    shown = [
        {"title": name, "gate": bool(values.min() >= 0), **_bytes(name, values)} for name, values in columns.items()
    ]
    layers = [{"title": "", "units": 1, "quantities": shown}]
    data = {"symbols": list(symbols), "layers": layers, "asked": asked, "follows": [], **Chosen(place=at)._asdict()}
    _TEXT(key=key, data=data)


def title(layer: LayerStates) -> str:
    """A layer's name, and its direction where it has one."""
    return f"{layer.name}, {layer.direction}" if layer.direction else layer.name


def units(layer: LayerStates) -> int:
    """How many a layer has."""
    return layer.quantities[layer.states[0]].shape[1]


def of_quantity(name: str) -> str:
    """What a quantity is called on a page."""
    return f"{name} gate" if name in GATES else TITLES.get(name, name)


def _layer(layer: LayerStates) -> dict[str, Any]:
    quantities = [
        {"title": of_quantity(name), "gate": name in GATES, **_bytes(name, values)}
        for name, values in layer.quantities.items()
    ]
    return {"title": title(layer), "units": units(layer), "quantities": quantities}


def _bytes(name: str, values: np.ndarray) -> dict[str, Any]:
    """Numbers (N, U) as bytes, and what the largest stands for."""
    values = np.tanh(values) if name in SQUASHED else values
    most = float(np.abs(values).max())
    if name in GATES or name in SQUASHED or name == "hidden":
        most = max(1.0, most)
    small = np.clip(np.round(values / (most or 1.0) * 127), -127, 127).astype(np.int8)
    return {"values": base64.b64encode(small.tobytes()).decode(), "most": most}


def _follower(found: Follows, layers: Sequence[LayerStates]) -> dict[str, Any] | None:
    named = PROPERTIES[found.property]
    for place, layer in enumerate(layers):
        if (layer.name, layer.direction) == (found.layer, found.direction):
            quantity = list(layer.quantities).index(found.quantity)
            return {
                "title": named.title, "definition": named.definition, "unit": found.unit, "layer": place,
                "quantity": quantity, "score": f"{found.score:.2f}",
            }  # fmt: skip
    return None
