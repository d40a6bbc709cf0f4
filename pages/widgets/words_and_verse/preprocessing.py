"""What each of the recipe lecture's rules did to a text: before and after, and how many words there are then.

A text of a person is hostile: it comes into Markdown only through `page.lines`, letter by letter.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages.widgets.shared import page
from pages.widgets.words_and_verse.text_choice import Chosen
from rnnkit import presets
from rnnkit.charts import distributions
from rnnkit.store import Store
from rnnkit.texts import word_rules
from rnnkit.texts.symbols import visible
from rnnkit.texts.word_rules import Mark, Measured, Step
from rnnkit.training import cost

EXCERPT_CHARS = 420
LECTURE_COUNT = 5  # of whole texts; a few pasted lines would lose all
STEPS = [step.name for step in word_rules.steps("", 1)]
LECTURE = "recipes-lstm"  # the preset whose windows of 50 words the one-hot arrays are counted for
# The word joiner parts a mark's own colon from one in the text before it.
CHANGED, WORD = "\u2060:orange-background[:orange[{}]]", "\u2060:gray-background[{}]"
NUMBER = st.column_config.NumberColumn(format="localized")
_SHAPES = str.maketrans({"\n": "⏎\n", " ": "␣", "\t": "⇥"})


def show(_store: Store, chosen: Chosen) -> None:
    """The rules on an excerpt, their figures on the whole text, what was rare, and what one-hot arrays would take."""
    measured = _measured(chosen.key, chosen)
    minimum = _one_rule(chosen, measured)
    st.header("After each rule", anchor=False)
    rows = measured.with_rare(minimum)
    left, right = st.columns([3, 2], gap="medium")
    columns = {"Rule": STEPS, "Words": [row[2] for row in rows], "Different words": [row[3] for row in rows]}
    table = pd.DataFrame({"": ["", *map(str, range(1, len(rows)))], **columns})
    with left:
        numbers = {"Words": NUMBER, "Different words": NUMBER}
        alt = "Words and vocabulary after each rule"
        st.dataframe(table, hide_index=True, column_config=numbers, alt=alt)
        page.note("Until the text is split, words are counted between single spaces, so some may be empty.")
    chart = distributions.ranking(
        table[["Rule", "Different words"]], name="Rule", count="Different words", upright=False
    )
    right.altair_chart(chart, height=360, alt="Different words after each rule")
    _one_hot(rows)
    st.header("Kept and removed words", anchor=False)
    _vocabulary(measured, minimum)


def fewer_than(usual: int) -> int:
    """How often a word must be seen to stay; in the address as ?fewer=, or ?rare= where all stay to begin with."""
    return st.number_input(
        "Remove words seen fewer times than", 1, 1000, usual, key="fewer" if usual > 1 else "rare",
        bind="query-params", width=320, help="The lecture's last rule; it uses 5. 1 removes nothing.",
    )  # fmt: skip


@st.cache_data(max_entries=16, show_spinner="Applying the rules")
def _measured(key: str, _chosen: Chosen) -> Measured:
    return word_rules.measure(_chosen.text)


# ---- one rule


def _one_rule(chosen: Chosen, measured: Measured) -> int:
    """Before and after one rule; the number that the last one takes."""
    name = st.segmented_control("Rule", STEPS[1:], default=STEPS[2], key="rule", bind="query-params", required=True)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        lines = chosen.text.count("\n") + 1
        line = st.number_input(
            "Excerpt from line", 1, lines, min(_first_line(chosen), lines), key=f"line {chosen.key}", width=180
        )
        minimum = fewer_than(LECTURE_COUNT if chosen.corpus else 1)
    piece = word_rules.excerpt(chosen.text, line, EXCERPT_CHARS)
    steps = list(word_rules.steps(piece, minimum, measured.counts))
    at = STEPS.index(name)
    old, new = word_rules.changes(steps[at - 1].symbols, steps[at].symbols)
    said = f"**{at}. {steps[at].title}** · number {steps[at].lecture} in the lecture's list"
    st.markdown(f"{said}{'' if any(mark.changed for mark in old + new) else ' · nothing to change in this excerpt'}")
    before, after = st.columns(2, gap="medium")
    with before:
        _marked("Before", old, steps[at - 1])
    with after:
        _marked("After", new, steps[at])
    page.note(
        "Orange: changed by the rule. ␣ a space, ⏎ a line end, ⇥ a tab, drawn where they matter. Grey boxes: words. "
        "Lower case comes first here, as the lower case of some letters depends on their neighbours."
    )
    return minimum


def _first_line(chosen: Chosen) -> int:
    """Where something is written: texts may begin with empty lines."""
    return len(chosen.text) - len(chosen.text.lstrip("\n")) + 1


def _marked(heading: str, marks: Sequence[Mark], step: Step) -> None:
    st.markdown(f"**{heading}** · {step.words:,} pieces")
    with st.container(border=True, height=330):
        st.markdown("\u2060" + "".join(map(_shown_mark, marks)))


def _shown_mark(mark: Mark) -> str:
    """A piece of text, or of words; what is invisible gets a shape where the rule touched it."""
    if isinstance(mark.symbols, str):
        return page.lines(mark.symbols.translate(_SHAPES), CHANGED) if mark.changed else page.lines(mark.symbols)
    shapes = (word.translate(_SHAPES) or "␣" for word in mark.symbols)
    return "".join(page.lines(shape, CHANGED if mark.changed else WORD) + " " for shape in shapes)


# ---- all rules


def _one_hot(rows: Sequence[tuple[str, int | None, int, int]]) -> None:
    *_, (_, _, words, vocab_size) = rows
    config = presets.preset(LECTURE).config
    one_hot = cost.one_hot_bytes(config, vocab_size, words)
    with st.container(horizontal=True):
        st.metric("Words", f"{words:,}", border=True)
        st.metric("Vocabulary", f"{vocab_size:,}", border=True)
        st.metric("As ids", _size(cost.ID_BYTES * words), border=True)
        st.metric("As one-hot arrays", _size(one_hot), border=True)
    page.note(
        f"The lecture writes each word of each window of {config.batches.length} as a row of {vocab_size:,} zeros "
        "with a single one, a byte each. An id takes four bytes, once."
    )


def _size(count: float) -> str:
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:,.1f} {unit}"
    return f"{count:,.0f} bytes"


# ---- the vocabulary


def _vocabulary(measured: Measured, minimum: int) -> None:
    kept = word_rules.seen_often(measured.counts, minimum)
    gone = word_rules.rare(measured.counts, minimum)
    left, middle, right = st.columns([1, 1, 2], gap="medium")
    with left:
        _counts(f"**Kept: {len(kept):,}**", list(kept.items()), "No word is left: remove fewer.")
    with middle:
        heading = f"**Removed: {len(gone):,}**, {sum(count for _, count in gone):,} occurrences"
        _counts(heading, gone, "No word is that rare.")
    with right:
        st.markdown("**Frequency by rank** (Zipf)")
        st.plotly_chart(
            distributions.zipf(list(measured.counts.items()), minimum, page.text_color()), height=400, key="zipf",
            config={"displayModeBar": False},
            alt="Frequency of each word against its rank, both on logarithmic scales",
        )  # fmt: skip


def _counts(heading: str, rows: list[tuple[str, int]], empty: str) -> None:
    st.markdown(heading)
    if not rows:
        st.info(empty)
        return
    table = pd.DataFrame([(shown(word), count) for word, count in rows], columns=["Word", "Times"])
    st.dataframe(table, hide_index=True, height=400, alt="Words and their frequencies", column_config={"Times": NUMBER})


def shown(word: str) -> str:
    """A word in a table; what is a single symbol as a reader can see it."""
    return visible(word) if len(word) == 1 else word
