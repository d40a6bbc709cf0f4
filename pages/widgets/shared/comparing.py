"""The parts of the Compare page below the chooser: verdict, curves, tables, and what the runs write."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.widgets.shared import copies, curves, page, sample_grid, sampling_settings, status
from rnnkit.runs import comparison
from rnnkit.runs.comparison import Compared
from rnnkit.store import PAUSED, STOPPED, Store
from rnnkit.studies import sampling

TICK_SECONDS = 2
COLOURS = ("blue", "orange", "green", "violet")  # Markdown's names of the theme's chart colours, in their order


@st.cache_data(ttl=1, max_entries=100, show_spinner=False, hash_funcs={Store: lambda store: store.url})
def load(store: Store, run_ids: list[str]) -> list[Compared]:
    """The runs with their epochs. However many people look, the store is asked once a second."""
    return comparison.load(store, run_ids)


def losses(store: Store, compared: list[Compared]) -> None:
    """Names, verdict, curves. They move while a run may still change; a finished epoch draws the whole page again."""
    moving = any(one.run.live or one.run.status in (PAUSED, STOPPED) for one in compared)  # others may resume it
    draw = st.fragment(_losses, run_every=TICK_SECONDS if moving else None)
    draw(store, [one.run.id for one in compared], _state(compared))


@page.calm()
def _losses(store: Store, run_ids: list[str], drawn: list[tuple]) -> None:
    compared = load(store, run_ids)
    if _state(compared) != drawn:
        st.rerun()  # also ends the timer: it stops only when the page is drawn without it
    for one in compared:
        st.markdown(heading(one))
        if one.run.live:
            status.bar(store, one.run)
    if said := comparison.verdict(compared):
        st.subheader(said, anchor=False)
    if said := comparison.race(compared):
        page.note(f":material/timer: {said}")
    for caveat in comparison.caveats(compared):
        page.note(f":material/info: {caveat}")
    curves.show(store, compared)


def _state(compared: list[Compared]) -> list[tuple]:
    return [(one.run.status, one.run.epochs_done) for one in compared]


def heading(one: Compared) -> str:
    """The run's letter in its colour, and its name, as Markdown."""
    return f":{COLOURS[comparison.LETTERS.index(one.letter)]}[**● {one.letter}**] {page.plain(one.run.name)}"


def results(compared: list[Compared]) -> None:
    """The best loss of each run, when it came, and what it cost."""
    st.subheader("Results", anchor=False)
    table = comparison.results(compared)
    st.dataframe(table, hide_index=True, column_config=_RESULTS, placeholder="", alt="Results of each run")


def _number(format: str, help: str | None = None):
    return st.column_config.NumberColumn(format=format, help=help)


_RESULTS = {
    "Run": st.column_config.TextColumn(pinned=True),
    "Best loss": _number("%.4f", "Nats per symbol, on the held-out text where there is one."),
    "Bits/char": _number("%.3f", "Bits per character."),
    "After s": _number("%.1f", "Seconds of training, without the time for samples and the held-out text."),
    "Chars/s": _number("%,.0f", "Characters per second while training."),
    "Parameters": _number("%,d"),
}


_FIRST = {"_index": st.column_config.TextColumn(width=220)}


def differences(compared: list[Compared]) -> None:
    """What was set differently, and what each layer costs."""
    st.subheader("What differs", anchor=False)
    table = comparison.what_differs(compared)
    if table.empty:
        st.write("All settings are alike.")
    else:
        st.dataframe(table, column_config=_FIRST, alt="Settings in which the runs differ")
    st.subheader("Parameters", anchor=False)
    st.dataframe(comparison.parameters(compared), column_config=_FIRST, alt="Parameters of each layer, run by run")


def samples(store: Store, compared: list[Compared]) -> None:
    """What the runs write, epochs across and temperatures down, all from one prompt and seed."""
    st.subheader("What they write", anchor=False)
    kept = {one.run.id: store.checkpoint_epochs(one.run.id) for one in compared}
    ready = [one for one in compared if kept[one.run.id]]
    if not ready:
        st.info("The first texts come when the first epoch is finished.", icon=":material/hourglass_top:")
        return
    own_prompt = sampling.default_prompt(store, ready[0].run)
    wanted = sampling_settings.show(own_prompt, length=200, temperatures=[0.3, 0.7, 1.0])
    epochs = sample_grid.choose_epochs([kept[one.run.id] for one in ready], 3)
    for one in ready:
        st.markdown(f"#### {heading(one)}")
        with page.calm():
            _texts(store, one, sample_grid.columns(kept[one.run.id], epochs), wanted)
    _novelty(store, ready, wanted)


def _novelty(store: Store, ready: list[Compared], wanted: dict[str, Any]) -> None:
    """How much of what each run writes is new, epoch by epoch: every kept epoch writes, so only when asked for."""
    st.subheader("Is it just copying?", anchor=False)
    if not st.toggle(
        "Show how much is new", key="novelty", bind="query-params",
        help="Lets every kept epoch of each run write, and looks for all of it in the text that it was trained on.",
    ):  # fmt: skip
        return
    if not wanted["temperatures"]:
        page.note("Choose at least one temperature.")
        return
    with st.grid(2, min_column_width=360, gap="large"):
        for one in ready:
            with st.container():
                st.markdown(heading(one))
                if searched := copies.search(store, one.run):
                    with page.calm():
                        copies.novelty(store, one.run, searched, wanted)


def _texts(store: Store, one: Compared, columns: dict[str, int | None], wanted: dict[str, Any]) -> None:
    if not columns or not wanted["temperatures"]:
        page.note("Choose at least one epoch and one temperature.")
        return
    unknown = st.empty()
    cells = sample_grid.open_cells(columns, wanted["temperatures"])
    epochs = tuple(epoch for epoch in columns.values() if epoch is not None)
    if not epochs:
        return
    writing = _write(store.url, one.run.id, epochs, wanted)
    if writing.unknown:
        unknown.warning(page.plain(f"{one.letter}: {writing.unknown}"))
    sample_grid.fill(cells, writing.texts, writing.prompt, to_copy=False)


@st.cache_data(max_entries=300, show_spinner=False)
def _write(url: str, run_id: str, epochs: tuple[int, ...], wanted: dict[str, Any]) -> sampling.Writing:
    """The same order always gives the same texts: written once, shown to everybody."""
    return sampling.write(page.open_store(url), run_id, epochs=epochs, **wanted)
