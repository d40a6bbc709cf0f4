"""The memory test: start it, see accuracy against distance while the networks learn, and what came of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from pages.widgets.duel import form as duel_form
from pages.widgets.shared import navigation, page, reads, status
from rnnkit import presets
from rnnkit.charts import look
from rnnkit.runs import duel
from rnnkit.runs.comparison import Compared
from rnnkit.store import Store
from rnnkit.studies import gradients, recall
from rnnkit.tasks import Does
from rnnkit.texts.made.memory import LETTERS, line
from rnnkit.training import queueing

NETWORKS = ["simple_rnn", "gru", "lstm"]
SECONDS = (10, 15, 30, 60)  # of training for each network
TICK = 1.0
_AXIS = look.axis(grid=False).to_dict()
# Accuracy against distance, on axes that stay where they are while it changes.
CHART = {
    "mark": {"type": "line", "point": True, "strokeWidth": 3},
    "encoding": {
        "x": {"field": "dots", "type": "quantitative", "title": "Dots in between", "scale": {"domain": [0, 100]},
              "axis": _AXIS},
        "y": {"field": "right", "type": "quantitative", "title": "Letters named rightly, %",
              "scale": {"domain": [0, 100]}, "axis": _AXIS},
        "color": {"field": "network", "type": "nominal", "title": None, "sort": None,
                  "legend": look.legend().to_dict()},
    },
}  # fmt: skip


def chosen(store: Store) -> list[str]:
    """The runs of the test in the address, ?runs=a,b,c, that are still there."""
    asked = list(dict.fromkeys(filter(None, st.query_params.get("runs", "").split(","))))
    known = reads.listed_by_id(store, asked).keys()
    if not set(asked) <= known:
        st.warning("Some of these runs are gone: they may have been deleted.")
    return [name for name in asked if name in known]


def form(store: Store) -> None:
    """What is tested, and the button."""
    base = presets.preset("memory").config
    st.code(line("c", 12) + line("f", 3) + line("a", 24), language=None)
    page.note(
        f"A line of the text: one of {len(LETTERS)} letters, 2 to 100 dots, a question mark, the letter. Each network "
        "has to keep the letter in its state while it reads the dots."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        titles = duel.candidates(base)
        names = st.pills(
            "Networks, two to four", list(titles), selection_mode="multi", default=NETWORKS, key="memory_networks",
            format_func=titles.__getitem__, wrap=True,
        )  # fmt: skip
        seconds = st.segmented_control(
            "Seconds for each", SECONDS, default=15, required=True, key="memory_seconds", format_func=lambda s: f"{s} s"
        )
    ready = duel.FEWEST <= len(names) <= duel.MOST
    if st.button("Train them", type="primary", icon=":material/play_arrow:", disabled=not ready):
        measured = queueing.check(base, store, None)
        entrants = duel.plan(base, names, measured.vocab_size, seconds=seconds)
        [ids] = duel_form.order(store, [entrants])
        navigation.leave_for("Memory", runs=",".join(ids))
    page.note("They train beside each other and are kept like all runs.")
    page.note(
        "Over ten seeds, after 10 s of one core each, GRU and LSTM named every letter over 5 to 100 dots for every "
        "seed, the simple RNN 12 to 30 %: `python -m benchmarks.recall`."
    )
    ready_made = gradients.suggested([run for run in reads.runs(store) if run.pretrained and run.preset == "memory"])
    if ready_made:
        navigation.link("Memory", "Three that came along and have learned it", "psychology", runs=",".join(ready_made))


def show(store: Store, run_ids: list[str]) -> None:
    """The curves, drawn again while the networks learn."""
    live = any(run.run.live for run in reads.compared(store, run_ids))
    st.fragment(_curves, run_every=TICK if live else None)(store, run_ids, live)
    with st.container(horizontal=True):
        navigation.link("Memory", "Another test", "replay")
        navigation.link("Compare", "Compare these runs", runs=",".join(run_ids))
        navigation.link("Gradients", "Why: gradients on their way back", runs=",".join(run_ids))


@page.user_errors()
def _curves(store: Store, run_ids: list[str], live: bool) -> None:
    compared = reads.compared(store, run_ids)
    if live and not any(one.run.live for one in compared):
        st.rerun()
    found = {duel.title(one.run.config): _accuracy(store, one) for one in compared}
    measured = {name: values for name, values in found.items() if values is not None}
    if live:  # beside each other: below them the curves are in sight
        with st.grid(len(compared), min_column_width=240, gap="small"):
            for one in compared:
                with st.container(gap="xsmall"):
                    st.markdown(f"**{duel.title(one.run.config)}**")
                    status.bar(store, one.run)
    if not measured:
        st.info("The first points come with the first checkpoints.", icon=":material/hourglass_top:")
        return
    lines = measured | {"chance": np.full(len(recall.DISTANCES), recall.CHANCE)}
    rows = [(dots, 100 * share, name) for name, values in lines.items()
            for dots, share in zip(recall.DISTANCES, values, strict=True)]  # fmt: skip
    told = ", ".join(f"{name} {values[-1]:.0%} at {recall.DISTANCES[-1]} dots" for name, values in measured.items())
    st.vega_lite_chart(
        pd.DataFrame(rows, columns=["dots", "right", "network"]),
        CHART,
        height=420,
        alt=f"Letters named rightly: {told}",
    )
    if not live:
        st.header(recall.verdict({name: recall.reach(values) for name, values in measured.items()}), anchor=False)


def _accuracy(store: Store, one: Compared) -> np.ndarray | None:
    """Of the newest checkpoint; None before there is one."""
    kept = reads.kept(store, one.run.id)
    return _of_checkpoint(store, one.run.id, kept[-1]) if kept else None


@st.cache_data(max_entries=500, show_spinner=False, hash_funcs=reads.HASHED)
def _of_checkpoint(store: Store, run_id: str, epoch: float) -> np.ndarray:
    checkpoint = reads.checkpoint(store, run_id, epoch, Does.WRITES)
    return recall.accuracy(checkpoint.network, checkpoint.codec)
