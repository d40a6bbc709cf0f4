"""A text coloured by one unit of a network, in the browser: another unit, a selected part, marks, a play through time.

One message carries every unit of the text, a byte for each and token. Knows no network.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from pages.widgets.shared import page
from rnnkit.engine import LayerStates

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


def show(symbols: Sequence[str], layers: Sequence[LayerStates], *, asked: str, key: str, text: str = "") -> None:
    """Draw the text. What is looked at is in the address, where the browser puts it too once the hand rests.

    The message depends on the text and its numbers alone: another unit, or a mark, sends nothing of it again.

    Args:
        asked: what was read; another begins with nothing chosen but what the address says. text: its checksum, under
            which marks of one's own are kept in the address; without one nothing can be marked.
    """
    firsts = _firsts(len(symbols), layers)
    data = {
        "symbols": list(symbols), "asked": asked, "text": text,
        "layers": [_layer(layer, first) for layer, first in zip(layers, firsts, strict=True)],
    }  # fmt: skip
    _TEXT(
        key=key, data=data, on_picked_change=lambda: _chosen(st.session_state[key].picked),
        on_marked_change=lambda: _marked(st.session_state[key].marked),
    )  # fmt: skip


def _chosen(sent: object) -> None:
    """What a person looks at, whatever the browser has sent, into the address: it stands there already.

    The browser does not tell the server of an address that a script of ours has changed.
    """
    if isinstance(sent, dict) and all(_is_place(sent.get(name)) for name in Chosen._fields):
        st.query_params.update({name: str(sent[name]) for name in Chosen._fields})


def _is_place(value: object) -> bool:
    return isinstance(value, int) and 0 <= value < 1_000_000


def _marked(sent: object) -> None:
    """A property of one's own into the address, as `own_marks` reads it."""
    if not isinstance(sent, dict):
        return
    for name, longest in (("marks", 8_000), ("marked_as", 40)):
        value = sent.get(name)
        if isinstance(value, str) and 0 < len(value) <= longest:
            st.query_params[name] = value
        else:
            st.query_params.pop(name, None)


def show_one(symbols: Sequence[str], quantities: dict[str, np.ndarray], *, at: int, asked: str, key: str) -> None:
    """Draw a text coloured by one number (N,) for each token, or by several that one chooses from."""
    columns = {name: values[:, None] for name, values in quantities.items()}
    shown = [
        {"title": name, "gate": bool(values.min() >= 0), **_bytes(name, values)} for name, values in columns.items()
    ]
    layers = [{"title": "", "units": 1, "first": 0, "quantities": shown}]
    _TEXT(key=key, data={"symbols": list(symbols), "layers": layers, "asked": asked, "at": Chosen(place=at)._asdict()})


def _firsts(count: int, layers: Sequence[LayerStates]) -> Iterator[int]:
    """The first token that each layer reads: of an encoder and a decoder the second goes on where the first ends."""
    done = 0
    for layer in layers:
        length = len(layer.quantities[layer.states[0]])
        yield done if length < count else 0
        done += length


def title(layer: LayerStates) -> str:
    """A layer's name, and its direction where it has one."""
    return f"{layer.name}, {layer.direction}" if layer.direction else layer.name


def units(layer: LayerStates) -> int:
    """How many a layer has."""
    return layer.quantities[layer.states[0]].shape[1]


def of_quantity(name: str) -> str:
    """What a quantity is called on a page."""
    return f"{name} gate" if name in GATES else TITLES.get(name, name)


def _layer(layer: LayerStates, first: int) -> dict[str, Any]:
    quantities = [
        {"title": of_quantity(name), "gate": name in GATES, **_bytes(name, values)}
        for name, values in layer.quantities.items()
    ]
    return {"title": title(layer), "units": units(layer), "first": first, "quantities": quantities}


def _bytes(name: str, values: np.ndarray) -> dict[str, Any]:
    """Numbers (N, U) as bytes, and what the largest stands for."""
    values = np.tanh(values) if name in SQUASHED else values
    most = float(np.abs(values).max())
    if name in GATES or name in SQUASHED or name == "hidden":
        most = max(1.0, most)
    small = np.clip(np.round(values / (most or 1.0) * 127), -127, 127).astype(np.int8)
    return {"values": base64.b64encode(small.tobytes()).decode(), "most": most}
