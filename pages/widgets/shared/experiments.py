"""Choosing an experiment: those of each question, to be searched, with what works now and how long it takes.

The choice is kept for the session; while the address holds `?preset=NAME` it is that one. Knows no page.
"""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from pages.widgets.shared import choices, page, reads
from rnnkit import tasks
from rnnkit.presets import ONE_MINUTE, PRESETS
from rnnkit.presets.questions import QUESTIONS, Question
from rnnkit.runs import answers, progress
from rnnkit.runs.answers import Experiment
from rnnkit.store import Store

OWN, KEY = "own", "preset"
OWN_TITLE, OWN_LINE = "Custom settings", "An LSTM with common settings, to change as you like."


def chosen(fits: bool) -> str:
    """The name of the preset, or OWN; with `fits` also the one for any text, which is the first then."""
    names = [*(name for name in PRESETS if fits or name != ONE_MINUTE), OWN]
    asked = st.query_params.get(KEY)
    if asked and asked not in names:
        st.warning(f"There is no preset “{page.plain(asked[:40])}” here.")
    wanted = asked if asked in names else st.session_state.get(KEY)
    st.session_state[KEY] = wanted if wanted in names else names[0]
    return st.session_state[KEY]


def show(store: Store, fits: bool) -> str:
    """What is chosen, in a line, with the press that opens all others."""
    name = chosen(fits)
    title = PRESETS[name].title if name in PRESETS else OWN_TITLE
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"Preset: **{page.plain(title)}**", width="content")
        if st.button("Other presets", icon=":material/science:", key="other_experiments"):
            _all(store, fits)
        if name != ONE_MINUTE and fits:
            st.button("Back to any text", icon=":material/undo:", type="tertiary", on_click=_choose, args=(ONE_MINUTE,))
    if name != ONE_MINUTE:
        page.note(page.plain(f"From {PRESETS[name].source}: {PRESETS[name].lesson}" if name in PRESETS else OWN_LINE))
    return name


@st.dialog("Presets", width="large", icon=":material/science:")
@page.user_errors()
def _all(store: Store, fits: bool) -> None:
    words = st.text_input("Search", placeholder="A text, a network, a question", icon=":material/search:").lower()
    found = 0
    for question in QUESTIONS:
        every = _of(store, question, fits)
        rows = [one for one in every if all(word in _said(question, one) for word in words.split())]
        if rows:
            st.markdown(f"**{question.asks}** :small[{page.plain(question.see)}]")
        for one in rows:
            found += 1
            _row(store, one, f"{question.asks} {one.preset.name}")
    if not words or words in OWN_TITLE.lower():
        st.button(OWN_TITLE, key="experiment own", on_click=_choose, args=(OWN,), help=OWN_LINE)
    elif not found:
        st.info("No preset has all these words.")


def _of(store: Store, question: Question, fits: bool) -> Iterator[Experiment]:
    for preset in answers.presets_of(question):
        if fits or preset.name != ONE_MINUTE:
            yield reads.experiment(store, preset.name)


def _said(question: Question, one: Experiment) -> str:
    """All that may be searched for, in small letters."""
    preset = one.preset
    words = (preset.name, preset.title, preset.source, preset.lesson, question.asks, *preset.config.corpora,
             tasks.of(preset.config).title, preset.config.model.architecture)  # fmt: skip
    return " ".join(words).lower()


def _row(store: Store, one: Experiment, key: str) -> None:
    """Grey, with the reason, where its text has to be brought by somebody."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            page.plain(one.preset.title), key=f"experiment {key}", on_click=_choose, args=(one.preset.name,),
            disabled=one.missing.startswith("needs"), help=page.plain(one.preset.lesson), width=400,
        )  # fmt: skip
        page.note(page.plain(_state(store, one)))


def _state(store: Store, one: Experiment) -> str:
    if one.missing:
        return one.missing
    seconds = reads.seconds(store, one.preset.name, known=True)
    return f"works now{f', about {progress.spoken(seconds)}' if seconds else ''}"


def _choose(name: str) -> None:
    st.session_state[KEY] = name
    choices.leave_address(KEY)
    choices.leave_address("corpus")
