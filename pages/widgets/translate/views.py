"""Sequence to sequence: a date as somebody types it, where the network looked, lines at will.

What a person types and a network writes is shown letter by letter, never as Markdown. The address holds what
is chosen: ?run=, ?beside=, ?after=, ?date=, ?choice= and ?draw=.
"""

from __future__ import annotations

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.widgets.shared import choices, page, reads, run_chooser
from rnnkit.charts import curves, matrices
from rnnkit.errors import PersonError
from rnnkit.store import Run, Store
from rnnkit.studies import translation
from rnnkit.studies.translation import Translator
from rnnkit.tasks import Does
from rnnkit.texts import dates as spelled
from rnnkit.texts.symbols import visible

FIRST_DATE = "Tuesday, the 12th of May, 1987"
EXAMPLES = 100
SHOWN_EXAMPLES = 10
TEMPERATURES = (0.0, 0.5, 1.0)
LINES = 6
NOBODY = ""


_examples = st.cache_data(max_entries=200, show_spinner="Translating", hash_funcs=reads.HASHED)(translation.unseen)


def show(store: Store, run: Run) -> None:
    """The run at a kept epoch, and the place beside it for another run; then a date, or lines from one symbol."""
    kept = run_chooser.kept(store, run)
    when, beside = st.columns([1, 4], gap="medium", vertical_alignment="bottom")
    with when:
        epoch = choices.epoch(kept, key="after")
    translator = reads.checkpoint(store, run.id, epoch, Does.TRANSLATES)
    if translator.codec.choices is None:
        dates(store, translator, beside)
    else:
        lines(translator)


# ---- dates


def dates(store: Store, translator: Translator, place: DeltaGenerator) -> None:
    """A date as somebody types it, by one run or two; then how good they are at dates that they have never seen.

    Args:
        place: where the second run is chosen.
    """
    with place:
        other = _beside(store, translator.run)
    translators = [translator]
    if other is not None:
        last = store.checkpoint_epochs(other.id)[-1]
        translators.append(reads.checkpoint(store, other.id, last, Does.TRANSLATES))
    st.fragment(_typed)(translators)
    _unseen(translators)
    table = translation.exact(store, [translator.run for translator in translators])
    if not table.empty:
        st.header("Accuracy over epochs", anchor=False)
        st.altair_chart(
            curves.shares(table, translator.epoch, "Whole dates right"), height=340, key="exact",
            alt="Share of held-out dates that are right as a whole, over the epochs",
        )  # fmt: skip


def _beside(store: Store, run: Run) -> Run | None:
    """Another run on the same pairs, to see what it makes of the same date; one of another architecture at first."""
    others = [
        other
        for other in reads.runs(store)
        if translation.is_one(other) and other.id != run.id and other.corpus == run.corpus and other.epochs_done
    ]
    if not others:
        page.note("Train a network without attention (or with) on the same dates to see both side by side.")
        return None
    names = {NOBODY: "no other run"} | {other.id: f"{other.name} · {other.id}" for other in others}
    unlike = [other.id for other in others if other.config.model.architecture != run.config.model.architecture]
    asked = st.query_params.get("beside", unlike[0] if unlike else NOBODY)
    st.session_state["beside_run"] = asked if asked in names else NOBODY
    chosen = st.selectbox(
        "Compare with", list(names), format_func=names.__getitem__, key="beside_run", on_change=choices.to_address,
        args=("beside", "beside_run"),
    )  # fmt: skip
    return next((other for other in others if other.id == chosen), None)


@page.user_errors()
def _typed(translators: list[Translator]) -> None:
    """The answers, drawn again while one types."""
    text = _date()
    if not text:
        return
    # What the first cannot read is said once, in place of all the rest.
    found = translation.translate(translators[0], text)
    with st.grid(len(translators), min_column_width=260, gap="medium"):
        for translator in translators:
            with st.container(border=True):
                _answer(translator, text)
    attention, beams = st.columns([5, 2], gap="medium")
    with attention:
        _map(translators[0], found)
    with beams:
        _alternatives(translators[0], text)


def _date() -> str:
    """What somebody types; empty, and said so, where it is nothing."""
    text = st.text_input(
        "A date in letters and digits: English, French or German, 1600 to 2199", FIRST_DATE, key="date",
        bind="query-params", live=True,
    )  # fmt: skip
    if text.strip():
        return text
    st.info("Type a date above: 3 March 1999, 24.12.85, le 5 mai 1821 …", icon=":material/edit_note:")
    return ""


def _answer(translator: Translator, text: str) -> None:
    st.markdown(f"**{page.plain(translator.run.name)}**, after epoch {translator.epoch}")
    try:
        found = translation.translate(translator, text)
    except PersonError as error:
        st.warning(page.plain(str(error)))
        return
    st.metric("In ISO form", found.text or "nothing", label_visibility="collapsed")
    for sentence in found.notes:
        st.warning(sentence, icon=":material/warning:")
    how = "with" if translation.attends(translator) else "without"
    page.note(f"Probability of the whole date {found.probability:.1%}, {how} attention.")


def _map(translator: Translator, found: translation.Translation) -> None:
    st.header("Attention", anchor=False)
    if found.attention is None:
        st.info(
            "This network has no attention: its decoder sees the date only as one vector of "
            f"{translator.network.config.model.units} numbers. Choose a network with attention to see its attention "
            "map.", icon=":material/visibility_off:",
        )  # fmt: skip
    elif not found.text:
        st.info("The output is empty, so there is no attention to show.", icon=":material/visibility_off:")
    else:
        st.vega_lite_chart(
            matrices.attention_rows(found.source, found.text, found.attention), page.described(matrices.attention_map),
            height=420, key="attention_map",
            alt=f"Attention over {len(found.source)} input tokens for the output {found.text}",
        )  # fmt: skip
        page.note("Rows: output. Columns: input. The stronger the colour, the larger the attention weight.")


def _alternatives(translator: Translator, text: str) -> None:
    st.header("Alternatives", anchor=False)
    found = [(spelled.shown(other.text), other.probability) for other in translation.alternatives(translator, text)]
    rows = pd.DataFrame(found, columns=["Answer", "Probability"])
    chance = st.column_config.ProgressColumn(format="percent", min_value=0.0, max_value=1.0)
    alt = "The most probable outputs of a beam search"
    st.dataframe(rows, hide_index=True, column_config={"Probability": chance}, alt=alt)
    page.note("The most probable whole outputs that beam search finds.")


def _unseen(translators: list[Translator]) -> None:
    """Dates that nobody learned from: a few of them, and how many of a hundred were right."""
    st.header("Held-out dates", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        draw = st.number_input("Draw", 0, 9999, key="draw", bind="query-params", width=140)
        tables = [_examples(translator, EXAMPLES, draw) for translator in translators]
        for translator, table in zip(translators, tables, strict=True):
            st.metric(page.plain(translator.run.name), f"{table['fits'].mean():.0%} right", border=True)
    rows = tables[0][["spelling", "right"]].rename(columns={"spelling": "Written", "right": "Is"})
    alike = len({translator.run.name for translator in translators}) < len(translators)
    for translator, table in zip(translators, tables, strict=True):
        marks = table["fits"].map({True: "✓ ", False: "✗ "})
        rows[f"{translator.run.name} · {translator.run.id}" if alike else translator.run.name] = marks + table[
            "answer"
        ].map(spelled.shown)
    st.dataframe(rows.head(SHOWN_EXAMPLES), hide_index=True, alt="Held-out dates with the outputs, right or wrong")
    page.note(
        f"{EXAMPLES} random dates of days that are in no training pair. Between dots the day comes first, "
        "between slashes the month; '30 is 1930, '29 is 2029. A date that no calendar has is marked."
    )


# ---- lines


def lines(translator: Translator) -> None:
    """Whole lines from one symbol, at three temperatures."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choice = _choice(translator)
        draw = st.number_input("Draw", 0, 9999, key="draw", bind="query-params", width=140)
    first = draw * LINES
    written = translation.lines(translator, choice, TEMPERATURES, range(first, first + LINES))
    with st.grid(len(TEMPERATURES), min_column_width=280, gap="small"):
        for temperature, found in written.items():
            with st.container():
                st.markdown(f"Temperature **{temperature:g}**")
                st.code("\n".join(dict.fromkeys(found)) or " ", language=None, wrap_lines=True)
    page.note("At temperature 0 decoding is greedy: there is only one line. Each line is generated separately.")


def _choice(translator: Translator) -> str:
    choices = list(translator.codec.choices or ())
    return st.pills(
        "Input", choices, default=choices[0], required=True, key="choice", wrap=True,
        format_func=lambda name: page.plain(visible(name) if len(name) == 1 else name),
    )  # fmt: skip


def asked(translator: Translator) -> str:
    """What a network reads: a date as somebody types it, or one of its tokens; empty where it is nothing."""
    return _date() if translator.codec.choices is None else _choice(translator)
