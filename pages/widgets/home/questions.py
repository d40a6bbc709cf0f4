"""The gallery: a card for each question, with what a network answered, what one will see, how long it takes.

Minutes are measured on the texts after the first drawing, and then known to everybody.
"""

from __future__ import annotations

import streamlit as st

from pages.widgets.shared import generated_text, navigation, page, reads
from rnnkit.presets.questions import QUESTIONS, Question
from rnnkit.runs import answers, progress
from rnnkit.runs.answers import Experiment
from rnnkit.runs.comparison import LETTERS
from rnnkit.store import Run, Store


def show(store: Store) -> None:
    """All cards. Where minutes are not known yet, they are worked out once the page stands."""
    if all(_seconds(store, _experiment(store, question), known=True) is not None for question in QUESTIONS):
        _cards(store)
    else:
        st.fragment(_timed, run_every=1.0)(store, [])


@page.user_errors()
def _timed(store: Store, drawn: list[bool]) -> None:
    if drawn:
        for question in QUESTIONS:
            _seconds(store, _experiment(store, question))
        st.rerun()
    drawn.append(True)
    _cards(store)


def _cards(store: Store) -> None:
    with st.container(key="questions"), st.grid(4, min_column_width=235, gap="small"):
        for question in QUESTIONS:
            with st.container(border=True, height="stretch", gap="xsmall"):
                _card(store, question)


def _card(store: Store, question: Question) -> None:
    st.subheader(question.asks, anchor=False)
    runs = answers.shown(question, reads.runs(store))
    if line := _line(store, runs):
        generated_text.show(line)
    page.note(question.see)
    found = _experiment(store, question)
    page.note(_works(store, found))
    with st.container(horizontal=True, gap="small"):
        if runs:
            _watch(question, runs)
        _train(question, found)


def _watch(question: Question, runs: list[Run]) -> None:
    """The way to the network that answers, or to several beside each other."""
    one_each = list({run.preset: run for run in reversed(runs)}.values())[::-1]
    if question.compares and one_each[1:]:
        navigation.link("Compare", "Compare", "visibility", runs=",".join(run.id for run in one_each[: len(LETTERS)]))
    else:
        navigation.run_link(runs[0].id, "Watch it", question.tab, "visibility")


def _train(question: Question, found: Experiment) -> None:
    if question.race:
        navigation.link(question.race, "Race", preset=found.preset.name)
    else:
        navigation.link("Train", "Train it", preset=found.preset.name)


def _line(store: Store, runs: list[Run]) -> str | None:
    if not runs:
        return None
    run = runs[0]
    return answers.says(run, reads.samples(store, run.id, run.epochs_done), lambda: reads.epochs(store, run.id))


def _experiment(store: Store, question: Question) -> Experiment:
    return answers.first_that_works(reads.experiment(store, preset.name) for preset in answers.presets_of(question))


def _works(store: Store, found: Experiment) -> str:
    """Whether it can be trained now, and how long that takes."""
    if not found.works:
        return f":material/cloud_download: Text {page.plain(found.missing)}"
    seconds = _seconds(store, found, known=True)
    return f":material/wifi_off: Trains offline{f' in about {progress.spoken(seconds)}' if seconds else ''}"


def _seconds(store: Store, found: Experiment, *, known: bool = False) -> float | None:
    """How long it takes here; 0 where that cannot be known. With `known` None where nobody has asked yet."""
    return reads.seconds(store, found.preset.name, known=known) if found.works else 0.0
