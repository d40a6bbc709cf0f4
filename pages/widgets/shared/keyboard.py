"""A box to write in while a network offers what comes next, and how many keystrokes its offers would save.

A component of its own, since Streamlit's boxes send what is typed only when one leaves them. The text belongs to
the browser: what the server answers never changes it. Knows no network.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from pages.widgets.shared import data, page
from rnnkit.charts import curves
from rnnkit.config import SamplingConfig
from rnnkit.store import Run, Store
from rnnkit.studies import keyboard
from rnnkit.studies.keyboard import Keyboard, Offers
from rnnkit.studies.sampling import LAST

TEMPERATURES = (0.2, 0.5, 0.7, 1.0, 1.2, 1.5, 2.0)
LOOK_SECONDS = 1.0  # between two looks at what was measured
_KEY = "keyboard"
_HERE = Path(__file__)
_KEYBOARD = st.components.v2.component(
    "rnnkit_keyboard",
    html=_HERE.with_suffix(".html").read_text("utf-8"),
    css=_HERE.with_suffix(".css").read_text("utf-8"),
    js=_HERE.with_suffix(".js").read_text("utf-8"),
)


class Settings(NamedTuple):
    """How words are offered; without a seed the likeliest ones."""

    epoch: int
    temperature: float
    seed: int | None


def settings(kept: Sequence[int]) -> Settings:
    """Epoch, temperature, and whether words are drawn, all in the address."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        epoch = kept[-1]
        if len(kept) > 1:
            names = [str(one) for one in kept]
            chosen = st.select_slider(
                "Epoch", names, names[-1], key="keyboard_epoch", bind="query-params", width=340,
                help="The same text, offers of a younger network: how it got better.",
            )  # fmt: skip
            epoch = int(chosen)
        temperature = st.select_slider(
            "Temperature", TEMPERATURES, 1.0, key="keyboard_temperature", bind="query-params", width=220,
            help="Below 1 the likely offers become likelier, above 1 the unlikely get their chance.",
        )  # fmt: skip
        drawn = st.toggle(
            "Draw the words", key="keyboard_draw", bind="query-params",
            help="Words as the network would write them with this seed, not the likeliest ones. Another seed, others.",
        )  # fmt: skip
        if not drawn:
            return Settings(epoch, temperature, None)
        seed = st.number_input(
            "Seed", 0, 2**31 - 1, 0, key="keyboard_seed", bind="query-params", width=150,
            help=SamplingConfig.model_fields["seed"].description,
        )  # fmt: skip
    return Settings(epoch, temperature, seed)


def link(run: Run, kept: Sequence[int], epochs: Sequence[str]) -> None:
    """A way from texts that a run has written at these epochs to the keyboard, at the last of them."""
    epoch = epochs[-1] if epochs[-1] != LAST else str(kept[-1])
    st.page_link(
        "pages/9_Write_with_it.py", label="Write with it while you type",
        icon=":material/keyboard:", query_params={"run": run.id, "keyboard_epoch": epoch},
    )  # fmt: skip


@st.fragment
@page.calm()
def show(store: Store, run_id: str, how: Settings) -> None:
    """The box and its offers. Only this is drawn again when a key is pressed."""
    asked = _asked(st.session_state.get(_KEY))
    began = time.perf_counter()
    offers = _network(store.url, run_id, how.epoch).offers(asked["text"], how.temperature, seed=how.seed)
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
    return {
        "number": number,
        "words": [offer._asdict() for offer in offers.words],
        "symbols": [offer._asdict() for offer in offers.symbols],
        "unknown": offers.unknown or "",
        "most": keyboard.MAX_CHARS,
        "work": f"the network took {milliseconds} ms of that, new symbols read: {offers.read:,}",
    }


@st.cache_resource(max_entries=16, show_spinner=False)
def _network(url: str, run_id: str, epoch: int) -> Keyboard:
    """A kept epoch never changes. All who type with it share what was read."""
    return keyboard.keyboard(page.open_store(url), run_id, epoch)


# ---- keystrokes saved


def saved(store: Store, run: Run, kept: Sequence[int], at: int) -> None:
    """A curve over the epochs, on request: it takes some seconds for each."""
    st.subheader("Keystrokes saved", anchor=False)
    page.note(
        f"Somebody types the first {keyboard.MEASURED_CHARS:,} characters that the run never learned from, and takes "
        f"an offer, with one key, whenever the right word is among the first {keyboard.TAKEN_FROM} (temperature 1): "
        "this share of the keys is saved."
    )
    if not st.toggle("Measure every epoch", key="keystrokes", bind="query-params"):
        return
    if not data.can_be_read_here(run.corpus):
        st.info("The text of this run is not on this machine: fetch it first.", icon=":material/cloud_download:")
        st.page_link("pages/6_Corpora.py", label="Corpora", query_params={"corpus": run.corpus})
        return
    left = len(_measured(store.url, run.id, kept)) < len(kept)
    st.fragment(_curve, run_every=LOOK_SECONDS if left else None)(store, run.id, tuple(kept), at, left)


@page.calm()
def _curve(store: Store, run_id: str, kept: tuple[int, ...], at: int, left: bool) -> None:
    """What is measured by now; the timer stops when the page is drawn again."""
    rows = _measured(store.url, run_id, kept)
    if left and len(rows) == len(kept):
        st.rerun()
    if left:
        st.progress(len(rows) / len(kept), f"{len(rows)} of {len(kept)} epochs are measured")
    if rows:
        table = pd.DataFrame(rows, columns=["epoch", "saved"])
        st.altair_chart(curves.keystrokes_saved(table, at), height=260, alt="Keystrokes saved against epochs")


def _measured(url: str, run_id: str, kept: Sequence[int]) -> list[tuple[int, float]]:
    """(epoch, share saved) of those that are done. The next one is begun here, so that only one is ever waited for."""
    rows = []
    for epoch in kept:
        measuring = _keystrokes(url, run_id, epoch)
        if not measuring.done():
            break
        rows.append((epoch, measuring.result()))
    return rows


@st.cache_resource(max_entries=2000, show_spinner=False)
def _keystrokes(url: str, run_id: str, epoch: int) -> Future[float]:
    """Beside the page, as typing must not wait for it."""
    return _beside().submit(keyboard.saved, page.open_store(url), run_id, epoch)


@st.cache_resource(show_spinner=False)
def _beside() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="keystrokes")
