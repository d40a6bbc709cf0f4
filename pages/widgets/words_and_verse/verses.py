"""Lines as verses: lexicon, words per verse, stanzas, endings; and the same of what a run wrote beside them.

Verses are shown in tables and letter by letter, never as Markdown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import pandas as pd
import streamlit as st

from pages.widgets.shared import choices, navigation, page, reads
from pages.widgets.words_and_verse.text_choice import Chosen
from rnnkit import tasks
from rnnkit.charts import distributions
from rnnkit.store import Run, Store
from rnnkit.studies import verse
from rnnkit.studies.verse import Beside, Verses

MOST = 20  # words or verses a bar chart shows: longer ones are put together
NOBODY = ""
NUMBER = st.column_config.NumberColumn(format="localized")


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
        _distribution("Words per verse", parts, f"Words in a verse ({MOST}: or more)", "verses")
    with right:
        _distribution("Verses per stanza", parts, f"Verses in a stanza ({MOST}: or more)", "stanzas")
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
            navigation.link("Train", "Train on this text", corpus=chosen.corpus)
        return None
    asked = st.query_params.get("run", "")
    st.session_state["_verse_run"] = asked if asked in runs else NOBODY
    name = st.selectbox(
        "Compare with a run", [NOBODY, *runs], key="_verse_run", on_change=choices.to_address,
        args=("run", "_verse_run"), format_func=lambda run: f"{runs[run].name} · {run}" if run else "no run",
    )  # fmt: skip
    return store.run(name) if name else None


def _writes(run: Run, chosen: Chosen) -> bool:
    config = run.config
    writes = tasks.of(config).writes and config.tokenizer.newlines == "keep" and run.epochs_done > 0
    return writes and chosen.corpus is not None and run.corpus == chosen.corpus


@page.user_errors()
def _beside(store: Store, run: Run, chosen: Chosen) -> Beside:
    kept = store.checkpoint_epochs(run.id)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        epoch = st.selectbox("Epoch", kept, len(kept) - 1, key=f"verse_epoch {run.id}", width=160)
        temperature = choices.temperature()
    return _written(store, run.id, epoch, temperature, chosen.key, chosen)


@st.cache_data(max_entries=200, show_spinner="Generating verses", hash_funcs=reads.HASHED)
def _written(store: Store, run_id: str, epoch: int, temperature: float, key: str, _chosen: Chosen) -> Beside:
    return verse.of_run(store, store.run(run_id), _chosen.text, at=epoch, temperature=temperature)


# ---- the picture


def _figures(parts: dict[str, Verses], beside: Beside | None) -> None:
    text, *_ = parts.values()
    if beside and len(parts) > 1:
        st.dataframe(_compared(parts, beside), hide_index=True, alt="Figures of the text and of what the run wrote")
    else:
        with st.container(horizontal=True):
            for name in ("Verses", "Different words", "Words seen once", "Rhymed", "Rhymed if shuffled"):
                st.metric(name, FIGURES[name](text), border=True)
    heads = f" {text.headings:,} single lines are taken for headings and left out." if text.headings else ""
    page.note(
        f"Rhymed: the last word ends on the same {verse.ENDING} letters as another at most {verse.NEAR} verses away in "
        f"its stanza; letters only, so a rhyme for the ear may be missed.{heads}"
    )


def _compared(parts: dict[str, Verses], beside: Beside) -> pd.DataFrame:
    """The text's figures, and the run's."""
    rows = [[name, *(figure(found) for found in parts.values())] for name, figure in FIGURES.items()]
    rows += [["Words not in the text", "", _percent(beside.invented)]]
    rows += [["Verses copied from the text", "", _percent(beside.copied)]]
    return pd.DataFrame(rows, columns=["", *parts])


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{share:.0%}"


FIGURES: dict[str, Callable[[Verses], str]] = {
    "Verses": lambda found: f"{found.verses:,}",
    "Words": lambda found: f"{found.lexicon.words:,}",
    "Different words": lambda found: f"{found.lexicon.distinct:,}",
    "Words seen once": lambda found: f"{found.lexicon.once:,}",
    f"Different words in {verse.PIECE:,}": lambda found: _percent(found.lexicon.richness),
    "Rhymed": lambda found: _percent(found.rhymed),
    "Rhymed if shuffled": lambda found: _percent(found.by_chance),
    "Repeated verses": lambda found: f"{len(found.repeated):,}",
}


def _distribution(heading: str, parts: dict[str, Verses], x_title: str, of: str) -> None:
    st.header(heading, anchor=False)
    field = heading.lower().replace(" ", "_")
    rows = [row for part, found in parts.items() for row in _shares(getattr(found, field), part)]
    table = pd.DataFrame(rows, columns=["value", "count", "share", "part"])
    chart = distributions.side_by_side(table, x_title=x_title, y_title=f"Share of {of}")
    st.altair_chart(chart, height=340, alt=f"{x_title}: how often, {' and '.join(parts)}")


def _shares(counts: Iterable[tuple[int, int]], part: str) -> list[tuple[int, int, float, str]]:
    rows = [(min(value, MOST), count) for value, count in counts]
    total = sum(count for _, count in rows)
    merged = {value: sum(count for other, count in rows if other == value) for value, _ in rows}
    return [(value, count, count / total, part) for value, count in merged.items()]


def _tables(parts: dict[str, Verses]) -> None:
    """Lexicon, endings and repeated verses, of the text and of what the run wrote."""
    st.header("Lexicon", anchor=False)
    tabs = st.tabs([part.capitalize() for part in parts])
    for tab, found in zip(tabs, parts.values(), strict=True):
        with tab, st.grid(3, min_column_width=300, gap="medium"):
            _table("**Words**, the most frequent first", found.lexicon.common, ["Word", "Times"])
            endings = [(ending, count, ", ".join(words)) for ending, count, words in found.endings]
            _table("**Endings** of verses", endings, ["Ending", "Times", "Such as"])
            _table("**Repeated verses**", found.repeated, ["Verse", "Times"])


def _table(heading: str, rows: Sequence[tuple], columns: list[str]) -> None:
    with st.container():
        st.markdown(heading)
        if not rows:
            st.info("None.")
            return
        table = pd.DataFrame(rows, columns=columns)
        alt = " and ".join(columns)
        st.dataframe(table, hide_index=True, height=360, column_config={"Times": NUMBER}, alt=alt)
