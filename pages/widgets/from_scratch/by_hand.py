"""The network by hand: formulas beside their source, an example to step through, gradients checked."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from pages.widgets.shared import choices, page
from rnnkit import scratch
from rnnkit.charts import matrices
from rnnkit.scratch import example
from rnnkit.scratch.cell import ManualCell
from rnnkit.scratch.example import Example, Place
from rnnkit.scratch.lesson import LESSONS

MOST_UNITS = 8
TRUSTED = 1e-6  # relative error below which a gradient by hand counts as right
_STEP = "hand_step"
# A matrix wider than a phone is moved sideways.
_SCROLL = "<style>[class*='st-key-matrix_'] {max-width: 100%; overflow-x: auto}</style>"


def formulas(cell: ManualCell) -> None:
    """Each formula beside the very lines that compute it."""
    page.note(
        "U reads the token, W the state, V gives the output: the letters of document 002. Beside each formula is the "
        "source that this page itself runs. Batches are columns: one text per column."
    )
    for number, lesson in enumerate(LESSONS[cell.name], 1):
        left, right = st.columns([1, 2], gap="medium")
        with left:
            st.markdown(f"**{number}. {lesson.title}**")
            for formula in lesson.formulas:
                st.latex(formula)
            st.markdown(lesson.words)
        with right:
            st.code(lesson.code, language="python", wrap_lines=True)


# ---- step through


def step_through(cell: ManualCell) -> None:
    """One place of the way at a time: forward through the word, then backward."""
    word, units, seed = _word()
    shown = example.read_word(word, cell, units, seed)
    place = _choose(shown)
    reads, comes = (page.plain(symbol) for symbol in shown.word[place.t : place.t + 2])
    way = "Backward" if place.backward else "Forward"
    st.html(_SCROLL)
    st.markdown(f"## {way}, t = {place.t + 1}: it read **{reads}**, and **{comes}** came next")
    (_backward if place.backward else _forward)(shown, place.t)


def _word() -> tuple[str, int, int]:
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
    formula = r"s_t = \tanh(U x_t + W s_{t-1} + b)"
    if shown.cell is scratch.LSTM:
        formula = r"c_t = f_t \odot c_{t-1} + i_t \odot \tilde c_t \qquad h_t = o_t \odot \tanh c_t"
    with st.container(horizontal=True, gap="medium"):
        _numbers("Inside the cell", formula, example.hidden(shown, t), f"cell_{t}")
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
    formula = r"\frac{\partial E}{\partial s_{t-1}} \leftarrow W^\top \frac{\partial E}{\partial a_t}"
    if shown.cell is scratch.LSTM:
        formula = r"\frac{\partial E}{\partial c_{t-1}} = \frac{\partial E}{\partial c_t} \odot f_t"
    _numbers("Back through the cell", formula, example.hidden_back(shown, t), f"back_{t}")
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


# ---- the check


def gradient_check(cell: ManualCell) -> None:
    """The gradients by hand against slopes that were measured."""
    word, units, seed = _word()
    kind = choices.one_of("Numbers", ["float64", "float32"], key="numbers")
    rows = pd.DataFrame(_checked(word, cell.name, units, seed, kind))
    worst = rows["error"].max()
    st.latex(
        r"\frac{\partial E}{\partial w} \approx \frac{E(w + \varepsilon) - E(w - \varepsilon)}{2 \varepsilon} \qquad "
        r"\text{relative error} = \frac{\lVert g - g_{num} \rVert}{\lVert g \rVert + \lVert g_{num} \rVert}"
    )
    left, right = st.columns([1, 2], gap="medium")
    with left:
        st.metric("Largest relative error", f"{worst:.1e}", border=True)
        if worst < TRUSTED:
            st.success("Below a millionth: backpropagation by hand is correct.", icon=":material/check_circle:")
        else:
            st.info(
                "float32 keeps 7 digits: few of them remain in the difference of two nearly equal losses. "
                "That is why gradients are checked in float64.", icon=":material/info:",
            )  # fmt: skip
    shapes = [" by ".join(map(str, shape)) for shape in rows["shape"]]
    number = st.column_config.NumberColumn
    right.dataframe(
        rows.assign(shape=shapes), hide_index=True,
        column_config={
            "name": "Weight", "shape": "Shape", "length": number("Norm of its gradient", format="%.4f"),
            "error": number("Relative error", format="scientific"),
        },
    )  # fmt: skip


@st.cache_data(max_entries=200, show_spinner="Checking gradients numerically …")
def _checked(word: str, cell: str, units: int, seed: int, kind: str) -> list[dict[str, Any]]:
    return [one._asdict() for one in example.checked(word, scratch.CELLS[cell], units, seed, kind)]
