"""What a text is made of: figures, first lines, characters, words, lengths. Knows no store."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.widgets.shared import page
from rnnkit.charts import distributions
from rnnkit.texts import corpora, statistics
from rnnkit.texts.statistics import TextStatistics
from rnnkit.texts.symbols import visible

PREVIEW_CHARS = 2_000
CHARACTERS_SHOWN, WORDS_SHOWN = 40, 20


@st.cache_data(max_entries=32, show_spinner="Counting")
def measure(name: str, sha256: str | None, _store) -> tuple[str, TextStatistics]:
    """The beginning of a text and its statistics; `sha256` makes a changed text a new one."""
    text = corpora.load(name, _store)
    return text[:PREVIEW_CHARS], statistics.of_text(text)


def show(beginning: str, found: TextStatistics) -> None:
    """A text's beginning, its figures, and how often its symbols, words and lengths occur."""
    with st.container(horizontal=True, key="figures"):
        figures = {"Characters": found.chars, "Different characters": found.vocab, "Lines": found.lines}
        figures |= {"Words": found.words, "Different words": found.distinct_words}
        for label, figure in figures.items():
            st.metric(label, f"{figure:,}", border=True)
    start, characters, words, lengths = st.tabs(["First lines", "Characters", "Words", "Lengths"])
    start.code(beginning, language=None, wrap_lines=True, height=420)
    with characters:
        most = [(visible(symbol), count) for symbol, count in found.frequencies[:CHARACTERS_SHOWN]]
        _counts(most, "Character", "␣ is the space, ⏎ the line end, ⇥ the tab.", upright=True)
        with st.expander("All characters", icon=":material/abc:"):
            rows = [(visible(symbol), f"U+{ord(symbol):04X}", count) for symbol, count in found.frequencies]
            st.dataframe(pd.DataFrame(rows, columns=["Character", "Code point", "Times"]), hide_index=True)
    with words:
        _counts(found.common_words[:WORDS_SHOWN], "Word", "Words are separated by spaces here.", upright=False)
    with lengths:
        st.markdown("Heights are on a square-root scale, so that rare lengths remain visible.")
        _lengths(found.line_lengths, "Characters in a line", "Lines")
        _lengths(found.words_per_line, "Words in a line", "Lines")
        _lengths(found.word_lengths, "Characters in a word", "Words")


def _counts(rows: list[tuple[str, int]], what: str, caption: str, *, upright: bool) -> None:
    st.markdown(f"The {len(rows)} most frequent. {caption}")
    table = pd.DataFrame(rows, columns=[what, "Times"])
    chart = distributions.ranking(table, name=what, count="Times", upright=upright)
    st.altair_chart(chart, height=380 if upright else 60 + 26 * len(rows), alt=f"{what}s of the text by frequency")


def _lengths(lengths: list[tuple[int, int]], what: str, many: str) -> None:
    bins, width = statistics.binned(lengths)
    table = pd.DataFrame(bins, columns=[what, many])
    chart = distributions.histogram(table, x=what, y=many, width=width, text_color=page.text_color())
    alt = f"{many} by {what.lower()}"
    st.plotly_chart(chart, height=260, config={"displayModeBar": False}, key=f"lengths {what}", alt=alt)
