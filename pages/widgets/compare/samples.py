"""What the compared runs write, epochs across and temperatures down, and how much of it is new."""

from __future__ import annotations

import streamlit as st

from pages.widgets.shared import copied_passages, page, reads, sample_grid, sampling_settings, status
from rnnkit.runs.comparison import Compared
from rnnkit.store import Store
from rnnkit.studies import sampling
from rnnkit.studies.sampling import SampleSettings

# The same order always gives the same texts: written once, shown to everybody.
_write = st.cache_data(max_entries=300, show_spinner=False, hash_funcs=reads.HASHED)(sampling.write)


def show(store: Store, compared: list[Compared]) -> None:
    """What the runs write, epochs across and temperatures down, all from one prompt and seed."""
    st.header("Samples", anchor=False)
    kept = {one.run.id: reads.kept(store, one.run.id) for one in compared}
    ready = [one for one in compared if kept[one.run.id]]
    if not ready:
        st.info("The first samples appear after the first batch.", icon=":material/hourglass_top:")
        return
    own_prompt = sampling.default_prompt(store, ready[0].run)
    settings = sampling_settings.show(own_prompt, length=200, temperatures=[0.3, 0.7, 1.0])
    epochs = sample_grid.choose_epochs([kept[one.run.id] for one in ready], 3)
    for one in ready:
        st.markdown(f"### {status.heading(one)}")
        with page.user_errors():
            _texts(store, one, sample_grid.columns(kept[one.run.id], epochs), settings)
    _novelty(store, ready, settings)


def _novelty(store: Store, ready: list[Compared], settings: SampleSettings) -> None:
    """How much of what each run writes is new, epoch by epoch: every kept epoch writes, so only when asked for."""
    st.header("Memorisation", anchor=False)
    if not st.toggle(
        "Show novelty", key="novelty", bind="query-params",
        help="Generates text from every kept epoch of each run and searches all of it in the training text.",
    ):  # fmt: skip
        return
    if not settings.temperatures:
        page.note("Choose at least one temperature.")
        return
    with st.grid(2, min_column_width=360, gap="large"):
        for one in ready:
            with st.container():
                st.markdown(status.heading(one))
                if searched := copied_passages.search(store, one.run):
                    with page.user_errors():
                        copied_passages.novelty(store, one.run, searched, settings)


def _texts(store: Store, one: Compared, columns: dict[str, float | None], settings: SampleSettings) -> None:
    if not columns or not settings.temperatures:
        page.note("Choose at least one epoch and one temperature.")
        return
    unknown = st.empty()
    cells = sample_grid.open_cells(columns, settings.temperatures)
    epochs = tuple(epoch for epoch in columns.values() if epoch is not None)
    if not epochs:
        return
    writing = _write(store, one.run.id, settings, ats=epochs)
    if writing.unknown:
        unknown.warning(page.plain(f"{one.letter}: {writing.unknown}"))
    sample_grid.fill(cells, writing.texts, writing.prompt, to_copy=False)
