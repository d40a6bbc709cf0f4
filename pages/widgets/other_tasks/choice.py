"""What a network should do, in the address as ?do=, and which of those that do it, as ?run=."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from pages.widgets.forecast import own_series
from pages.widgets.shared import navigation, run_chooser
from rnnkit import tasks
from rnnkit.store import Run, Store
from rnnkit.tasks import Does


class Task(NamedTuple):
    """What one wants: its words, and the presets to train where there is no network yet."""

    does: Does
    title: str
    line: str
    presets: dict[str, str]


TASKS = {
    "classify": Task(
        Does.CLASSIFIES, "Classify a text",
        "A network reads a text, a film review or a line of verse, and shows how each word changes its prediction.",
        {"imdb-better": "Film reviews: minutes, one download", "who-wrote-this": "Who wrote it: a minute, no download"},
    ),
    "forecast": Task(
        Does.FORECASTS, "Forecast a series",
        "Forecast a series of numbers, and compare the network with the baseline “tomorrow = today”.",
        {"series-rnn": "Forecast tomorrow's temperature with classes",
         "series-regression": "Forecast tomorrow's temperature with regression"},
    ),
    "translate": Task(
        Does.TRANSLATES, "Translate dates",
        "Type a date in any common spelling, and see where attention looks; or let a whole line come from one token.",
        {"attention": "Dates with attention", "encoder-decoder": "Dates without attention",
         "one-to-many": "A line from one token"},
    ),
}  # fmt: skip


def show(store: Store) -> Run | None:
    """The choices; the run to be tried out, None where there is none yet, and links to train one."""
    asked = run_chooser.here(store, st.query_params["run"]) if st.query_params.get("run") else None
    does = {task.does: name for name, task in TASKS.items()}
    wanted = does.get(tasks.of(asked.config).does) if asked else st.query_params.get("do")
    st.session_state["_do"] = wanted if wanted in TASKS else next(iter(TASKS))
    name = st.segmented_control(
        "What to do", list(TASKS), key="_do", required=True, label_visibility="collapsed",
        format_func=lambda name: TASKS[name].title, on_change=_choose,
    )  # fmt: skip
    task = TASKS[name or next(iter(TASKS))]
    # A run that writes is none of these.
    run = asked if asked and wanted else run_chooser.first(store, task.does)
    which, line = st.columns([2, 3], gap="large", vertical_alignment="center")
    line.markdown(task.line)
    if run is None:
        _train(store, task)
        return None
    with which:
        run_chooser.switch(store, run, task.does)
    return run


def _choose() -> None:
    """Nothing else stays in the address."""
    st.query_params.from_dict({"do": st.session_state["_do"] or next(iter(TASKS))})


def _train(store: Store, task: Task) -> None:
    st.info("No network here does this yet. Train one: it can be tried out after its first epoch.")
    for preset, label in task.presets.items():
        navigation.link("Train", label, preset=preset)
    if task.does is Does.FORECASTS:
        own_series.show(store)
