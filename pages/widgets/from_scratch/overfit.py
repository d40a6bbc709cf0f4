"""Overfitting on purpose: some hundred characters, memorised in a second, with dropout and without."""

from __future__ import annotations

from itertools import takewhile

import pandas as pd
import streamlit as st

from pages.widgets.shared import navigation, page
from rnnkit import scratch
from rnnkit.charts import curves
from rnnkit.scratch.cell import ManualCell
from rnnkit.store import Store
from rnnkit.studies import overfitting
from rnnkit.studies.overfitting import Progress
from rnnkit.texts import corpora

UPDATES = 200
CHARACTERS = 500


def show(_store: Store, cell: ManualCell) -> None:
    """The text, the dropout, and the curves with it and without."""
    text = st.text_area(
        "Text", corpora.load("cookbook")[:CHARACTERS], key="overfit_text", bind="query-params", height=120,
        max_chars=overfitting.LONGEST,
        help=f"The last {overfitting.HELD_OUT:.0%} are held out. {overfitting.SHORTEST} to {overfitting.LONGEST:,} "
        "characters.",
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        dropout = st.slider("Dropout", 0.0, 0.9, 0.5, 0.1, key="overfit_dropout", bind="query-params", width=320)
        units = st.slider("Units", 8, 128, 64, 8, key="overfit_units", bind="query-params", width=320)
        seed = st.number_input("Seed", 0, 2**31 - 1, 0, key="overfit_seed", bind="query-params", width=150)
    without, with_it = (_learned(text, cell.name, units, rate, seed) for rate in (0.0, dropout))
    best = overfitting.turning_point(without)
    st.markdown(
        f"## After {best.step} updates the held-out loss turns: {best.held_out:.2f} nats, {without[-1].held_out:.2f} "
        f"at the end, while the training loss falls to {without[-1].training:.2f}"
    )
    lines = {"training": [one.training for one in without],
             "held out": [one.held_out for one in without]}  # fmt: skip
    if dropout:
        lines["held out, dropout"] = [one.held_out for one in with_it]
        lines["training, dropout"] = [one.training for one in with_it]
    steps = [one.step for one in without]
    rows = pd.concat(pd.DataFrame({"at": steps, "value": values, "label": name}) for name, values in lines.items())
    axes = {"x_title": "Updates", "y_title": "Nats per character", "within": curves.around(rows)}
    st.vega_lite_chart(
        rows, page.described(curves.lines_over_steps, tuple(lines), **axes), height=400, key="overfit_curve",
        alt=", ".join(f"{name}: {values[-1]:.2f}" for name, values in lines.items()),
    )  # fmt: skip
    if dropout:
        turned = overfitting.turning_point(with_it).held_out
        gained = without[-1].held_out - with_it[-1].held_out
        st.markdown(
            f"With dropout {dropout:g} the held-out loss ends **{abs(gained):.2f} nats "
            f"{'lower' if gained > 0 else 'higher'}**, at its best it is {turned:.2f}."
        )
    page.note(
        f"A {cell.title} in plain NumPy learns the first {1 - overfitting.HELD_OUT:.0%} of the text, {UPDATES} updates "
        "in about a second; nothing is queued or kept. Dropout hides a part of the state from V at each step of "
        "training. It slows memorising down; more text is what helps."
    )
    navigation.link("Train", "Train on a whole text")


@st.cache_data(max_entries=200, show_spinner="Memorising it")
def _learned(text: str, cell: str, units: int, dropout: float, seed: int) -> list[Progress]:
    progress = overfitting.learn(text, scratch.CELLS[cell], units=units, dropout=dropout, seed=seed)
    return list(takewhile(lambda one: one.step <= UPDATES, progress))
