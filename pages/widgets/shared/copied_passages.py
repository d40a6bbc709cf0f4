"""What of a sample stands word for word in the training text: marked in the sample, listed, and as a chart.

What a network wrote is hostile: it comes into Markdown only through `page.plain`, letter by letter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.widgets.shared import page, reads
from pages.widgets.shared.sample_grid import GridCell
from rnnkit.store import Run, Store
from rnnkit.studies import memorisation, sampling
from rnnkit.studies.memorisation import Copies, Index
from rnnkit.studies.sampling import SampleSettings, Writing, WrittenText

EPOCHS, LENGTH = 12, 600  # of the chart, at most
PLAIN = "{}"
# Ground has edges that part the letters of a word, so only the longest has it. The word joiner parts a mark's own
# colon from one in the text before it.
LONGEST, OTHERS = "\u2060:orange-background[:orange[{}]]", "\u2060:blue[{}]"


@dataclass(frozen=True)
class Searched:
    """The text of a run, ready to be searched: what its index depends on, the index, the text's title."""

    key: str
    index: Index
    title: str

    @property
    def usual(self) -> int:
        """Copies are marked from here: longer than chance, and than what the text has in common with itself."""
        return max(self.index.chance, self.index.usual.longest + 1)

    def examine(self, text: str, at_least: int) -> Copies:
        """What of `text` is copied; looked up once for all viewers."""
        return _examine(self.key, text, at_least, self.index)


def toggle() -> bool:
    """Whether copies are to be shown; in the address as ?copies=."""
    return st.toggle(
        "Show copied passages", key="copies", bind="query-params", width=280,
        help="Marks passages of the sample that occur verbatim in the training text. The prompt does not count.",
    )  # fmt: skip


@page.user_errors()
def search(store: Store, run: Run) -> Searched | None:
    """The text of a run, read once for all viewers; None, and a sentence on the page, where it cannot be read."""
    texts = reads.texts(store)
    title = texts[run.config.corpus].title if run.config.corpus in texts else run.config.corpus
    # What the index of a run's text depends on: runs on the same text share it.
    read = (run.provenance or {}).get("corpus")
    parts = (store.url, run.config.corpus, run.config.batches.validation_fraction, run.tokenizer_json, read)
    key = hashlib.sha256(repr(parts).encode()).hexdigest()
    return Searched(key, _index(key, store, run), title)


def switch() -> DeltaGenerator | None:
    """None, or when copies are to be shown a place beside the switch for their settings; the address has ?copies=."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        return st.empty() if toggle() else None


@page.user_errors()
def show(
    place: DeltaGenerator, store: Store, run: Run, cells: Iterable[GridCell], writing: Writing, settings: SampleSettings
) -> None:
    """Mark the copies in the texts of `cells`, then list them, then draw novelty against epochs.

    Args:
        place: what `switch` gave.
        settings: those that the texts were written with.
    """
    searched = search(store, run)
    if searched is None:
        return
    usual, index = searched.usual, searched.index
    chosen = place.number_input(
        f"Minimum length in {index.tokenizer.config.kind}", 1, 5000, None, key="at_least", bind="query-params",
        placeholder=str(usual), width=320,
        help=f"The longest copy is always marked. Empty: the others from {usual:,}, which is more than the text "
        f"usually has in common with itself. Shuffled text hardly ever reaches {index.chance:,}.",
    )  # fmt: skip
    at_least = chosen or usual
    found = {(text.epoch, text.temperature): text.text for text in writing.texts}
    for cell in cells:
        with cell.place.container():
            show_text(searched, writing.prompt, found[cell.epoch, cell.temperature], at_least)
    _explain(searched, at_least)
    _list(searched, writing.texts, at_least)
    st.header("Memorisation", anchor=False)
    novelty(store, run, searched, settings)


def show_text(
    searched: Searched, prompt: str, text: str, at_least: int | None = None, height: int | None = None
) -> None:
    """One text after its prompt, its copies marked, and the longest one in words."""
    copies, index = searched.examine(text, at_least or searched.usual), searched.index
    with st.container(border=True, height=height or "content"):
        st.markdown(f"\u2060{page.lines(prompt)}{marked(text, copies, index.chance)}")
    longest = copies.longest
    if longest is None or longest.length < index.chance:
        said = "No copy longer than expected by chance."
    else:
        where = f"line {longest.line:,} of {page.plain(searched.title)}"
        said = f"Longest copy: **{longest.length:,} {index.tokenizer.config.kind}**, {where}."
    page.note(said if copies.novelty is None else f"{said} {copies.novelty:.0%} new.")


def marked(text: str, copies: Copies, chance: int) -> str:
    """`text` as Markdown that shows it letter by letter, its passages in blue, the longest on orange ground.

    The longest is left as it is when it is a matter of chance.
    """
    marks = [PLAIN] * len(text)
    longest = [copies.longest] if copies.longest and copies.longest.length >= chance else []
    for passages, mark in ((copies.passages, OTHERS), (longest, LONGEST)):
        for passage in passages:
            marks[passage.start : passage.end] = [mark] * (passage.end - passage.start)
    runs = ((mark, "".join(text[at] for at in places)) for mark, places in groupby(range(len(text)), marks.__getitem__))
    return "".join(page.lines(run, mark) for mark, run in runs)


def _explain(searched: Searched, at_least: int) -> None:
    index, kind = searched.index, searched.index.tokenizer.config.kind
    usual = index.usual
    new = "" if usual.novelty is None else f" and {usual.novelty:.0%} of its {index.ngram}-grams are new"
    page.note(
        f"{LONGEST.format('Orange')}: the longest copy in each text. {OTHERS.format('Blue')}: other copies of "
        f"{at_least:,} {kind} or more. For comparison: a piece of {page.plain(searched.title)} itself usually has a "
        f"passage of {usual.longest:,} {kind} in common with the rest{new}."
    )


def _list(searched: Searched, texts: Sequence[WrittenText], at_least: int) -> None:
    copies = [(text, searched.examine(text.text, at_least)) for text in texts]
    rows = [
        {
            "Epoch": text.epoch, "Temperature": text.temperature, "Length": passage.length, "Line": passage.line,
            "Times": passage.times, "Part of the text": part, "Passage": passage.text.replace("\n", "⏎"),
        }
        for text, found in copies
        for part, passages in (("training", found.passages), ("held out", found.held_out))
        for passage in passages
    ]  # fmt: skip
    if rows:
        with st.expander(f"All passages: {len(rows):,}", icon=":material/content_copy:"):
            st.dataframe(pd.DataFrame(rows), hide_index=True, alt="Every copied passage, and where it stands")


def novelty(store: Store, run: Run, searched: Searched, settings: SampleSettings) -> None:
    """The share of new n-grams at the kept epochs, one line for each temperature; `settings` as in `show`."""
    from rnnkit.charts import curves  # here: Home shows texts and no chart, and need not wait for Altair to be loaded

    index = searched.index
    pieces = f"pieces of {index.ngram} {index.tokenizer.config.kind}"
    epochs = sampling.spread([one.epoch for one in store.kept(run.id)], EPOCHS)
    shorter = replace(settings, length=min(settings.length, LENGTH))
    table = _novelties(run.id, tuple(epochs), shorter, searched.key, store, searched)
    if table.empty:
        page.note(f"The texts are too short: novelty counts {pieces}.")
        return
    title = f"New {index.ngram}-grams"
    st.altair_chart(curves.novelty(table, index.usual.novelty, title), height=360, alt=f"{title} against epochs")
    page.note(
        f"The share of all {pieces} that do not occur in the training text. Below the dashed line the network repeats "
        "the text more than the text repeats itself."
    )


@st.cache_data(max_entries=100, show_spinner="Generating from every epoch")
def _novelties(
    run_id: str, epochs: tuple[float, ...], settings: SampleSettings, key: str, _store: Store, _searched: Searched
) -> pd.DataFrame:
    texts = sampling.write(_store, run_id, settings, ats=epochs).texts
    found = [_searched.examine(text.text, _searched.usual).novelty for text in texts]
    rows = [(text.epoch, f"{text.temperature:g}", new) for text, new in zip(texts, found, strict=True)]
    return pd.DataFrame(rows, columns=["epoch", "temperature", "novelty"]).dropna()


@st.cache_data(max_entries=1000, show_spinner=False)
def _examine(key: str, text: str, at_least: int, _index: Index) -> Copies:
    return _index.examine(text, at_least)


@st.cache_resource(max_entries=3, show_spinner="Reading the training text")
def _index(key: str, _store: Store, _run: Run) -> Index:
    return memorisation.index_of(_store, _run)
