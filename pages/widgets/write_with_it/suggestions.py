"""A box to write in while a network suggests what comes next.

A component of its own, since Streamlit's boxes send what is typed only when one leaves them. The text belongs to
the browser: what the server answers never changes it. Knows no network.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import streamlit as st

from pages.widgets.shared import page, reads
from rnnkit.config import SamplingConfig
from rnnkit.metrics import epoch_number
from rnnkit.store import Store
from rnnkit.studies import keyboard
from rnnkit.studies.keyboard import Offers

TEMPERATURES = (0.2, 0.5, 0.7, 1.0, 1.2, 1.5, 2.0)

_KEY = "keyboard"
_KEYBOARD = page.component("rnnkit_keyboard", __file__)


# A kept epoch never changes. All who type with it share what was read.
_network = st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=reads.HASHED)(keyboard.keyboard)


class Settings(NamedTuple):
    """How words are suggested; without a seed the most probable ones."""

    epoch: float
    temperature: float
    seed: int | None


def settings(kept: Sequence[float]) -> Settings:
    """Epoch, temperature, and whether words are drawn, all in the address."""
    shown = {epoch_number(epoch): epoch for epoch in kept}
    names = list(shown)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        epoch = names[-1]
        if len(kept) > 1:
            epoch = st.select_slider(
                "Epoch", names, epoch, key="keyboard_epoch", bind="query-params", width=340,
                help="Suggestions of an earlier checkpoint for the same text: see how it improved.",
            )  # fmt: skip
        temperature = st.select_slider(
            "Temperature", TEMPERATURES, 1.0, key="keyboard_temperature", bind="query-params", width=220,
            help="Below 1 sharpens the distribution, above 1 flattens it.",
        )  # fmt: skip
        drawn = st.toggle(
            "Sample the words", key="keyboard_draw", bind="query-params",
            help="Words sampled with this seed, not the most probable ones. Another seed gives others.",
        )  # fmt: skip
        seed = None
        if drawn:
            said = SamplingConfig.model_fields["seed"].description
            seed = st.number_input(
                "Seed", 0, 2**31 - 1, 0, key="keyboard_seed", bind="query-params", width=150, help=said
            )
    return Settings(shown[epoch], temperature, seed)


@st.fragment
@page.user_errors()
def show(store: Store, run_id: str, how: Settings) -> None:
    """The box and its offers. Only this is drawn again when a key is pressed."""
    asked = _asked(st.session_state.get(_KEY))
    began = time.perf_counter()
    offers = _network(store, run_id, how.epoch).offers(asked["text"], how.temperature, seed=how.seed)
    answer = _answer(offers, asked["number"], time.perf_counter() - began)
    _KEYBOARD(key=_KEY, data=answer, on_asked_change=lambda: None)


def _asked(sent: Any) -> dict[str, Any]:
    """The text before the caret and the number of the question; the browser may send anything."""
    asked = (sent or {}).get("asked")
    number, text = (asked.get("number"), asked.get("text")) if isinstance(asked, dict) else (None, None)
    if not (isinstance(number, int) and isinstance(text, str)):
        return {"number": 0, "text": ""}
    return {"number": number, "text": text[-keyboard.MAX_CHARS :]}


def _answer(offers: Offers, number: int, seconds: float) -> dict[str, Any]:
    milliseconds = f"{1000 * seconds:.{0 if seconds > 0.01 else 1}f}"
    lists = {"words": offers.words, "symbols": offers.symbols}
    return {
        **{name: [offer._asdict() for offer in offered] for name, offered in lists.items()},
        "number": number,
        "unknown": offers.unknown or "",
        "most": keyboard.MAX_CHARS,
        "work": f"the network took {milliseconds} ms of that, new tokens read: {offers.read:,}",
    }
