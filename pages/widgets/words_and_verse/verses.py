"""Lines as verses: lexicon, words per verse, stanzas, endings; and the same of what a run wrote beside them.

Verses are shown in tables and letter by letter, never as Markdown.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from pages.widgets.shared import page, reads
from pages.widgets.words_and_verse.text_choice import Chosen
from rnnkit import tasks
from rnnkit.charts import distributions
from rnnkit.store import Run, Store
from rnnkit.studies import verse
from rnnkit.studies.verse import Beside, Verses

MOST = 20  # words or verses a bar chart shows: longer ones are put together
NUMBER = st.column_config.NumberColumn(format="localized")
TEMPERATURES = (0.3, 0.5, 0.7, 1.0)


def show(store: Store, chosen: Chosen) -> None:
    """The verses of the text, and beside them those of a run on it that the reader chooses."""
    text = _studied(chosen.key, chosen)
    if not text.verses:
        st.info("There is no line with a word in this text: choose another, or paste some verses.")
        return
    run = _run(store, chosen)
    beside = _beside(store, run, chosen) if run else None
    parts = {"the text": text} | ({"what it wrote": beside.verses} if beside and beside.verses.verses else {})
    if run and len(parts) == 1:
        st.info("This epoch has not written a whole line yet: choose a later one, or continue training.")
    _figures(parts, beside)
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("Words per verse", anchor=False)
        _distribution(parts, "words_per_verse", f"Words in a verse ({MOST}: or more)", "Verses")
    with right:
        st.subheader("Verses per stanza", anchor=False)
        _distribution(parts, "verses_per_stanza", f"Verses in a stanza ({MOST}: or more)", "Stanzas")
    _tables(parts)
    if beside:
        with st.expander("What it wrote", icon=":material/edit_note:"):
            st.code("\n\n".join(beside.texts), language=None, wrap_lines=True, height=420)


@st.cache_data(max_entries=32, show_spinner="Reading verses")
def _studied(key: str, _chosen: Chosen) -> Verses:
    return verse.study(_chosen.text)


# ---- beside a run


def _run(store: Store, chosen: Chosen) -> Run | None:
    """A run that learned to write from this text, in the address as ?run=; None while nobody wants one."""
    runs = {run.id: run for run in reads.runs(store) if _writes(run, chosen)}
    if not runs:
        st.markdown("No run has learned from this text yet. Once one has, its verses can be compared with these.")
        if chosen.corpus:
            st.page_link(
                "pages/1_Train.py", label="Train on this text", icon=":material/play_circle:",
                query_params={"corpus": chosen.corpus},
            )  # fmt: skip
        return None
    asked = st.query_params.get("run", "")
    st.session_state["_verse_run"] = asked if asked in runs else None
    name = st.selectbox(
        "Compare with a run", list(runs), index=None, key="_verse_run", on_change=_to_address,
        placeholder="Choose a run on this text", format_func=lambda run: f"{runs[run].name} · {run}",
    )  # fmt: skip
    return store.run(name) if name else None


def _writes(run: Run, chosen: Chosen) -> bool:
    config = run.config
    writes = tasks.of(config).writes and config.tokenizer.newlines == "keep" and run.epochs_done > 0
    return writes and chosen.corpus is not None and run.corpus == chosen.corpus


def _to_address() -> None:
    st.query_params["run"] = st.session_state["_verse_run"] or ""


@page.user_errors()
def _beside(store: Store, run: Run, chosen: Chosen) -> Beside:
    kept = store.checkpoint_epochs(run.id)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        epoch = st.selectbox("Epoch", kept, len(kept) - 1, key=f"verse_epoch {run.id}", width=160)
        temperature = st.segmented_control(
            "Temperature", TEMPERATURES, default=0.7, key="heat", bind="query-params", required=True,
            format_func=lambda value: f"{value:g}",
        )  # fmt: skip
    return _written(store.url, run.id, epoch, temperature, chosen.key, chosen)


@st.cache_data(max_entries=200, show_spinner="Generating verses")
def _written(url: str, run_id: str, epoch: int, temperature: float, key: str, _chosen: Chosen) -> Beside:
    store = page.open_store(url)
    return verse.of_run(store, store.run(run_id), _chosen.text, at=epoch, temperature=temperature)


# ---- the picture


def _figures(parts: dict[str, Verses], beside: Beside | None) -> None:
    text, *_ = parts.values()
    if beside and len(parts) > 1:
        st.dataframe(_compared(parts, beside), hide_index=True, alt="Figures of the text and of what the run wrote")
    else:
        with st.container(horizontal=True):
            st.metric("Verses", f"{text.verses:,}", border=True)
            st.metric("Different words", f"{text.lexicon.distinct:,}", border=True)
            st.metric("Words seen once", f"{text.lexicon.once:,}", border=True)
            st.metric("Rhymed", _percent(text.rhymed), border=True)
            st.metric("Rhymed if shuffled", _percent(text.by_chance), border=True)
    heads = f" {text.headings:,} single lines are taken for headings and left out." if text.headings else ""
    page.note(
        f"Rhymed: the last word ends on the same {verse.ENDING} letters as another at most {verse.NEAR} verses away in "
        f"its stanza; letters only, so a rhyme for the ear may be missed.{heads}"
    )


def _compared(parts: dict[str, Verses], beside: Beside) -> pd.DataFrame:
    """The text's figures, and the run's."""
    figures = {
        "Verses": lambda found: f"{found.verses:,}",
        "Words": lambda found: f"{found.lexicon.words:,}",
        "Different words": lambda found: f"{found.lexicon.distinct:,}",
        "Words seen once": lambda found: f"{found.lexicon.once:,}",
        f"Different words in {verse.PIECE:,}": lambda found: _percent(found.lexicon.richness),
        "Rhymed": lambda found: _percent(found.rhymed),
        "Rhymed if shuffled": lambda found: _percent(found.by_chance),
        "Repeated verses": lambda found: f"{len(found.repeated):,}",
    }
    rows = [[name, *(figure(found) for found in parts.values())] for name, figure in figures.items()]
    rows += [["Words not in the text", "", _percent(beside.invented)]]
    rows += [["Verses copied from the text", "", _percent(beside.copied)]]
    return pd.DataFrame(rows, columns=["", *parts])


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{share:.0%}"


def _distribution(parts: dict[str, Verses], name: str, x_title: str, y_title: str) -> None:
    rows = [row for part, found in parts.items() for row in _shares(getattr(found, name), part)]
    table = pd.DataFrame(rows, columns=["value", "count", "share", "part"])
    chart = distributions.side_by_side(table, x_title=x_title, y_title=f"Share of {y_title.lower()}")
    st.altair_chart(chart, height=340, alt=f"{x_title}: how often, {' and '.join(parts)}")


def _shares(counts: Iterable[tuple[int, int]], part: str) -> list[tuple[int, int, float, str]]:
    rows = [(min(value, MOST), count) for value, count in counts]
    total = sum(count for _, count in rows)
    merged = {value: sum(count for other, count in rows if other == value) for value, _ in rows}
    return [(value, count, count / total, part) for value, count in merged.items()]


def _tables(parts: dict[str, Verses]) -> None:
    """Lexicon, endings and repeated verses, of the text and of what the run wrote."""
    st.subheader("Lexicon", anchor=False)
    tabs = st.tabs([part.capitalize() for part in parts])
    for tab, found in zip(tabs, parts.values(), strict=True):
        with tab, st.grid(3, min_column_width=300, gap="medium"):
            with st.container():
                st.markdown("**Words**, the most frequent first")
                _table(found.lexicon.common, ["Word", "Times"])
            with st.container():
                st.markdown("**Endings** of verses")
                rows = [(ending, count, ", ".join(words)) for ending, count, words in found.endings]
                _table(rows, ["Ending", "Times", "Such as"])
            with st.container():
                st.markdown("**Repeated verses**")
                _table(found.repeated, ["Verse", "Times"])


def _table(rows: list[tuple], columns: list[str]) -> None:
    if not rows:
        st.info("None.")
        return
    st.dataframe(
        pd.DataFrame(rows, columns=columns), hide_index=True, height=360, column_config={"Times": NUMBER},
        alt=" and ".join(columns),
    )  # fmt: skip
