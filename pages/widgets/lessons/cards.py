"""The lessons as cards, and the words of the field to be searched. What a person wrote is shown letter by letter."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.widgets.shared import lesson_strip, navigation, page
from rnnkit.lessons import glossary, lesson, sheet
from rnnkit.lessons.lesson import Lesson


def lessons() -> None:
    """All of them, with a press to begin or to go on; of a file that is none, what is wrong with it."""
    found, problems = lesson.every()
    with st.grid(3, min_column_width=260, gap="small"):
        for one in found:
            with st.container(border=True, height="stretch"):
                _card(one)
    for problem in problems:
        st.warning(page.plain(problem), icon=":material/rule:")


def _card(one: Lesson) -> None:
    st.markdown(f"## {page.plain(one.title)}")
    page.note(page.plain(f"{one.minutes} minutes, {len(one.steps)} steps. {one.for_whom}"))
    st.markdown("\n".join(f"* {page.plain(lesson.plain(line))}" for line in one.know))
    at = lesson_strip.reached(one)
    with st.container(horizontal=True, vertical_alignment="bottom", height="stretch"):
        if at > 1 and st.button(f"Go on at step {at}", type="primary", key=f"go on {one.name}"):
            lesson_strip.go(one.name, at)
        if st.button("Start again" if at > 1 else "Start", type="secondary" if at > 1 else "primary",
                     key=f"start {one.name}"):  # fmt: skip
            lesson_strip.go(one.name, 1)
        st.download_button(
            "Sheet to print", lambda: sheet.html(one), f"lesson-{one.name}.html", "text/html", type="tertiary",
            key=f"sheet {one.name}", icon=":material/print:", on_click="ignore",
            help="Questions with lines to write on; the answers are on the last page.",
        )  # fmt: skip


def workshops(found: dict[str, tuple[str, int]]) -> None:
    """Pages to try things on, with what one learns there and about how many minutes it takes."""
    with st.grid(3, min_column_width=280, gap="small"):
        for name, (line, minutes) in found.items():
            with st.container(border=True, height="stretch", gap="xsmall"):
                navigation.link(name, f"**{name}**")
                st.markdown(line)
                page.note(f"About {minutes} minutes")


def words() -> None:
    """The glossary; every word typed has to be there."""
    asked = st.text_input(
        "Search the words", key="word_search", bind="query-params", placeholder="gate, loss, temperature …",
        icon=":material/search:", width=420,
    ).lower()  # fmt: skip
    rows = [
        (one.name, one.meaning) for one in glossary.TERMS.values() if all(part in _said(one) for part in asked.split())
    ]
    if not rows:
        st.info("No word of the glossary has that in it.")
        return
    st.dataframe(
        pd.DataFrame(rows, columns=["Word", "What it means"]), hide_index=True, height=420, row_height=40,
        column_config={"Word": st.column_config.TextColumn(width=240)}, alt=f"{len(rows)} words and what they mean",
    )  # fmt: skip


def _said(one: glossary.Term) -> str:
    return " ".join([one.name, one.meaning, *one.forms]).lower()
