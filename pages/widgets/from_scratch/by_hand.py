"""The network by hand: formulas beside their source, and gradients checked."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from pages.widgets.from_scratch import step_through
from pages.widgets.shared import choices, page
from rnnkit import scratch
from rnnkit.scratch import example
from rnnkit.scratch.cell import ManualCell
from rnnkit.scratch.lesson import LESSONS
from rnnkit.store import Store

TRUSTED = 1e-6  # relative error below which a gradient by hand counts as right


def formulas(_store: Store, cell: ManualCell) -> None:
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


# ---- the check


def gradient_check(_store: Store, cell: ManualCell) -> None:
    """The gradients by hand against slopes that were measured."""
    word, units, seed = step_through.word_settings()
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
