"""Train the network by hand on a sentence, here in the page: the loss falls and the text gets better as one looks."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from pages.widgets.shared import navigation, page
from rnnkit.charts import curves
from rnnkit.scratch import sentence
from rnnkit.scratch.cell import ManualCell
from rnnkit.scratch.sentence import Progress
from rnnkit.scratch.updates import UPDATES
from rnnkit.store import Store

TICK_SECONDS = 0.4  # between two drawings
WORK_SECONDS, WORK_STEPS = 0.2, 10  # at most, for each: the rest of the time is everybody else's
_GOING, _SEEN = "hand_going", "hand_seen"
_LINE = "loss"


def show(_store: Store, cell: ManualCell) -> None:
    """Settings, the buttons, and what is learned."""
    going = _GOING in st.session_state
    text, how, (train, stop) = _settings(going)
    if train:
        st.session_state[_GOING], st.session_state[_SEEN] = sentence.learn(text, cell, **how), (text, [])
        st.rerun()
    if stop:
        del st.session_state[_GOING]
        st.rerun()
    if _SEEN not in st.session_state:
        st.info("Press Train. It takes a few seconds and runs in this page: nothing is queued or saved.")
        navigation.link("Train", "Train the same RNN with Keras, on a whole text", preset="numpy-rnn")
        return
    st.fragment(_draw, run_every=TICK_SECONDS if going else None)()


def _settings(going: bool) -> tuple[str, dict[str, Any], tuple[bool, bool]]:
    """The sentence, how it is learned, and whether one of the two buttons was pressed; all of it in the address."""
    field: dict[str, Any] = {"bind": "query-params"}
    narrow = field | {"width": 150}
    text = st.text_area(
        "Sentence", "the quick brown fox jumps over the lazy dog", key="sentence", height=80, **field,
        help=f"Two to {sentence.LONGEST} characters.",
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        train = st.button("Train", icon=":material/play_arrow:", type="primary", disabled=going)
        stop = st.button("Stop", icon=":material/stop:", disabled=not going)
        how = {
            "units": st.number_input("Units", 1, 128, 24, key="sentence_units", **narrow),
            "rate": st.number_input("Learning rate", 0.0001, 10.0, 0.03, 0.01, "%.4g", key="sentence_rate", **narrow),
            "steps": st.number_input("Steps", 10, 1000, 300, 50, key="sentence_steps", **narrow),
        }
        with st.popover("Rule, clipping, seed", icon=":material/tune:"):
            how |= {
                "update": st.selectbox("Step rule", list(UPDATES), key="sentence_update", **field),
                "clip": st.selectbox("Clip gradients", list(sentence.CLIPS), key="sentence_clip", **field),
                "limit": st.number_input("Clip at", 0.01, 100.0, 5.0, key="sentence_limit", **field),
                "seed": st.number_input("Seed", 0, 2**31 - 1, 0, key="sentence_seed", **field),
            }
    return text, how, (train, stop)


@page.user_errors()
def _draw() -> None:
    """A little further, and how it stands; when it has ended the timer ends with it."""
    text, seen = st.session_state[_SEEN]
    if _GOING in st.session_state:
        more = sentence.for_a_while(st.session_state[_GOING], WORK_SECONDS, WORK_STEPS)
        seen += more
        if not more:
            del st.session_state[_GOING]
            st.rerun()
    curve, figures = st.columns(2, gap="medium")
    rows = pd.DataFrame({"at": [one.step for one in seen], "value": [one.loss for one in seen], "label": _LINE})
    described = page.described(curves.lines_over_steps, (_LINE,), x_title="Steps", y_title="Nats per token")
    alt = f"Loss after {len(seen)} steps: {seen[-1].loss:.3f}"
    curve.vega_lite_chart(rows, described, height=380, key="sentence_curve", alt=alt)
    with figures:
        _figures(text, seen)


def _figures(text: str, seen: list[Progress]) -> None:
    """How it stands, and what it wrote on the way and writes now."""
    last = seen[-1]
    with st.container(horizontal=True):
        st.metric("Step", last.step, border=True)
        st.metric("Nats per token", f"{last.loss:.3f}", border=True)
        st.metric("Gradient norm", f"{last.length:.3g}", border=True)
    if last.text == text:
        st.success("Memorised.", icon=":material/check_circle:")
    page.note("Greedy samples from the first character on, with the training step:")
    lines = (f"{one.step:>4}  {sentence.one_line(one.text)}" for one in sentence.milestones(seen))
    st.code("\n".join(lines), language=None, wrap_lines=True)
