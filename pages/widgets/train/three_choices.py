"""The three choices of a new run: its text, its network, its time. All else is under “Change settings”.

Knows how to draw them, and nothing of what they cost.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.widgets.shared import choices, equations, new_run, page, settings_form
from pages.widgets.shared.new_run import Beginning
from rnnkit.architectures import ARCHITECTURES, for_task
from rnnkit.config import fields
from rnnkit.presets import ONE_MINUTE
from rnnkit.runs import one_minute, progress
from rnnkit.store import Store

TIMES = (15, 60, 300)  # seconds, one press each
OTHER = 0
ARCHITECTURE, EPOCHS, SECONDS = "model.architecture", "training.epochs", "training.seconds"


class Choices(NamedTuple):
    """Names of the texts, where the settings begin, the fields that were chosen here, and what to expect."""

    texts: list[str]
    begin: Beginning
    given: dict[str, Any]
    expectation: str | None


def show(store: Store, begin: Beginning) -> Choices:
    """The three, side by side where there is room."""
    with st.container(key="three_choices"), st.grid(3, min_column_width=260, gap="small"):
        with _box(1, "Text"):
            texts = new_run.texts(store, begin)
        with _box(2, "Network"):
            given: dict[str, Any] = {ARCHITECTURE: _network(begin)}
        with _box(3, "Time"):
            given |= _time(begin)
    fit, expectation = begin, None
    if begin.key == ONE_MINUTE and texts:
        fit, expectation = new_run.fitted(store, begin, texts, given[SECONDS])
    return Choices(texts, fit, given, expectation)


def _box(number: int, title: str) -> DeltaGenerator:
    box = st.container(border=True, height="stretch", gap="xsmall")
    box.markdown(f":small[{number}] **{title}**")
    return box


def _network(begin: Beginning) -> str:
    names = list(for_task(begin.base.task))
    field = fields()[ARCHITECTURE]
    name = st.selectbox(
        field.title or "", names, names.index(begin.base.model.architecture), key=f"{begin.key}/{ARCHITECTURE}",
        format_func=lambda name: ARCHITECTURES[name].title, disabled=begin.fixed(ARCHITECTURE), persist_state="page",
        label_visibility="collapsed",
    )  # fmt: skip
    equations.show([name])
    if begin.key == ONE_MINUTE:
        page.note("Its size is chosen for the text, the time and this machine.")
    return name


def _time(begin: Beginning) -> dict[str, Any]:
    """Seconds where the network is chosen for them, else epochs, and the limit in seconds where there is one."""
    if begin.key == ONE_MINUTE:
        return {SECONDS: _seconds(begin.base.training.seconds)}
    draw = partial(settings_form.field, begin.base, begin.key, fixed=begin.fixed)
    found = {EPOCHS: draw(EPOCHS)}
    if begin.base.training.seconds is not None:
        found[SECONDS] = draw(SECONDS)
    page.note("An epoch is one pass over the text. It can be paused or stopped at any time.")
    return found


def _seconds(part: int | None) -> int:
    """`part`: of the lesson, in a class, where there is less to choose from."""
    limit = st.session_state.get(settings_form.LIMITS, {}).get(SECONDS)
    most, default = limit or 86_400, part if limit and part else one_minute.SECONDS
    times = sorted({default, *(one for one in TIMES if one <= most)} if limit else TIMES)
    words = {one: progress.spoken(one) or "" for one in times} | {OTHER: "Other"}
    words |= {default: f"{default} s"} if limit and default < 180 else {}
    of_class = f"/{part}/{limit}" if limit else ""
    chosen = choices.one_of(
        "Training time", words, key=f"one-minute/time{of_class}", default=default, bind=None,
        format_func=words.__getitem__, persist_state="session", label_visibility="collapsed", wrap=True,
    )  # fmt: skip
    page.note("Of training alone: sampling and validation take a little more. It can be stopped at any time.")
    if chosen != OTHER:
        return chosen
    return st.number_input(
        "Training time in seconds", min(5, most), most, min(default, most), step=30,
        key=f"one-minute/seconds{of_class}", persist_state="session",
    )  # fmt: skip
