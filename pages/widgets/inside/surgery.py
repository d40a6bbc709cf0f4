"""What a unit is for: switched off, held or swapped, beside the network as it is."""

from __future__ import annotations

from difflib import SequenceMatcher

import numpy as np
import pandas as pd
import streamlit as st

from pages.widgets.inside import beside, looked_back, loops
from pages.widgets.inside.coloured_text import Chosen
from pages.widgets.shared import choices, page, reads
from rnnkit import engine
from rnnkit.engine import Changed, Sampler
from rnnkit.store import Run, Store
from rnnkit.studies import ablation, sampling
from rnnkit.studies.ablation import UnitCost
from rnnkit.studies.inside import Reading
from rnnkit.tasks import Does
from rnnkit.texts.symbols import visible

LIKELIEST = 8  # next tokens that are shown
LENGTH = 300  # of the texts beside each other
OFF, HOLD, SWAP = "Switch off", "Hold at", "Swap with"


def show(store: Store, run: Run, epoch: float, reading: Reading, at: Chosen) -> None:
    """One of the tools, for the unit and the token that are chosen above."""
    tools = {
        "Switch units off": _change, "Rank all units": _rank, "Look back": looked_back.show,
        "Tokens as a map": beside.embedding_map, "Beside n-grams": beside.ngrams, "Its own past": beside.own_past,
        "Writing loops": loops.show,
    }  # fmt: skip
    choices.view(tools, key="tool")(store, run, epoch, reading, at)


# ---- other networks beside this one


@page.user_errors()
def _change(store: Store, run: Run, epoch: float, reading: Reading, at: Chosen) -> None:
    checkpoint = reads.checkpoint(store, run.id, epoch, Does.WRITES)
    layer = reading.layers[at.layer]
    ablation.changes(checkpoint, layer.name, [at.unit])  # says which networks cannot be changed
    with st.container(horizontal=True, vertical_alignment="bottom"):
        units = st.text_input("Units", str(at.unit), key=f"units {layer.name} {at.unit}", width=200)
        way = choices.one_of("What is done", [OFF, HOLD, SWAP], key="way")
        value = st.slider("Value", -1.0, 1.0, 1.0, 0.1, key="held_at", width=220) if way == HOLD else None
        other = st.number_input("Unit", 0, key="swapped_with", width=130) if way == SWAP else None
    named = [int(unit) for unit in units.replace(",", " ").split() if unit.isdecimal()]
    if not named:
        st.info("Name one or several units, with commas between them.")
        return
    asked = tuple(Changed(at.layer, unit, value, None if other is None else int(other)) for unit in named)
    untouched, changed = _losses(store, run.id, epoch, _tried(reading), asked)
    bits = np.log(2)
    with st.container(horizontal=True):
        st.metric("Loss as it is", f"{untouched / bits:.3f} bits", border=True)
        st.metric("Loss with the change", f"{changed / bits:.3f} bits", f"{(changed - untouched) / bits:+.4f}",
                  delta_color="inverse", border=True)  # fmt: skip
    page.note(f"Over the first {len(_tried(reading)):,} tokens of the text above, per token.")
    _next_tokens(store, run, epoch, reading, at, asked)
    _texts(store, run, epoch, asked)


@st.cache_data(max_entries=200, show_spinner="Reading with the change", hash_funcs=reads.HASHED)
def _losses(
    store: Store, run_id: str, epoch: float, ids: np.ndarray, asked: tuple[Changed, ...]
) -> tuple[float, float]:
    return ablation.losses(reads.checkpoint(store, run_id, epoch, Does.WRITES), ids, asked)


def _tried(reading: Reading) -> np.ndarray:
    """The tokens that units are tried on."""
    return reading.ids[: ablation.TOKENS]


def _next_tokens(
    store: Store, run: Run, epoch: float, reading: Reading, at: Chosen, asked: tuple[Changed, ...]
) -> None:
    """What is expected after the chosen token, as it is and with the change."""
    checkpoint = reads.checkpoint(store, run.id, epoch, Does.WRITES)
    *_, last = engine.changed_logits(checkpoint.network, reading.ids[: at.place + 1], [[], asked])
    chances = engine.probabilities(Sampler(), last)
    likeliest = np.argsort(-chances.max(axis=0))[:LIKELIEST]
    rows = [(visible(checkpoint.codec.symbols[token]), *(100 * chances[:, token])) for token in likeliest]
    st.markdown(f"Next after token {at.place + 1:,}, **{page.plain(visible(reading.pieces[at.place]))}**")
    percent = st.column_config.NumberColumn(format="%.1f %%")
    st.dataframe(
        pd.DataFrame(rows, columns=["Token", "As it is", "With the change"]), hide_index=True, width="content",
        column_config={"As it is": percent, "With the change": percent}, alt="Probabilities of the next token",
    )  # fmt: skip


def _texts(store: Store, run: Run, epoch: float, asked: tuple[Changed, ...]) -> None:
    """The same seed with and without the change, the differences marked."""
    checkpoint = reads.checkpoint(store, run.id, epoch, Does.WRITES)
    prompt = sampling.default_prompt(store, run)
    untouched, changed = ablation.texts(checkpoint, prompt, asked, Sampler(0.7), length=LENGTH)
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**As it is**, seed 0, temperature 0.7")
        st.code(untouched, language=None, wrap_lines=True)
    with right:
        st.markdown("**With the change**, the same seed; what differs is marked")
        st.markdown(_marked(untouched, changed))
    page.note("One unit of many is seldom visible in a text: look at the chances above, or switch several off.")


def _marked(first: str, second: str) -> str:
    """The second text as Markdown, with what is not in the first marked."""
    shown = []
    for act, _, _, start, stop in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        part = second[start:stop]
        if part:
            shown.append(page.lines(part, "{}" if act == "equal" else ":orange-background[{}]"))
    return "".join(shown)


# ---- all units of a layer


@page.user_errors()
def _rank(store: Store, run: Run, epoch: float, reading: Reading, at: Chosen) -> None:
    layer = reading.layers[at.layer].name
    wanted = ("rank", run.id, epoch, layer)
    if not st.session_state.get(str(wanted)):
        st.markdown("Each unit of the layer is switched off by itself while the network reads 1,000 tokens.")
        if not st.button("Rank all units", type="primary", icon=":material/sort:"):
            return
    with page.progress("Switching each unit off") as told:
        ranked = _ranked(store, run.id, epoch, layer, _tried(reading), told)
    st.session_state[str(wanted)] = True
    rows = pd.DataFrame([(one.unit, one.nats / np.log(2)) for one in ranked], columns=["Unit", "Bits per token"])
    bits = st.column_config.NumberColumn(format="%+.4f", help="How much the loss rises when the unit is off.")
    st.dataframe(rows, hide_index=True, height=360, width=420, column_config={"Bits per token": bits}, alt="Units")
    page.note(f"Unit {ranked[0].unit} costs most, unit {ranked[-1].unit} least: below 0 the network is better without.")


@st.cache_data(max_entries=100, show_spinner=False, hash_funcs=reads.HASHED)
def _ranked(store: Store, run_id: str, epoch: float, layer: str, ids: np.ndarray, _told) -> list[UnitCost]:
    return ablation.ranking(reads.checkpoint(store, run_id, epoch, Does.WRITES), ids, layer, _told)
