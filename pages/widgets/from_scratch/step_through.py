"""Step through a text by hand: a fresh little network, or one layer of a trained run; each number forward and back."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from pages.widgets.shared import choices, navigation, page, reads, run_chooser
from rnnkit.charts import matrices
from rnnkit.errors import ConfigError
from rnnkit.scratch import example, net, trained
from rnnkit.scratch.cell import ManualCell
from rnnkit.scratch.example import Example, Place
from rnnkit.scratch.trained import Differences
from rnnkit.store import Run, Store
from rnnkit.studies import inside, sampling
from rnnkit.tasks import Does

MOST_UNITS = 8
FRESH, RUN = "Fresh weights", "A trained run"
FIRST_TOKENS = 8  # of a run's prompt, that it is stepped through at first
_STEP = "hand_step"
# A matrix wider than a phone is moved sideways.
_SCROLL = "<style>[class*='st-key-matrix_'] {max-width: 100%; overflow-x: auto}</style>"
_FORWARD = {
    "simple_rnn": r"s_t = \tanh(U x_t + W s_{t-1} + b)",
    "gru": r"h_t = z_t \odot h_{t-1} + (1 - z_t) \odot \tilde h_t",
    "lstm": r"c_t = f_t \odot c_{t-1} + i_t \odot \tilde c_t \qquad h_t = o_t \odot \tanh c_t",
}
_BACK = {
    "simple_rnn": r"\frac{\partial E}{\partial s_{t-1}} \leftarrow W^\top \frac{\partial E}{\partial a_t}",
    "gru": r"\frac{\partial E}{\partial h_{t-1}} \leftarrow \frac{\partial E}{\partial h_t} \odot z_t + \dots",
    "lstm": r"\frac{\partial E}{\partial c_{t-1}} = \frac{\partial E}{\partial c_t} \odot f_t",
}


class Asked(NamedTuple):
    """What of a trained run is stepped through."""

    run_id: str
    epoch: float
    text: str
    layer: int
    units: tuple[int, ...]


def of_run() -> bool:
    """Whether the weights are those of a trained run."""
    first = RUN if st.query_params.get("run") else FRESH
    return choices.one_of("Weights", [FRESH, RUN], default=first, key="weights", label_visibility="collapsed") == RUN


def show(_store: Store, cell: ManualCell) -> None:
    """One place of the way at a time: forward through a word, then backward."""
    word, units, seed = word_settings()
    _steps(example.read_word(word, cell, units, seed))


def word_settings() -> tuple[str, int, int]:
    """What is read, by how many units, with which seed: all in the address."""
    field: dict[str, Any] = {"bind": "query-params", "width": 150}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        word = st.text_input(
            "Word", "hello", max_chars=example.LONGEST_WORD, key="word", bind="query-params", width=220,
            help="Each token is read, and the next one is the target.",
        )  # fmt: skip
        units = st.number_input("Units", 1, MOST_UNITS, 3, key="hand_units", **field)
        seed = st.number_input("Seed", 0, 2**31 - 1, 0, key="hand_seed", **field)
    return word, units, seed


# ---- of a trained run


def trained_run(store: Store) -> None:
    """The same with one layer of a run, on a text."""
    run = _run(store)
    if run is None:
        st.info("No run has a simple RNN, GRU or LSTM that writes. Train one first.")
        navigation.link("Train", "Train a network")
        return
    run_chooser.switch(store, run, Does.WRITES)
    if (why := net.problem(run.config)) is not None:
        raise ConfigError(why)
    kept = run_chooser.kept(store, run)
    asked = _asked(store, run, kept)
    if asked is not None:
        shown, found = _trained(store, asked)
        _steps(shown)
        _compared(store, run, asked, found)


def _run(store: Store) -> Run | None:
    """The run in the address, the one looked at last, or the first that can be stepped through."""
    if asked := st.query_params.get("run"):
        return run_chooser.here(store, asked)
    every = [run_chooser.first(store, Does.WRITES), *reads.runs(store)]
    found = next((one for one in every if one and one.epochs_done and net.problem(one.config) is None), None)
    return found and reads.run(store, found.id)  # a listed one knows no vocabulary


def _asked(store: Store, run: Run, kept: list[float]) -> Asked | None:
    """Moment, text, layer and units, all in the address; None while nothing can be read."""
    model = run.config.model
    with st.container(horizontal=True, vertical_alignment="bottom"):
        epoch = choices.epoch(kept, key="after", width=110)
        checkpoint = reads.checkpoint(store, run.id, epoch, Does.WRITES)
        text = st.text_input(
            "Text", key="hand_text", bind="query-params", max_chars=200, width=250, placeholder="Its own prompt",
            help="Each token is read, and the next one is the target.",
        )  # fmt: skip
        layers = list(range(model.layers))
        layer = choices.one_of("Layer", layers, key="hand_layer") if len(layers) > 1 else 0
        units = st.multiselect(
            "Units", range(model.units), key="hand_seen", max_selections=MOST_UNITS, bind="query-params", width=300,
            placeholder="Those that move most", help="All numbers are computed with all units.",
        )  # fmt: skip
    read = text or sampling.default_prompt(store, run)
    most = trained.most_tokens(checkpoint.network)
    ids, pieces, unknown = inside.tokens(checkpoint, read)
    most = most if text else min(most, FIRST_TOKENS)
    if unknown or (text and len(ids) > most):
        cut = f"Only the first {most} of {len(ids)} tokens are read." if len(ids) > most else ""
        page.note(page.plain(" ".join(filter(None, [cut, unknown]))))
    return Asked(run.id, epoch, "".join(pieces[:most]), layer, tuple(units))


@st.cache_resource(max_entries=24, show_spinner="Reading and going back", hash_funcs=reads.HASHED)
def _trained(store: Store, asked: Asked) -> tuple[Example, Differences]:
    checkpoint = reads.checkpoint(store, asked.run_id, asked.epoch, Does.WRITES)
    ids = inside.tokens(checkpoint, asked.text)[0]
    seen = asked.units or None
    shown = trained.step_through(checkpoint.network, ids, checkpoint.codec.symbols, layer=asked.layer, seen=seen)
    return shown, trained.differences(checkpoint.network, shown, asked.layer)


def _compared(store: Store, run: Run, asked: Asked, found: Differences) -> None:
    """How far these numbers are from those that the run writes with."""
    model = run.config.model
    st.markdown("### Beside the engine and Keras")
    with st.container(horizontal=True):
        st.metric("States and gates, largest difference", f"{found.states:.0e}", border=True)
        st.metric("Probabilities, largest difference", f"{found.probabilities:.0e}", border=True)
        st.metric("Gradients against numerical ones", f"{found.gradients:.0e}", border=True)
    once = " It was trained on windows: only the last token of one has an error." * (
        run.config.batches.kind == "windows"
    )
    page.note(
        f"All numbers are computed with all {model.units:,} units, in double precision, from an empty state; those of "
        "the engine, with which this run writes, in single precision. Tests hold the engine's states and these "
        f"gradients against Keras's: equal to 0.00001.{once}"
    )
    navigation.run_link(run.id, "The same units over a whole text", tab="inside", icon="visibility")


# ---- the way


def _steps(shown: Example) -> None:
    place = _choose(shown)
    reads_now, comes = (page.plain(symbol) for symbol in shown.word[place.t : place.t + 2])
    way = "Backward" if place.backward else "Forward"
    st.html(_SCROLL)
    st.markdown(f"## {way}, t = {place.t + 1}: it read **{reads_now}**, and **{comes}** came next")
    (_backward if place.backward else _forward)(shown, place.t)


def _choose(shown: Example) -> Place:
    """A place of the way, from the address (?at=), the slider or the buttons."""
    places = shown.places()
    asked = st.query_params.get("at", "")
    at = min(int(asked[:4]) if asked.isascii() and asked.isdecimal() else 1, len(places)) or 1
    with st.container(horizontal=True, vertical_alignment="bottom"):
        go = st.query_params.update
        st.button("Back", icon=":material/arrow_back:", on_click=go, args=({"at": str(at - 1)},), disabled=at == 1)
        st.button("Next", icon=":material/arrow_forward:", type="primary", on_click=go, args=({"at": str(at + 1)},),
                  disabled=at == len(places))  # fmt: skip
        names = [f"{'backward' if place.backward else 'forward'} t = {place.t + 1}" for place in places]
        st.session_state[_STEP] = at
        st.container(width="stretch").select_slider(
            "Forward through the word, then backward", range(1, len(places) + 1), key=_STEP,
            format_func=lambda n: names[n - 1], on_change=choices.to_address, args=("at", _STEP),
        )  # fmt: skip
    return places[at - 1]


def _forward(shown: Example, t: int) -> None:
    with st.container(horizontal=True, gap="medium"):
        _numbers("Inside the cell", _FORWARD[shown.cell.name], example.hidden(shown, t), f"cell_{t}")
        _numbers(
            f"Predicted distribution of the next token: a loss of {shown.reading.errors[t]:.3f} nats",
            r"\hat y_t = \mathrm{softmax}(V s_t + c) \qquad E_t = -y_t \cdot \log \hat y_t",
            example.output(shown, t), f"output_{t}",
        )  # fmt: skip
        _numbers(
            "Jacobian of softmax: derivative of each probability (row) by each logit (column)",
            r"\frac{\partial \hat y_i}{\partial z_j} = \hat y_i (\delta_{ij} - \hat y_j)",
            example.jacobian(shown, t), f"jacobian_{t}",
        )  # fmt: skip


def _backward(shown: Example, t: int) -> None:
    last = len(shown.reading.steps)
    _numbers("Back through the cell", _BACK[shown.cell.name], example.hidden_back(shown, t), f"back_{t}")
    said = f"from step {last} alone" if t + 1 == last else f"from steps {last} to {t + 1} together"
    st.markdown(f"**Gradients so far**, {said}. They are complete when t = 1 is reached.")
    with st.container(horizontal=True, gap="medium"):
        for name, table in example.gradient_tables(shown, t).items():
            _numbers("", rf"\partial E / \partial {name}", table, f"gradient_{name}_{t}")


def _numbers(title: str, formula: str, table: pd.DataFrame, key: str) -> None:
    """A matrix with its formula above."""
    with st.container(width="content", key=f"matrix_{key}"):
        if title:
            st.markdown(f"**{title}**")
        st.latex(formula)
        grid = page.described(matrices.numbers, max(66, 9 * max(map(len, table["column"]))))
        alt = f"{title or 'Gradient'}: {len(table)} numbers"
        st.vega_lite_chart(table, grid, key=key, width="content", alt=alt)
